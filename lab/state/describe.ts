import { getBoolean, getBytes, getNumber, getText, getTime } from '../../core/domain/mapi/bag.ts';
import { hasVisibleAttachments, MessageFlag } from '../../core/domain/mapi/message.ts';
import type { MapiMessage } from '../../core/domain/mapi/model.ts';
import { PidTag } from '../../core/domain/mapi/tags.ts';
import type { ItemRecord } from '../model.ts';

export type ItemFacts = Pick<
  ItemRecord,
  | 'itemClass'
  | 'subject'
  | 'received'
  | 'sent'
  | 'created'
  | 'modified'
  | 'read'
  | 'hasAttachments'
  | 'importance'
  | 'internetMessageId'
  | 'searchKey'
  | 'from'
>;

/** What lists show of an item, read from its properties. */
export function describeMessage(message: MapiMessage): ItemFacts {
  const created = getTime(message, PidTag.CreationTime) ?? 0;
  const sent = getTime(message, PidTag.ClientSubmitTime);
  const flags = getNumber(message, PidTag.MessageFlags) ?? 0;
  return {
    itemClass: getText(message, PidTag.MessageClass) ?? 'IPM.Note',
    subject: getText(message, PidTag.Subject) ?? '',
    received: getTime(message, PidTag.MessageDeliveryTime) ?? sent ?? created,
    sent: sent ?? created,
    created,
    modified: getTime(message, PidTag.LastModificationTime) ?? created,
    read: (flags & MessageFlag.read) !== 0,
    hasAttachments: getBoolean(message, PidTag.HasAttachments) ?? hasVisibleAttachments(message),
    importance: getNumber(message, PidTag.Importance) ?? 1,
    internetMessageId: getText(message, PidTag.InternetMessageId) ?? null,
    searchKey: Buffer.from(getBytes(message, PidTag.SearchKey) ?? []).toString('hex'),
    from: sender(message),
  };
}

function sender(message: MapiMessage): string {
  for (const ref of [
    PidTag.SentRepresentingSmtpAddress,
    PidTag.SenderSmtpAddress,
    PidTag.SentRepresentingEmailAddress,
    PidTag.SenderEmailAddress,
    PidTag.SentRepresentingName,
    PidTag.SenderName,
  ]) {
    const found = getText(message, ref);
    if (found) return found;
  }
  return '';
}

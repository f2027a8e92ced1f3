import { setProp, setTime } from '../../core/domain/mapi/bag.ts';
import { RECEIVED_BY, SENDER, SENT_REPRESENTING } from '../../core/domain/mapi/correspondents.ts';
import { MessageFlag, newMessage, RecipientType } from '../../core/domain/mapi/message.ts';
import type { MapiMessage } from '../../core/domain/mapi/model.ts';
import { PidLid, PidName } from '../../core/domain/mapi/names.ts';
import { PidTag } from '../../core/domain/mapi/tags.ts';
import { type MailAddress, recipient, setCorrespondent } from './addresses.ts';
import { type FileSpec, fileAttachment, messageAttachment } from './attachments.ts';
import { setConversationIndex, setSubject } from './subject.ts';

export interface MailSpec {
  subject: string;
  text: string;
  html?: string;
  from: MailAddress;
  sender?: MailAddress;
  to: MailAddress[];
  cc?: MailAddress[];
  bcc?: MailAddress[];
  /** ms since the epoch */
  sent: number;
  received: number;
  receivedBy?: MailAddress;
  messageId: string;
  inReplyTo?: string;
  references?: string[];
  importance?: number;
  sensitivity?: number;
  read: boolean;
  draft?: boolean;
  categories?: string[];
  /** PidTagFlagStatus: 1 completed, 2 flagged; with the day it is due. */
  flag?: { status: 1 | 2; request: string; due: number };
  files?: FileSpec[];
  embedded?: MapiMessage[];
  readReceipt?: boolean;
}

/** A mail message as a mailbox holds it. */
export function mailMessage(spec: MailSpec): MapiMessage {
  const message = newMessage('IPM.Note');
  setSubject(message, spec.subject);
  setProp(message, PidTag.Body, spec.text);
  if (spec.html !== undefined) setProp(message, PidTag.Html, new TextEncoder().encode(spec.html));
  setProp(message, PidTag.NativeBody, spec.html !== undefined ? 3 : 1);
  setProp(message, PidTag.InternetCodepage, 65001);
  setProp(message, PidTag.MessageCodepage, 65001);
  setCorrespondent(message, SENT_REPRESENTING, spec.from);
  setCorrespondent(message, SENDER, spec.sender ?? spec.from);
  if (spec.receivedBy) setCorrespondent(message, RECEIVED_BY, spec.receivedBy);
  for (const [type, list] of [
    [RecipientType.to, spec.to],
    [RecipientType.cc, spec.cc],
    [RecipientType.bcc, spec.bcc],
  ] as const) {
    for (const who of list ?? []) message.recipients.push(recipient(type, who));
  }
  setTime(message, PidTag.ClientSubmitTime, spec.draft ? undefined : spec.sent);
  setTime(message, PidTag.MessageDeliveryTime, spec.received);
  setTime(message, PidTag.CreationTime, spec.received);
  setTime(message, PidTag.LastModificationTime, spec.received);
  setProp(message, PidTag.InternetMessageId, spec.messageId);
  setProp(message, PidTag.InReplyToId, spec.inReplyTo);
  setProp(message, PidTag.InternetReferences, spec.references?.join(' ') || undefined);
  setConversationIndex(message, spec.references?.[0] ?? spec.messageId, spec.sent, spec.references?.length ?? 0);
  setProp(message, PidTag.Importance, spec.importance ?? 1);
  setProp(message, PidTag.Priority, (spec.importance ?? 1) - 1);
  setProp(message, PidTag.Sensitivity, spec.sensitivity ?? 0);
  setProp(message, PidTag.ReadReceiptRequested, spec.readReceipt ?? false);
  setProp(message, PidTag.MessageFlags, (spec.read ? MessageFlag.read : 0) | (spec.draft ? MessageFlag.unsent : 0));
  if (spec.categories?.length) setProp(message, PidName.Keywords, spec.categories);
  if (spec.flag) setFlag(message, spec.flag, spec.received);
  for (const file of spec.files ?? []) message.attachments.push(fileAttachment(file));
  for (const inner of spec.embedded ?? []) message.attachments.push(messageAttachment(inner));
  return message;
}

/** A follow-up flag ([MS-OXOFLAG] 2.2.1). */
function setFlag(message: MapiMessage, flag: NonNullable<MailSpec['flag']>, since: number): void {
  setProp(message, PidTag.FlagStatus, flag.status);
  setProp(message, PidTag.FollowupIcon, 6);
  setProp(message, PidLid.FlagRequest, flag.request);
  setTime(message, PidLid.TaskStartDate, since);
  setTime(message, PidLid.TaskDueDate, flag.due);
  setProp(message, PidLid.TaskStatus, flag.status === 1 ? 2 : 0);
  setProp(message, PidLid.TaskComplete, flag.status === 1);
  setProp(message, PidLid.PercentComplete, flag.status === 1 ? 1 : 0);
  if (flag.status === 1) setTime(message, PidTag.FlagCompleteTime, flag.due);
  setProp(message, PidLid.ToDoTitle, flag.request);
}

import { getText, setProp } from '../../core/domain/mapi/bag.ts';
import { addressSearchKey, oneOffEntryId } from '../../core/domain/mapi/entry-id.ts';
import { newBag, RecipientType } from '../../core/domain/mapi/message.ts';
import type { PropertyBag } from '../../core/domain/mapi/model.ts';
import type { PropRef } from '../../core/domain/mapi/ref.ts';
import { PidTag } from '../../core/domain/mapi/tags.ts';

export interface MailAddress {
  name: string;
  address: string;
}

/** The four properties of a correspondent, under one of their prefixes. */
interface CorrespondentTags {
  name: PropRef;
  type: PropRef;
  address: PropRef;
  smtp: PropRef;
  entryId: PropRef;
  searchKey: PropRef;
}

export const SENDER: CorrespondentTags = {
  name: PidTag.SenderName,
  type: PidTag.SenderAddressType,
  address: PidTag.SenderEmailAddress,
  smtp: PidTag.SenderSmtpAddress,
  entryId: PidTag.SenderEntryId,
  searchKey: PidTag.SenderSearchKey,
};
export const SENT_REPRESENTING: CorrespondentTags = {
  name: PidTag.SentRepresentingName,
  type: PidTag.SentRepresentingAddressType,
  address: PidTag.SentRepresentingEmailAddress,
  smtp: PidTag.SentRepresentingSmtpAddress,
  entryId: PidTag.SentRepresentingEntryId,
  searchKey: PidTag.SentRepresentingSearchKey,
};
export const RECEIVED_BY: CorrespondentTags = {
  name: PidTag.ReceivedByName,
  type: PidTag.ReceivedByAddressType,
  address: PidTag.ReceivedByEmailAddress,
  smtp: PidTag.ReceivedBySmtpAddress,
  entryId: PidTag.ReceivedByEntryId,
  searchKey: PidTag.ReceivedBySearchKey,
};
export const RECEIVED_REPRESENTING: CorrespondentTags = {
  name: PidTag.ReceivedRepresentingName,
  type: PidTag.ReceivedRepresentingAddressType,
  address: PidTag.ReceivedRepresentingEmailAddress,
  smtp: PidTag.ReceivedRepresentingSmtpAddress,
  entryId: PidTag.ReceivedRepresentingEntryId,
  searchKey: PidTag.ReceivedRepresentingSearchKey,
};

/** Sets a correspondent as an SMTP address. */
export function setCorrespondent(bag: PropertyBag, tags: CorrespondentTags, who: MailAddress): void {
  setProp(bag, tags.name, who.name || who.address);
  setProp(bag, tags.type, 'SMTP');
  setProp(bag, tags.address, who.address);
  setProp(bag, tags.smtp, who.address);
  setProp(bag, tags.entryId, oneOffEntryId(who.name || who.address, who.address));
  setProp(bag, tags.searchKey, addressSearchKey('SMTP', who.address));
}

/** A correspondent as name and SMTP address; undefined where there is none. */
export function getCorrespondent(bag: PropertyBag, tags: CorrespondentTags): MailAddress | undefined {
  const type = getText(bag, tags.type);
  const plain = type === undefined || type.toUpperCase() === 'SMTP' ? getText(bag, tags.address) : undefined;
  const address = getText(bag, tags.smtp) ?? plain ?? '';
  const name = getText(bag, tags.name) ?? address;
  return name === '' && address === '' ? undefined : { name, address };
}

/** A recipient of a message ([MS-OXCMSG] 2.2.3), as an SMTP address. */
export function recipient(type: number, who: MailAddress, displayType = 0): PropertyBag {
  const bag = newBag();
  setProp(bag, PidTag.RecipientType, type);
  setProp(bag, PidTag.DisplayName, who.name || who.address);
  setProp(bag, PidTag.AddressType, 'SMTP');
  setProp(bag, PidTag.EmailAddress, who.address);
  setProp(bag, PidTag.SmtpAddress, who.address);
  setProp(bag, PidTag.EntryId, oneOffEntryId(who.name || who.address, who.address));
  setProp(bag, PidTag.SearchKey, addressSearchKey('SMTP', who.address));
  setProp(bag, PidTag.ObjectType, 6);
  setProp(bag, PidTag.DisplayType, displayType);
  setProp(bag, PidTag.RecipientDisplayName, who.name || who.address);
  setProp(bag, PidTag.RecipientFlags, type === RecipientType.originator ? 3 : 1);
  return bag;
}

/** Name and SMTP address of a recipient. */
export function recipientAddress(bag: PropertyBag): MailAddress {
  const type = getText(bag, PidTag.AddressType)?.toUpperCase();
  const plain = type === undefined || type === 'SMTP' ? getText(bag, PidTag.EmailAddress) : undefined;
  const address = getText(bag, PidTag.SmtpAddress) ?? plain ?? '';
  return { name: getText(bag, PidTag.DisplayName) ?? address, address };
}

import { getText, setProp } from '../../core/domain/mapi/bag.ts';
import type { CorrespondentTags } from '../../core/domain/mapi/correspondents.ts';
import { addressSearchKey, oneOffEntryId } from '../../core/domain/mapi/entry-id.ts';
import { newBag, RecipientType } from '../../core/domain/mapi/message.ts';
import type { PropertyBag } from '../../core/domain/mapi/model.ts';
import { PidTag } from '../../core/domain/mapi/tags.ts';

export interface MailAddress {
  name: string;
  address: string;
}

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

import { getNumber, getText, removeProp, setProp } from '../../../core/domain/mapi/bag.ts';
import {
  RECEIVED_BY,
  RECEIVED_REPRESENTING,
  SENDER,
  SENT_REPRESENTING,
} from '../../../core/domain/mapi/correspondents.ts';
import { oneOffEntryId, readAddressBookEntryId, readOneOffEntryId } from '../../../core/domain/mapi/entry-id.ts';
import { RecipientType } from '../../../core/domain/mapi/message.ts';
import type { MapiMessage, PropertyBag } from '../../../core/domain/mapi/model.ts';
import type { PropRef } from '../../../core/domain/mapi/ref.ts';
import { PidTag } from '../../../core/domain/mapi/tags.ts';
import { recipient, setCorrespondent } from '../../convert/addresses.ts';
import type { DirectoryEntry } from '../../model.ts';
import type { Call } from '../context.ts';
import { child, textOf, type XmlNode } from '../xml/node.ts';
import { el, tx } from '../xml/write.ts';

/** A person or list as mail names it. */
export interface Address {
  name: string;
  address: string;
  /** SMTP or EX. */
  type: string;
  smtp: string | undefined;
}

const MAILBOX_TYPES: Record<DirectoryEntry['kind'], string> = {
  mailbox: 'Mailbox',
  mailUser: 'Mailbox',
  contact: 'Contact',
  group: 'PublicDL',
  publicFolder: 'PublicFolder',
};

/** The content of an EmailAddressType: SMTP wherever the property or the directory knows one, else as it stands. */
export function addressContent(call: Call, a: Address): string {
  const entry = call.directory.entry(a.smtp ?? a.address);
  const smtp = a.smtp ?? (a.type === 'EX' ? entry?.address : a.address);
  const address = smtp ?? a.address;
  const type = smtp === undefined ? a.type : 'SMTP';
  return (
    tx('t:Name', a.name === '' ? entry?.displayName : a.name) +
    tx('t:EmailAddress', address === '' ? undefined : address) +
    tx('t:RoutingType', address === '' || type === '' ? undefined : type) +
    tx('t:MailboxType', entry ? MAILBOX_TYPES[entry.kind] : 'OneOff')
  );
}

export function mailboxXml(call: Call, a: Address): string {
  return el('t:Mailbox', addressContent(call, a));
}

/** A directory entry as an EmailAddressType. */
export function entryContent(entry: DirectoryEntry): string {
  return (
    tx('t:Name', entry.displayName) +
    tx('t:EmailAddress', entry.address) +
    tx('t:RoutingType', 'SMTP') +
    tx('t:MailboxType', MAILBOX_TYPES[entry.kind])
  );
}

/** Property numbers of one role on an item, such as its sender. */
export type RoleRefs = typeof SENDER;

export const ROLES = {
  from: SENT_REPRESENTING,
  sender: SENDER,
  receivedBy: RECEIVED_BY,
  receivedRepresenting: RECEIVED_REPRESENTING,
} as const;

/** Who stands in a role of a bag; undefined where nobody does. */
export function roleOf(bag: { text(ref: PropRef): string | undefined }, role: RoleRefs): Address | undefined {
  const address = bag.text(role.address);
  const name = bag.text(role.name);
  const smtp = bag.text(role.smtp);
  if (address === undefined && name === undefined && smtp === undefined) return undefined;
  return { name: name ?? '', address: address ?? smtp ?? '', type: bag.text(role.type) ?? 'SMTP', smtp };
}

/** Puts somebody into a role; undefined takes out who is there. */
export function setRole(message: MapiMessage, role: RoleRefs, a: Address | undefined): void {
  if (a) {
    setCorrespondent(message, role, { name: a.name, address: a.smtp ?? a.address });
    if (a.smtp === undefined) setProp(message, role.type, a.type);
  } else {
    for (const ref of Object.values(role)) removeProp(message, ref);
  }
}

/** Who a recipient row names. */
export function recipientAddress(bag: PropertyBag): Address {
  const smtp = getText(bag, PidTag.SmtpAddress);
  return {
    name: getText(bag, PidTag.DisplayName) ?? '',
    address: getText(bag, PidTag.EmailAddress) ?? smtp ?? '',
    type: getText(bag, PidTag.AddressType) ?? 'SMTP',
    smtp,
  };
}

/** Reads a Mailbox element; what it leaves out the directory fills in. */
export function readMailbox(call: Call, node: XmlNode | undefined): Address | undefined {
  const address = textOf(node, 'EmailAddress')?.trim() ?? '';
  const name = textOf(node, 'Name') ?? '';
  if (!node || (address === '' && name === '')) return undefined;
  const type = textOf(node, 'RoutingType') ?? 'SMTP';
  const entry = address === '' ? call.directory.resolve(name, 1)[0] : call.directory.entry(address);
  const smtp = type === 'SMTP' ? (address === '' ? entry?.address : address) : entry?.address;
  return {
    name: name === '' ? (entry?.displayName ?? address) : name,
    address: address === '' ? (smtp ?? '') : address,
    type,
    smtp,
  };
}

/** A recipient row of a type ([MS-OXCMSG] 2.2.1.38: To 1, Cc 2, Bcc 3). */
export function newRecipient(a: Address, type: number): PropertyBag {
  const bag = recipient(type, { name: a.name, address: a.smtp ?? a.address });
  if (a.smtp === undefined) setProp(bag, PidTag.AddressType, a.type);
  return bag;
}

/** Puts the recipients of one type in place of those that were there. */
export function setRecipients(message: MapiMessage, type: number, addresses: readonly Address[]): void {
  const kept = message.recipients.filter((r) => typeOf(r) !== type);
  message.recipients = [...kept, ...addresses.map((a) => newRecipient(a, type))];
}

export function typeOf(bag: PropertyBag): number {
  return (getNumber(bag, PidTag.RecipientType) ?? RecipientType.to) & 0xf;
}

/** The one-off entry id of an address. */
export function entryIdOf(a: Address): Uint8Array {
  return oneOffEntryId(a.name, a.address, a.type);
}

/** Who an entry id names: a one-off by itself, an address-book entry through the directory. */
export function readEntryId(call: Call, bytes: Uint8Array): Address | undefined {
  const oneOff = readOneOffEntryId(bytes);
  if (oneOff) {
    const { name, addressType, address } = oneOff;
    return { name, address, type: addressType, smtp: addressType.toUpperCase() === 'SMTP' ? address : undefined };
  }
  const legacyDn = readAddressBookEntryId(bytes);
  if (legacyDn === undefined) return undefined;
  const entry = call.directory.entry(legacyDn);
  return { name: entry?.displayName ?? legacyDn, address: legacyDn, type: 'EX', smtp: entry?.address };
}

/** All Mailbox children of a recipients element. */
export function readMailboxes(call: Call, node: XmlNode): Address[] {
  return node.children.flatMap((c) => readMailbox(call, c.name === 'Mailbox' ? c : child(c, 'Mailbox')) ?? []);
}

import { getNumber, getText, setProp } from '../../../core/domain/mapi/bag.ts';
import { RecipientType } from '../../../core/domain/mapi/message.ts';
import type { MapiMessage, PropertyBag } from '../../../core/domain/mapi/model.ts';
import type { PropRef } from '../../../core/domain/mapi/ref.ts';
import { PidTag } from '../../../core/domain/mapi/tags.ts';
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
export interface RoleRefs {
  name: PropRef;
  type: PropRef;
  address: PropRef;
  smtp: PropRef;
  entryId: PropRef;
}

export const ROLES = {
  from: {
    name: PidTag.SentRepresentingName,
    type: PidTag.SentRepresentingAddressType,
    address: PidTag.SentRepresentingEmailAddress,
    smtp: PidTag.SentRepresentingSmtpAddress,
    entryId: PidTag.SentRepresentingEntryId,
  },
  sender: {
    name: PidTag.SenderName,
    type: PidTag.SenderAddressType,
    address: PidTag.SenderEmailAddress,
    smtp: PidTag.SenderSmtpAddress,
    entryId: PidTag.SenderEntryId,
  },
  receivedBy: {
    name: PidTag.ReceivedByName,
    type: PidTag.ReceivedByAddressType,
    address: PidTag.ReceivedByEmailAddress,
    smtp: PidTag.ReceivedBySmtpAddress,
    entryId: PidTag.ReceivedByEntryId,
  },
  receivedRepresenting: {
    name: PidTag.ReceivedRepresentingName,
    type: PidTag.ReceivedRepresentingAddressType,
    address: PidTag.ReceivedRepresentingEmailAddress,
    smtp: PidTag.ReceivedRepresentingSmtpAddress,
    entryId: PidTag.ReceivedRepresentingEntryId,
  },
} as const satisfies Record<string, RoleRefs>;

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
  setProp(message, role.name, a?.name);
  setProp(message, role.type, a?.type);
  setProp(message, role.address, a?.address);
  setProp(message, role.smtp, a?.smtp);
  setProp(message, role.entryId, a && oneOffEntryId(a));
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
  const bag: PropertyBag = { properties: [] };
  setProp(bag, PidTag.RecipientType, type);
  setProp(bag, PidTag.DisplayName, a.name);
  setProp(bag, PidTag.AddressType, a.type);
  setProp(bag, PidTag.EmailAddress, a.address);
  setProp(bag, PidTag.SmtpAddress, a.smtp);
  setProp(bag, PidTag.RecipientDisplayName, a.name);
  setProp(bag, PidTag.EntryId, oneOffEntryId(a));
  setProp(bag, PidTag.RecipientEntryId, oneOffEntryId(a));
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

const ONE_OFF = Buffer.from('00000000812b1fa4bea310199d6e00dd010f5402', 'hex');

/** One-off entry id in Unicode ([MS-OXCDATA] 2.2.5.1). */
export function oneOffEntryId(a: Address): Uint8Array {
  const text = [a.name, a.type, a.address].map((t) => Buffer.from(`${t}\0`, 'utf16le'));
  const flags = Buffer.from([0, 0, 0x01, 0x90]);
  return Uint8Array.from(Buffer.concat([ONE_OFF, flags, ...text]));
}

/** Reads a one-off entry id; undefined when it is another kind. */
export function readOneOff(bytes: Uint8Array): Address | undefined {
  const buffer = Buffer.from(bytes);
  if (buffer.length < 30 || !buffer.subarray(4, 20).equals(ONE_OFF.subarray(4, 20))) return undefined;
  const unicode = (buffer.readUInt16LE(22) & 0x8000) !== 0;
  const [name = '', type = '', address = ''] = buffer
    .subarray(24)
    .toString(unicode ? 'utf16le' : 'latin1')
    .split('\0');
  return { name, type, address, smtp: type === 'SMTP' ? address : undefined };
}

/** All Mailbox children of a recipients element. */
export function readMailboxes(call: Call, node: XmlNode): Address[] {
  return node.children.flatMap((c) => readMailbox(call, c.name === 'Mailbox' ? c : child(c, 'Mailbox')) ?? []);
}

import type { Fault } from '../faults.ts';
import type { FolderRecord, ItemRecord, MailboxRecord } from '../model.ts';
import type { Call } from './context.ts';
import { EwsError, orderedCode, type ResponseCode } from './errors.ts';
import { child, textOf, type XmlNode } from './xml/node.ts';

/** MAPI rights ([MS-OXCPERM] 2.2.7). */
export const Right = {
  read: 0x1,
  create: 0x2,
  editOwned: 0x8,
  deleteOwned: 0x10,
  editAll: 0x20,
  deleteAll: 0x40,
  createSubfolder: 0x80,
  owner: 0x100,
  contact: 0x200,
  visible: 0x400,
  freeBusySimple: 0x800,
  freeBusyDetailed: 0x1000,
} as const;

export const ALL_RIGHTS = 0x1dfb;
/** Mailbox id of the public-folder tree. */
export const PUBLIC_FOLDERS = 'publicFolders';

export function isPublic(folder: FolderRecord): boolean {
  return folder.mailboxId === PUBLIC_FOLDERS;
}

/** What the user of a call may do with a folder: the owner all, others what the permissions say. */
export function rightsOn(call: Call, folder: FolderRecord): number {
  const { user } = call;
  if (user.mailbox && folder.mailboxId === user.mailbox.id) return ALL_RIGHTS;
  if (isPublic(folder) && user.account?.roles.includes('PublicFolders')) return ALL_RIGHTS;
  let fromGroups: number | undefined;
  let byDefault = 0;
  for (const permission of folder.permissions) {
    if (permission.user === 'Default') byDefault = permission.rights;
    else if (permission.user === 'Anonymous') continue;
    else if (permission.user.toLowerCase() === user.address) return permission.rights;
    else if (isMember(call, permission.user, user.address)) fromGroups = (fromGroups ?? 0) | permission.rights;
  }
  return fromGroups ?? byDefault;
}

function isMember(call: Call, group: string, address: string, depth = 0): boolean {
  if (address === '' || depth > 8) return false;
  const members = call.directory.members(group);
  return (
    members?.some(
      (m) => m.address === address || (m.kind === 'group' && isMember(call, m.address, address, depth + 1)),
    ) ?? false
  );
}

/** Throws when the user lacks all of the given rights. */
export function needRight(
  call: Call,
  folder: FolderRecord,
  rights: number,
  code: ResponseCode = 'ErrorAccessDenied',
): void {
  if ((rightsOn(call, folder) & rights) === 0) {
    throw new EwsError(code, 'Access is denied. Check credentials and try again.');
  }
}

/** A mailbox by address; throws ErrorNonExistentMailbox. */
export function mailboxByAddress(call: Call, address: string): MailboxRecord {
  const primary = call.directory.entry(address)?.address ?? address.toLowerCase();
  const mailbox = call.store.mailbox(primary);
  if (!mailbox) throw new EwsError('ErrorNonExistentMailbox', 'The SMTP address has no mailbox associated with it.');
  return mailbox;
}

/** The mailbox of the call's user; throws ErrorNonExistentMailbox for an account that has none. */
export function ownMailbox(call: Call): MailboxRecord {
  if (call.user.mailbox) return call.user.mailbox;
  throw new EwsError('ErrorNonExistentMailbox', 'No mailbox is associated with the account.');
}

/** The folder that a FolderId or DistinguishedFolderId element names; throws what Exchange would answer. */
export function folderOf(call: Call, node: XmlNode | undefined): FolderRecord {
  const folder = node && lookUp(call, node);
  if (!folder) throw new EwsError('ErrorFolderNotFound', 'The specified folder could not be found in the store.');
  if ((rightsOn(call, folder) & (Right.visible | Right.read | Right.owner)) === 0) {
    throw new EwsError('ErrorAccessDenied', 'Access is denied. Check credentials and try again.');
  }
  return folder;
}

function lookUp(call: Call, node: XmlNode): FolderRecord | undefined {
  const id = node.attributes.Id ?? '';
  if (node.name === 'DistinguishedFolderId') {
    if (id === 'publicfoldersroot') return call.store.distinguished(PUBLIC_FOLDERS, id);
    const address = textOf(child(node, 'Mailbox'), 'EmailAddress');
    const mailbox = address === undefined ? ownMailbox(call) : mailboxByAddress(call, address);
    return call.store.distinguished(mailbox.id, id);
  }
  const entry = call.ids.read(id);
  if (entry.kind !== 'folder') {
    throw new EwsError('ErrorCannotUseItemIdForFolderId', 'An item Id was used where a folder Id was expected.');
  }
  return call.store.folder(entry.id);
}

/** The folder inside a TargetFolderIdType element. */
export function targetFolderOf(call: Call, node: XmlNode | undefined): FolderRecord {
  return folderOf(call, node?.children[0]);
}

/** An item, and where an id named one occurrence of it, which. */
export interface NamedItem {
  item: ItemRecord;
  folder: FolderRecord;
  occurrence: OccurrenceName | undefined;
}
/** An occurrence by its wall-clock original start, or by its place from 1. */
export type OccurrenceName = { original: number } | { index: number };

/**
 * What an element of BaseItemIdType names: an item, an occurrence by id or by place, or the master of an occurrence; throws
 * when it is not there or not to be seen.
 */
export function namedItem(call: Call, node: XmlNode | undefined): NamedItem {
  const { attributes } = node ?? { attributes: {} as Record<string, string> };
  const entry = call.ids.read(attributes.Id ?? attributes.RecurringMasterId ?? attributes.OccurrenceId ?? '');
  if (entry.kind === 'folder') {
    throw new EwsError('ErrorCannotUseFolderIdForItemId', 'A folder Id was used where an item Id was expected.');
  }
  const found = itemById(call, entry.id);
  if (node?.name === 'OccurrenceItemId') return { ...found, occurrence: { index: Number(attributes.InstanceIndex) } };
  if (node?.name === 'RecurringMasterItemId' || entry.kind !== 'occurrence') return { ...found, occurrence: undefined };
  return { ...found, occurrence: { original: entry.start } };
}

/** The item an element names; an occurrence, which is no item of its own, is refused. */
export function itemOf(call: Call, node: XmlNode | undefined): { item: ItemRecord; folder: FolderRecord } {
  const { item, folder, occurrence } = namedItem(call, node);
  if (!occurrence) return { item, folder };
  throw new EwsError(
    'ErrorCalendarCannotMoveOrCopyOccurrence',
    'An occurrence of a recurring item cannot be used here.',
  );
}

export function itemById(call: Call, id: string): { item: ItemRecord; folder: FolderRecord } {
  const item = call.store.item(id);
  const folder = item && call.store.folder(item.folderId);
  if (!item || !folder) throw new EwsError('ErrorItemNotFound', 'The specified object was not found in the store.');
  needRight(call, folder, Right.read | Right.owner);
  requirePublicFolderMailbox(call, folder);
  return { item, folder };
}

/**
 * Content of a public folder is served by the mailbox that holds it: where the lab is strict, X-PublicFolderMailbox must name
 * it as `GUID@domain`, the GUID from the folder's PidTagReplicaList.
 */
export function requirePublicFolderMailbox(call: Call, folder: FolderRecord): void {
  if (!call.options.publicFolderHeaders || !isPublic(folder)) return;
  const named = call.publicFolderMailbox?.toLowerCase().split('@')[0];
  const holders = replicasOf(folder);
  if (named === undefined || (holders.length > 0 && !holders.includes(named))) {
    throw new EwsError('ErrorNoPublicFolderReplicaAvailable', 'There is no public folder replica on this mailbox.');
  }
}

/** GUIDs of the mailboxes in a folder's PidTagReplicaList: text as bytes, each name ending in a null. */
export function replicasOf(folder: FolderRecord): string[] {
  const value = folder.extra[REPLICA_LIST];
  if (value === undefined) return [];
  return Buffer.from(value, 'base64')
    .toString('latin1')
    .toLowerCase()
    .split('\0')
    .filter((name) => name !== '');
}
const REPLICA_LIST = '66980102';

/** Faults ordered for one item: throws where the item cannot be read. */
export function checkItemFault(call: Call, item: ItemRecord): void {
  const fault = call.faultFor(item);
  if (fault) throwItemFault(fault);
}

/** Throws what a fault of one item answers; a short export throws nothing. */
export function throwItemFault(fault: Fault): void {
  if (fault.kind === 'corruptItem') throw new EwsError(fault.code, 'The item is corrupt.');
  if (fault.kind === 'error') throw new EwsError(orderedCode(fault.code), 'An error was ordered for this item.');
}

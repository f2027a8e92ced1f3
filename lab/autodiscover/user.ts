import { PUBLIC_FOLDERS, replicasOf } from '../ews/access.ts';
import type { EwsServerContext } from '../ews/context.ts';
import type { DirectoryEntry, MailboxRecord } from '../model.ts';

/** What Autodiscover finds for an address. */
export type Found =
  | { kind: 'mailbox'; address: string; displayName: string; legacyDn: string; mailbox: MailboxRecord }
  /** The mailbox lies elsewhere: ask with this address. */
  | { kind: 'redirect'; address: string }
  | { kind: 'unknown' };

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Looks an address up: a user's, or `GUID@domain` of the mailbox that holds public folders. */
export function findUser(server: EwsServerContext, address: string): Found {
  const entry = server.directory.entry(address);
  if (entry) return fromEntry(server, entry);
  const [local = '', domain] = address.toLowerCase().split('@');
  if (domain !== undefined && GUID.test(local)) {
    const byGuid = server.store.mailbox(local);
    if (byGuid && byGuid.id !== PUBLIC_FOLDERS) return ofMailbox(byGuid, byGuid.address, '');
    const holder = server.store.mailbox(PUBLIC_FOLDERS);
    if (holder && replicaGuids(server).includes(local)) return ofMailbox(holder, address.toLowerCase(), '');
  }
  return { kind: 'unknown' };
}

function fromEntry(server: EwsServerContext, entry: DirectoryEntry): Found {
  if (entry.forwardTo !== null && entry.kind !== 'mailbox')
    return { kind: 'redirect', address: entry.forwardTo.replace(/^smtp:/i, '') };
  const mailbox = server.store.mailbox(entry.address);
  return mailbox ? ofMailbox(mailbox, entry.address, entry.legacyDn) : { kind: 'unknown' };
}

function ofMailbox(mailbox: MailboxRecord, address: string, legacyDn: string): Found {
  return { kind: 'mailbox', address, displayName: mailbox.displayName, legacyDn, mailbox };
}

/** GUIDs of all mailboxes that hold public folders: those of the root and of its first level. */
function replicaGuids(server: EwsServerContext): string[] {
  const root = server.store.distinguished(PUBLIC_FOLDERS, 'publicfoldersroot');
  if (!root) return [];
  return [root, ...server.store.children(root.id, true)].flatMap(replicasOf);
}

/** SMTP address of the public-folder mailbox that holds the hierarchy, for a user's domain. */
export function publicFolderAddress(server: EwsServerContext, userAddress: string): string | undefined {
  const root = server.store.distinguished(PUBLIC_FOLDERS, 'publicfoldersroot');
  const [guid] = root ? [...replicasOf(root), ...replicaGuids(server)] : [];
  return guid === undefined ? undefined : `${guid}@${userAddress.split('@')[1] ?? ''}`;
}

import { mimeToMessage } from './convert/mime-in.ts';
import type { LdapOrganisationDirectory } from './ldap/organisation-directory.ts';
import type { OrganisationStore } from './model.ts';

/** PidTagPfProxy: in a mail-enabled public folder the GUID of its object in the directory, base64. */
export const PF_PROXY = '671d0102';
const PUBLIC_FOLDERS = 'publicFolders';

/** Puts arrived mail into Inboxes and mail-enabled public folders: into all of them or, when it throws, into none. */
export async function deliver(
  store: OrganisationStore,
  directory: LdapOrganisationDirectory,
  to: { mailboxes: ReadonlySet<string>; publicFolders: ReadonlySet<string> },
  mime: Uint8Array,
): Promise<void> {
  const message = await mimeToMessage(mime, { received: Date.now() });
  const folders = [
    ...[...to.mailboxes].map((address) => inbox(store, address)),
    ...[...to.publicFolders].map((address) => publicFolder(store, directory, address)),
  ];
  store.transaction(() => {
    for (const folder of folders) store.createItem(folder, structuredClone(message));
  });
}

function inbox(store: OrganisationStore, address: string): string {
  const mailbox = store.mailbox(address);
  const folder = mailbox && store.distinguished(mailbox.id, 'inbox');
  if (!folder) throw new Error(`${address} has no Inbox`);
  return folder.id;
}

function publicFolder(store: OrganisationStore, directory: LdapOrganisationDirectory, address: string): string {
  const object = directory.object(address);
  const proxy = object && Buffer.from(object.guid, 'hex').toString('base64');
  const root = store.distinguished(PUBLIC_FOLDERS, 'publicfoldersroot');
  const folder = root && store.children(root.id, true).find((one) => one.extra[PF_PROXY] === proxy);
  if (!folder) throw new Error(`${address} belongs to no public folder`);
  return folder.id;
}

import type { MapiMessage } from '../core/domain/mapi/model.ts';

/**
 * What one Exchange organisation of the lab holds. The EWS front, SMTP and the seeder speak to this interface and to
 * nothing beneath it; `lab/state/` implements it on disk.
 */

/** Ids are opaque text, unique in one organisation; a change key alters with every change of the object. */
export interface FolderRecord {
  id: string;
  changeKey: string;
  /** The owner's mailbox; `publicFolders` for the public-folder tree. */
  mailboxId: string;
  parentId: string | null;
  displayName: string;
  /** PR_CONTAINER_CLASS, such as IPF.Note; empty where the folder has none. */
  folderClass: string;
  /** EWS DistinguishedFolderIdName, where this is one: inbox, calendar, msgfolderroot, archivemsgfolderroot, … */
  distinguished: string | null;
  hidden: boolean;
  permissions: FolderPermission[];
  /** Further folder properties (mail-enabled public folder addresses, replica list, comment, …), by 8-digit hex tag. */
  extra: Record<string, string>;
  itemCount: number;
  unreadCount: number;
  /** Items and subfolders created below it, for paging. */
  childFolderCount: number;
  sizeBytes: number;
  /** Time of the last change of any item in it, ms since the epoch; each change has a later one than the one before. */
  lastChange: number;
  /** How many items were ever deleted from it. */
  deletedCount: number;
}

export interface FolderPermission {
  /** SMTP address of the user, or the two distinguished users of EWS. */
  user: string | 'Default' | 'Anonymous';
  displayName: string;
  /** EWS PermissionLevel or CalendarPermissionLevel name; `Custom` when only `rights` says it. */
  level: string;
  /** MAPI rights bits ([MS-OXCPERM] 2.2.7). */
  rights: number;
}

/** What a list needs of an item without reading its bag. */
export interface ItemRecord {
  id: string;
  changeKey: string;
  mailboxId: string;
  folderId: string;
  itemClass: string;
  associated: boolean;
  subject: string;
  /** ms since the epoch, UTC. */
  received: number;
  sent: number;
  created: number;
  modified: number;
  sizeBytes: number;
  read: boolean;
  hasAttachments: boolean;
  importance: number;
  internetMessageId: string | null;
  /** PidTagSearchKey, lower-case hex. */
  searchKey: string;
  from: string;
}

export interface MailboxRecord {
  id: string;
  /** Primary SMTP address, lower case. */
  address: string;
  displayName: string;
  kind: 'user' | 'shared' | 'room' | 'equipment' | 'linked' | 'service' | 'publicFolders';
  hasArchive: boolean;
  outOfOffice: OutOfOffice;
  delegates: DelegateRecord[];
  rules: RuleRecord[];
  /** What is kept beside rules and delegates, such as where meeting requests go, by name. */
  userConfiguration: Record<string, { xml?: string; dictionary?: Record<string, string>; binary?: string }>;
}
export interface OutOfOffice {
  state: 'Disabled' | 'Enabled' | 'Scheduled';
  audience: 'None' | 'Known' | 'All';
  internal: string;
  external: string;
  start: number | null;
  end: number | null;
}
export interface DelegateRecord {
  address: string;
  displayName: string;
  levels: Record<'calendar' | 'tasks' | 'inbox' | 'contacts' | 'notes' | 'journal', string>;
  receiveCopies: boolean;
  viewPrivate: boolean;
}
export interface RuleRecord {
  id: string;
  name: string;
  priority: number;
  enabled: boolean;
  /** What stands inside Conditions, Exceptions and Actions (prefix `t:` for the types namespace); empty where none is. */
  conditionsXml: string;
  exceptionsXml: string;
  actionsXml: string;
}

export type ItemChange =
  | { kind: 'create'; item: ItemRecord }
  | { kind: 'update'; item: ItemRecord }
  | { kind: 'readFlag'; id: string; read: boolean; changeKey: string }
  | { kind: 'delete'; id: string };
export type FolderChange =
  | { kind: 'create'; folder: FolderRecord }
  | { kind: 'update'; folder: FolderRecord }
  | { kind: 'delete'; id: string };

export interface ItemQuery {
  folderId: string;
  associated?: boolean;
  offset: number;
  limit: number;
  sort?: {
    field: 'received' | 'sent' | 'created' | 'modified' | 'subject' | 'sizeBytes' | 'itemClass';
    descending: boolean;
  }[];
}

/**
 * One organisation's store. Synchronous: it is node:sqlite beneath, and the lab is one process. Methods that name
 * something which is not there throw NotFoundError; a folder beside another of the same name, FolderExistsError
 * (lab/state/errors.ts).
 */
export interface OrganisationStore {
  mailboxes(): MailboxRecord[];
  mailbox(addressOrId: string): MailboxRecord | undefined;
  /** With its distinguished folders; `language` (`de`, `fr`, …) names them as Outlook in that language does. */
  createMailbox(
    m: Pick<MailboxRecord, 'address' | 'displayName' | 'kind'> & { hasArchive?: boolean; language?: string },
  ): MailboxRecord;
  updateMailbox(id: string, change: Partial<MailboxRecord>): void;

  folder(id: string): FolderRecord | undefined;
  distinguished(mailboxId: string, name: string): FolderRecord | undefined;
  children(folderId: string, deep: boolean): FolderRecord[];
  createFolder(f: {
    mailboxId: string;
    parentId: string;
    displayName: string;
    folderClass: string;
    permissions?: FolderPermission[];
    hidden?: boolean;
    extra?: Record<string, string>;
  }): FolderRecord;
  updateFolder(
    id: string,
    change: Partial<Pick<FolderRecord, 'displayName' | 'folderClass' | 'permissions' | 'hidden' | 'extra'>>,
  ): FolderRecord;
  moveFolder(id: string, parentId: string): FolderRecord;
  deleteFolder(id: string): void;

  item(id: string): ItemRecord | undefined;
  message(id: string): MapiMessage;
  /** The export stream as bytes, written without building the message. */
  exportStream(id: string): Uint8Array;
  /** The same in pieces, for items too large to hold. */
  exportChunks(id: string): Iterable<Uint8Array>;
  items(q: ItemQuery): { items: ItemRecord[]; total: number };
  createItem(folderId: string, message: MapiMessage, associated?: boolean): ItemRecord;
  /** Takes a stream that was parsed and found whole; throws CodecError when it is not. */
  uploadStream(folderId: string, stream: Uint8Array, associated: boolean, replaceId?: string): ItemRecord;
  updateItem(id: string, message: MapiMessage): ItemRecord;
  setRead(id: string, read: boolean): ItemRecord;
  moveItem(id: string, folderId: string): ItemRecord;
  deleteItem(id: string): void;

  /**
   * Changes of a folder's items after a sync state; '' is the beginning. Every item that was there when a series of calls
   * began arrives as `create` exactly once, however much changes meanwhile. `last` is true when none are left. Throws
   * SyncStateError for a state that is none of this folder's. With `associated`, folder-associated items come too.
   */
  itemChanges(
    folderId: string,
    since: string,
    limit: number,
    associated?: boolean,
  ): { changes: ItemChange[]; next: string; last: boolean };
  folderChanges(
    mailboxId: string,
    since: string,
    limit: number,
  ): { changes: FolderChange[]; next: string; last: boolean };
  transaction<T>(work: () => T): T;
  /** As `transaction`; items made in it keep the time of change they bring, as seeds and restores need it. */
  seeding<T>(work: () => T): T;
  close(): void;
}

/** Roles of Exchange's RBAC that the lab knows. */
export type DirectoryRole = 'ApplicationImpersonation' | 'PublicFolders';

/** One who can log on. */
export interface DirectoryAccount {
  /** sAMAccountName. */
  name: string;
  /** NetBIOS name of the domain, upper case. */
  domain: string;
  userPrincipalName: string;
  /** Primary SMTP address of its mailbox; null where it has none. */
  address: string | null;
  displayName: string;
  sid: string;
  disabled: boolean;
  /** MD4 of the password in UTF-16LE ([MS-NLMP] 3.3.2, NTOWFv1): enough for Basic, simple bind and NTLM alike. */
  ntHash: Uint8Array;
  roles: readonly DirectoryRole[];
}

/** What the address book tells of a recipient. */
export interface DirectoryEntry {
  kind: 'mailbox' | 'mailUser' | 'contact' | 'group' | 'publicFolder';
  /** Primary SMTP address, lower case. */
  address: string;
  displayName: string;
  alias: string;
  legacyDn: string;
  givenName: string;
  surname: string;
  department: string;
  company: string;
  jobTitle: string;
  office: string;
  phone: string;
  /** Where mail goes on from here (targetAddress without its type); null for a mailbox. */
  forwardTo: string | null;
  /** Where mail goes as well as into its mailbox (msExchGenericForwardingAddress with deliverAndRedirect); null for nowhere. */
  copyTo: string | null;
  hidden: boolean;
}

/** The organisation's directory as EWS, Autodiscover and SMTP need it; the LDAP front shows the same objects. */
export interface OrganisationDirectory {
  /** By sAMAccountName, DOMAIN\name, user principal name, SMTP address of its mailbox or SID; any case. */
  account(name: string): DirectoryAccount | undefined;
  /** By any proxy address, with or without its `smtp:`/`X500:` type, or by legacyExchangeDN; any case. */
  entry(address: string): DirectoryEntry | undefined;
  /** Ambiguous name resolution: entries whose names, alias or addresses begin with the text; hidden ones left out. */
  resolve(text: string, limit: number): DirectoryEntry[];
  /** Direct members of a group; undefined when the address is no group. */
  members(address: string): DirectoryEntry[] | undefined;
}

import type { ForestRole, WorkloadKind } from '../domain/words.ts';
import type { PaceState } from './pace.ts';
import type { SettingsStore } from './settings.ts';

/**
 * The one interface to mailbox content. EWS stands behind it now; Microsoft Graph's import and export and Gmail fit the
 * same shape: folders by id, items by id, changes by an opaque state, content in one of three forms.
 *
 * Ids are opaque text of the store. Times are ms since the epoch, UTC. Sizes are bytes. What fails for one item is a
 * value in the result; what fails for the whole call is thrown.
 */
export interface MailStore {
  readonly kind: 'ews' | 'graph' | 'gmail';
  readonly address: string;
  /** What this server turned out to be able to do so far. */
  readonly capabilities: Capabilities;
  readonly pace: PaceState;
  /** Calls that this store has made. */
  readonly calls: number;
  /** Delegates, rules, automatic replies and the like; undefined where there is no such thing, as in public folders. */
  readonly settings: SettingsStore | undefined;

  /** Folders below a root, parents before children, the root itself first (with `parentId` null). */
  folders(root: FolderRoot, options?: FolderListOptions): AsyncIterable<FolderInfo>;
  /** Subfolders of some folders, many parents a call; what lies below a folder that cannot be read is left out. */
  subfolders(parentIds: string[], options?: FolderReadOptions): Promise<FolderInfo[]>;
  /** One answer for each id, in order; a folder that is not there is an error value. */
  getFolders(ids: string[], options?: FolderReadOptions): Promise<Result<FolderInfo>[]>;
  /** Id of a well-known folder; undefined where the mailbox has none. */
  distinguished(name: string, signal?: AbortSignal): Promise<FolderInfo | undefined>;
  /** New folders below one parent: an id or an error (ErrorFolderExists: the name is taken) for each, in order. */
  createFolders(parentId: string, folders: NewFolder[], options?: CallOptions): Promise<Result<string>[]>;
  updateFolder(id: string, change: FolderUpdate, options?: CallOptions): Promise<void>;
  /** Replaces permission lists; one answer for each, in order. */
  setPermissions(lists: FolderPermissions[], options?: CallOptions): Promise<Result<null>[]>;
  moveFolder(id: string, parentId: string, options?: CallOptions): Promise<void>;
  deleteFolder(id: string, options?: CallOptions): Promise<void>;

  /** Changes of one folder after a state; an empty state means from the beginning. @throws SyncStateLost */
  changes(folderId: string, state: string, options?: ChangesOptions): Promise<ChangePage>;
  /** Items of a folder, in pages. */
  list(folderId: string, options?: ListOptions): AsyncIterable<ItemInfo[]>;
  /**
   * Items (none that are folder-associated) of several folders that hold few, in one call. What is missing in the answer
   * holds more than expected, or the server would not say: such a folder is to be listed by itself.
   */
  listSmall(folderIds: string[], options?: CallOptions): Promise<Map<string, ItemInfo[]>>;
  /** The facts of single items; one answer for each id, in order. */
  describe(ids: string[], options?: DescribeOptions): Promise<Result<ItemInfo>[]>;
  /** Items of a folder with one of these search keys (hex): the check before an item is sent again. */
  findBySearchKey(folderId: string, searchKeys: string[], options?: FindOptions): Promise<ItemInfo[]>;

  /** Content of items in one form; one answer for each, in order. */
  read(items: ItemRef[], form: ContentForm, options?: CallOptions): Promise<Result<ItemContent>[]>;
  /** Writes items; one answer for each, in order. Never repeated by the store itself where its outcome is unknown. */
  write(items: ItemToWrite[], options?: WriteOptions): Promise<Result<WrittenItem>[]>;
  setRead(items: { id: string; read: boolean }[], options?: CallOptions): Promise<Result<WrittenItem>[]>;
  moveItems(ids: string[], folderId: string, options?: CallOptions): Promise<Result<WrittenItem>[]>;
  deleteItems(ids: string[], options?: CallOptions): Promise<Result<null>[]>;
}

export type Result<T> = { ok: true; value: T } | { ok: false; error: Error };

/** A person's or the program's wish to stop, and a guard that throws once writing is no longer allowed. */
export interface CallOptions {
  signal?: AbortSignal | undefined;
  guard?: (() => void) | undefined;
}

/** How one item travels. */
export type ContentForm = 'stream' | 'mime' | 'typed';

export interface Capabilities {
  /** `null`: not tried yet. A reason stands beside every no. */
  fullStream: boolean | null;
  mime: boolean | null;
  typed: boolean | null;
  /** Tells what changed since a state; without it folders are listed whole each time. */
  changes?: boolean | null;
  reasons: string[];
  /** Server version as it says it itself, such as 15.2.1544.4. */
  version: string | null;
}

export type FolderRoot = 'mailbox' | 'archive' | 'recoverableItems' | 'archiveRecoverableItems' | 'publicFolders';

export interface FolderListOptions {
  signal?: AbortSignal | undefined;
  /** Start below this folder instead of the root. */
  below?: string | undefined;
  /** Whether what lies below a folder is wanted, where that saves calls: the whole tree may come all the same. */
  opens?: ((folder: FolderInfo) => boolean) | undefined;
  /** Permission lists cost a further call for each hundred folders. */
  permissions?: boolean | undefined;
}
export interface FolderReadOptions {
  signal?: AbortSignal | undefined;
  permissions?: boolean | undefined;
}

export interface FolderInfo {
  id: string;
  changeKey: string;
  parentId: string | null;
  name: string;
  /** PR_CONTAINER_CLASS such as IPF.Note; empty where there is none. */
  folderClass: string;
  /** EWS distinguished folder id, where this folder is one. */
  distinguished: string | null;
  /** Search folders hold no items of their own. */
  search: boolean;
  hidden: boolean;
  itemCount: number;
  /** Folder-associated items; null where the server does not say. */
  associatedCount: number | null;
  unreadCount: number;
  /** The largest number there is where the server does not say. */
  childCount: number;
  /** Bytes, null where the server does not say. */
  sizeBytes: number | null;
  /** When anything in the folder last changed, ms since the epoch; null where the server does not say. */
  changedAt?: number | null | undefined;
  /**
   * Alters with every change inside the folder; null where the server offers nothing of the kind, or where the last change
   * is so fresh that another one might not show.
   */
  fingerprint: string | null;
  /** Further properties by 8-digit hex tag: base64 for binary, text otherwise. */
  extra: Record<string, string>;
  /** Undefined when not asked for; null when the server gives none. */
  permissions?: Permissions | null | undefined;
}

export interface Permission {
  /** SMTP address, or one of the two distinguished users. */
  user: string;
  displayName: string;
  /** PermissionLevel or CalendarPermissionLevel. */
  level: string;
  /** The single rights, for level Custom, by EWS element name. */
  rights: Record<string, string>;
}
export interface Permissions {
  calendar: boolean;
  entries: Permission[];
  /** Entries that the server could not resolve to a user. */
  unknown: string[];
}

export interface NewFolder {
  name: string;
  folderClass: string;
  hidden?: boolean | undefined;
  extra?: Record<string, string> | undefined;
}
export interface FolderPermissions {
  id: string;
  permissions: Permissions;
}
export interface FolderUpdate {
  name?: string | undefined;
  folderClass?: string | undefined;
  permissions?: Permissions | undefined;
  extra?: Record<string, string> | undefined;
}

export interface ItemInfo {
  id: string;
  changeKey: string;
  folderId: string | null;
  itemClass: string;
  /** EWS element, such as Message or CalendarItem; chooses the typed form. */
  element: string;
  associated: boolean;
  size: number;
  /** Lower-case hex; null where the server has none. */
  searchKey: string | null;
  messageId: string | null;
  received: number | null;
  sent: number | null;
  created: number | null;
  modified: number | null;
  /** PidTagMessageFlags; null where unknown. */
  flags: number | null;
  read: boolean | null;
}

export type ItemChange =
  | { kind: 'create'; item: ItemInfo }
  | { kind: 'update'; item: ItemInfo }
  | { kind: 'read'; id: string; changeKey: string; read: boolean }
  | { kind: 'delete'; id: string };
/** Id of the item that a change is about. */
export function changedId(change: ItemChange): string {
  return 'item' in change ? change.item.id : change.id;
}
export interface ChangePage {
  changes: ItemChange[];
  state: string;
  last: boolean;
}
export interface ChangesOptions extends CallOptions {
  associated?: boolean | undefined;
  max?: number | undefined;
}
export interface ListOptions {
  signal?: AbortSignal | undefined;
  associated?: boolean | undefined;
  pageSize?: number | undefined;
}

export interface FindOptions extends CallOptions {
  /** Only among folder-associated items, or only among the others; among both where left out. */
  associated?: boolean | undefined;
}

export interface DescribeOptions extends CallOptions {
  /** Only id, class and search key. */
  brief?: boolean | undefined;
}

export interface ItemRef {
  id: string;
  itemClass: string;
  element: string;
}

/**
 * Gives the memory of a whole item back at once, instead of when the garbage collector gets to it: between two of its
 * runs a worker would hold several times what is under way. The content is empty afterwards.
 */
export function releaseContent(content: ItemContent): void {
  if (content.form !== 'stream') return;
  const buffers = new Set(content.parts.map((part) => part.buffer));
  content.parts.length = 0;
  for (const buffer of buffers) {
    // Small buffers are cut from a slab that everybody in the process shares.
    const own = buffer.byteLength > Buffer.poolSize;
    if (own && buffer instanceof ArrayBuffer && !buffer.detached) buffer.transfer(0);
  }
}

export type ItemContent = StreamContent | MimeContent | TypedContent;
/** A whole item as one opaque FastTransfer stream, decoded from base64, in the pieces it came in. */
export interface StreamContent {
  form: 'stream';
  parts: Uint8Array[];
  size: number;
}
/** A typed property of an item: its name and its XML, in the words of the store. */
export interface TypedField {
  name: string;
  xml: string;
}
/** MIME with the properties beside it that MIME cannot carry. */
export interface MimeContent {
  form: 'mime';
  parts: Uint8Array[];
  size: number;
  element: string;
  itemClass: string;
  fields: TypedField[];
  properties: ExtendedProperty[];
}
/** The item's own typed properties, with its attachments. */
export interface TypedContent {
  form: 'typed';
  element: string;
  itemClass: string;
  fields: TypedField[];
  size: number;
  properties: ExtendedProperty[];
  attachments: AttachmentContent[];
  /** Changed and removed occurrences of a series. */
  exceptions: SeriesExceptions | null;
}
export interface SeriesExceptions {
  /** Start times of removed occurrences by the pattern, ms. */
  deleted: number[];
  modified: { originalStart: number; content: TypedContent }[];
}
export type AttachmentContent =
  | {
      kind: 'file';
      name: string;
      contentType: string;
      contentId: string;
      contentLocation: string;
      inline: boolean;
      contactPhoto: boolean;
      parts: Uint8Array[];
      size: number;
    }
  | { kind: 'item'; name: string; item: MimeContent | TypedContent; size: number };

/** A MAPI property as EWS carries it: how it is addressed, its EWS type, its value or values as text. */
export interface ExtendedProperty {
  /** 16-bit property tag (hex such as 0x0e07), or a set with an id or a name. */
  tag?: string | undefined;
  set?: string | undefined;
  id?: number | undefined;
  name?: string | undefined;
  type: string;
  values: string[];
  multiple: boolean;
}

export interface ItemToWrite {
  folderId: string;
  content: ItemContent;
  associated: boolean;
  itemClass: string;
  /** Replaces this item's content and keeps its id. */
  replaceId?: string | undefined;
}
export interface WriteOptions extends CallOptions {}
export interface WrittenItem {
  id: string;
  changeKey: string;
  /** Fields and properties that the server refused and that were left out. */
  left?: string[] | undefined;
}

/** How the engine opens a side of a workload; entry points construct it (core/api/adapters.ts). */
export type OpenMailStore = (role: ForestRole, address: string, kind: WorkloadKind) => Promise<MailStore>;

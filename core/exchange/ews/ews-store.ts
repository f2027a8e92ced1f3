import { UnexpectedStatus } from '../errors.ts';
import type {
  CallOptions,
  Capabilities,
  ChangePage,
  ChangesOptions,
  ContentForm,
  DescribeOptions,
  FindOptions,
  FolderInfo,
  FolderListOptions,
  FolderPermissions,
  FolderReadOptions,
  FolderRoot,
  FolderUpdate,
  ItemContent,
  ItemInfo,
  ItemRef,
  ItemToWrite,
  ListOptions,
  MailStore,
  NewFolder,
  Result,
  WriteOptions,
  WrittenItem,
} from '../mail-store.ts';
import type { PaceState } from '../pace.ts';
import type { SettingsStore } from '../settings.ts';
import { type Anchor, EwsClient, type EwsClientConfig } from './client.ts';
import { codeOf, EwsError, saysNoSuchOperation } from './codes.ts';
import { FolderReader } from './folder-reader.ts';
import type { CarriedProperty } from './forms/carried-properties.ts';
import { readMime, readTyped } from './forms/read-content.ts';
import { writeItems } from './forms/write-items.ts';
import { ItemReader } from './item-reader.ts';
import { createFolders } from './operations/create-folder.ts';
import { deleteFolder } from './operations/delete-folder.ts';
import { deleteItem } from './operations/delete-item.ts';
import { exportItems } from './operations/export-items.ts';
import { moveFolder } from './operations/move-folder.ts';
import { moveItem } from './operations/move-item.ts';
import { setPermissions, updateFolder } from './operations/update-folder.ts';
import { updateRead } from './operations/update-read.ts';
import { uploadItems } from './operations/upload-items.ts';
import { routedPublicFolders } from './public-folder-routing.ts';
import type { Session } from './run.ts';
import { EwsSettings } from './settings/ews-settings.ts';
import { KnownSettings } from './settings/known-settings.ts';

export interface EwsMailbox {
  /** SMTP address of the mailbox; empty for public folders. */
  address: string;
  publicFolders?: boolean | undefined;
  /** The account acts as the mailbox's owner (ApplicationImpersonation); without it, it needs rights of its own. */
  impersonate?: boolean | undefined;
  /** Properties of the customer's own forms, carried where whole items cannot be. */
  extraProperties?: CarriedProperty[] | undefined;
  /** Of the addresses by which public-folder mailboxes are named; given, content is asked of the mailbox that holds it. */
  domain?: string | undefined;
  /** The public-folder mailbox that calls are about, as `GUID@domain`. */
  holder?: string | undefined;
}

/** What is known of one server, shared by all mailboxes that are opened through it. */
export class EwsServer {
  readonly client: EwsClient;
  readonly settings = new KnownSettings();
  /** Answers that may mean that an operation is not there, or that the server is in trouble. */
  failures = 0;
  readonly capabilities: Capabilities = {
    fullStream: null,
    mime: null,
    typed: null,
    reasons: [],
    version: null,
  };
  /** Public folders are promised less than mailboxes, so what they can do is found out apart. */
  readonly publicFolderCapabilities: Capabilities = {
    fullStream: null,
    mime: null,
    typed: null,
    reasons: [],
    version: null,
  };

  constructor(config: EwsClientConfig) {
    this.client = new EwsClient(config);
  }

  mailbox({ domain, ...mailbox }: EwsMailbox): MailStore {
    if (mailbox.publicFolders && domain !== undefined)
      return routedPublicFolders((holder) => new EwsStore(this, { ...mailbox, holder }), domain);
    return new EwsStore(this, mailbox);
  }

  close(): void {
    this.client.close();
  }
}

/** Opens one mailbox on a server of its own; where several are opened, share an EwsServer. */
export function openEwsStore(config: EwsClientConfig & EwsMailbox): MailStore {
  return new EwsServer(config).mailbox(config);
}

/** Answers of status 500 without a word of EWS, after which an operation counts as not there. */
const FAILURES = 3;
/** Items with MIME or typed properties that one answer holds. */
const ITEMS_A_READ = 40;

class EwsStore implements MailStore {
  readonly kind = 'ews';
  readonly address: string;
  readonly capabilities: Capabilities;
  readonly settings: SettingsStore | undefined;
  readonly #session: Session;
  readonly #folders: FolderReader;
  readonly #items: ItemReader;
  readonly #server: EwsServer;
  readonly #extra: CarriedProperty[];

  constructor(server: EwsServer, mailbox: EwsMailbox) {
    this.address = mailbox.address;
    this.capabilities = mailbox.publicFolders ? server.publicFolderCapabilities : server.capabilities;
    const anchor: Anchor =
      mailbox.address === ''
        ? mailbox.holder === undefined
          ? {}
          : { anchorMailbox: mailbox.holder, publicFolderMailbox: mailbox.holder }
        : {
            anchorMailbox: mailbox.address,
            ...(mailbox.impersonate === false ? {} : { impersonate: mailbox.address }),
          };
    this.#session = { client: server.client, anchor, calls: 0 };
    this.settings =
      mailbox.address === '' ? undefined : new EwsSettings(this.#session, mailbox.address, server.settings);
    this.#extra = mailbox.extraProperties ?? [];
    this.#server = server;
    this.#items = new ItemReader(this.#session, this.capabilities);
    this.#folders = new FolderReader(this.#session, mailbox.publicFolders === true, (reason) => {
      if (!this.capabilities.reasons.includes(reason)) this.capabilities.reasons.push(reason);
    });
  }

  get pace(): PaceState {
    return this.#session.client.pace.state;
  }

  get calls(): number {
    return this.#session.calls;
  }

  folders(root: FolderRoot, options: FolderListOptions = {}): AsyncIterable<FolderInfo> {
    return this.#folders.all(root, options);
  }

  subfolders(parentIds: string[], options: FolderReadOptions = {}): Promise<FolderInfo[]> {
    return this.#folders.subfolders(parentIds, options);
  }
  getFolders(ids: string[], options: FolderReadOptions = {}): Promise<Result<FolderInfo>[]> {
    return this.#folders.get(ids, options);
  }

  async distinguished(name: string, signal?: AbortSignal): Promise<FolderInfo | undefined> {
    const [found] = await this.#folders.get([`@${name}`], { signal });
    if (found?.ok) return { ...found.value, distinguished: found.value.distinguished ?? name };
    if (found?.error instanceof EwsError) return undefined;
    throw found?.error;
  }

  createFolders(parentId: string, folders: NewFolder[], options: CallOptions = {}): Promise<Result<string>[]> {
    return createFolders(this.#session, parentId, folders, options);
  }

  updateFolder(id: string, change: FolderUpdate, options: CallOptions = {}): Promise<void> {
    return updateFolder(this.#session, id, change, options);
  }

  setPermissions(lists: FolderPermissions[], options: CallOptions = {}): Promise<Result<null>[]> {
    return setPermissions(this.#session, lists, options);
  }

  moveFolder(id: string, parentId: string, options: CallOptions = {}): Promise<void> {
    return moveFolder(this.#session, id, parentId, options);
  }

  deleteFolder(id: string, options: CallOptions = {}): Promise<void> {
    return deleteFolder(this.#session, id, 'SoftDelete', options);
  }

  changes(folderId: string, state: string, options: ChangesOptions = {}): Promise<ChangePage> {
    return this.#items.changes(folderId, state, options);
  }

  list(folderId: string, options: ListOptions = {}): AsyncIterable<ItemInfo[]> {
    return this.#items.list(folderId, options);
  }

  listSmall(folderIds: string[], options: CallOptions = {}): Promise<Map<string, ItemInfo[]>> {
    return this.#items.listSmall(folderIds, options);
  }

  describe(ids: string[], options: DescribeOptions = {}): Promise<Result<ItemInfo>[]> {
    return this.#items.describe(ids, options);
  }

  findBySearchKey(folderId: string, searchKeys: string[], options: FindOptions = {}): Promise<ItemInfo[]> {
    return this.#items.findBySearchKey(folderId, searchKeys, options);
  }

  async read(items: ItemRef[], form: ContentForm, options: CallOptions = {}): Promise<Result<ItemContent>[]> {
    if (form === 'stream') return this.#export(items, options);
    const results: Result<ItemContent>[] = [];
    for (let at = 0; at < items.length; at += ITEMS_A_READ) {
      const part = items.slice(at, at + ITEMS_A_READ);
      results.push(...(await this.#items.askingLess(() => this.#readForm(part, form, options))));
    }
    return results;
  }

  #readForm(items: ItemRef[], form: 'mime' | 'typed', options: CallOptions): Promise<Result<ItemContent>[]> {
    const read = form === 'mime' ? readMime : readTyped;
    const extra = this.#session.client.lessOfItems ? null : this.#extra;
    return read(this.#session, items, { ...options, extra });
  }

  async #export(items: ItemRef[], options: CallOptions): Promise<Result<ItemContent>[]> {
    const results = await this.#tried('fullStream', 'ExportItems', () =>
      exportItems(
        this.#session,
        items.map((i) => i.id),
        options,
      ),
    );
    return results;
  }

  async write(items: ItemToWrite[], options: WriteOptions = {}): Promise<Result<WrittenItem>[]> {
    const results: Result<WrittenItem>[] = [];
    const indexed = items.map((item, index) => ({ item, index }));
    for (const [streams, group] of Map.groupBy(indexed, ({ item }) => item.content.form === 'stream')) {
      const part = group.map(({ item }) => item);
      const written = streams ? await this.#upload(part, options) : await writeItems(this.#session, part, options);
      for (const [at, { index }] of group.entries()) {
        const answer = written[at];
        if (answer) results[index] = answer;
      }
    }
    return results;
  }

  async #upload(items: ItemToWrite[], options: WriteOptions): Promise<Result<WrittenItem>[]> {
    const uploads = items.flatMap(({ folderId, associated, content, replaceId }) =>
      content.form === 'stream' ? [{ folderId, associated, content, replaceId }] : [],
    );
    return this.#tried('fullStream', 'UploadItems', () => uploadItems(this.#session, uploads, options));
  }

  setRead(items: { id: string; read: boolean }[], options: CallOptions = {}): Promise<Result<WrittenItem>[]> {
    return updateRead(this.#session, items, options);
  }

  moveItems(ids: string[], folderId: string, options: CallOptions = {}): Promise<Result<WrittenItem>[]> {
    return moveItem(this.#session, ids, folderId, options);
  }

  deleteItems(ids: string[], options: CallOptions = {}): Promise<Result<null>[]> {
    return deleteItem(this.#session, ids, 'SoftDelete', options);
  }

  /** Runs a bulk operation and learns from its end whether the server has it. */
  async #tried<T>(capability: 'fullStream', operation: string, work: () => Promise<Result<T>[]>): Promise<Result<T>[]> {
    try {
      const results = await work();
      const said = results.find((r) => !r.ok);
      if (results.some((r) => r.ok)) this.capabilities[capability] ??= true;
      else if (said && !said.ok) this.#doubt(capability, operation, said.error);
      return results;
    } catch (error) {
      this.#doubt(capability, operation, error);
      throw error;
    }
  }

  /** Whether an error says that the server has no such operation. What has worked once is there. */
  #doubt(capability: 'fullStream', operation: string, error: unknown): void {
    if (this.capabilities[capability] === true || !saysNoSuchOperation(error)) return;
    // A server in trouble says 500 as well: only one that keeps to it has no such operation.
    // Reads were repeated before anybody hears of it, writes were not.
    this.#server.failures += operation === 'ExportItems' ? FAILURES : 1;
    if (error instanceof UnexpectedStatus && error.status === 500 && this.#server.failures < FAILURES) return;
    this.capabilities[capability] = false;
    this.capabilities.reasons.push(`${operation} is answered with ${codeOf(error)}`);
  }
}

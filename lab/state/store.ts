import { createHash } from 'node:crypto';
import { guidToText } from '../../core/domain/mapi/guid.ts';
import type { MapiMessage } from '../../core/domain/mapi/model.ts';
import type { FolderRecord, ItemQuery, ItemRecord, MailboxRecord, OrganisationStore } from '../model.ts';
import { LabDatabase } from './database.ts';
import { archivePlan, mailboxPlan, PUBLIC_PLAN } from './distinguished.ts';
import { NotFoundError } from './errors.ts';
import { Folders, type NewFolder } from './folders.ts';
import { Items } from './items.ts';
import { Mailboxes } from './mailboxes.ts';
import { Sync } from './sync.ts';

export const PUBLIC_FOLDERS = 'publicFolders';

/** The GUID of a mailbox, the same in its store and in the directory (msExchMailboxGuid): made from its first address. */
export function mailboxGuid(address: string): string {
  return guidToText(createHash('sha256').update(`mailbox\0${address.toLowerCase()}`).digest().subarray(0, 16));
}

export interface OpenOrganisation {
  /** Folder of the lab's data. */
  dir: string;
  /** `source` or `target`; the file's name. */
  name: string;
  /** ms since the epoch; the clock items are stamped by. */
  now?: () => number;
}

/** Opens one organisation's data, creating it with an empty public-folder tree where it is not there. */
export function openOrganisation(options: OpenOrganisation): SqliteOrganisationStore {
  return new SqliteOrganisationStore(options);
}

export class SqliteOrganisationStore implements OrganisationStore {
  readonly #db: LabDatabase;
  readonly #mailboxes: Mailboxes;
  readonly #folders: Folders;
  readonly #items: Items;
  readonly #sync: Sync;

  constructor(options: OpenOrganisation) {
    this.#db = new LabDatabase(options.dir, options.name);
    this.#mailboxes = new Mailboxes(this.#db);
    this.#folders = new Folders(this.#db);
    this.#items = new Items(this.#db, options.name, options.now ?? Date.now);
    this.#sync = new Sync(this.#db);
    if (!this.#mailboxes.find(PUBLIC_FOLDERS)) this.#db.transaction(() => this.#createPublicFolders(options.name));
  }

  #createPublicFolders(name: string): void {
    const address = `publicfolders@${name}.test`;
    this.#mailboxes.insert({
      id: PUBLIC_FOLDERS,
      address,
      displayName: 'Public Folders',
      kind: 'publicFolders',
      hasArchive: false,
    });
    const root = this.#folders.createPlan(PUBLIC_FOLDERS, PUBLIC_PLAN);
    // PidTagReplicaList: GUIDs of the mailboxes that hold the content, as ASCII text ([MS-OXCFOLD]).
    const replicas = Buffer.from(`${mailboxGuid(address)}\0`, 'latin1').toString('base64');
    this.#folders.update(root.id, { extra: { '66980102': replicas } });
  }

  mailboxes(): MailboxRecord[] {
    return this.#mailboxes.all();
  }

  mailbox(addressOrId: string): MailboxRecord | undefined {
    return this.#mailboxes.find(addressOrId);
  }

  createMailbox(
    m: Pick<MailboxRecord, 'address' | 'displayName' | 'kind'> & { hasArchive?: boolean; language?: string },
  ): MailboxRecord {
    return this.#db.transaction(() => {
      const hasArchive = m.hasArchive ?? false;
      const made = this.#mailboxes.insert({ ...m, id: this.#freeId(m.address), hasArchive });
      this.#folders.createPlan(made.id, mailboxPlan(m.language ?? 'en'));
      if (hasArchive) this.#folders.createPlan(made.id, archivePlan());
      return made;
    });
  }

  /** The address's own id; another one where a mailbox that was disconnected meanwhile has it. */
  #freeId(address: string): string {
    for (let n = 0; ; n++) {
      const id = mailboxGuid(n === 0 ? address : `${address} ${n}`);
      if (!this.#mailboxes.find(id)) return id;
    }
  }

  updateMailbox(id: string, change: Partial<MailboxRecord>): void {
    this.#db.transaction(() => {
      const before = this.#mailboxes.need(id);
      this.#mailboxes.update(id, change);
      if (change.hasArchive && !before.hasArchive) this.#folders.createPlan(id, archivePlan());
    });
  }

  folder(id: string): FolderRecord | undefined {
    return this.#folders.find(id);
  }

  distinguished(mailboxId: string, name: string): FolderRecord | undefined {
    return this.#folders.distinguished(mailboxId, name);
  }

  children(folderId: string, deep: boolean): FolderRecord[] {
    return this.#folders.children(folderId, deep);
  }

  createFolder(f: NewFolder): FolderRecord {
    return this.#db.transaction(() => this.#folders.create(f));
  }

  updateFolder(
    id: string,
    change: Partial<Pick<FolderRecord, 'displayName' | 'folderClass' | 'permissions' | 'hidden' | 'extra'>>,
  ): FolderRecord {
    return this.#db.transaction(() => this.#folders.update(id, change));
  }

  moveFolder(id: string, parentId: string): FolderRecord {
    return this.#db.transaction(() => this.#folders.move(id, parentId));
  }

  deleteFolder(id: string): void {
    this.#db.transaction(() => this.#folders.delete(id, (num) => this.#items.dropFolder(num)));
  }

  item(id: string): ItemRecord | undefined {
    return this.#items.find(id);
  }

  message(id: string): MapiMessage {
    return this.#items.message(id);
  }

  exportStream(id: string): Uint8Array {
    return this.#items.exportStream(id);
  }

  exportChunks(id: string): Iterable<Uint8Array> {
    return this.#items.exportChunks(id);
  }

  items(q: ItemQuery): { items: ItemRecord[]; total: number } {
    return this.#items.list(q);
  }

  createItem(folderId: string, message: MapiMessage, associated = false): ItemRecord {
    return this.#db.transaction(() => this.#items.create(this.#need(folderId), message, associated));
  }

  uploadStream(folderId: string, stream: Uint8Array, associated: boolean, replaceId?: string): ItemRecord {
    return this.#db.transaction(() => {
      const folder = this.#need(folderId);
      if (replaceId !== undefined && this.#items.need(replaceId).folderId !== folderId) {
        throw new NotFoundError('item', replaceId);
      }
      return this.#items.upload(folder, stream, associated, replaceId);
    });
  }

  updateItem(id: string, message: MapiMessage): ItemRecord {
    return this.#db.transaction(() => this.#items.update(id, message));
  }

  setRead(id: string, read: boolean): ItemRecord {
    return this.#db.transaction(() => this.#items.setRead(id, read));
  }

  moveItem(id: string, folderId: string): ItemRecord {
    return this.#db.transaction(() => this.#items.move(id, this.#need(folderId)));
  }

  deleteItem(id: string): void {
    this.#db.transaction(() => this.#items.delete(id));
  }

  itemChanges(
    folderId: string,
    since: string,
    limit: number,
    associated = false,
  ): ReturnType<OrganisationStore['itemChanges']> {
    this.#need(folderId);
    return this.#sync.items(folderId, since, limit, associated);
  }

  folderChanges(mailboxId: string, since: string, limit: number): ReturnType<OrganisationStore['folderChanges']> {
    this.#mailboxes.need(mailboxId);
    return this.#sync.folders(mailboxId, since, limit);
  }

  transaction<T>(work: () => T): T {
    return this.#db.transaction(work);
  }

  /** Runs the seeder's work in one transaction; items keep the time of change they bring. */
  seeding<T>(work: () => T): T {
    this.#items.keepTimes(true);
    try {
      return this.#db.transaction(work);
    } finally {
      this.#items.keepTimes(false);
    }
  }

  close(): void {
    this.#db.close();
  }

  #need(folderId: string): FolderRecord {
    return this.#folders.need(folderId);
  }
}

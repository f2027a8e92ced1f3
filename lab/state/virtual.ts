import { createHash } from 'node:crypto';
import { z } from 'zod';
import { encodeExportStream } from '../../core/domain/mapi/encode.ts';
import type { MapiMessage } from '../../core/domain/mapi/model.ts';
import { mailMessage } from '../convert/mail.ts';
import type { FolderRecord, ItemChange, ItemQuery, ItemRecord, OrganisationStore } from '../model.ts';
import { poolBytes } from '../seed/files.ts';
import { Random } from '../seed/random.ts';
import { changeKey } from './database.ts';
import { describeMessage } from './describe.ts';
import { FolderRefusedError, NotFoundError, SyncStateError } from './errors.ts';
import { stampMessage } from './server-properties.ts';

/**
 * Folders whose items are not stored but made from their number whenever somebody asks, the same each time: a mailbox of
 * 100 GB that takes no room. A folder is virtual when its `extra` holds a plan under this key. Virtual items can be
 * listed, synced, read and exported; they cannot be changed. Items that are created in such a folder are stored as
 * everywhere and come after them.
 */
export const VIRTUAL_KEY = 'virtual';

const planSchema = z.object({
  seed: z.number().int(),
  /** Items are numbered from here. */
  first: z.number().int(),
  count: z.number().int(),
  /** Bytes of an export stream on average; single ones are from a tenth to forty times that. */
  meanBytes: z.number(),
  /** Time of the first item, and from one to the next, ms. */
  start: z.number(),
  step: z.number(),
  /** Address of the mailbox's owner. */
  owner: z.string(),
});
export type VirtualPlan = z.infer<typeof planSchema>;

export const writePlan = (plan: VirtualPlan): string => JSON.stringify(plan);

/** Log-normal sizes by their hundredths, with a mean of 1. */
const FACTORS: readonly number[] = (() => {
  const random = new Random('virtual sizes');
  const drawn = Array.from({ length: 1024 }, () => Math.min(40, Math.max(0.1, random.logNormal(0.45, 3.2))));
  const mean = drawn.reduce((a, b) => a + b, 0) / drawn.length;
  return drawn.map((f) => f / mean);
})();

/** Bytes of an item beside its attachment. */
const OVERHEAD = 4200;

function mix(a: number, b: number): number {
  let h = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 0x7f4a7c15, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  return (h ^ (h >>> 13)) >>> 0;
}

function sizeOf(plan: VirtualPlan, n: number): number {
  return Math.round(plan.meanBytes * (FACTORS[mix(plan.seed, n) % FACTORS.length] ?? 1));
}

const ID = /^v(\d{1,15})-(\d{1,15})$/;
const STATE = /^v(\d{1,15})$/;

/** A store that shows virtual items beside the stored ones. */
export function withVirtualItems<S extends OrganisationStore>(store: S): OrganisationStore {
  return new VirtualItems(store);
}

class VirtualItems implements OrganisationStore {
  readonly #store: OrganisationStore;
  /** Sums over a folder's items, worked out once. */
  readonly #sums = new Map<string, number>();

  constructor(store: OrganisationStore) {
    this.#store = store;
  }

  mailboxes: OrganisationStore['mailboxes'] = (...args) => this.#store.mailboxes(...args);
  mailbox: OrganisationStore['mailbox'] = (...args) => this.#store.mailbox(...args);
  createMailbox: OrganisationStore['createMailbox'] = (...args) => this.#store.createMailbox(...args);
  updateMailbox: OrganisationStore['updateMailbox'] = (...args) => this.#store.updateMailbox(...args);
  folder: OrganisationStore['folder'] = (...args) => this.#shown(this.#store.folder(...args));
  distinguished: OrganisationStore['distinguished'] = (...args) => this.#shown(this.#store.distinguished(...args));
  children: OrganisationStore['children'] = (...args) =>
    this.#store.children(...args).map((folder) => this.#shown(folder) ?? folder);
  createFolder: OrganisationStore['createFolder'] = (...args) => this.#store.createFolder(...args);
  updateFolder: OrganisationStore['updateFolder'] = (...args) => this.#store.updateFolder(...args);
  moveFolder: OrganisationStore['moveFolder'] = (...args) => this.#store.moveFolder(...args);
  deleteFolder: OrganisationStore['deleteFolder'] = (...args) => this.#store.deleteFolder(...args);
  createItem: OrganisationStore['createItem'] = (...args) => this.#store.createItem(...args);
  uploadStream: OrganisationStore['uploadStream'] = (id, stream, associated, replaceId) =>
    this.#store.uploadStream(id, stream, associated, this.#real(replaceId));
  updateItem: OrganisationStore['updateItem'] = (id, ...rest) => this.#store.updateItem(this.#real(id), ...rest);
  setRead: OrganisationStore['setRead'] = (id, ...rest) => this.#store.setRead(this.#real(id), ...rest);
  moveItem: OrganisationStore['moveItem'] = (id, ...rest) => this.#store.moveItem(this.#real(id), ...rest);
  deleteItem: OrganisationStore['deleteItem'] = (id, ...rest) => this.#store.deleteItem(this.#real(id), ...rest);
  folderChanges: OrganisationStore['folderChanges'] = (...args) => this.#store.folderChanges(...args);
  transaction: OrganisationStore['transaction'] = (work) => this.#store.transaction(work);
  seeding: OrganisationStore['seeding'] = (work) => this.#store.seeding(work);
  close: OrganisationStore['close'] = (...args) => this.#store.close(...args);

  item(id: string): ItemRecord | undefined {
    const found = this.#find(id);
    return found ? this.#record(found.folder, found.plan, found.n) : this.#store.item(id);
  }

  message(id: string): MapiMessage {
    const found = this.#find(id);
    return found ? virtualMessage(found.plan, found.n) : this.#store.message(id);
  }

  exportStream(id: string): Uint8Array {
    const found = this.#find(id);
    return found ? encodeExportStream(virtualMessage(found.plan, found.n)) : this.#store.exportStream(id);
  }

  *exportChunks(id: string): Generator<Uint8Array> {
    if (!this.#find(id)) {
      yield* this.#store.exportChunks(id);
      return;
    }
    const stream = this.exportStream(id);
    for (let at = 0; at < stream.length; at += 1 << 20) yield stream.subarray(at, at + (1 << 20));
  }

  /** Stored items first, then the virtual ones: newest first, or oldest first where the query sorts by time upward. */
  items(q: ItemQuery): { items: ItemRecord[]; total: number } {
    const stored = this.#store.items(q);
    const folder = this.#store.folder(q.folderId);
    const plan = folder && !q.associated ? planOf(folder) : undefined;
    if (!folder || !plan) return stored;
    const ascending = q.sort?.[0]?.descending === false;
    const items = [...stored.items];
    const from = Math.max(0, q.offset - stored.total);
    for (let i = from; i < plan.count && items.length < q.limit; i++) {
      const index = ascending ? i : plan.count - 1 - i;
      items.push(this.#record(folder, plan, plan.first + index));
    }
    return { items, total: stored.total + plan.count };
  }

  itemChanges(...args: Parameters<OrganisationStore['itemChanges']>): ReturnType<OrganisationStore['itemChanges']> {
    const [folderId, since, limit, ...scope] = args;
    const folder = this.#store.folder(folderId);
    const plan = folder && planOf(folder);
    const match = STATE.exec(since);
    if (!folder || !plan || (since !== '' && !match)) return this.#store.itemChanges(...args);
    const from = Number(match?.[1] ?? 0);
    if (from > plan.count) throw new SyncStateError();
    if (from === plan.count) return this.#store.itemChanges(folderId, '', limit, ...scope);
    const to = Math.min(plan.count, from + limit);
    const changes: ItemChange[] = [];
    for (let i = from; i < to; i++) changes.push({ kind: 'create', item: this.#record(folder, plan, plan.first + i) });
    return { changes, next: `v${to}`, last: false };
  }

  #real<T extends string | undefined>(id: T): T {
    if (id !== undefined && ID.test(id)) throw new FolderRefusedError('a simulated item cannot be changed');
    return id;
  }

  #find(id: string): { folder: FolderRecord; plan: VirtualPlan; n: number } | undefined {
    const match = ID.exec(id);
    const folder = match ? this.#store.folder(`f${match[1]}`) : undefined;
    const plan = folder && planOf(folder);
    if (!match) return undefined;
    const n = Number(match[2]);
    if (!folder || !plan || n < plan.first || n >= plan.first + plan.count) throw new NotFoundError('item', id);
    return { folder, plan, n };
  }

  #shown(folder: FolderRecord | undefined): FolderRecord | undefined {
    const plan = folder && planOf(folder);
    if (!folder || !plan) return folder;
    return {
      ...folder,
      itemCount: folder.itemCount + plan.count,
      sizeBytes: folder.sizeBytes + this.#sum(folder.extra[VIRTUAL_KEY] ?? '', plan),
    };
  }

  #sum(key: string, plan: VirtualPlan): number {
    let sum = this.#sums.get(key);
    if (sum === undefined) {
      sum = 0;
      for (let n = plan.first; n < plan.first + plan.count; n++) sum += sizeOf(plan, n);
      this.#sums.set(key, sum);
    }
    return sum;
  }

  #record(folder: FolderRecord, plan: VirtualPlan, n: number): ItemRecord {
    const time = timeOf(plan, n);
    return {
      id: `v${folder.id.slice(1)}-${n}`,
      changeKey: changeKey(n),
      mailboxId: folder.mailboxId,
      folderId: folder.id,
      itemClass: 'IPM.Note',
      associated: false,
      subject: subjectOf(n),
      received: time,
      sent: time - 1000,
      created: time,
      modified: time,
      sizeBytes: sizeOf(plan, n),
      read: true,
      hasAttachments: sizeOf(plan, n) > OVERHEAD,
      importance: 1,
      internetMessageId: messageId(plan, n),
      searchKey: searchKey(plan, n).toString('hex'),
      from: 'archive@source.test',
    };
  }
}

function planOf(folder: FolderRecord): VirtualPlan | undefined {
  const text = folder.extra[VIRTUAL_KEY];
  if (text === undefined) return undefined;
  const known = plans.get(text) ?? planSchema.parse(JSON.parse(text));
  plans.set(text, known);
  return known;
}
const plans = new Map<string, VirtualPlan>();

const timeOf = (plan: VirtualPlan, n: number): number => plan.start + (n - plan.first) * plan.step;
const subjectOf = (n: number): string => `Vorgang ${String(n).padStart(8, '0')} – 記録`;
const messageId = (plan: VirtualPlan, n: number): string => `<virtual.${plan.seed}.${n}@mail.source.test>`;
const searchKey = (plan: VirtualPlan, n: number): Buffer =>
  createHash('sha256').update(`virtual\0${plan.seed}\0${n}`).digest().subarray(0, 16);

/** The item of a number: a mail with an attachment that fills it up to its size. */
export function virtualMessage(plan: VirtualPlan, n: number): MapiMessage {
  const time = timeOf(plan, n);
  const size = sizeOf(plan, n);
  const message = mailMessage({
    subject: subjectOf(n),
    text: `Vorgang ${n}\r\n${'Der Vorgang wurde abgelegt. '.repeat(1 + (mix(n, plan.seed) % 12))}`,
    from: { name: 'Archive', address: 'archive@source.test' },
    to: [{ name: plan.owner, address: plan.owner }],
    sent: time - 1000,
    received: time,
    messageId: messageId(plan, n),
    read: true,
    files:
      size > OVERHEAD
        ? [
            {
              name: `Vorgang-${n}.pdf`,
              mimeType: 'application/pdf',
              data: poolBytes(new Random(`virtual\0${plan.seed}\0${n}`), size - OVERHEAD),
            },
          ]
        : [],
  });
  stampMessage(message, { seq: n, now: time, store: `virtual ${plan.seed}`, searchKey: searchKey(plan, n) });
  return message;
}

/** What lists show of a virtual item, read from the item itself; for tests that both agree. */
export const describeVirtual = (plan: VirtualPlan, n: number) => describeMessage(virtualMessage(plan, n));

import { createHash } from 'node:crypto';
import type { Transaction } from 'kysely';
import { z } from 'zod';
import { insertMany } from './bulk.ts';
import { keyPages } from './key-pages.ts';
import type { Database } from './schema.ts';
import type { Store } from './store.ts';

/** What becomes of a folder; a folder that went away in the source stays on record as gone. */
export const FOLDER_STATES = ['planned', 'syncing', 'inSync', 'skipped', 'failed', 'gone'] as const;
export type FolderState = (typeof FOLDER_STATES)[number];

/** What the last runs saw of a folder, beyond its columns. */
export const folderFactsSchema = z.object({
  name: z.string(),
  targetName: z.string().default(''),
  targetParent: z.string().nullable().default(null),
  distinguished: z.string().nullable().default(null),
  hidden: z.boolean().default(false),
  /** Which root it stands below: mailbox, archive, recoverableItems, publicFolders. */
  root: z.string(),
  changeKey: z.string().default(''),
  /** The source's fingerprint before the last listing; an equal one means that nothing changed since. */
  fingerprint: z.string().nullable().default(null),
  /** The fingerprint that was seen before the listing that is under way. */
  nextFingerprint: z.string().nullable().default(null),
  /** SHA-256 of the permission list that was last written to the target, hex. */
  permissionsHash: z.string().default(''),
  targetItems: z.number().default(-1),
  /** The folder of the target's archive that takes what is old of this one; null where nothing goes there. */
  archiveId: z.string().nullable().default(null),
  archiveItems: z.number().default(-1),
  sizeBytes: z.number().nullable().default(null),
  /** Items the source counted, folder-associated ones included, when the hierarchy was read last. */
  sourceItems: z.number().default(0),
  /** The counterpart was gone and was made anew: what was copied has to be copied again. */
  lostTarget: z.boolean().default(false),
  /** Where and under which name the counterpart is being made: it may be there although nobody heard of it. */
  making: z.object({ parentId: z.string(), name: z.string() }).nullable().default(null),
  /** The counterpart held items before anything was copied, perhaps from a run whose ledger is lost: they are looked through. */
  occupied: z.boolean().default(false),
  /** Users of its permission list without a match. */
  orphans: z.array(z.string()).default([]),
  /** Why it was skipped, renamed or could not be made. */
  note: z.string().default(''),
  extra: z.record(z.string(), z.string()).default({}),
  /** A listing from the beginning is under way: the sync state of a page does not count before the last page. */
  relist: z.boolean().default(false),
  /** How far the counterpart's own changes were brought to the source, where both sides are synced; of which counterpart. */
  back: z.object({ targetId: z.string(), state: z.string() }).nullable().default(null),
});
export type FolderFacts = z.infer<typeof folderFactsSchema>;

export interface FolderRow {
  id: number;
  workloadId: number;
  sourceKey: string;
  sourceId: string;
  sourceParent: string | null;
  targetId: string | null;
  path: string;
  folderClass: string;
  state: FolderState;
  syncState: string | null;
  facts: FolderFacts;
  itemsTotal: number;
  itemsDone: number;
  itemsBad: number;
  bytesDone: number;
}

type Row = Database['folder'];
const columns = [
  'id',
  'workload_id',
  'source_key',
  'source_id',
  'source_parent',
  'target_id',
  'path',
  'folder_class',
  'state',
  'sync_state',
  'facts',
  'items_total',
  'items_done',
  'items_bad',
  'bytes_done',
] as const;

function toFolder(row: Record<(typeof columns)[number], unknown>): FolderRow {
  const text = (value: unknown): string | null => (value === null ? null : String(value));
  return {
    id: Number(row.id),
    workloadId: Number(row.workload_id),
    sourceKey: String(row.source_key),
    sourceId: String(row.source_id),
    sourceParent: text(row.source_parent),
    targetId: text(row.target_id),
    path: String(row.path),
    folderClass: String(row.folder_class),
    state: z.enum(FOLDER_STATES).parse(row.state),
    syncState: text(row.sync_state),
    facts: folderFactsSchema.parse(JSON.parse(String(row.facts))),
    itemsTotal: Number(row.items_total),
    itemsDone: Number(row.items_done),
    itemsBad: Number(row.items_bad),
    bytesDone: Number(row.bytes_done),
  };
}

/** The key of a source folder id, of fixed length: ids of servers are long. */
export function folderKey(sourceId: string): string {
  return createHash('sha256').update(sourceId).digest('hex').slice(0, 32);
}

/** Folders of a workload, in the order in which they were found; `after` is a row id, `limit` rows at most. */
export async function folderPage(
  store: Store,
  workloadId: number,
  page: { after?: number; limit?: number; states?: FolderState[]; ids?: number[] } = {},
): Promise<FolderRow[]> {
  let query = store.db
    .selectFrom('folder')
    .select(columns)
    .where('workload_id', '=', workloadId)
    .where('id', '>', page.after ?? 0);
  if (page.states) query = query.where('state', 'in', page.states);
  if (page.ids) query = query.where('id', 'in', page.ids);
  const rows = await query
    .orderBy('id')
    .limit(page.limit ?? 1_000)
    .execute();
  return rows.map(toFolder);
}

/** Every folder of a workload, page by page. */
export async function* eachFolder(
  store: Store,
  workloadId: number,
  options: { states?: FolderState[] } = {},
): AsyncGenerator<FolderRow> {
  for (let after = 0; ; ) {
    const page = await folderPage(store, workloadId, { after, ...options });
    yield* page;
    const last = page.at(-1);
    if (!last) return;
    after = last.id;
  }
}

/** Some folders of a workload by their row ids, page by page. */
export async function* someFolders(
  store: Store,
  workloadId: number,
  ids: readonly number[],
): AsyncGenerator<FolderRow> {
  for (const page of keyPages(ids)) yield* await folderPage(store, workloadId, { ids: page });
}

export async function folderById(store: Store, id: number): Promise<FolderRow | undefined> {
  const row = await store.db.selectFrom('folder').select(columns).where('id', '=', id).executeTakeFirst();
  return row && toFolder(row);
}

/** Folders by their source ids; those that are not on record are left out. */
export async function foldersBySource(
  store: Store,
  workloadId: number,
  sourceIds: string[],
): Promise<Map<string, FolderRow>> {
  const found = new Map<string, FolderRow>();
  for (const page of keyPages(sourceIds)) {
    const keys = page.map(folderKey);
    const rows = await store.db
      .selectFrom('folder')
      .select(columns)
      .where('workload_id', '=', workloadId)
      .where('source_key', 'in', keys)
      .execute();
    for (const row of rows) found.set(row.source_id, toFolder(row));
  }
  return found;
}

/** Source ids of the folders whose counterpart a folder of the target is. */
export async function ownersOf(store: Store, workloadId: number, targetId: string): Promise<string[]> {
  const rows = await store.db
    .selectFrom('folder')
    .select('source_id')
    .where('workload_id', '=', workloadId)
    .where('target_id', '=', targetId)
    .where('state', '!=', 'gone')
    .orderBy('id', 'desc')
    .execute();
  return rows.map((row) => row.source_id);
}

/** Source id of a root (mailbox, archive …) as an earlier run found it; undefined where none did. */
export async function rootOnRecord(store: Store, workloadId: number, root: string): Promise<string | undefined> {
  const rows = await store.db
    .selectFrom('folder')
    .select(['source_id', 'facts'])
    .where('workload_id', '=', workloadId)
    .where('path', '=', '/')
    .where('state', '!=', 'gone')
    .where('target_id', 'is not', null)
    .orderBy('id')
    .execute();
  return rows.findLast(({ facts }) => folderFactsSchema.parse(JSON.parse(facts)).root === root)?.source_id;
}

export interface NewFolderRow {
  sourceId: string;
  sourceParent: string | null;
  targetId: string | null;
  path: string;
  folderClass: string;
  state: FolderState;
  facts: FolderFacts;
  itemsTotal: number;
}

/** Adds folders; a folder that is on record is an error of the caller. */
export async function insertFolders(
  store: Store,
  trx: Transaction<Database>,
  workloadId: number,
  folders: NewFolderRow[],
  now: number,
): Promise<void> {
  await insertMany(
    store,
    trx,
    'folder',
    folders.map((f) => ({
      workload_id: workloadId,
      source_key: folderKey(f.sourceId),
      source_id: f.sourceId,
      source_parent: f.sourceParent,
      target_id: f.targetId,
      path: f.path,
      folder_class: f.folderClass,
      state: f.state,
      sync_state: null,
      facts: JSON.stringify(f.facts),
      items_total: f.itemsTotal,
      items_done: 0,
      items_bad: 0,
      bytes_done: 0,
      updated_at: now,
    })),
  );
}

export interface FolderUpdate {
  sourceParent?: string | null;
  targetId?: string | null;
  path?: string;
  folderClass?: string;
  state?: FolderState;
  syncState?: string | null;
  facts?: FolderFacts;
  itemsTotal?: number;
}

/** Writes what changed of a folder. */
export async function updateFolderRow(
  db: Store['db'] | Transaction<Database>,
  id: number,
  change: FolderUpdate,
  now: number,
): Promise<void> {
  const set: Partial<Row> & { updated_at: number } = { updated_at: now };
  if (change.sourceParent !== undefined) set.source_parent = change.sourceParent;
  if (change.targetId !== undefined) set.target_id = change.targetId;
  if (change.path !== undefined) set.path = change.path;
  if (change.folderClass !== undefined) set.folder_class = change.folderClass;
  if (change.state !== undefined) set.state = change.state;
  if (change.syncState !== undefined) set.sync_state = change.syncState;
  if (change.facts !== undefined) set.facts = JSON.stringify(change.facts);
  if (change.itemsTotal !== undefined) set.items_total = change.itemsTotal;
  const { id: _id, ...values } = set as Partial<Row> & { updated_at: number; id?: unknown };
  await db.updateTable('folder').set(values).where('id', '=', id).execute();
}

/** Adds to the counts of folders and of their workload, for live progress. */
export async function addProgress(
  trx: Transaction<Database>,
  workloadId: number,
  byFolder: Map<number, { done: number; bad: number; bytes: number }>,
  now: number,
): Promise<void> {
  let done = 0;
  let bad = 0;
  let bytes = 0;
  for (const [id, add] of byFolder) {
    done += add.done;
    bad += add.bad;
    bytes += add.bytes;
    await trx
      .updateTable('folder')
      .set((eb) => ({
        items_done: eb('items_done', '+', add.done),
        items_bad: eb('items_bad', '+', add.bad),
        bytes_done: eb('bytes_done', '+', add.bytes),
        updated_at: now,
      }))
      .where('id', '=', id)
      .execute();
  }
  await trx
    .updateTable('workload')
    .set((eb) => ({
      items_done: eb('items_done', '+', done),
      items_bad: eb('items_bad', '+', bad),
      bytes_done: eb('bytes_done', '+', bytes),
      updated_at: now,
    }))
    .where('id', '=', workloadId)
    .execute();
}

/** Whether anything about a workload's folders was written after a time: one was made, moved or got items. */
export async function foldersChanged(store: Store, workloadId: number, since: number): Promise<boolean> {
  const found = await store.db
    .selectFrom('folder')
    .select('id')
    .where('workload_id', '=', workloadId)
    .where('updated_at', '>', since)
    .limit(1)
    .executeTakeFirst();
  return found !== undefined;
}

/** Takes the counts of a workload's folders, and its own, from the ledger: exact, after a run. */
export async function recount(store: Store, trx: Transaction<Database>, workloadId: number): Promise<void> {
  const rows = await trx
    .selectFrom('ledger')
    .select((eb) => ['folder_id', 'state', eb.fn.countAll<number>().as('n'), eb.fn.sum<number>('size').as('bytes')])
    .where('workload_id', '=', workloadId)
    .groupBy(['folder_id', 'state'])
    .execute();
  const folders = await trx
    .selectFrom('folder')
    .select(['id', 'items_total', 'items_done', 'items_bad', 'bytes_done'])
    .where('workload_id', '=', workloadId)
    .execute();
  const counts = new Map<number, { total: number; done: number; bad: number; bytes: number; all: number }>();
  for (const row of rows) {
    const at = counts.get(Number(row.folder_id)) ?? { total: 0, done: 0, bad: 0, bytes: 0, all: 0 };
    const n = Number(row.n);
    if (row.state !== 'skipped' && row.state !== 'deleting') {
      at.total += n;
      at.all += Number(row.bytes);
    }
    if (row.state === 'done' || row.state === 'kept' || row.state === 'read' || row.state === 'unread') {
      at.done += n;
      at.bytes += Number(row.bytes);
    }
    if (row.state === 'bad') at.bad += n;
    counts.set(Number(row.folder_id), at);
  }
  const now = await store.now(trx);
  const sum = { total: 0, done: 0, bad: 0, bytes: 0, all: 0 };
  for (const folder of folders) {
    const at = counts.get(Number(folder.id)) ?? { total: 0, done: 0, bad: 0, bytes: 0, all: 0 };
    for (const key of ['total', 'done', 'bad', 'bytes', 'all'] as const) sum[key] += at[key];
    const same =
      Number(folder.items_total) === at.total &&
      Number(folder.items_done) === at.done &&
      Number(folder.items_bad) === at.bad &&
      Number(folder.bytes_done) === at.bytes;
    if (same) continue;
    await trx
      .updateTable('folder')
      .set({ items_total: at.total, items_done: at.done, items_bad: at.bad, bytes_done: at.bytes, updated_at: now })
      .where('id', '=', Number(folder.id))
      .execute();
  }
  await trx
    .updateTable('workload')
    .set({
      items_total: sum.total,
      items_done: sum.done,
      items_bad: sum.bad,
      bytes_total: sum.all,
      bytes_done: sum.bytes,
      updated_at: now,
    })
    .where('id', '=', workloadId)
    .execute();
}

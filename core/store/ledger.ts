import { createHash } from 'node:crypto';
import type { Transaction } from 'kysely';
import { z } from 'zod';
import { insertMany, upsertMany } from './bulk.ts';
import { keyPages } from './key-pages.ts';
import type { Database } from './schema.ts';
import type { Store } from './store.ts';

/**
 * What became of an item: `pending` is to be copied (again, where it has a target id), `sending` was handed to the
 * target and no answer is on record, `read` and `unread` wait for the read state alone, `deleting` is gone in the source
 * and to be removed from the target, `done` is safe, `bad` waits for a retry or a person, `skipped` stays behind on
 * purpose, `kept` is the target's own version by policy.
 */
export const LEDGER_STATES = [
  'pending',
  'sending',
  'read',
  'unread',
  'deleting',
  'done',
  'bad',
  'skipped',
  'kept',
] as const;
export type LedgerState = (typeof LEDGER_STATES)[number];

/**
 * Reason of a row whose item is being sent again after a lost answer, until it has arrived; that a second copy may turn up is
 * noted by late-copies.ts.
 */
export const RESENT = 'resent';

export interface LedgerRow {
  workloadId: number;
  sourceKey: Uint8Array;
  folderId: number;
  state: LedgerState;
  sourceId: string;
  sourceChangeKey: string;
  targetId: string | null;
  targetChangeKey: string | null;
  /** Lower-case hex. */
  searchKey: string | null;
  itemClass: string;
  associated: boolean;
  /** Its copy belongs into the archive twin of its folder; decided once, when the item was first seen. */
  inArchive: boolean;
  size: number;
  itemDate: number | null;
  digest: Uint8Array | null;
  transport: string | null;
  reason: string | null;
  fence: number;
}

const columns = [
  'workload_id',
  'source_key',
  'folder_id',
  'state',
  'source_id',
  'source_change_key',
  'target_id',
  'target_change_key',
  'search_key',
  'item_class',
  'associated',
  'in_archive',
  'size',
  'item_date',
  'digest',
  'transport',
  'reason',
  'fence',
] as const;

/** First 16 bytes of SHA-256 over the source item id. */
export function itemKey(sourceId: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(sourceId).digest().subarray(0, 16));
}

export function keyText(key: Uint8Array): string {
  return Buffer.from(key).toString('hex');
}

type Selected = Pick<Database['ledger'], (typeof columns)[number]>;

function toRow(row: Selected): LedgerRow {
  return {
    workloadId: Number(row.workload_id),
    sourceKey: row.source_key,
    folderId: Number(row.folder_id),
    state: z.enum(LEDGER_STATES).parse(row.state),
    sourceId: row.source_id,
    sourceChangeKey: row.source_change_key,
    targetId: row.target_id,
    targetChangeKey: row.target_change_key,
    searchKey: row.search_key === null ? null : keyText(row.search_key),
    itemClass: row.item_class,
    associated: Number(row.associated) === 1,
    inArchive: Number(row.in_archive) === 1,
    size: Number(row.size),
    itemDate: row.item_date === null ? null : Number(row.item_date),
    digest: row.digest,
    transport: row.transport,
    reason: row.reason,
    fence: Number(row.fence),
  };
}

function toColumns(row: LedgerRow, now: number): Database['ledger'] {
  return {
    workload_id: row.workloadId,
    source_key: row.sourceKey,
    folder_id: row.folderId,
    state: row.state,
    source_id: row.sourceId,
    source_change_key: row.sourceChangeKey,
    target_id: row.targetId,
    target_change_key: row.targetChangeKey,
    search_key: row.searchKey === null ? null : new Uint8Array(Buffer.from(row.searchKey, 'hex')),
    item_class: row.itemClass,
    associated: row.associated ? 1 : 0,
    in_archive: row.inArchive ? 1 : 0,
    size: row.size,
    item_date: row.itemDate,
    digest: row.digest,
    transport: row.transport,
    reason: row.reason,
    fence: row.fence,
    updated_at: now,
  };
}

type Db = Store['db'] | Transaction<Database>;

/** Rows of source items, by hex of their key; those that are not on record are left out. */
export async function ledgerBySource(db: Db, workloadId: number, sourceIds: string[]): Promise<Map<string, LedgerRow>> {
  const found = new Map<string, LedgerRow>();
  for (const page of keyPages(sourceIds)) {
    const keys = page.map(itemKey);
    const rows = await db
      .selectFrom('ledger')
      .select(columns)
      .where('workload_id', '=', workloadId)
      .where('source_key', 'in', keys)
      .execute();
    for (const row of rows) found.set(keyText(row.source_key), toRow(row));
  }
  return found;
}

/** Rows of some folders by the target's item ids; items that no row has are left out. */
export async function ledgerByTarget(
  db: Db,
  folderIds: number[],
  targetIds: string[],
): Promise<Map<string, LedgerRow>> {
  const found = new Map<string, LedgerRow>();
  for (const page of keyPages(targetIds)) {
    const rows = await db
      .selectFrom('ledger')
      .select(columns)
      .where('folder_id', 'in', folderIds)
      .where('target_id', 'in', page)
      .execute();
    for (const row of rows) found.set(row.target_id ?? '', toRow(row));
  }
  return found;
}

/** Writes rows as they are: new ones are added, existing ones replaced. No key may stand twice. */
export async function putLedger(
  store: Store,
  trx: Transaction<Database>,
  rows: LedgerRow[],
  now: number,
): Promise<void> {
  await upsertMany(
    store,
    trx,
    'ledger',
    rows.map((row) => toColumns(row, now)),
    { key: ['workload_id', 'source_key'] },
  );
}

/** Adds rows that are certainly new: the first listing of a folder. */
export async function addLedger(
  store: Store,
  trx: Transaction<Database>,
  rows: LedgerRow[],
  now: number,
): Promise<void> {
  await insertMany(
    store,
    trx,
    'ledger',
    rows.map((row) => toColumns(row, now)),
  );
}

/** Marks rows before their items are handed to the target, with a reason to read by whoever finds them in doubt. */
export async function markSending(
  trx: Transaction<Database>,
  workloadId: number,
  keys: Uint8Array[],
  fence: number,
  now: number,
  reason?: string,
): Promise<void> {
  for (const page of keyPages(keys))
    await trx
      .updateTable('ledger')
      .set({ state: 'sending', fence, updated_at: now, ...(reason === undefined ? {} : { reason }) })
      .where('workload_id', '=', workloadId)
      .where('source_key', 'in', page)
      .execute();
}

export async function removeLedger(trx: Transaction<Database>, workloadId: number, keys: Uint8Array[]): Promise<void> {
  for (const page of keyPages(keys))
    await trx.deleteFrom('ledger').where('workload_id', '=', workloadId).where('source_key', 'in', page).execute();
}

/** Rows of one folder in some states, in pages by key. */
export async function* ledgerOfFolder(
  store: Store,
  workloadId: number,
  folderId: number,
  states: LedgerState[],
  pageSize = 2_000,
): AsyncGenerator<LedgerRow[]> {
  let after: Uint8Array | undefined;
  for (;;) {
    let query = store.db
      .selectFrom('ledger')
      .select(columns)
      .where('folder_id', '=', folderId)
      .where('workload_id', '=', workloadId)
      .where('state', 'in', states);
    if (after) query = query.where('source_key', '>', after);
    const rows = await query.orderBy('source_key').limit(pageSize).execute();
    if (rows.length > 0) yield rows.map(toRow);
    if (rows.length < pageSize) return;
    after = rows.at(-1)?.source_key;
  }
}

/** Which folders of a workload have rows in some states, with how many. */
export async function foldersWith(
  store: Store,
  workloadId: number,
  states: LedgerState[],
): Promise<Map<number, number>> {
  const rows = await store.db
    .selectFrom('ledger')
    .select((eb) => ['folder_id', eb.fn.countAll<number>().as('n')])
    .where('workload_id', '=', workloadId)
    .where('state', 'in', states)
    .groupBy('folder_id')
    .orderBy('folder_id')
    .execute();
  return new Map(rows.map((row) => [Number(row.folder_id), Number(row.n)]));
}

/** Count of rows by state. */
export async function ledgerCounts(
  store: Store,
  workloadId: number,
  folderId?: number,
): Promise<Partial<Record<LedgerState, number>>> {
  let query = store.db
    .selectFrom('ledger')
    .select((eb) => ['state', eb.fn.countAll<number>().as('n')])
    .where('workload_id', '=', workloadId);
  if (folderId !== undefined) query = query.where('folder_id', '=', folderId);
  const rows = await query.groupBy('state').execute();
  return Object.fromEntries(rows.map((row) => [z.enum(LEDGER_STATES).parse(row.state), Number(row.n)]));
}

/** How many items of each folder are in the target, or in its archive, by the ledger; folder-associated ones left out. */
export async function copiedByFolder(
  store: Store,
  workloadId: number,
  inArchive: boolean,
): Promise<Map<number, number>> {
  const rows = await store.db
    .selectFrom('ledger')
    .select((eb) => ['folder_id', eb.fn.countAll<number>().as('n')])
    .where('workload_id', '=', workloadId)
    .where('state', '=', 'done')
    .where('associated', '=', 0)
    .where('in_archive', '=', inArchive ? 1 : 0)
    .groupBy('folder_id')
    .execute();
  return new Map(rows.map((row) => [Number(row.folder_id), Number(row.n)]));
}

/** Puts every row of a folder back to pending without a target: its copy is gone. */
export async function reopenFolder(
  trx: Transaction<Database>,
  workloadId: number,
  folderId: number,
  now: number,
): Promise<void> {
  await trx
    .updateTable('ledger')
    .set({ state: 'pending', target_id: null, target_change_key: null, reason: 'target emptied', updated_at: now })
    .where('workload_id', '=', workloadId)
    .where('folder_id', '=', folderId)
    .where('state', 'in', ['done', 'read', 'unread', 'pending', 'sending'])
    .execute();
}

/** Every item of a folder is gone in the source: what was copied is to be removed, what was not is forgotten. */
export async function markDeleting(
  trx: Transaction<Database>,
  workloadId: number,
  folderId: number,
  now: number,
): Promise<void> {
  const rows = trx.updateTable('ledger').where('workload_id', '=', workloadId).where('folder_id', '=', folderId);
  await rows
    .set({ state: 'deleting', updated_at: now })
    .where((eb) => eb.or([eb('target_id', 'is not', null), eb('state', '=', 'sending')]))
    .execute();
  await trx
    .deleteFrom('ledger')
    .where('workload_id', '=', workloadId)
    .where('folder_id', '=', folderId)
    .where('state', '!=', 'deleting')
    .execute();
}

/** Which of these target items belong to a row already. */
export async function targetsInUse(store: Store, workloadId: number, targetIds: string[]): Promise<Set<string>> {
  const used = new Set<string>();
  for (const page of keyPages(targetIds)) {
    const rows = await store.db
      .selectFrom('ledger')
      .select('target_id')
      .where('workload_id', '=', workloadId)
      .where('target_id', 'in', page)
      .execute();
    for (const row of rows) if (row.target_id !== null) used.add(row.target_id);
  }
  return used;
}

import type { Transaction } from 'kysely';
import { z } from 'zod';
import { upsertMany } from './bulk.ts';
import { keyPages } from './key-pages.ts';
import { itemKey, keyText, type LedgerRow } from './ledger.ts';
import type { Database } from './schema.ts';
import type { Store } from './store.ts';

/** Why an item could not be brought over, in words of the program; reports group by it. */
export const BAD_REASONS = [
  'corrupt',
  'tooLarge',
  'accessDenied',
  'unreadable',
  'refused',
  'unsupported',
  'mismatch',
  'conflict',
  'unknown',
] as const;
export type BadReason = (typeof BAD_REASONS)[number];

export const BAD_STATES = ['open', 'accepted', 'retry'] as const;
export type BadState = (typeof BAD_STATES)[number];

export interface BadItem {
  id: number;
  workloadId: number;
  folderId: number | null;
  folderPath: string;
  sourceId: string;
  itemClass: string;
  size: number;
  itemDate: number | null;
  reason: BadReason;
  message: string;
  state: BadState;
  decidedBy: string | null;
  decidedAt: number | null;
}

/** Records bad items; one that was accepted by a person stays accepted. */
export async function recordBadItems(
  store: Store,
  trx: Transaction<Database>,
  items: { row: LedgerRow; folderPath: string; reason: BadReason; message: string }[],
  now: number,
): Promise<void> {
  await upsertMany(
    store,
    trx,
    'bad_item',
    items.map(({ row, folderPath, reason, message }) => ({
      workload_id: row.workloadId,
      folder_id: row.folderId,
      folder_path: folderPath,
      source_key: row.sourceKey,
      source_id: row.sourceId,
      item_class: row.itemClass,
      size: row.size,
      item_date: row.itemDate,
      reason,
      message,
      state: 'open',
      decided_by: null,
      decided_at: null,
      updated_at: now,
    })),
    {
      key: ['workload_id', 'source_key'],
      update: ['folder_id', 'folder_path', 'size', 'item_date', 'reason', 'message', 'updated_at'],
    },
  );
}

/** Items that a person wanted tried again and that failed again wait for the person anew. */
export async function reopenRetried(trx: Transaction<Database>, workloadId: number, keys: Uint8Array[]): Promise<void> {
  for (const page of keyPages(keys))
    await trx
      .updateTable('bad_item')
      .set({ state: 'open' })
      .where('workload_id', '=', workloadId)
      .where('state', '=', 'retry')
      .where('source_key', 'in', page)
      .execute();
}

/** Takes items off the list that were copied after all, or went away. */
export async function clearBadItems(trx: Transaction<Database>, workloadId: number, keys: Uint8Array[]): Promise<void> {
  for (const page of keyPages(keys))
    await trx.deleteFrom('bad_item').where('workload_id', '=', workloadId).where('source_key', 'in', page).execute();
}

/** Whether a workload has bad items on record, decided on or not. */
export async function hasBadItems(store: Store, workloadId: number): Promise<boolean> {
  const row = await store.db
    .selectFrom('bad_item')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('workload_id', '=', workloadId)
    .executeTakeFirst();
  return Number(row?.n ?? 0) > 0;
}

export async function openBadItemCount(store: Store, workloadId: number): Promise<number> {
  const row = await store.db
    .selectFrom('bad_item')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('workload_id', '=', workloadId)
    .where('state', '=', 'open')
    .executeTakeFirst();
  return Number(row?.n ?? 0);
}

export interface BadItemFilter {
  batchId?: number | undefined;
  workloadId?: number | undefined;
  reason?: BadReason | undefined;
  state?: BadState | undefined;
  after?: number | undefined;
  limit?: number | undefined;
}

/** Bad items by id, with the mailbox they belong to. */
export async function listBadItems(
  store: Store,
  filter: BadItemFilter = {},
): Promise<(BadItem & { mailbox: string; sourceAddress: string })[]> {
  let query = store.db
    .selectFrom('bad_item')
    .innerJoin('workload', 'workload.id', 'bad_item.workload_id')
    .select([
      'bad_item.id',
      'bad_item.workload_id',
      'bad_item.folder_id',
      'bad_item.folder_path',
      'bad_item.source_id',
      'bad_item.item_class',
      'bad_item.size',
      'bad_item.item_date',
      'bad_item.reason',
      'bad_item.message',
      'bad_item.state',
      'bad_item.decided_by',
      'bad_item.decided_at',
      'workload.display_name',
      'workload.source_address',
    ])
    .where('bad_item.id', '>', filter.after ?? 0);
  if (filter.batchId !== undefined) query = query.where('workload.batch_id', '=', filter.batchId);
  if (filter.workloadId !== undefined) query = query.where('bad_item.workload_id', '=', filter.workloadId);
  if (filter.reason !== undefined) query = query.where('bad_item.reason', '=', filter.reason);
  if (filter.state !== undefined) query = query.where('bad_item.state', '=', filter.state);
  const rows = await query
    .orderBy('bad_item.id')
    .limit(filter.limit ?? 1_000)
    .execute();
  return rows.map((row) => ({
    id: Number(row.id),
    workloadId: Number(row.workload_id),
    folderId: row.folder_id === null ? null : Number(row.folder_id),
    folderPath: row.folder_path,
    sourceId: row.source_id,
    itemClass: row.item_class,
    size: Number(row.size),
    itemDate: row.item_date === null ? null : Number(row.item_date),
    reason: z.enum(BAD_REASONS).catch('unknown').parse(row.reason),
    message: row.message,
    state: z.enum(BAD_STATES).parse(row.state),
    decidedBy: row.decided_by,
    decidedAt: row.decided_at === null ? null : Number(row.decided_at),
    mailbox: row.display_name,
    sourceAddress: row.source_address,
  }));
}

/** A person's decision on single items or on all of one reason in a batch. Returns how many it touched. */
export async function decideBadItems(
  store: Store,
  which: { ids: number[] } | { batchId: number; reason: BadReason },
  decision: { state: BadState; who: string },
): Promise<number> {
  const now = await store.now();
  let update = store.db
    .updateTable('bad_item')
    .set({ state: decision.state, decided_by: decision.who, decided_at: now, updated_at: now })
    .where('state', '!=', decision.state);
  update =
    'ids' in which
      ? update.where('id', 'in', which.ids.length > 0 ? which.ids : [-1])
      : update
          .where('reason', '=', which.reason)
          .where('workload_id', 'in', (eb) =>
            eb.selectFrom('workload').select('id').where('batch_id', '=', which.batchId),
          );
  const result = await update.executeTakeFirst();
  return Number(result.numUpdatedRows);
}

/** Bad items by hex key of their source item. */
export async function badItemsBySource(
  store: Store,
  workloadId: number,
  sourceIds: string[],
): Promise<Map<string, { reason: string; state: BadState }>> {
  const found = new Map<string, { reason: string; state: BadState }>();
  for (const page of keyPages(sourceIds)) {
    const rows = await store.db
      .selectFrom('bad_item')
      .select(['source_key', 'reason', 'state'])
      .where('workload_id', '=', workloadId)
      .where('source_key', 'in', page.map(itemKey))
      .execute();
    for (const row of rows)
      found.set(keyText(row.source_key), { reason: row.reason, state: z.enum(BAD_STATES).parse(row.state) });
  }
  return found;
}

import type { z } from 'zod';
import { type BatchOptions, batchOptionsSchema } from '../domain/batch-options.ts';
import { UsageError } from '../domain/errors.ts';
import { nameKey } from '../domain/name-key.ts';
import type { State } from '../domain/words.ts';
import type { Store } from './store.ts';
import { insertWorkloads, type NewWorkload, stateSchema } from './workloads.ts';

export interface Batch {
  id: number;
  name: string;
  state: State;
  options: BatchOptions;
  createdAt: number;
  startedAt: number | null;
  finishedAt: number | null;
}

/** Sums over a batch's workloads. Sizes are bytes as the source states them. */
export interface BatchTotals {
  workloads: number;
  byState: Partial<Record<State, number>>;
  itemsTotal: number;
  itemsDone: number;
  itemsBad: number;
  bytesTotal: number;
  bytesDone: number;
}

interface BatchRow {
  id: number;
  name: string;
  state: string;
  options: string;
  created_at: number;
  started_at: number | null;
  finished_at: number | null;
}

const columns = ['id', 'name', 'state', 'options', 'created_at', 'started_at', 'finished_at'] as const;

function toBatch(row: BatchRow): Batch {
  return {
    id: Number(row.id),
    name: row.name,
    state: stateSchema.parse(row.state),
    options: batchOptionsSchema.parse(JSON.parse(row.options)),
    createdAt: Number(row.created_at),
    startedAt: row.started_at === null ? null : Number(row.started_at),
    finishedAt: row.finished_at === null ? null : Number(row.finished_at),
  };
}

/**
 * Creates a batch with its workloads in one transaction; nothing is left behind when one of them cannot be written.
 * @throws UsageError when the name is taken or empty.
 */
export async function createBatch(
  store: Store,
  batch: { name: string; options?: z.input<typeof batchOptionsSchema>; workloads: NewWorkload[] },
): Promise<Batch> {
  const tried = `create batch "${batch.name}"`;
  const key = nameKey(batch.name);
  if (key === '')
    throw new UsageError({ tried, happened: 'The name is empty.', next: 'Give the batch a name and call again.' });
  const options = batchOptionsSchema.parse(batch.options ?? {});
  const now = await store.now();
  return store.db.transaction().execute(async (trx) => {
    const taken = await trx.selectFrom('batch').select('id').where('name_key', '=', key).executeTakeFirst();
    if (taken)
      throw new UsageError({
        tried,
        happened: 'A batch of that name exists.',
        next: 'Choose another name, or look at it with: transplant batch show NAME',
      });
    await trx
      .insertInto('batch')
      .values({
        name: batch.name.trim(),
        name_key: key,
        state: 'planned',
        options: JSON.stringify(options),
        created_at: now,
        started_at: null,
        finished_at: null,
      })
      .execute();
    const row = await trx.selectFrom('batch').select(columns).where('name_key', '=', key).executeTakeFirstOrThrow();
    const created = toBatch(row);
    await insertWorkloads(trx, created.id, batch.workloads, now);
    return created;
  });
}

export async function listBatches(store: Store): Promise<Batch[]> {
  const rows = await store.db.selectFrom('batch').select(columns).orderBy('id').execute();
  return rows.map(toBatch);
}

export async function batchById(store: Store, id: number): Promise<Batch | undefined> {
  const row = await store.db.selectFrom('batch').select(columns).where('id', '=', id).executeTakeFirst();
  return row && toBatch(row);
}

/** @throws UsageError when there is no batch of that name. */
export async function batchByName(store: Store, name: string): Promise<Batch> {
  const row = await store.db
    .selectFrom('batch')
    .select(columns)
    .where('name_key', '=', nameKey(name))
    .executeTakeFirst();
  if (row) return toBatch(row);
  throw new UsageError({
    tried: `find batch "${name}"`,
    happened: 'There is no batch of that name.',
    next: 'List the batches with: transplant batch list',
  });
}

/** Sets the state; `from` makes it conditional. Returns false when the batch was in none of those states. */
export async function setBatchState(store: Store, id: number, state: State, from?: State[]): Promise<boolean> {
  const now = await store.now();
  let update = store.db.updateTable('batch').set({ state }).where('id', '=', id);
  if (from) update = update.where('state', 'in', from);
  const result = await update.executeTakeFirst();
  const changed = Number(result.numUpdatedRows) > 0;
  if (changed && state === 'syncing')
    await store.db
      .updateTable('batch')
      .set({ started_at: now })
      .where('id', '=', id)
      .where('started_at', 'is', null)
      .execute();
  if (changed && (state === 'done' || state === 'undone'))
    await store.db.updateTable('batch').set({ finished_at: now }).where('id', '=', id).execute();
  return changed;
}

export async function setBatchOptions(store: Store, id: number, options: BatchOptions): Promise<void> {
  await store.db
    .updateTable('batch')
    .set({ options: JSON.stringify(batchOptionsSchema.parse(options)) })
    .where('id', '=', id)
    .execute();
}

export async function batchTotals(store: Store, batchId: number): Promise<BatchTotals> {
  const rows = await store.db
    .selectFrom('workload')
    .select((eb) => [
      'state',
      eb.fn.countAll<number>().as('workloads'),
      eb.fn.sum<number>('items_total').as('items_total'),
      eb.fn.sum<number>('items_done').as('items_done'),
      eb.fn.sum<number>('items_bad').as('items_bad'),
      eb.fn.sum<number>('bytes_total').as('bytes_total'),
      eb.fn.sum<number>('bytes_done').as('bytes_done'),
    ])
    .where('batch_id', '=', batchId)
    .groupBy('state')
    .execute();
  const totals: BatchTotals = {
    workloads: 0,
    byState: {},
    itemsTotal: 0,
    itemsDone: 0,
    itemsBad: 0,
    bytesTotal: 0,
    bytesDone: 0,
  };
  for (const row of rows) {
    totals.workloads += Number(row.workloads);
    totals.byState[stateSchema.parse(row.state)] = Number(row.workloads);
    totals.itemsTotal += Number(row.items_total);
    totals.itemsDone += Number(row.items_done);
    totals.itemsBad += Number(row.items_bad);
    totals.bytesTotal += Number(row.bytes_total);
    totals.bytesDone += Number(row.bytes_done);
  }
  return totals;
}

/** Takes a batch away with its workloads, folders and findings; the ledger rows go with it. */
export async function deleteBatch(store: Store, id: number): Promise<void> {
  await store.db.transaction().execute(async (trx) => {
    await trx
      .deleteFrom('ledger')
      .where('workload_id', 'in', (eb) => eb.selectFrom('workload').select('id').where('batch_id', '=', id))
      .execute();
    await trx.deleteFrom('task').where('batch_id', '=', id).execute();
    await trx.deleteFrom('batch').where('id', '=', id).execute();
  });
}

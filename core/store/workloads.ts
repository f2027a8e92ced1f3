import type { Transaction } from 'kysely';
import { z } from 'zod';
import { nameKey } from '../domain/name-key.ts';
import { GRADES, type Grade, STATES, type State, WORKLOAD_KINDS, type WorkloadKind } from '../domain/words.ts';
import type { Database } from './schema.ts';
import type { Store } from './store.ts';

export const stateSchema = z.enum(Object.keys(STATES) as [State, ...State[]]);

/** One mailbox, archive or public-folder subtree, as it is put into a batch. */
export interface NewWorkload {
  kind: WorkloadKind;
  /** The source's row in `recipient`; null for the public-folder tree. */
  sourceId: number | null;
  sourceAddress: string;
  targetAddress: string;
  displayName: string;
  /** Path of the top folder for public folders, `/` for all; empty for mailboxes. */
  root: string;
  priority?: number;
  itemsTotal?: number;
  bytesTotal?: number;
}

/** The current pace and its reason, for the screen. */
export const paceViewSchema = z.object({
  concurrency: z.number(),
  max: z.number(),
  /** Until when nothing is sent, ms since the epoch; null when work goes on. */
  until: z.number().nullable(),
  reason: z.string(),
  latencyMs: z.number().nullable().default(null),
});
export type PaceView = z.infer<typeof paceViewSchema>;

export interface Workload {
  id: number;
  batchId: number;
  kind: WorkloadKind;
  sourceId: number | null;
  sourceAddress: string;
  targetAddress: string;
  displayName: string;
  root: string;
  state: State;
  reason: string | null;
  priority: number;
  grade: Grade | null;
  itemsTotal: number;
  itemsDone: number;
  itemsBad: number;
  bytesTotal: number;
  bytesDone: number;
  pace: PaceView | null;
  syncedAt: number | null;
  updatedAt: number;
}

const columns = [
  'id',
  'batch_id',
  'kind',
  'source_id',
  'source_address',
  'target_address',
  'display_name',
  'root',
  'state',
  'reason',
  'priority',
  'grade',
  'items_total',
  'items_done',
  'items_bad',
  'bytes_total',
  'bytes_done',
  'pace',
  'synced_at',
  'updated_at',
] as const;

type WorkloadRow = Record<(typeof columns)[number], string | number | null>;

const number = (value: string | number | null): number => Number(value ?? 0);
const maybe = (value: string | number | null): number | null => (value === null ? null : Number(value));

function toWorkload(row: WorkloadRow): Workload {
  return {
    id: number(row.id),
    batchId: number(row.batch_id),
    kind: z.enum(WORKLOAD_KINDS).parse(row.kind),
    sourceId: maybe(row.source_id),
    sourceAddress: String(row.source_address),
    targetAddress: String(row.target_address),
    displayName: String(row.display_name),
    root: String(row.root),
    state: stateSchema.parse(row.state),
    reason: row.reason === null ? null : String(row.reason),
    priority: number(row.priority),
    grade: row.grade === null ? null : z.enum(GRADES).parse(row.grade),
    itemsTotal: number(row.items_total),
    itemsDone: number(row.items_done),
    itemsBad: number(row.items_bad),
    bytesTotal: number(row.bytes_total),
    bytesDone: number(row.bytes_done),
    pace: row.pace === null ? null : paceViewSchema.parse(JSON.parse(String(row.pace))),
    syncedAt: maybe(row.synced_at),
    updatedAt: number(row.updated_at),
  };
}

/** Rows a statement takes: SQL Server allows 2,100 parameters. */
const ROWS_A_STATEMENT = 80;

/** Inserts a batch's workloads inside the transaction that creates the batch. */
export async function insertWorkloads(
  trx: Transaction<Database>,
  batchId: number,
  workloads: NewWorkload[],
  now: number,
): Promise<void> {
  for (let start = 0; start < workloads.length; start += ROWS_A_STATEMENT) {
    const rows = workloads.slice(start, start + ROWS_A_STATEMENT).map((w) => ({
      batch_id: batchId,
      kind: w.kind,
      source_id: w.sourceId,
      source_address: w.sourceAddress,
      target_address: w.targetAddress,
      display_name: w.displayName,
      name_key: nameKey(w.displayName),
      root: w.root,
      state: 'planned' as const,
      reason: null,
      priority: w.priority ?? 0,
      grade: null,
      items_total: w.itemsTotal ?? 0,
      items_done: 0,
      items_bad: 0,
      bytes_total: w.bytesTotal ?? 0,
      bytes_done: 0,
      pace: null,
      synced_at: null,
      updated_at: now,
    }));
    await trx.insertInto('workload').values(rows).execute();
  }
}

export async function workloadById(store: Store, id: number): Promise<Workload | undefined> {
  const row = await store.db.selectFrom('workload').select(columns).where('id', '=', id).executeTakeFirst();
  return row && toWorkload(row);
}

/** Every workload of a batch, or only those in some states, by name. */
export async function workloadsOf(store: Store, batchId: number, states?: State[]): Promise<Workload[]> {
  let query = store.db.selectFrom('workload').select(columns).where('batch_id', '=', batchId);
  if (states) query = query.where('state', 'in', states);
  const rows = await query.orderBy('name_key').orderBy('id').execute();
  return rows.map(toWorkload);
}

/** One page of a batch's list, after a name and id; `limit` rows at most. */
export async function workloadPage(
  store: Store,
  batchId: number,
  page: { after?: { nameKey: string; id: number }; states?: State[]; limit: number },
): Promise<Workload[]> {
  const { after, states } = page;
  let query = store.db.selectFrom('workload').select(columns).where('batch_id', '=', batchId);
  if (states) query = query.where('state', 'in', states);
  if (after)
    query = query.where((eb) =>
      eb.or([
        eb('name_key', '>', after.nameKey),
        eb.and([eb('name_key', '=', after.nameKey), eb('id', '>', after.id)]),
      ]),
    );
  query = query.orderBy('name_key').orderBy('id');
  const rows =
    store.dialect === 'mssql' ? await query.top(page.limit).execute() : await query.limit(page.limit).execute();
  return rows.map(toWorkload);
}

/** Sets state and reason; `from` makes it conditional. Returns whether a row changed. */
export async function setWorkloadState(
  store: Store,
  id: number,
  state: State,
  options: { reason?: string | null; from?: State[]; syncedAt?: number } = {},
): Promise<boolean> {
  let update = store.db
    .updateTable('workload')
    .set({
      state,
      reason: options.reason ?? null,
      updated_at: await store.now(),
      ...(options.syncedAt === undefined ? {} : { synced_at: options.syncedAt }),
    })
    .where('id', '=', id);
  if (options.from) update = update.where('state', 'in', options.from);
  const result = await update.executeTakeFirst();
  return Number(result.numUpdatedRows) > 0;
}

export interface WorkloadCounts {
  itemsTotal?: number;
  itemsDone?: number;
  itemsBad?: number;
  bytesTotal?: number;
  bytesDone?: number;
}

/** Writes counts that were taken from folders and ledger; only the given ones. */
export async function setWorkloadCounts(
  db: Store['db'] | Transaction<Database>,
  id: number,
  counts: WorkloadCounts,
  now: number,
): Promise<void> {
  await db
    .updateTable('workload')
    .set({
      ...(counts.itemsTotal === undefined ? {} : { items_total: counts.itemsTotal }),
      ...(counts.itemsDone === undefined ? {} : { items_done: counts.itemsDone }),
      ...(counts.itemsBad === undefined ? {} : { items_bad: counts.itemsBad }),
      ...(counts.bytesTotal === undefined ? {} : { bytes_total: counts.bytesTotal }),
      ...(counts.bytesDone === undefined ? {} : { bytes_done: counts.bytesDone }),
      updated_at: now,
    })
    .where('id', '=', id)
    .execute();
}

export async function setWorkloadPace(store: Store, id: number, pace: PaceView | null): Promise<void> {
  await store.db
    .updateTable('workload')
    .set({ pace: pace === null ? null : JSON.stringify(pace) })
    .where('id', '=', id)
    .execute();
}

export async function setWorkloadPriority(store: Store, id: number, priority: number): Promise<void> {
  await store.db.updateTable('workload').set({ priority }).where('id', '=', id).execute();
}

export async function setWorkloadGrade(store: Store, id: number, grade: Grade | null): Promise<void> {
  await store.db.updateTable('workload').set({ grade }).where('id', '=', id).execute();
}

import { type Kysely, sql, type Transaction } from 'kysely';
import { UsageError } from '../domain/errors.ts';
import { upsertMany } from './bulk.ts';
import type { Database } from './schema.ts';
import type { Store } from './store.ts';
import { takeTurn } from './turn.ts';

/** All tasks of a batch, or of one workload. */
export type TaskScope = { batchId: number } | { workloadId: number };

function scopeColumn(scope: TaskScope): { column: 'batch_id' | 'workload_id'; id: number } {
  return 'batchId' in scope
    ? { column: 'batch_id', id: scope.batchId }
    : { column: 'workload_id', id: scope.workloadId };
}

/** Keeps ready tasks from being claimed until `resumeTasks`; what runs goes on. @returns how many */
export async function holdTasks(store: Store, scope: TaskScope, db: Kysely<Database> = store.db): Promise<number> {
  return setStates(store, scope, ['ready'], 'held', db);
}

/** @returns how many tasks may be claimed again */
export async function resumeTasks(store: Store, scope: TaskScope, db: Kysely<Database> = store.db): Promise<number> {
  return setStates(store, scope, ['held'], 'ready', db);
}

/** Ends all open tasks; a worker that runs one is fenced off and notices at its next heartbeat. @returns how many */
export async function cancelTasks(store: Store, scope: TaskScope, db: Kysely<Database> = store.db): Promise<number> {
  return setStates(store, scope, ['ready', 'held', 'leased'], 'cancelled', db);
}

async function setStates(
  store: Store,
  scope: TaskScope,
  from: string[],
  to: string,
  db: Kysely<Database>,
): Promise<number> {
  const { column, id } = scopeColumn(scope);
  const { numUpdatedRows } = await db
    .updateTable('task')
    .set({ state: to, updated_at: store.nowSql })
    .where(column, '=', id)
    .where('state', 'in', from)
    .executeTakeFirst();
  return Number(numUpdatedRows);
}

/** Gives failed tasks their tries back and lets them run now. @returns how many */
export async function retryTasks(store: Store, scope: TaskScope, db: Kysely<Database> = store.db): Promise<number> {
  const { column, id } = scopeColumn(scope);
  const { numUpdatedRows } = await db
    .updateTable('task')
    .set({ state: 'ready', attempts: 0, error: null, run_after: store.nowSql, updated_at: store.nowSql })
    .where(column, '=', id)
    .where('state', '=', 'failed')
    .executeTakeFirst();
  return Number(numUpdatedRows);
}

/** States whose members wait for no turn. */
export const SETTLED = ['done', 'undone'];

export const MOVES = ['up', 'down', 'top', 'bottom'] as const;
export type Move = (typeof MOVES)[number];

/**
 * Moves several workloads of a batch as one would move them by hand: among themselves they keep their order. Two that
 * stand at the end already stay where they are.
 * @returns how many there were to move
 */
export async function moveWorkloads(
  store: Store,
  batchId: number,
  ids: readonly number[],
  move: Move,
): Promise<number> {
  const wanted = new Set(ids);
  const rows = await store.db
    .selectFrom('workload')
    .select(['id', 'state'])
    .where('batch_id', '=', batchId)
    .orderBy('priority')
    .orderBy('id')
    .execute();
  const order = rows.filter(({ state }) => !SETTLED.includes(state)).map(({ id }) => id);
  const there = move === 'down' || move === 'top' ? order.toReversed() : order;
  const moving = there.filter((id) => wanted.has(id));
  // Whoever leads stands at the end of the list, and so do those behind it: swapping them would turn them round.
  const stuck = move === 'up' || move === 'down' ? there.findIndex((id) => !wanted.has(id)) : 0;
  for (const id of moving.slice(stuck === -1 ? moving.length : stuck)) await moveWorkload(store, id, move);
  return moving.length;
}

/**
 * Moves a workload, and its tasks that wait, in the order of its batch. Workloads that are done or undone do not count
 * as neighbours.
 * @throws UsageError when there is no such workload
 */
export async function moveWorkload(store: Store, workloadId: number, move: Move): Promise<void> {
  await store.db.transaction().execute(async (trx) => {
    await takeTurn(store, trx);
    const own = await trx
      .selectFrom('workload')
      .select(['id', 'batch_id', 'priority'])
      .where('id', '=', workloadId)
      .executeTakeFirst();
    if (!own) {
      throw new UsageError({
        tried: `move the workload ${workloadId}`,
        happened: 'There is no such workload.',
        next: 'Look at the batch with: transplant batch show NAME',
      });
    }
    if (move === 'top' || move === 'bottom') await moveToEnd(trx, own, move);
    else await swap(trx, own, move);
  });
}

interface Place {
  id: number;
  batch_id: number;
  priority: number;
}

async function moveToEnd(trx: Transaction<Database>, own: Place, end: 'top' | 'bottom'): Promise<void> {
  const row = await trx
    .selectFrom('workload')
    .select((eb) => [eb.fn.min('priority').as('least'), eb.fn.max('priority').as('most')])
    .where('batch_id', '=', own.batch_id)
    .where('id', '!=', own.id)
    .where('state', 'not in', SETTLED)
    .executeTakeFirst();
  if (!row || row.least === null) return;
  await setPriority(trx, own.id, end === 'top' ? Number(row.least) - 1 : Number(row.most) + 1);
}

async function swap(trx: Transaction<Database>, own: Place, move: 'up' | 'down'): Promise<void> {
  const neighbour = await findNeighbour(trx, own, move);
  if (!neighbour) return;
  if (neighbour.priority !== own.priority) {
    await setPriority(trx, own.id, neighbour.priority);
    await setPriority(trx, neighbour.id, own.priority);
    return;
  }
  await spread(trx, own.priority);
  const again = await trx
    .selectFrom('workload')
    .select(['id', 'priority'])
    .where('id', 'in', [own.id, neighbour.id])
    .execute();
  const [first, second] = again;
  if (!first || !second) return;
  await setPriority(trx, first.id, second.priority);
  await setPriority(trx, second.id, first.priority);
}

async function findNeighbour(trx: Transaction<Database>, own: Place, move: 'up' | 'down'): Promise<Place | undefined> {
  const beyond = move === 'up' ? '<' : '>';
  const direction = move === 'up' ? 'desc' : 'asc';
  return trx
    .selectFrom('workload')
    .select(['id', 'batch_id', 'priority'])
    .where('batch_id', '=', own.batch_id)
    .where('state', 'not in', SETTLED)
    .where((eb) =>
      eb.or([
        eb('priority', beyond, own.priority),
        eb.and([eb('priority', '=', own.priority), eb('id', beyond, own.id)]),
      ]),
    )
    .orderBy('priority', direction)
    .orderBy('id', direction)
    .limit(1)
    .executeTakeFirst();
}

/**
 * Gives all workloads of one priority places of their own just before it, in their order, so that two can be swapped
 * and everything else, in this batch and in others, stays in its order.
 */
export async function spread(trx: Transaction<Database>, priority: number): Promise<void> {
  await sql`
    UPDATE workload SET priority = ranked.place
    FROM (
      SELECT id AS ranked_id,
        ${priority} - 1 + ROW_NUMBER() OVER (ORDER BY id) * 1.0 / (COUNT(*) OVER (PARTITION BY priority) + 1.0) AS place
      FROM workload WHERE priority = ${priority}
    ) AS ranked
    WHERE workload.id = ranked.ranked_id`.execute(trx);
  await sql`
    UPDATE task SET priority = workload.priority FROM workload
    WHERE workload.id = task.workload_id AND task.priority = ${priority} AND task.state IN ('ready', 'held')`.execute(
    trx,
  );
}

/** Of a workload and its tasks that wait. */
export async function setPriority(trx: Transaction<Database>, workloadId: number, priority: number): Promise<void> {
  await trx.updateTable('workload').set({ priority }).where('id', '=', workloadId).execute();
  await trx
    .updateTable('task')
    .set({ priority })
    .where('workload_id', '=', workloadId)
    .where('state', 'in', ['ready', 'held'])
    .execute();
}

/**
 * Limits how many tasks run at once for an endpoint or for `workloadScope(id)`, on all workers together; undefined
 * takes the limit off.
 */
export async function limitRunning(store: Store, endpoint: string, maxRunning: number | undefined): Promise<void> {
  const row = { endpoint, max_running: maxRunning ?? null };
  await upsertMany(store, store.db, 'endpoint_limit', [row], { key: ['endpoint'] });
}

/** Keeps all workers from claiming tasks for an endpoint for a time, because its server asked for a pause. */
export async function holdEndpoint(store: Store, endpoint: string, forMs: number, reason: string): Promise<void> {
  await store.db.transaction().execute(async (trx) => {
    const until = (await takeTurn(store, trx)) + Math.round(forMs);
    const known = await trx
      .selectFrom('endpoint_limit')
      .select('until')
      .where('endpoint', '=', endpoint)
      .executeTakeFirst();
    if (known?.until != null && known.until >= until) return;
    await upsertMany(store, trx, 'endpoint_limit', [{ endpoint, until, reason }], { key: ['endpoint'] });
  });
}

export interface MaintenanceWindow {
  /** '*' for everything, an endpoint, `batchScope(id)` or `workloadScope(id)`. */
  scope: string;
  /** In ms since the epoch. */
  fromAt: number;
  toAt: number;
  reason: string;
}

/** Nothing is claimed for the scope between the two times; what runs goes on. @returns the window's id */
export async function addMaintenance(store: Store, window: MaintenanceWindow): Promise<number> {
  const { id } = await store.db
    .insertInto('maintenance')
    .values({ scope: window.scope, from_at: window.fromAt, to_at: window.toAt, reason: window.reason })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/** Windows that are open or to come, soonest first. */
export async function listMaintenance(store: Store): Promise<(MaintenanceWindow & { id: number })[]> {
  const rows = await store.db
    .selectFrom('maintenance')
    .selectAll()
    .where('to_at', '>', store.nowSql)
    .orderBy('from_at')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    scope: row.scope,
    fromAt: row.from_at,
    toAt: row.to_at,
    reason: row.reason,
  }));
}

export async function removeMaintenance(store: Store, id: number): Promise<void> {
  await store.db.deleteFrom('maintenance').where('id', '=', id).execute();
}

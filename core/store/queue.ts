import { type ExpressionBuilder, type Kysely, sql, type Transaction } from 'kysely';
import { currentCorrelation } from '../domain/correlation.ts';
import { TransplantError } from '../domain/errors.ts';
import type { TaskKind } from '../domain/words.ts';
import { insertMany } from './bulk.ts';
import * as sqliteStatements from './queue-hot.sqlite.ts';
import type { ClaimOptions } from './queue-hot.ts';
import type { Database } from './schema.ts';
import type { Store } from './store.ts';

/** Where a task without a workload stands in the queue unless told otherwise; lower runs first. */
export const USUAL_PRIORITY = 1000;
/** Tries before a task is given up as failed. */
const USUAL_ATTEMPTS = 5;

export interface NewTask {
  kind: TaskKind;
  /** Stored as JSON; the one who runs the task checks it. Ids, never content or secrets. */
  payload: unknown;
  batchId?: number;
  workloadId?: number;
  /** Lower runs first; the workload's priority unless given. */
  priority?: number;
  /** Not before this time, in ms since the epoch. */
  runAfter?: number;
  maxAttempts?: number;
  /** Only this machine may claim it; whoever comes first unless given. */
  forMachine?: number;
  /**
   * Names whose limits (endpoint_limit) this task counts against, for example a server or a database. A workload's content
   * counts against the EWS hosts of both forests as well, without being told.
   */
  sourceEndpoint?: string;
  targetEndpoint?: string;
}

/** A task that this machine holds until `leaseUntil` (the database's clock). Every write for it names the fence. */
export interface ClaimedTask {
  readonly id: number;
  readonly batchId: number | undefined;
  readonly workloadId: number | undefined;
  readonly kind: TaskKind;
  readonly payload: unknown;
  /** The click or command that led to it. */
  readonly correlation: string | undefined;
  readonly fence: number;
  /** The how manieth try this is, from 1. */
  readonly attempts: number;
  readonly maxAttempts: number;
  readonly machineId: number;
  readonly leaseMs: number;
  readonly leaseUntil: number;
}

/** The lease has ended, or another machine holds the task now: nothing may be written for the old claim any more. */
export class FencedError extends TransplantError {
  constructor(claim: Pick<ClaimedTask, 'id' | 'fence'>) {
    super({
      tried: `write for task ${claim.id} under fence ${claim.fence}`,
      happened: 'The lease has ended or the task was taken back.',
      next: 'Nothing needs to be done: the task is claimed again and goes on from the ledger.',
    });
  }
}

/** Adds tasks, all or none. */
export async function enqueue(store: Store, tasks: readonly NewTask[], db: Kysely<Database> = store.db): Promise<void> {
  if (tasks.length === 0) return;
  const now = await store.now(db);
  const priorities = await workloadPriorities(db, tasks);
  const rows = tasks.map((task) => ({
    batch_id: task.batchId ?? null,
    workload_id: task.workloadId ?? null,
    kind: task.kind,
    state: 'ready',
    priority: task.priority ?? priorities.get(task.workloadId ?? 0) ?? USUAL_PRIORITY,
    run_after: task.runAfter ?? now,
    attempts: 0,
    max_attempts: task.maxAttempts ?? USUAL_ATTEMPTS,
    fence: 0,
    for_machine: task.forMachine ?? null,
    source_endpoint: task.sourceEndpoint ?? null,
    target_endpoint: task.targetEndpoint ?? null,
    correlation: currentCorrelation() ?? null,
    payload: JSON.stringify(task.payload),
    created_at: now,
    updated_at: now,
  }));
  await insertMany(store, db, 'task', rows);
}

async function workloadPriorities(db: Kysely<Database>, tasks: readonly NewTask[]): Promise<Map<number, number>> {
  const wanted = tasks.filter((task) => task.priority === undefined && task.workloadId !== undefined);
  const ids = [...new Set(wanted.map((task) => task.workloadId ?? 0))];
  const found = new Map<number, number>();
  for (let at = 0; at < ids.length; at += 1000) {
    const page = ids.slice(at, at + 1000);
    const rows = await db.selectFrom('workload').select(['id', 'priority']).where('id', 'in', page).execute();
    for (const row of rows) found.set(row.id, row.priority);
  }
  return found;
}

/**
 * Claims up to `max` ready tasks for a machine, most urgent first, and takes back the tasks whose leases ran out.
 * Limits hold exactly, on all machines together.
 * @returns nothing when there is nothing to do, or the machine is not approved or draining
 * @throws MachineRemovedError when the machine is not on record
 */
export async function claim(store: Store, options: ClaimOptions): Promise<ClaimedTask[]> {
  if (options.max <= 0) return [];
  const { claimRows } = await statements(store);
  const rows = await claimRows(store, options);
  rows.sort((a, b) => a.priority - b.priority || a.id - b.id);
  return rows.map((row) => ({
    id: row.id,
    batchId: row.batch_id ?? undefined,
    workloadId: row.workload_id ?? undefined,
    kind: row.kind as TaskKind,
    payload: JSON.parse(row.payload) as unknown,
    correlation: row.correlation ?? undefined,
    fence: row.fence,
    attempts: row.attempts,
    maxAttempts: row.max_attempts,
    machineId: options.machineId,
    leaseMs: options.leaseMs,
    leaseUntil: row.lease_until,
  }));
}

/** What runs for every task is written apart for each dialect. */
async function statements(store: Store) {
  return store.dialect === 'mssql' ? await import('./queue-hot.mssql.ts') : sqliteStatements;
}

/** The row of a claim, as long as the claim holds by the database's clock. */
function held(store: Store, claim: Pick<ClaimedTask, 'id' | 'fence' | 'machineId'>) {
  return (eb: ExpressionBuilder<Database, 'task'>) =>
    eb.and([
      eb('id', '=', claim.id),
      eb('fence', '=', claim.fence),
      eb('machine_id', '=', claim.machineId),
      eb('state', '=', 'leased'),
      eb('lease_until', '>', store.nowSql),
    ]);
}

/** Renews leases. @returns the ids that are still ours; for the others, stop what you do and write nothing. */
export async function heartbeat(store: Store, claims: readonly ClaimedTask[]): Promise<number[]> {
  if (claims.length === 0) return [];
  const { renewLeases } = await statements(store);
  const rows = await renewLeases(store, claims);
  return rows.map(({ id }) => id);
}

/**
 * Takes a task again whose lease ran out while nobody else took it, for example because the database was away: work
 * that is finished in memory can then be written under the new fence. The old claim stays dead.
 * @returns undefined when somebody else has it or had it
 */
export async function reclaim(store: Store, old: ClaimedTask): Promise<ClaimedTask | undefined> {
  const leaseUntil = sql<number>`${store.nowSql} + ${old.leaseMs}`;
  const [row] = await store.db
    .updateTable('task')
    .set({ fence: old.fence + 1, leased_at: store.nowSql, lease_until: leaseUntil, updated_at: store.nowSql })
    .where('id', '=', old.id)
    .where('fence', '=', old.fence)
    .where('machine_id', '=', old.machineId)
    .where('state', '=', 'leased')
    .where(({ exists, selectFrom }) =>
      exists(selectFrom('machine').select('id').where('id', '=', old.machineId).where('state', '=', 'approved')),
    )
    .returning(['fence', 'lease_until'])
    .execute();
  return row && { ...old, fence: row.fence, leaseUntil: row.lease_until ?? 0 };
}

/**
 * Runs `work` in a transaction that commits only if the claim still holds: the task's row is locked first, so nobody
 * can take the task over before the commit, and a process that slept in between past the end of its lease does not
 * commit. Every write to ledger, folders and sync states goes through here. Keep it short and wait for no network in
 * it: on SQLite every other writer waits.
 * @throws FencedError when the claim no longer holds; nothing was written then
 */
export async function fenced<T>(
  store: Store,
  claim: ClaimedTask,
  work: (trx: Transaction<Database>) => Promise<T>,
): Promise<T> {
  return store.db.transaction().execute(async (trx) => {
    const askedAt = performance.now();
    const leftMs = await lockClaim(store, trx, claim);
    const result = await work(trx);
    if (performance.now() - askedAt >= leftMs) throw new FencedError(claim);
    return result;
  });
}

/** Locks the row of a claim. @returns how long its lease still runs, in ms @throws FencedError */
async function lockClaim(store: Store, trx: Transaction<Database>, claim: ClaimedTask): Promise<number> {
  if (store.dialect === 'sqlite') {
    // BEGIN IMMEDIATE holds the only write lock there is.
    const row = await trx
      .selectFrom('task')
      .select(['lease_until', store.nowSql.as('now')])
      .where(held(store, claim))
      .executeTakeFirst();
    if (!row) throw new FencedError(claim);
    return (row.lease_until ?? 0) - row.now;
  }
  const [row] = await trx
    .updateTable('task')
    .set({ updated_at: store.nowSql })
    .where(held(store, claim))
    .returning(['lease_until', 'updated_at'])
    .execute();
  if (!row) throw new FencedError(claim);
  return (row.lease_until ?? 0) - row.updated_at;
}

/**
 * The task got on under this claim: workers that died on it before say nothing against it any more. Only a task on which
 * worker after worker dies without any progress is given up. Inside `fenced`.
 */
export async function gotOn(trx: Transaction<Database>, claim: ClaimedTask): Promise<void> {
  await trx.updateTable('task').set({ attempts: 1 }).where('id', '=', claim.id).where('attempts', '>', 1).execute();
}

/**
 * Ends a task well. @throws FencedError when the claim no longer holds
 * @param db a transaction of `fenced`, to end the task together with its last writes
 */
export async function complete(store: Store, claim: ClaimedTask, result?: unknown, db = store.db): Promise<void> {
  const { numUpdatedRows } = await db
    .updateTable('task')
    .set({ state: 'done', result: JSON.stringify(result ?? null), error: null, updated_at: store.nowSql })
    .where(held(store, claim))
    .executeTakeFirst();
  if (numUpdatedRows === 0n) throw new FencedError(claim);
}

/** Ends many tasks well in one transaction. @returns the ids whose claims held; the others were fenced off */
export async function completeMany(
  store: Store,
  ends: readonly { claim: ClaimedTask; result?: unknown }[],
): Promise<number[]> {
  if (ends.length === 0) return [];
  const { endTasks } = await statements(store);
  const rows = ends.map(({ claim: { id, fence, machineId }, result }) => ({
    id,
    fence,
    machineId,
    result: JSON.stringify(result ?? null),
  }));
  const ended = await endTasks(store, rows);
  return ended.map(({ id }) => id);
}

export interface TaskFailure {
  /** The error's class name. */
  name: string;
  /** One line without secrets, subjects or bodies. */
  message: string;
}

/**
 * Ends a try badly: the task comes back after `retryAfterMs` (or a growing pause), or is given up when `final` or when
 * this was its last try. The try is kept in the history either way.
 * @returns whether the task was given up
 * @throws FencedError when the claim no longer holds
 */
export async function fail(
  store: Store,
  claim: ClaimedTask,
  error: TaskFailure,
  how: { retryAfterMs?: number; final?: boolean } = {},
): Promise<'retry' | 'failed'> {
  const given = how.final === true || claim.attempts >= claim.maxAttempts;
  const pause = how.retryAfterMs ?? backOffMs(claim.attempts);
  await endAttempt(store, claim, error, {
    state: given ? 'failed' : 'ready',
    outcome: 'failed',
    pause,
    attempts: claim.attempts,
  });
  return given ? 'failed' : 'retry';
}

/** Hands a task back undone, for example at a graceful stop; the try does not count. @throws FencedError */
export async function release(
  store: Store,
  claim: ClaimedTask,
  { afterMs = 0, reason = 'handed back' } = {},
): Promise<void> {
  await endAttempt(
    store,
    claim,
    { name: 'Released', message: reason },
    { state: 'ready', outcome: 'released', pause: afterMs, attempts: claim.attempts - 1 },
  );
}

async function endAttempt(
  store: Store,
  claim: ClaimedTask,
  error: TaskFailure,
  end: { state: 'ready' | 'failed'; outcome: string; pause: number; attempts: number },
): Promise<void> {
  await store.db.transaction().execute(async (trx) => {
    const [row] = await trx
      .updateTable('task')
      .set({
        state: end.state,
        attempts: end.attempts,
        error: end.outcome === 'released' ? null : JSON.stringify(error),
        run_after: sql<number>`${store.nowSql} + ${Math.round(end.pause)}`,
        updated_at: store.nowSql,
      })
      .where(held(store, claim))
      .returning(['leased_at', 'updated_at', 'batch_id', 'workload_id'])
      .execute();
    if (!row) throw new FencedError(claim);
    await trx
      .insertInto('task_attempt')
      .values({
        task_id: claim.id,
        fence: claim.fence,
        machine_id: claim.machineId,
        started_at: row.leased_at ?? row.updated_at,
        ended_at: row.updated_at,
        outcome: end.outcome,
        message: `${error.name}: ${error.message}`,
      })
      .execute();
    if (end.state !== 'failed') return;
    await trx
      .insertInto('event')
      .values({
        at: row.updated_at,
        kind: 'task.failed',
        batch_id: row.batch_id,
        workload_id: row.workload_id,
        machine_id: claim.machineId,
        data: JSON.stringify({ taskId: claim.id, error: error.name }),
      })
      .execute();
  });
}

/** 5 s, 10 s, 20 s … up to 15 minutes, each varied by a fifth so that failed tasks do not come back all at once. */
export function backOffMs(attempts: number, random: () => number = Math.random): number {
  return Math.min(5_000 * 2 ** (attempts - 1), 900_000) * (0.9 + 0.2 * random());
}

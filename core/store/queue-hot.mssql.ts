import { type RawBuilder, sql, type Transaction } from 'kysely';
import { StoreLockedError } from './errors.ts';
import { chooseTasks } from './queue-choice.ts';
import { EXPIRED_ERROR, type ExpiredTask, recordExpired } from './queue-expire.ts';
import {
  type ClaimKey,
  type ClaimOptions,
  type EndedTask,
  type LeasedRow,
  type LeaseRenewal,
  lookOut,
  type Outlook,
} from './queue-hot.ts';
import { leftToOthers } from './queue-shares.ts';
import type { Database } from './schema.ts';
import type { Store } from './store.ts';

/*
 * The statements that run for every task, for SQL Server. No lock is ever held while we think: a worker that is frozen
 * in the middle of a claim must not stop all the others. What is decided here is written by one statement (or one
 * batch) that names everything it relied on. READPAST steps over rows that another transaction holds, UPDLOCK and
 * ROWLOCK keep others from choosing the same ones. A server that ignores such hints (Babelfish) is right too, because
 * every condition stands in the statement that writes.
 */

const OUTPUT = [
  'id',
  'batch_id',
  'workload_id',
  'kind',
  'payload',
  'correlation',
  'fence',
  'attempts',
  'max_attempts',
  'priority',
  'lease_until',
]
  .map((column) => `inserted.${column}`)
  .join(', ');

/** How often a claim within limits starts again because another one came first. */
const TRIES = 20;

export async function claimRows(store: Store, options: ClaimOptions): Promise<LeasedRow[]> {
  for (let attempt = 1; ; attempt++) {
    const outlook = await lookOut(store, store.db, options.machineId);
    if (outlook.expired) await expireLeases(store);
    if (!outlook.mayClaim) return [];
    if (!outlook.limited) return leaseNext(store, options, outlook.now);
    const rows = await leaseWithinLimits(store, options, outlook);
    if (rows) return rows;
    if (attempt >= TRIES) throw new StoreLockedError(CROWDED);
  }
}

const CROWDED = {
  tried: 'claim tasks',
  happened: 'Other machines claimed at the same time, again and again.',
  next: 'Nothing needs to be done: it is tried again.',
};

/**
 * @param now what the database's clock said when it was looked at: reading it again for every row costs more than the
 *   rest. A claim that was held up so begins with a shorter lease, never with a longer one.
 */
function leaseSet({ machineId, leaseMs }: ClaimOptions, now: number) {
  return sql`state = 'leased', fence = fence + 1, attempts = attempts + 1, machine_id = ${machineId},
    leased_at = ${now}, lease_until = ${now + leaseMs}, updated_at = ${now}`;
}

/** Without limits the rows themselves decide who gets them. */
async function leaseNext(store: Store, options: ClaimOptions, now: number): Promise<LeasedRow[]> {
  const kinds = options.kinds?.length ? sql`AND kind IN (${sql.join(options.kinds)})` : sql``;
  const { rows } = await sql<LeasedRow>`
    UPDATE task SET ${leaseSet(options, now)} OUTPUT ${sql.raw(OUTPUT)}
    WHERE state = 'ready' AND id IN (
      SELECT TOP (${sql.raw(String(Math.trunc(options.max)))}) id FROM task WITH (UPDLOCK, READPAST, ROWLOCK)
      WHERE state = 'ready' AND run_after <= ${now}
        AND (for_machine IS NULL OR for_machine = ${options.machineId}) ${kinds}
        AND NOT (${sql.raw(leftToOthers(String(now), String(options.machineId)))})
      ORDER BY priority, id)`.execute(store.db);
  return rows;
}

/**
 * Chooses by what is running now, and leases only if nobody else claimed within limits meanwhile: whoever raises the
 * version first is right, the others look again. Tasks that end meanwhile only make more room. One batch from BEGIN to
 * COMMIT: it runs to its end on the server, whatever becomes of us.
 * @returns undefined when another claim came first
 */
async function leaseWithinLimits(
  store: Store,
  options: ClaimOptions,
  { now, version }: Outlook,
): Promise<LeasedRow[] | undefined> {
  const ids = await chooseTasks(store.db, options, now);
  if (ids.length === 0) return [];
  const { rows } = await sql<LeasedRow>`
    SET XACT_ABORT ON;
    BEGIN TRANSACTION;
    UPDATE setting SET value = ${String(Number(version) + 1)} WHERE name = 'queue.version' AND value = ${version};
    IF @@ROWCOUNT = 1
      UPDATE task SET ${leaseSet(options, now)} OUTPUT ${sql.raw(OUTPUT)}
      WHERE state = 'ready' AND id IN (${sql.join(ids)});
    COMMIT TRANSACTION;`.execute(store.db);
  return rows.length ? rows : undefined;
}

/** Expiries under way, one a store: a row that a frozen process holds must not make a second one wait as well. */
const expiring = new WeakMap<Store, Promise<void>>();
/** How long a claim waits for one, in ms. */
const EXPIRY_MS = 1_000;

/** Takes back what ran past its lease, stepping over rows that are locked; claims go on without waiting for long. */
async function expireLeases(store: Store): Promise<void> {
  const running =
    expiring.get(store) ??
    store.db
      .transaction()
      .execute((trx) => expire(store, trx))
      .finally(() => expiring.delete(store));
  expiring.set(store, running);
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, EXPIRY_MS);
  running.catch(() => undefined);
  try {
    await Promise.race([running, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function expire(store: Store, trx: Transaction<Database>): Promise<void> {
  const { nowSql } = store;
  const { rows } = await sql<ExpiredTask & { updated_at: number }>`
    UPDATE task WITH (READPAST, ROWLOCK)
    SET state = CASE WHEN attempts >= max_attempts THEN 'failed' ELSE 'ready' END, error = ${EXPIRED_ERROR},
      run_after = ${nowSql}, updated_at = ${nowSql}
    OUTPUT inserted.id, inserted.fence, inserted.machine_id, inserted.leased_at, inserted.state, inserted.batch_id,
      inserted.workload_id, inserted.updated_at
    WHERE state = 'leased' AND lease_until <= ${nowSql}`.execute(trx);
  const [first] = rows;
  if (first) await recordExpired(store, trx, rows, first.updated_at);
}

/** A claim holds while its row is leased under its fence by its machine and the lease has not run out. */
const HELD = sql.raw(`task.id = one.id AND task.fence = one.fence AND task.machine_id = one.machine_id
  AND task.state = 'leased' AND task.lease_until > @now`);

/** One statement for each result there is: texts do not come out of Babelfish's JSON as they went in. */
export async function endTasks(store: Store, ends: readonly EndedTask[]): Promise<{ id: number }[]> {
  const byResult = [...Map.groupBy(ends, ({ result }) => result)];
  const endAll = async (db: Store['db']) => {
    const ended: { id: number }[] = [];
    for (const [result, claims] of byResult) {
      const set = sql`state = 'done', result = ${result}, error = NULL, updated_at = @now`;
      ended.push(...(await change(store, db, claims, set)));
    }
    return ended;
  };
  return byResult.length > 1 ? store.db.transaction().execute(endAll) : endAll(store.db);
}

export async function renewLeases(store: Store, claims: readonly LeaseRenewal[]): Promise<{ id: number }[]> {
  return change(store, store.db, claims, sql`lease_until = @now + one.leaseMs`);
}

/**
 * Changes the rows of the claims that hold: one statement and one round trip however many they are, its text always the
 * same. The claims come as JSON, which is read six times as fast as four parameters for each. The clock is read once.
 */
async function change(
  store: Store,
  db: Store['db'],
  claims: readonly (ClaimKey & { leaseMs?: number })[],
  set: RawBuilder<unknown>,
): Promise<{ id: number }[]> {
  const keys = claims.map(({ id, fence, machineId, leaseMs }) => ({ id, fence, machineId, leaseMs }));
  const { rows } = await sql<{ id: number }>`DECLARE @now BIGINT = ${store.nowSql};
    UPDATE task SET ${set} OUTPUT inserted.id AS id
    FROM OPENJSON(${JSON.stringify(keys)}) WITH (id BIGINT '$.id', fence BIGINT '$.fence',
      machine_id BIGINT '$.machineId', leaseMs BIGINT '$.leaseMs') AS one WHERE ${HELD}`.execute(db);
  return rows;
}

import { CompiledQuery, type Transaction } from 'kysely';
import { chooseTasks } from './queue-choice.ts';
import { EXPIRED_ERROR, type ExpiredTask, recordExpired } from './queue-expire.ts';
import {
  type ClaimKey,
  type ClaimOptions,
  type EndedTask,
  type LeasedRow,
  type LeaseRenewal,
  lookOut,
} from './queue-hot.ts';
import { leftToOthers } from './queue-shares.ts';
import { RowBatch, type RowChange } from './row-batch.ts';
import type { Database } from './schema.ts';
import type { Store } from './store.ts';

/*
 * The statements that run for every task, for SQLite. The transaction holds the only write lock there is, so what a
 * SELECT shows stays as it is until the UPDATE; one prepared statement run row by row is faster than one for all rows.
 */

const COLUMNS =
  'id, batch_id, workload_id, kind, payload, correlation, fence, attempts, max_attempts, priority, 0 AS lease_until';

const READY = `FROM task WHERE state = 'ready' AND run_after <= ?1 AND (for_machine IS NULL OR for_machine = ?2)
  AND NOT (${leftToOthers('?1', '?2')})`;
const NEXT = `SELECT ${COLUMNS} ${READY} ORDER BY priority, id LIMIT ?3`;
const NEXT_OF_KINDS = `SELECT ${COLUMNS} ${READY} AND kind IN (SELECT value FROM json_each(?4))
  ORDER BY priority, id LIMIT ?3`;

const CHOSEN = `SELECT ${COLUMNS} FROM task WHERE id IN (SELECT value FROM json_each(?1)) AND state = 'ready'`;

const LEASE = `UPDATE task SET state = 'leased', fence = ?2, attempts = ?3, machine_id = ?4, leased_at = ?5,
  lease_until = ?6, updated_at = ?5 WHERE id = ?1`;

/** Takes back expired leases, then leases what is ready, all in one transaction. */
export async function claimRows(store: Store, options: ClaimOptions): Promise<LeasedRow[]> {
  return store.db.transaction().execute(async (trx) => {
    const { now, mayClaim, expired, limited } = await lookOut(store, trx, options.machineId);
    if (expired) await expireLeases(store, trx, now);
    if (!mayClaim) return [];
    const rows = limited ? await chosenRows(trx, options, now) : await nextRows(trx, options, now);
    await lease(trx, rows, options, now);
    return rows;
  });
}

async function nextRows(trx: Transaction<Database>, options: ClaimOptions, now: number): Promise<LeasedRow[]> {
  const values = [now, options.machineId, options.max];
  const query = options.kinds
    ? CompiledQuery.raw(NEXT_OF_KINDS, [...values, JSON.stringify(options.kinds)])
    : CompiledQuery.raw(NEXT, values);
  return (await trx.executeQuery<LeasedRow>(query)).rows;
}

async function chosenRows(trx: Transaction<Database>, options: ClaimOptions, now: number): Promise<LeasedRow[]> {
  const ids = await chooseTasks(trx, options, now);
  return (await trx.executeQuery<LeasedRow>(CompiledQuery.raw(CHOSEN, [JSON.stringify(ids)]))).rows;
}

async function lease(
  trx: Transaction<Database>,
  rows: LeasedRow[],
  { machineId, leaseMs }: ClaimOptions,
  now: number,
): Promise<void> {
  if (rows.length === 0) return;
  for (const row of rows) {
    row.fence += 1;
    row.attempts += 1;
    row.lease_until = now + leaseMs;
  }
  const changes = rows.map((row) => [row.id, row.fence, row.attempts, machineId, now, row.lease_until]);
  await trx.executeQuery(CompiledQuery.raw(LEASE, [new RowBatch(changes)]));
}

const EXPIRE = `UPDATE task SET state = CASE WHEN attempts >= max_attempts THEN 'failed' ELSE 'ready' END,
  error = ?2, run_after = ?1, updated_at = ?1 WHERE state = 'leased' AND lease_until <= ?1
  RETURNING id, fence, machine_id, leased_at, state, batch_id, workload_id`;

/** Takes back what ran past its lease; a task that used its last try so is given up, its history kept. */
async function expireLeases(store: Store, trx: Transaction<Database>, now: number): Promise<void> {
  const { rows } = await trx.executeQuery<ExpiredTask>(CompiledQuery.raw(EXPIRE, [now, EXPIRED_ERROR]));
  await recordExpired(store, trx, rows, now);
}

/** A claim holds while its row is leased under its fence by its machine and the lease has not run out. */
const HELD = "id = ?1 AND fence = ?2 AND machine_id = ?3 AND state = 'leased' AND lease_until > ?4";
const END = `UPDATE task SET state = 'done', result = ?5, error = NULL, updated_at = ?4 WHERE ${HELD}`;
const RENEW = `UPDATE task SET lease_until = ?5 WHERE ${HELD}`;

export async function endTasks(store: Store, ends: readonly EndedTask[]): Promise<{ id: number }[]> {
  return change(store, END, ends, (one, now) => [one.id, one.fence, one.machineId, now, one.result]);
}

export async function renewLeases(store: Store, claims: readonly LeaseRenewal[]): Promise<{ id: number }[]> {
  return change(store, RENEW, claims, (one, now) => [one.id, one.fence, one.machineId, now, now + one.leaseMs]);
}

/** Runs the statement for each claim, all in one transaction, and tells which of them held. */
async function change<C extends ClaimKey>(
  store: Store,
  text: string,
  claims: readonly C[],
  values: (one: C, now: number) => readonly unknown[],
): Promise<{ id: number }[]> {
  return store.db.transaction().execute(async (trx) => {
    const now = await store.now(trx);
    const batch = new RowBatch(claims.map((one) => values(one, now)));
    const { rows } = await trx.executeQuery<RowChange>(CompiledQuery.raw(text, [batch]));
    return claims.filter((_, index) => rows[index]?.changes === 1).map(({ id }) => ({ id }));
  });
}

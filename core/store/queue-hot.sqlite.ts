import { CompiledQuery, type Transaction } from 'kysely';
import type { TaskKind } from '../domain/words.ts';
import type { ClaimKey, EndedTask, LeasedRow, LeaseRenewal, NewLease } from './queue-hot.ts';
import { RowBatch, type RowChange } from './row-batch.ts';
import type { Database } from './schema.ts';

/*
 * The statements that run for every task, for SQLite. The transaction holds the only write lock there is, so what a
 * SELECT shows stays as it is until the UPDATE; one prepared statement run row by row is faster than one for all rows.
 */

const COLUMNS = 'id, batch_id, workload_id, kind, payload, fence, attempts, max_attempts, priority';

const NEXT = `SELECT ${COLUMNS} FROM task WHERE state = 'ready' AND run_after <= ?1 ORDER BY priority, id LIMIT ?2`;

const NEXT_OF_KINDS = `SELECT ${COLUMNS} FROM task
  WHERE state = 'ready' AND run_after <= ?1 AND kind IN (SELECT value FROM json_each(?3))
  ORDER BY priority, id LIMIT ?2`;

const CHOSEN = `SELECT ${COLUMNS} FROM task WHERE id IN (SELECT value FROM json_each(?1)) AND state = 'ready'`;

const LEASE = `UPDATE task SET state = 'leased', fence = ?2, attempts = ?3, machine_id = ?4, leased_at = ?5,
  lease_until = ?6, updated_at = ?5 WHERE id = ?1`;

export async function leaseNext(
  trx: Transaction<Database>,
  lease: NewLease,
  max: number,
  kinds: readonly TaskKind[] | undefined,
): Promise<LeasedRow[]> {
  const query = kinds
    ? CompiledQuery.raw(NEXT_OF_KINDS, [lease.now, max, JSON.stringify(kinds)])
    : CompiledQuery.raw(NEXT, [lease.now, max]);
  return leaseRows(trx, lease, (await trx.executeQuery<LeasedRow>(query)).rows);
}

export async function leaseChosen(
  trx: Transaction<Database>,
  lease: NewLease,
  ids: readonly number[],
): Promise<LeasedRow[]> {
  const { rows } = await trx.executeQuery<LeasedRow>(CompiledQuery.raw(CHOSEN, [JSON.stringify(ids)]));
  return leaseRows(trx, lease, rows);
}

async function leaseRows(trx: Transaction<Database>, lease: NewLease, rows: LeasedRow[]): Promise<LeasedRow[]> {
  const until = lease.now + lease.leaseMs;
  for (const row of rows) {
    row.fence += 1;
    row.attempts += 1;
  }
  const changes = rows.map(({ id, fence, attempts }) => [id, fence, attempts, lease.machineId, lease.now, until]);
  await trx.executeQuery(CompiledQuery.raw(LEASE, [new RowBatch(changes)]));
  return rows;
}

/** A claim holds while its row is leased under its fence by its machine and the lease has not run out. */
const HELD = "id = ?1 AND fence = ?2 AND machine_id = ?3 AND state = 'leased' AND lease_until > ?4";
const END = `UPDATE task SET state = 'done', result = ?5, error = NULL, updated_at = ?4 WHERE ${HELD}`;
const RENEW = `UPDATE task SET lease_until = ?5 WHERE ${HELD}`;

export async function endTasks(
  trx: Transaction<Database>,
  ends: readonly EndedTask[],
  now: number,
): Promise<{ id: number }[]> {
  return changed(trx, END, ends, (one) => [one.id, one.fence, one.machineId, now, one.result]);
}

export async function renewLeases(
  trx: Transaction<Database>,
  claims: readonly LeaseRenewal[],
  now: number,
): Promise<{ id: number }[]> {
  return changed(trx, RENEW, claims, (one) => [one.id, one.fence, one.machineId, now, now + one.leaseMs]);
}

/** Runs the statement for each claim and tells which of them held. */
async function changed<C extends ClaimKey>(
  trx: Transaction<Database>,
  text: string,
  claims: readonly C[],
  values: (one: C) => readonly unknown[],
): Promise<{ id: number }[]> {
  const { rows } = await trx.executeQuery<RowChange>(CompiledQuery.raw(text, [new RowBatch(claims.map(values))]));
  return claims.filter((_, index) => rows[index]?.changes === 1).map(({ id }) => ({ id }));
}

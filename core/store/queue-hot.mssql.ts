import { CompiledQuery, type Transaction } from 'kysely';
import type { TaskKind } from '../domain/words.ts';
import type { ClaimKey, EndedTask, LeasedRow, LeaseRenewal, NewLease } from './queue-hot.ts';
import type { Database } from './schema.ts';

/*
 * The statements that run for every task, for SQL Server. READPAST steps over rows that another transaction holds: a
 * task under work is not ready anyway. UPDLOCK and ROWLOCK keep others from choosing the same rows. A server that
 * ignores such hints (Babelfish) is right too, because every condition stands in the statement that writes.
 */

const OUTPUT = ['id', 'batch_id', 'workload_id', 'kind', 'payload', 'fence', 'attempts', 'max_attempts', 'priority']
  .map((column) => `inserted.${column}`)
  .join(', ');

const LEASE = `UPDATE task SET state = 'leased', fence = fence + 1, attempts = attempts + 1, machine_id = @1,
  leased_at = @2, lease_until = @3, updated_at = @2 OUTPUT ${OUTPUT}`;

export async function leaseNext(
  trx: Transaction<Database>,
  lease: NewLease,
  max: number,
  kinds: readonly TaskKind[] | undefined,
): Promise<LeasedRow[]> {
  const of = kinds ? `AND kind IN (${kinds.map((_, index) => `@${index + 4}`).join(', ')})` : '';
  const text = `${LEASE} WHERE state = 'ready' AND id IN (
    SELECT TOP (${Math.trunc(max)}) id FROM task WITH (UPDLOCK, READPAST, ROWLOCK)
    WHERE state = 'ready' AND run_after <= @2 ${of} ORDER BY priority, id)`;
  return run<LeasedRow>(trx, text, [lease.machineId, lease.now, lease.now + lease.leaseMs, ...(kinds ?? [])]);
}

/** At most as many ids as SQL Server takes parameters; a claim asks for far fewer. */
export async function leaseChosen(
  trx: Transaction<Database>,
  lease: NewLease,
  ids: readonly number[],
): Promise<LeasedRow[]> {
  const text = `${LEASE} WHERE state = 'ready' AND id IN (${ids.map((_, index) => `@${index + 4}`).join(', ')})`;
  return run<LeasedRow>(trx, text, [lease.machineId, lease.now, lease.now + lease.leaseMs, ...ids]);
}

/** A claim holds while its row is leased under its fence by its machine and the lease has not run out. */
const HELD = `task.id = one.id AND task.fence = one.fence AND task.machine_id = one.machine_id
  AND task.state = 'leased' AND task.lease_until > @1`;
const CLAIMS_A_STATEMENT = 400;

export async function endTasks(
  trx: Transaction<Database>,
  ends: readonly EndedTask[],
  now: number,
): Promise<{ id: number }[]> {
  return inParts(ends, async (part) => {
    const { rows, values } = rowsOf(part, ({ result }) => result);
    const text = `UPDATE task SET state = 'done', result = one.extra, error = NULL, updated_at = @1
      OUTPUT inserted.id AS id FROM ${rows} WHERE ${HELD}`;
    return run<{ id: number }>(trx, text, [now, ...values]);
  });
}

export async function renewLeases(
  trx: Transaction<Database>,
  claims: readonly LeaseRenewal[],
  now: number,
): Promise<{ id: number }[]> {
  return inParts(claims, async (part) => {
    const { rows, values } = rowsOf(part, ({ leaseMs }) => leaseMs);
    const text = `UPDATE task SET lease_until = @1 + one.extra
      OUTPUT inserted.id AS id FROM ${rows} WHERE ${HELD}`;
    return run<{ id: number }>(trx, text, [now, ...values]);
  });
}

function rowsOf<C extends ClaimKey>(part: readonly C[], extra: (one: C) => string | number) {
  const values: (string | number)[] = [];
  const lists = part.map((one) => {
    values.push(one.id, one.fence, one.machineId, extra(one));
    const last = values.length + 1;
    return `(@${last - 3}, @${last - 2}, @${last - 1}, @${last})`;
  });
  return { rows: `(VALUES ${lists.join(', ')}) AS one (id, fence, machine_id, extra)`, values };
}

async function inParts<C, R>(all: readonly C[], work: (part: readonly C[]) => Promise<R[]>): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < all.length; at += CLAIMS_A_STATEMENT) {
    results.push(...(await work(all.slice(at, at + CLAIMS_A_STATEMENT))));
  }
  return results;
}

async function run<R>(trx: Transaction<Database>, text: string, values: readonly unknown[]): Promise<R[]> {
  return (await trx.executeQuery<R>(CompiledQuery.raw(text, [...values]))).rows;
}

import type { Transaction } from 'kysely';
import { insertMany } from './bulk.ts';
import type { Database } from './schema.ts';
import type { Store } from './store.ts';

/** A task that was taken back because its lease ran out. */
export type ExpiredTask = Pick<
  Database['task'],
  'fence' | 'machine_id' | 'leased_at' | 'state' | 'batch_id' | 'workload_id'
> & { id: number };

const MESSAGE = 'the worker stopped answering';

/** What stands in the row of a task that was taken back. */
export const EXPIRED_ERROR = JSON.stringify({ name: 'LeaseExpired', message: MESSAGE });

/** Keeps how the tries of expired tasks ended, and tells of tasks that were given up with it. */
export async function recordExpired(
  store: Store,
  trx: Transaction<Database>,
  expired: readonly ExpiredTask[],
  now: number,
): Promise<void> {
  const attempts = expired.map((row) => ({
    task_id: row.id,
    fence: row.fence,
    machine_id: row.machine_id,
    started_at: row.leased_at ?? now,
    ended_at: now,
    outcome: 'expired',
    message: MESSAGE,
  }));
  await insertMany(store, trx, 'task_attempt', attempts);
  const given = expired.filter((row) => row.state === 'failed');
  const events = given.map((row) => ({
    at: now,
    kind: 'task.failed',
    batch_id: row.batch_id,
    workload_id: row.workload_id,
    machine_id: row.machine_id,
    data: JSON.stringify({ taskId: row.id, error: 'LeaseExpired' }),
  }));
  await insertMany(store, trx, 'event', events);
}

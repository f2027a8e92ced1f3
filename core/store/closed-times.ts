import { batchScope, workloadScope } from './queue-choice.ts';
import type { Store } from './store.ts';

/**
 * Tasks that a machine holds although a window of theirs has closed since they were claimed. Cutovers and mails are not
 * among them: a step that was begun is ended.
 */
export async function runningInClosedTimes(store: Store, machineId: number): Promise<number[]> {
  const windows = await store.db
    .selectFrom('maintenance')
    .select('scope')
    .where('to_at', '>', store.nowSql)
    .where('from_at', '<=', store.nowSql)
    .execute();
  if (windows.length === 0) return [];
  const closed = new Set(windows.map(({ scope }) => scope));
  const running = await store.db
    .selectFrom('task')
    .select(['id', 'batch_id', 'workload_id', 'source_endpoint', 'target_endpoint'])
    .where('state', '=', 'leased')
    .where('machine_id', '=', machineId)
    .where('kind', 'in', ['hierarchy', 'sync', 'finalSync', 'verify', 'statistics'])
    .execute();
  return running
    .filter((task) =>
      [
        '*',
        ...(task.batch_id === null ? [] : [batchScope(task.batch_id)]),
        ...(task.workload_id === null ? [] : [workloadScope(task.workload_id)]),
        task.source_endpoint,
        task.target_endpoint,
      ].some((scope) => scope !== null && closed.has(scope)),
    )
    .map(({ id }) => id);
}

import { insertMany } from './bulk.ts';
import type { Store } from './store.ts';
import { takeTurn } from './turn.ts';

const REASON = 'the worker was started again';

/**
 * Hands back what a machine held in an earlier life of its process, so that nobody waits for those leases to run out. Each
 * counts as a try: work that ends its worker every time is given up like any other. @returns how many tasks
 */
export async function handBackEarlier(store: Store, machineId: number): Promise<number> {
  return await store.db.transaction().execute(async (trx) => {
    const now = await takeTurn(store, trx);
    const rows = await trx
      .updateTable('task')
      .set((eb) => ({
        state: eb.case().when('attempts', '>=', eb.ref('max_attempts')).then('failed').else('ready').end(),
        error: JSON.stringify({ name: 'WorkerRestarted', message: REASON }),
        run_after: now,
        updated_at: now,
      }))
      .where('state', '=', 'leased')
      .where('machine_id', '=', machineId)
      .returning(['id', 'fence', 'leased_at'])
      .execute();
    await insertMany(
      store,
      trx,
      'task_attempt',
      rows.map((row) => ({
        task_id: row.id,
        fence: row.fence,
        machine_id: machineId,
        started_at: row.leased_at ?? now,
        ended_at: now,
        outcome: 'expired',
        message: REASON,
      })),
    );
    return rows.length;
  });
}

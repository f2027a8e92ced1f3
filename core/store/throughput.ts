import type { Transaction } from 'kysely';
import type { Database } from './schema.ts';
import type { Store } from './store.ts';

/** Adds to the row of this minute, machine and workload. */
export async function addThroughput(
  trx: Transaction<Database>,
  key: { at: number; workloadId: number; machineId: number },
  add: { items: number; bytes: number; calls: number },
): Promise<void> {
  const minute = Math.floor(key.at / 60_000);
  const updated = await trx
    .updateTable('throughput')
    .set((eb) => ({
      items: eb('items', '+', add.items),
      bytes: eb('bytes', '+', add.bytes),
      calls: eb('calls', '+', add.calls),
    }))
    .where('minute', '=', minute)
    .where('workload_id', '=', key.workloadId)
    .where('machine_id', '=', key.machineId)
    .executeTakeFirst();
  if (Number(updated.numUpdatedRows) > 0) return;
  await trx
    .insertInto('throughput')
    .values({ minute, workload_id: key.workloadId, machine_id: key.machineId, ...add })
    .execute();
}

export interface ThroughputMinute {
  /** Start of the minute, ms since the epoch. */
  at: number;
  items: number;
  bytes: number;
  calls: number;
}

/** Sums of each minute since a time, for charts and forecasts. */
export async function throughputSince(store: Store, since: number): Promise<ThroughputMinute[]> {
  const rows = await store.db
    .selectFrom('throughput')
    .select((eb) => [
      'minute',
      eb.fn.sum<number>('items').as('items'),
      eb.fn.sum<number>('bytes').as('bytes'),
      eb.fn.sum<number>('calls').as('calls'),
    ])
    .where('minute', '>=', Math.floor(since / 60_000))
    .groupBy('minute')
    .orderBy('minute')
    .execute();
  return rows.map((row) => ({
    at: Number(row.minute) * 60_000,
    items: Number(row.items),
    bytes: Number(row.bytes),
    calls: Number(row.calls),
  }));
}

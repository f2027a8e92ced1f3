import type { Transaction } from 'kysely';
import { upsertMany } from './bulk.ts';
import type { Database } from './schema.ts';
import type { Store } from './store.ts';

/** A time in which no task is claimed for a scope: `*`, an endpoint, `batch:ID` or `workload:ID`. Times in ms. */
export interface Maintenance {
  id: number;
  scope: string;
  from: number;
  to: number;
  reason: string;
}

/** Windows that are not over, the next one first. */
export async function listMaintenance(store: Store): Promise<Maintenance[]> {
  const rows = await store.db
    .selectFrom('maintenance')
    .selectAll()
    .where('to_at', '>', store.nowSql)
    .orderBy('from_at')
    .orderBy('id')
    .execute();
  return rows.map((row) => ({ id: row.id, scope: row.scope, from: row.from_at, to: row.to_at, reason: row.reason }));
}

export async function addMaintenance(trx: Transaction<Database>, window: Omit<Maintenance, 'id'>): Promise<number> {
  const row = { scope: window.scope, from_at: window.from, to_at: window.to, reason: window.reason };
  const { id } = await trx.insertInto('maintenance').values(row).returning('id').executeTakeFirstOrThrow();
  return id;
}

export async function removeMaintenance(trx: Transaction<Database>, id: number): Promise<void> {
  await trx.deleteFrom('maintenance').where('id', '=', id).execute();
}

/** How many tasks may run at an endpoint at a time, over all workers, and until when the server asked to wait. */
export interface EndpointLimit {
  endpoint: string;
  maxRunning: number | null;
  /** ms since the epoch; null when nothing is asked for. */
  until: number | null;
  reason: string | null;
}

export async function listEndpointLimits(store: Store): Promise<EndpointLimit[]> {
  const rows = await store.db.selectFrom('endpoint_limit').selectAll().orderBy('endpoint').execute();
  return rows.map((row) => ({
    endpoint: row.endpoint,
    maxRunning: row.max_running,
    until: row.until,
    reason: row.reason,
  }));
}

/** Sets how many may run at an endpoint; null takes the limit away. What a server asked for stays. */
export async function setEndpointLimit(
  store: Store,
  endpoint: string,
  maxRunning: number | null,
  trx: Transaction<Database>,
): Promise<void> {
  const row = { endpoint, max_running: maxRunning, until: null, reason: null };
  await upsertMany(store, trx, 'endpoint_limit', [row], { key: ['endpoint'], update: ['max_running'] });
}

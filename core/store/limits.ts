import { sql, type Transaction } from 'kysely';
import { upsertMany } from './bulk.ts';
import { DuplicateError } from './errors.ts';
import { ewsEndpoints } from './forests.ts';
import { isContent } from './queue-choice.ts';
import type { Database } from './schema.ts';
import type { Store } from './store.ts';

/** A time in which no task is claimed for a scope: `*`, an endpoint, `batch:ID` or `workload:ID`. Times in ms. */
export interface Maintenance {
  id: number;
  scope: string;
  from: number;
  to: number;
  reason: string;
  /** The window or blackout it was worked out from; null where a person gave the times. */
  windowId: number | null;
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
  return rows.map((row) => ({
    id: row.id,
    scope: row.scope,
    from: row.from_at,
    to: row.to_at,
    reason: row.reason,
    windowId: row.window_id,
  }));
}

export async function addMaintenance(
  trx: Transaction<Database>,
  window: Omit<Maintenance, 'id' | 'windowId'>,
): Promise<number> {
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

/**
 * A server asked for a pause: no machine begins a task there before it is over, and those that work there hear of it by
 * `endpointShares`. A longer pause that stands already stays.
 */
export async function backOffEndpoint(store: Store, endpoint: string, ms: number, reason: string): Promise<void> {
  const until = sql<number>`${store.nowSql} + ${Math.ceil(ms)}`;
  const known = await store.db
    .selectFrom('endpoint_limit')
    .select('endpoint')
    .where('endpoint', '=', endpoint)
    .executeTakeFirst();
  if (!known) {
    try {
      await store.db.insertInto('endpoint_limit').values({ endpoint, max_running: null, until, reason }).execute();
      return;
    } catch (error) {
      if (!(error instanceof DuplicateError)) throw error;
    }
  }
  await store.db
    .updateTable('endpoint_limit')
    .set({ until, reason })
    .where('endpoint', '=', endpoint)
    .where((eb) => eb.or([eb('until', 'is', null), eb('until', '<', until)]))
    .execute();
}

/** What a machine has to know of an endpoint it works at. */
export interface EndpointShare {
  /** How long nothing is to be sent, in ms by the database's clock; 0 when work may go on. */
  pauseMs: number;
  reason: string;
  /** How many may run there over all machines; null without a limit. */
  maxRunning: number | null;
  /** Machines that hold tasks there, and those that do so for public folders; at least 1. */
  machines: number;
  publicFolderMachines: number;
}

/**
 * Looks what holds for endpoints now: one statement, and a second one where a number has to be shared.
 * @param shared whether machines are to be counted although nobody set a limit
 */
export async function endpointShares(
  store: Store,
  endpoints: readonly string[],
  shared: boolean,
): Promise<Map<string, EndpointShare>> {
  const limits = await store.db
    .selectFrom('endpoint_limit')
    .select(['endpoint', 'reason', 'max_running', 'until', store.nowSql.as('now')])
    .where('endpoint', 'in', [...endpoints])
    .execute();
  const byName = new Map(limits.map((limit) => [limit.endpoint, limit]));
  const counting = shared || limits.some(({ max_running }) => max_running !== null);
  const holders = counting ? await endpointHolders(store) : [];
  const hosts = counting ? Object.values(await ewsEndpoints(store.db)) : [];
  return new Map(
    endpoints.map((endpoint) => {
      const limit = byName.get(endpoint);
      const host = hosts.includes(endpoint);
      const there = holders.filter(
        (one) => one.source_endpoint === endpoint || one.target_endpoint === endpoint || (host && isContent(one)),
      );
      const distinct = (rows: typeof holders) => Math.max(1, new Set(rows.map(({ machine_id }) => machine_id)).size);
      const share: EndpointShare = {
        pauseMs: limit ? Math.max(0, (limit.until ?? 0) - limit.now) : 0,
        reason: limit?.reason ?? '',
        maxRunning: limit?.max_running ?? null,
        machines: distinct(there),
        publicFolderMachines: distinct(there.filter(({ moves }) => moves === 'publicFolders')),
      };
      return [endpoint, share];
    }),
  );
}

interface EndpointHolder {
  machine_id: number;
  source_endpoint: string | null;
  target_endpoint: string | null;
  kind: string;
  workload_id: number | null;
  /** What the workload is. */
  moves: string | null;
}

/** Who works where. Rows that a transaction holds are read as they are: a count that is a moment old does no harm. */
async function endpointHolders(store: Store): Promise<EndpointHolder[]> {
  const hint = store.dialect === 'mssql' ? sql`WITH (NOLOCK)` : sql``;
  const { rows } = await sql<EndpointHolder>`
    SELECT DISTINCT t.machine_id AS machine_id, t.source_endpoint AS source_endpoint,
      t.target_endpoint AS target_endpoint, t.kind AS kind, t.workload_id AS workload_id, w.kind AS moves
    FROM task t ${hint} LEFT JOIN workload w ${hint} ON w.id = t.workload_id
    WHERE t.state = 'leased'`.execute(store.db);
  return rows;
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import { currentCorrelation } from '../domain/correlation.ts';
import { insertMany } from './bulk.ts';
import type { Database } from './schema.ts';
import type { Store } from './store.ts';

export interface NewEvent {
  /** What happened, like `workload.state` or `task.failed`. */
  kind: string;
  batchId?: number;
  workloadId?: number;
  machineId?: number;
  correlation?: string;
  /** Stored as JSON: ids and numbers, never content or secrets. */
  data?: unknown;
}

export interface StoredEvent {
  /** The cursor: ask for what comes after it. */
  id: number;
  /** In ms since the epoch, by the database's clock. */
  at: number;
  kind: string;
  batchId: number | undefined;
  workloadId: number | undefined;
  machineId: number | undefined;
  correlation: string | undefined;
  data: unknown;
}

/** Appends events; inside a transaction do it last, because readers wait up to GAP_MS for ids that are on their way. */
export async function appendEvents(
  store: Store,
  events: readonly NewEvent[],
  db: Kysely<Database> = store.db,
): Promise<void> {
  if (events.length === 0) return;
  const at = await store.now(db);
  await insertMany(
    store,
    db,
    'event',
    events.map((event) => ({
      at,
      kind: event.kind,
      batch_id: event.batchId ?? null,
      workload_id: event.workloadId ?? null,
      machine_id: event.machineId ?? null,
      correlation: event.correlation ?? currentCorrelation() ?? null,
      data: JSON.stringify(event.data ?? null),
    })),
  );
}

/** How long a reader waits for an event whose number is taken but whose transaction is still open, in ms. */
const GAP_MS = 5_000;

export interface EventQuery {
  /** The last id that was seen; 0 from the beginning. */
  after: number;
  limit?: number;
  batchId?: number;
  workloadId?: number;
}

/**
 * Events after a cursor, oldest first, and the cursor for the next call. SQL Server hands out numbers before
 * transactions commit, so a young gap in the numbers ends the page: else what fills it would never be seen.
 */
export async function readEvents(store: Store, query: EventQuery): Promise<{ events: StoredEvent[]; cursor: number }> {
  const now = await store.now();
  const rows = await store.db
    .selectFrom('event')
    .selectAll()
    .where('id', '>', query.after)
    .orderBy('id')
    .limit(query.limit ?? 500)
    .execute();
  let cursor = query.after;
  const events: StoredEvent[] = [];
  for (const row of rows) {
    if (row.id !== cursor + 1 && cursor !== 0 && row.at > now - GAP_MS) break;
    cursor = row.id;
    if (query.batchId !== undefined && row.batch_id !== query.batchId) continue;
    if (query.workloadId !== undefined && row.workload_id !== query.workloadId) continue;
    events.push({
      id: row.id,
      at: row.at,
      kind: row.kind,
      batchId: row.batch_id ?? undefined,
      workloadId: row.workload_id ?? undefined,
      machineId: row.machine_id ?? undefined,
      correlation: row.correlation ?? undefined,
      data: JSON.parse(row.data) as unknown,
    });
  }
  return { events, cursor };
}

/** The cursor of now: only what happens from here on comes after it. */
export async function lastEventId(store: Store): Promise<number> {
  const row = await store.db
    .selectFrom('event')
    .select((eb) => eb.fn.max('id').as('id'))
    .executeTakeFirst();
  return Number(row?.id ?? 0);
}

/** Like readEvents, but waits up to `timeoutMs` for the first one (a long poll). */
export async function waitForEvents(
  store: Store,
  query: EventQuery,
  { timeoutMs, pollMs = 250, signal }: { timeoutMs: number; pollMs?: number; signal?: AbortSignal },
): Promise<{ events: StoredEvent[]; cursor: number }> {
  const deadline = performance.now() + timeoutMs;
  let after = query.after;
  for (;;) {
    const page = await readEvents(store, { ...query, after });
    if (page.events.length || performance.now() >= deadline || signal?.aborted) return page;
    // A full page without a match: read on without a pause.
    if (page.cursor === after) await sleep(Math.min(pollMs, Math.max(1, deadline - performance.now())));
    after = page.cursor;
  }
}

/** Removes events older than a time (ms since the epoch). @returns how many */
export async function pruneEvents(store: Store, before: number): Promise<number> {
  const { numDeletedRows } = await store.db.deleteFrom('event').where('at', '<', before).executeTakeFirst();
  return Number(numDeletedRows);
}

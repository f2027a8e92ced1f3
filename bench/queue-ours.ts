import { sql } from 'kysely';
import { insertMany } from '../core/store/bulk.ts';
import { openForInspection, openStore } from '../core/store/open.ts';
import { type ClaimedTask, claim, complete, completeMany, enqueue } from '../core/store/queue.ts';
import type { Store } from '../core/store/store.ts';
import { timed } from './bench.ts';

/** How much is measured: no-op tasks, and how many are claimed and completed at a time. */
export const WORK = {
  tasks: 10_000,
  /** What a worker claims at a time; the batch of every peer that knows batches has the same size. */
  batch: 100,
  /** Where each task is claimed and completed alone: two commits a task, so they are fewer. */
  singles: 1_000,
  /** On a server, where each statement is a round trip. */
  serverTasks: 3_000,
  serverSingles: 300,
} as const;

/** A database with so many tasks that are ready, and a machine that may claim them. @param level of `synchronous`, for SQLite */
export async function openFilled(url: string, tasks: number, level?: number): Promise<Store> {
  const store = await openStore(url, { create: true });
  if (level !== undefined) await sql`PRAGMA synchronous = ${sql.lit(level)}`.execute(store.db);
  const machine = {
    name: 'bench',
    name_key: 'bench',
    kind: 'worker',
    state: 'approved',
    public_key: '',
    fingerprint: '',
    version: '',
    facts: '{}',
    enrolled_at: 0,
    last_seen: 0,
  };
  await insertMany(store, store.db, 'machine', [machine]);
  await enqueue(
    store,
    Array.from({ length: tasks }, (_, n) => ({ kind: 'sync' as const, payload: { n } })),
  );
  return store;
}

/** Tasks a second that one worker claims and completes, so many at a time. */
export async function ours(url: string, tasks: number, batch: number, level?: number): Promise<number> {
  const store = await openFilled(url, tasks, level);
  const { id: machineId } = await store.db.selectFrom('machine').select('id').executeTakeFirstOrThrow();
  let done = 0;
  const ms = await timed(async () => {
    for (;;) {
      const claims = await claim(store, { machineId, max: batch, leaseMs: 60_000 });
      if (claims.length === 0) return;
      done += await end(store, claims);
    }
  });
  await store.close();
  if (done !== tasks) throw new Error(`only ${done} of ${tasks} tasks were done`);
  return (tasks / ms) * 1000;
}

/** One alone ends as a worker ends it, many together. @returns how many were ended */
async function end(store: Store, claims: readonly ClaimedTask[]): Promise<number> {
  const [one, ...more] = claims;
  if (one && more.length === 0) {
    await complete(store, one);
    return 1;
  }
  const ends = claims.map((each) => ({ claim: each }));
  return (await completeMany(store, ends)).length;
}

/** The same on a database of its own on a server that speaks SQL Server's protocol. */
export async function oursOnServer(server: string, name: string, tasks: number, batch: number): Promise<number> {
  const url = new URL(server);
  url.pathname = `/${name}`;
  try {
    return await ours(url.href, tasks, batch);
  } finally {
    url.pathname = '/master';
    const master = await openForInspection(url.href);
    await sql.raw(`DROP DATABASE ${name}`).execute(master.db);
    await master.close();
  }
}

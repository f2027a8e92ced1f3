import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { sql } from 'kysely';
import { insertMany } from '../core/store/bulk.ts';
import { openStore } from '../core/store/open.ts';
import { claim, completeMany, enqueue } from '../core/store/queue.ts';
import type { Store } from '../core/store/store.ts';
import { type BenchRun, median, timed } from './bench.ts';

/** What a worker claims at a time; the batch of the raw writes has the same size. */
const BATCH = 100;
const TASKS = 10_000;
/** plainjob commits twice a job, so at full durability it is measured on fewer. */
const PLAINJOB_TASKS = 1_000;
const ROUNDS = 9;
const DURABILITY = { full: 2, normal: 1 } as const;

/**
 * No-op tasks a second, claimed and completed by one worker, leases and fencing on: against plainjob, and against the
 * same number of raw row writes in transactions of the same size. All on files of the same disk at equal durability.
 */
export const run: BenchRun = async ({ progress }) => {
  const folder = mkdtempSync(join(tmpdir(), 'transplant-bench-'));
  const figures: Record<string, number> = {};
  const ratios: Record<string, number> = {};
  try {
    for (const [name, level] of Object.entries(DURABILITY)) {
      const rates = { ours: [] as number[], plainjob: [] as number[], raw: [] as number[] };
      for (let round = 0; round < ROUNDS; round++) {
        const file = (peer: string) => join(folder, `${peer}-${name}-${round}.db`);
        rates.raw.push(await raw(file('raw'), level));
        rates.ours.push(await ours(file('ours'), level));
        rates.plainjob.push(await plainjob(file('plainjob'), level));
        progress(`${name} ${round + 1}/${ROUNDS}: ${JSON.stringify(lasts(rates))}`);
      }
      figures[`${name}TasksPerSecond`] = median(rates.ours);
      figures[`${name}PlainjobPerSecond`] = median(rates.plainjob);
      figures[`${name}RawTasksPerSecond`] = median(rates.raw);
      // Round by round, because a disk that others use is fast and slow by turns.
      const against = (peer: number[]) => median(rates.ours.map((rate, round) => rate / (peer[round] ?? Number.NaN)));
      ratios[`${name}ToPlainjob`] = against(rates.plainjob);
      ratios[`${name}ToRawWrites`] = against(rates.raw);
    }
    const aims = { fullToPlainjob: 5, fullToRawWrites: 0.5 };
    return { name: 'queue', figures: rounded(figures, 0), ratios: rounded(ratios, 2), aims, skipped: [] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const lasts = (rates: Record<string, number[]>) =>
  Object.fromEntries(Object.entries(rates).map(([peer, values]) => [peer, Math.round(values.at(-1) ?? 0)]));

const rounded = (values: Record<string, number>, digits: number) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value.toFixed(digits))]));

async function filled(file: string, level: number): Promise<{ store: Store; machineId: number }> {
  const store = await openStore(`sqlite:${file}`, { create: true });
  await sql`PRAGMA synchronous = ${sql.lit(level)}`.execute(store.db);
  const machine = {
    id: 1,
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
    Array.from({ length: TASKS }, (_, n) => ({ kind: 'sync' as const, payload: { n } })),
  );
  return { store, machineId: 1 };
}

async function ours(file: string, level: number): Promise<number> {
  const { store, machineId } = await filled(file, level);
  let done = 0;
  const ms = await timed(async () => {
    for (;;) {
      const claims = await claim(store, { machineId, max: BATCH, leaseMs: 60_000 });
      if (claims.length === 0) return;
      done += (
        await completeMany(
          store,
          claims.map((one) => ({ claim: one })),
        )
      ).length;
    }
  });
  await store.close();
  if (done !== TASKS) throw new Error(`only ${done} of ${TASKS} tasks were done`);
  return (TASKS / ms) * 1000;
}

/** The same table, indexes and row changes, by prepared statements in transactions, with no queue around them. */
async function raw(file: string, level: number): Promise<number> {
  const { store } = await filled(file, level);
  await store.close();
  const db = new DatabaseSync(file);
  db.exec(`PRAGMA synchronous = ${level}`);
  const lease = db.prepare(
    "UPDATE task SET state = 'leased', fence = 1, attempts = 1, machine_id = 1, leased_at = ?, lease_until = ? WHERE id = ?",
  );
  const end = db.prepare("UPDATE task SET state = 'done', result = 'null', updated_at = ? WHERE id = ?");
  const now = Date.now();
  const ms = await timed(() => {
    for (let first = 1; first <= TASKS; first += BATCH) {
      db.exec('BEGIN IMMEDIATE');
      for (let id = first; id < first + BATCH; id++) lease.run(now, now + 60_000, id);
      db.exec('COMMIT; BEGIN IMMEDIATE');
      for (let id = first; id < first + BATCH; id++) end.run(now, id);
      db.exec('COMMIT');
    }
  });
  db.close();
  return (TASKS / ms) * 1000;
}

interface PlainQueue {
  add(type: string, data: unknown): { id: number };
  getAndMarkJobAsProcessing(type: string): { id: number } | undefined;
  getJobById(id: number): { data: string } | undefined;
  markJobAsDone(id: number): void;
  close(): void;
}

/** plainjob over node:sqlite: its connection is an interface, so a thin one serves instead of better-sqlite3. */
async function plainjob(file: string, level: number): Promise<number> {
  const { defineQueue } = createRequire(import.meta.url)('plainjob') as {
    defineQueue(options: { connection: unknown; logger: unknown }): PlainQueue;
  };
  const db = new DatabaseSync(file);
  const silent = () => undefined;
  const queue = defineQueue({
    connection: connectionOver(db, level),
    logger: { error: silent, warn: silent, info: silent, debug: silent },
  });
  db.exec('BEGIN');
  for (let n = 0; n < PLAINJOB_TASKS; n++) queue.add('sync', { n });
  db.exec('COMMIT');
  let done = 0;
  const ms = await timed(() => {
    for (;;) {
      const job = queue.getAndMarkJobAsProcessing('sync');
      if (!job) return;
      JSON.parse(queue.getJobById(job.id)?.data ?? '');
      queue.markJobAsDone(job.id);
      done++;
    }
  });
  queue.close();
  if (done !== PLAINJOB_TASKS) throw new Error(`plainjob did only ${done} of ${PLAINJOB_TASKS}`);
  return (PLAINJOB_TASKS / ms) * 1000;
}

function connectionOver(db: DatabaseSync, level: number) {
  type Work = (...args: unknown[]) => unknown;
  const within =
    (begin: string, work: Work): Work =>
    (...args) => {
      db.exec(begin);
      try {
        const result = work(...args);
        db.exec('COMMIT');
        return result;
      } catch (error) {
        db.exec('ROLLBACK');
        throw error;
      }
    };
  return {
    driver: 'better-sqlite3',
    filename: '',
    // It asks for synchronous = 1 by itself; the same level as ours is what is compared.
    pragma: (text: string) =>
      db.exec(text.startsWith('synchronous') ? `PRAGMA synchronous = ${level}` : `PRAGMA ${text}`),
    exec: (text: string) => db.exec(text),
    prepare: (text: string) => db.prepare(text),
    transaction: (work: Work) => Object.assign(within('BEGIN', work), { immediate: within('BEGIN IMMEDIATE', work) }),
    close: () => db.close(),
  };
}

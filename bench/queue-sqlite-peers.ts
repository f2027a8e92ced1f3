import { createRequire } from 'node:module';
import { DatabaseSync } from 'node:sqlite';
import { timed } from './bench.ts';
import { openFilled, WORK } from './queue-ours.ts';

/** The same table, indexes and row changes, by prepared statements in transactions, with no queue around them. */
export async function raw(file: string, level: number): Promise<number> {
  const store = await openFilled(`sqlite:${file}`, WORK.tasks, level);
  await store.close();
  const db = new DatabaseSync(file);
  db.exec(`PRAGMA synchronous = ${level}`);
  const lease = db.prepare(
    "UPDATE task SET state = 'leased', fence = 1, attempts = 1, machine_id = 1, leased_at = ?, lease_until = ? WHERE id = ?",
  );
  const end = db.prepare("UPDATE task SET state = 'done', result = 'null', updated_at = ? WHERE id = ?");
  const now = Date.now();
  const ms = await timed(() => {
    for (let first = 1; first <= WORK.tasks; first += WORK.batch) {
      db.exec('BEGIN IMMEDIATE');
      for (let id = first; id < first + WORK.batch; id++) lease.run(now, now + 60_000, id);
      db.exec('COMMIT; BEGIN IMMEDIATE');
      for (let id = first; id < first + WORK.batch; id++) end.run(now, id);
      db.exec('COMMIT');
    }
  });
  db.close();
  return (WORK.tasks / ms) * 1000;
}

interface PlainQueue {
  add(type: string, data: unknown): { id: number };
  getAndMarkJobAsProcessing(type: string): { id: number } | undefined;
  getJobById(id: number): { data: string } | undefined;
  markJobAsDone(id: number): void;
  close(): void;
}

/** plainjob over node:sqlite: its connection is an interface, so a thin one serves instead of better-sqlite3. */
export async function plainjob(file: string, level: number): Promise<number> {
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
  for (let n = 0; n < WORK.singles; n++) queue.add('sync', { n });
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
  if (done !== WORK.singles) throw new Error(`plainjob did only ${done} of ${WORK.singles}`);
  return (WORK.singles / ms) * 1000;
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

import { type ChildProcess, spawn } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FaultPlanInput } from '../../lab/faults.ts';
import { Migration } from '../support/migration.ts';
import { transplant } from './demo-run.ts';

/** A worker's life at the door: enrolment, facts, log lines, stops of every kind, draining and removal. */

const LEASE_MS = 3_000;

const main = join(import.meta.dirname, '..', '..', 'cli', 'transplant.js');
const faults: FaultPlanInput = {
  // More often than a client repeats by itself, so that a try ends badly and is told of.
  rules: [
    {
      organisation: 'source',
      operation: 'SyncFolderItems',
      count: 12,
      fault: { kind: 'error', code: 'ErrorInternalServerError', scope: 'call' },
    },
    { organisation: 'source', operation: 'ExportItems', fault: { kind: 'latency', ms: 400 } },
  ],
};

let folder: string;
let project: Migration;
/** Correlation ids of the requests that reached the EWS fronts. */
const asked: (string | undefined)[] = [];
const onRequest = (message: unknown) => {
  const { request } = message as { request: IncomingMessage };
  // The steps of an NTLM handshake have no content; they belong to the connection and to no click.
  if (request.headers['content-length'] === '0') return;
  if (request.url?.toLowerCase().startsWith('/ews/')) asked.push(request.headers['client-request-id']?.toString());
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'transplant-worker-'));
  writeFileSync(join(folder, 'faults.json'), JSON.stringify(faults));
  const size = { users: 5, items: 260, folders: 6, faults: join(folder, 'faults.json') };
  project = new Migration({ size, leaseMs: LEASE_MS });
  await project.prepare(1);
  subscribe('http.server.request.start', onRequest);
}, 240_000);
afterAll(async () => {
  unsubscribe('http.server.request.start', onRequest);
  await project?.close();
  rmSync(folder, { recursive: true, force: true });
});

const run = (...args: string[]) => transplant(args, { TRANSPLANT_DB: project.url, TRANSPLANT_HOME: project.home });
const machines = async () => await project.api.workers.list({ kind: 'worker' });
const worker = async (name: string) => (await machines()).find((one) => one.name === name);
const held = async (name: string): Promise<number> => {
  const machine = await worker(name);
  const rows = await project.store.db
    .selectFrom('task')
    .select('id')
    .where('state', '=', 'leased')
    .where('machine_id', '=', machine?.id ?? 0)
    .execute();
  return rows.length;
};
const itemsInTarget = (): number => {
  const db = new DatabaseSync(join(project.folder, 'lab', 'target', 'target.sqlite'), { readOnly: true });
  const row = db.prepare('SELECT COUNT(*) AS count FROM item').get();
  db.close();
  return Number(row?.count);
};
const copyOf = async () => [
  itemsInTarget(),
  await project.store.db.selectFrom('ledger').selectAll().orderBy('source_key').execute(),
  await project.store.db.selectFrom('folder').select(['id', 'sync_state', 'state']).orderBy('id').execute(),
];

/**
 * Freezes a worker that holds tasks. One that is frozen within a transaction keeps SQLite's only write lock, and everybody
 * else waits for it (docs/queue.md): such a moment is let go by.
 */
async function freeze(child: ChildProcess): Promise<boolean> {
  if ((await held('w1')) === 0) return false;
  child.kill('SIGSTOP');
  const db = new DatabaseSync(project.url.replace('sqlite:', ''));
  try {
    db.exec('PRAGMA busy_timeout = 500; BEGIN IMMEDIATE; ROLLBACK');
    if ((await held('w1')) > 0) return true;
  } catch {
    // It held the lock.
  } finally {
    db.close();
  }
  child.kill('SIGCONT');
  return false;
}

describe('enrolment', () => {
  it('shows the same fingerprint on both sides, and is approved only by the right one', async () => {
    const env = { ...process.env, TRANSPLANT_DB: project.url, TRANSPLANT_HOME: join(folder, 'elsewhere') };
    const child: ChildProcess = spawn(
      process.execPath,
      [main, 'worker', 'run', '--name', 'far', '--max-memory', '48'],
      { env },
    );
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    try {
      await expect.poll(() => said, { timeout: 20_000 }).toMatch(/approve far/);
      const shown = /fingerprint of its key:\n\s+([0-9a-f ]{60,})/.exec(said)?.[1]?.trim() ?? 'none';
      expect(await worker('far')).toMatchObject({
        state: 'waiting',
        fingerprint: shown,
        facts: { os: expect.any(String), cores: expect.any(Number) },
      });
      const wrong = await run(
        'worker',
        'approve',
        'far',
        '--fingerprint',
        shown.replace(/^./, (c) => (c === '0' ? '1' : '0')),
      );
      expect([wrong.code, (await worker('far'))?.state]).toEqual([2, 'waiting']);
      expect((await run('worker', 'approve', 'far', '--fingerprint', shown.toUpperCase())).code).toBe(0);
      await expect.poll(() => said, { timeout: 20_000 }).toContain('Approved; working.');
      const { entries } = JSON.parse((await run('audit', '--json')).stdout) as { entries: object[] };
      expect(entries[0]).toMatchObject({ action: 'worker.approve', object: 'far', after: { fingerprint: shown } });
    } finally {
      // It may have 48 MB, which is less than it has at rest: it takes nothing and says so, and stops when asked.
      const far = (await worker('far'))?.id;
      await expect
        .poll(
          () =>
            project.store.db
              .selectFrom('log_line')
              .select('text')
              .where('machine_id', '=', far ?? 0)
              .execute(),
          { timeout: 20_000 },
        )
        .toContainEqual({ text: expect.stringContaining('more memory than allowed') });
      child.kill('SIGTERM');
      const [code] = await once(child, 'exit');
      expect(code).toBe(0);
    }
  }, 240_000);
});

describe('at work', () => {
  it('tells its rate, ships what went wrong, and carries the click to Exchange', async () => {
    await project.start();
    await expect
      .poll(async () => (await worker('w1'))?.facts.itemsPerSecond ?? 0, { timeout: 60_000 })
      .toBeGreaterThan(0);
    expect((await worker('w1'))?.facts).toMatchObject({
      memoryUsed: expect.any(Number),
      diskFree: expect.any(Number),
      memoryTotal: expect.any(Number),
    });
    await expect
      .poll(
        async () => (await project.api.workers.log({ name: 'w1' })).filter(({ text }) => text === 'a task failed'),
        { timeout: 60_000 },
      )
      .not.toEqual([]);
    const [line] = (await project.api.workers.log({ name: 'w1' })).filter(({ text }) => text === 'a task failed');
    expect(line).toMatchObject({
      level: 'warn',
      correlation: 'the-test',
      fields: { error: expect.any(String), task: expect.any(Number) },
    });
    expect(asked.length).toBeGreaterThan(20);
    expect(new Set(asked)).toEqual(new Set(['the-test']));
    const logs = join(project.home, 'logs');
    const lines = readdirSync(logs)
      .flatMap((name) => readFileSync(join(logs, name), 'utf8').trim().split('\n'))
      .map((text) => JSON.parse(text) as Record<string, unknown>);
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 'warn', message: 'a task failed', correlation: 'the-test' }),
    );
    const events = await project.store.db
      .selectFrom('event')
      .select('correlation')
      .where('kind', '=', 'workload.state')
      .execute();
    expect(new Set(events.map(({ correlation }) => correlation))).toEqual(new Set(['the-test']));
  }, 240_000);

  it('SIGTERM: hands back what it holds, without counting the try, and ends well', async () => {
    await expect.poll(() => held('w1'), { timeout: 30_000 }).toBeGreaterThan(0);
    expect(await project.end('w1')).toBe(0);
    expect(await held('w1')).toBe(0);
    const released = await project.store.db
      .selectFrom('task_attempt')
      .select('message')
      .where('outcome', '=', 'released')
      .execute();
    expect(released.map(({ message }) => message)).toContainEqual(expect.stringContaining('the worker stopped'));
  }, 240_000);

  it('SIGSTOP past its lease: another one goes on, and the one that wakes writes and sends nothing', async () => {
    const frozen = await project.startWorker('w1');
    await expect.poll(() => freeze(frozen), { timeout: 30_000, interval: 20 }).toBe(true);
    await project.startWorker('w2');
    await project.until(() => project.inSync());
    const before = await copyOf();
    const requests = asked.length;
    frozen.kill('SIGCONT');
    // It has seen that its lease is over once it is heard of again.
    const seen = (await worker('w1'))?.lastSeen ?? 0;
    await expect.poll(async () => (await worker('w1'))?.lastSeen ?? 0, { timeout: 20_000 }).toBeGreaterThan(seen);
    await sleep(500);
    expect(await copyOf()).toEqual(before);
    // What it had given to the network before it was frozen may still arrive: one call a task.
    expect(asked.length - requests).toBeLessThanOrEqual(4);
    expect(await project.verdict()).toMatchObject({ verified: true, items: { missing: 0, extra: 0 } });
  }, 240_000);
});

describe('draining and removal', () => {
  it('a drained worker takes nothing new and works again when told so', async () => {
    expect((await run('worker', 'drain', 'w1', '--json')).code).toBe(0);
    expect(await worker('w1')).toMatchObject({ state: 'draining' });
    const lines = JSON.parse((await run('worker', 'list', '--json')).stdout) as object[];
    expect(lines).toContainEqual(
      expect.objectContaining({
        name: 'w1',
        state: 'draining',
        away: expect.any(Boolean),
        version: expect.any(String),
      }),
    );
    const { verified } = await project.verdict();
    expect(verified).toBe(true);
    expect(await held('w1')).toBe(0);
    expect((await run('worker', 'drain', 'w1', '--undo')).code).toBe(0);
    expect(await worker('w1')).toMatchObject({ state: 'approved' });
  }, 240_000);

  it('a removed worker ends with a text, and passwords are sealed under a key it never had', async () => {
    const versions = async () =>
      new Set(
        (await project.store.db.selectFrom('secret').select('key_version').execute()).map((row) => row.key_version),
      );
    const [old] = await versions();
    const exit = project.exited('w2');
    expect((await run('worker', 'remove', 'w2', '--json')).code).toBe(0);
    expect(await versions()).toEqual(new Set([(old ?? 0) + 1]));
    expect(await exit).toBe(3);
    expect(project.said).toMatch(/somebody removed it/);
    expect((await run('worker', 'remove', 'w2')).code).toBe(2);
    // Those that remain were given the new key: the next comparison signs in with it.
    expect((await project.verdict()).verified).toBe(true);
    expect((await run('audit', '--verify')).code).toBe(0);
  }, 240_000);
});

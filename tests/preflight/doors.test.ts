import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { appRouter } from '../../core/api/router.ts';
import { createCallerFactory } from '../../core/api/trpc.ts';
import type { CheckResult } from '../../core/domain/checks.ts';
import { blockersOf } from '../../core/preflight/gate.ts';
import { askWorker, runPreflightTask } from '../../core/preflight/task.ts';
import { createBatch } from '../../core/store/batches.ts';
import {
  checkHistory,
  checkResults,
  finishCheckRun,
  latestCheckResults,
  saveCheckResults,
  startCheckRun,
} from '../../core/store/checks.ts';
import { addForest } from '../../core/store/forests.ts';
import { newMachineKey } from '../../core/store/machine-key.ts';
import { enrolMachine, type Machine } from '../../core/store/machines.ts';
import { openStore } from '../../core/store/open.ts';
import { claim, FencedError } from '../../core/store/queue.ts';
import type { Store } from '../../core/store/store.ts';
import { testDatabase, testDialects } from '../support/stores.ts';

const failedCheck = (more: Partial<CheckResult> = {}): CheckResult => ({
  id: 'tls.version',
  group: 'tls',
  title: 'TLS 1.2 or 1.3 is spoken',
  object: 'EWS mail.example:443',
  requirement: { text: 'TLS 1.2', source: 'the document' },
  how: '',
  blocks: true,
  machine: 'here',
  finding: { outcome: 'failed', evidence: ['TLS 1.0 alone'], remedy: { text: 'Turn it on' } },
  tookMs: 12,
  ...more,
});

describe.each(testDialects)('results in the store (%s)', (dialect) => {
  let store: Store;
  beforeEach(async () => {
    store = await openStore(await testDatabase(dialect));
  });
  afterEach(() => store.close());

  async function record(...results: CheckResult[]): Promise<number> {
    const runId = await startCheckRun(store, {
      startedBy: 'ann',
      machine: 'here',
      scope: { forests: [], groups: [], checks: [] },
    });
    await saveCheckResults(store, runId, results);
    await finishCheckRun(store, runId);
    return runId;
  }
  const caller = () =>
    createCallerFactory(appRouter)({
      store,
      actor: { user: 'ann', host: 'console1' },
      correlation: 'c1',
      keyring: () => Promise.reject(new Error('no keyring')),
    });

  it('are kept with their history; how things stand is the newest of each', async () => {
    await record(failedCheck());
    await record(
      failedCheck({ finding: { outcome: 'passed', evidence: ['TLS 1.2'] } }),
      failedCheck({ object: 'LDAP dc1:636' }),
    );
    const now = await latestCheckResults(store);
    expect(now.map(({ object, finding }) => `${object} ${finding.outcome}`).sort()).toEqual([
      'EWS mail.example:443 passed',
      'LDAP dc1:636 failed',
    ]);
    const history = await checkHistory(store, { id: 'tls.version', object: 'EWS mail.example:443', machine: 'here' });
    expect(history.map(({ finding }) => finding.outcome)).toEqual(['passed', 'failed']);
  });

  it('an override stays while the check ends as it did, and is gone once it passed; name and reason are in the audit log', async () => {
    await record(failedCheck());
    const [first] = await latestCheckResults(store);
    const api = caller();
    await expect(api.preflight.override({ resultId: first?.resultId ?? 0, reason: 'no' })).rejects.toThrow();
    await api.preflight.override({ resultId: first?.resultId ?? 0, reason: 'The server is replaced on Friday' });
    const audit = await store.db.selectFrom('audit').selectAll().execute();
    expect(audit).toHaveLength(1);
    expect(audit[0]).toMatchObject({ who: 'ann', host: 'console1', action: 'preflight.override' });
    expect(audit[0]?.after_value).toContain('The server is replaced on Friday');
    await record(failedCheck());
    expect((await latestCheckResults(store))[0]?.override).toEqual({
      by: 'ann',
      reason: 'The server is replaced on Friday',
    });
    await record(failedCheck({ finding: { outcome: 'passed', evidence: [] } }));
    await record(failedCheck());
    expect((await latestCheckResults(store))[0]?.override).toBeUndefined();
    await expect(api.preflight.override({ resultId: 9999, reason: 'Something long enough' })).rejects.toThrow();
  });

  it('a failed check that a batch needs keeps it from starting, until it passes or somebody takes it on himself', async () => {
    const batch = await createBatch(store, { name: 'Wave 1', workloads: [] });
    await record(
      failedCheck(),
      failedCheck({ id: 'host.cores', group: 'host', blocks: false }),
      failedCheck({ id: 'batch.matched', group: 'batch', object: 'batch Wave 2' }),
    );
    expect((await blockersOf(store, 'Wave 1')).map(({ id }) => id)).toEqual(['tls.version']);
    expect((await blockersOf(store, 'Wave 2')).map(({ id }) => id).sort()).toEqual(['batch.matched', 'tls.version']);
    const api = caller();
    await expect(api.batches.act({ batch: batch.name, action: 'start' })).rejects.toThrow(/checks? that it needs/);
    const [blocker] = await blockersOf(store, 'Wave 1');
    await api.preflight.override({ resultId: blocker?.resultId ?? 0, reason: 'Agreed with the customer' });
    await expect(api.batches.act({ batch: batch.name, action: 'start' })).resolves.toMatchObject({ batch: 'Wave 1' });
  });

  it('one check is run again by its result, from the same machine', async () => {
    const api = caller();
    const first = await api.preflight.run({ groups: ['host'] });
    const [disk] = (await checkResults(store, first.runId)).filter(({ id }) => id === 'host.disk');
    const again = await api.preflight.again({ resultId: disk?.resultId ?? 0 });
    expect((await checkResults(store, again.runId)).map(({ id }) => id)).toEqual(['host.disk']);
    await record(failedCheck({ machine: 'EX1' }));
    const [elsewhere] = (await latestCheckResults(store)).filter(({ machine }) => machine === 'EX1');
    await expect(api.preflight.again({ resultId: elsewhere?.resultId ?? 0 })).rejects.toThrow(/neither this one/);
  });

  describe('from a worker', () => {
    let workers: Machine[];
    beforeEach(async () => {
      workers = [];
      for (const name of ['worker1', 'worker2']) {
        const { key } = newMachineKey();
        workers.push(
          await enrolMachine(store, { name, kind: 'worker', publicKey: key.publicKeyPem, version: '0.1.0', facts: {} }),
        );
      }
      await store.db.updateTable('machine').set({ state: 'approved' }).execute();
    });
    const login = async () => undefined;
    const scope = { forests: [], groups: ['host' as const], checks: ['host.memory'] };

    it('the task goes to that worker alone, and its results come under its name, once', async () => {
      const [one, two] = workers;
      if (!one || !two) throw new Error('two workers');
      const runId = await askWorker(store, two, { startedBy: 'ann', scope });
      expect(await claim(store, { machineId: one.id, max: 10, leaseMs: 60_000 })).toEqual([]);
      const [task] = await claim(store, { machineId: two.id, max: 10, leaseMs: 60_000 });
      if (!task) throw new Error('no task');
      const context = { store, claim: task, login, dataFolder: tmpdir() };
      expect((await runPreflightTask(context)).runId).toBe(runId);
      // A worker that was cut off after writing does not write twice.
      await runPreflightTask(context);
      const results = await checkResults(store, runId);
      expect(results.map(({ id, machine }) => `${id} ${machine}`)).toEqual(['host.memory worker2']);
      expect(results[0]?.requirement.text).toContain('6.0 GB');
    });

    it('a worker that lost its lease writes nothing', async () => {
      const [one] = workers;
      if (!one) throw new Error('a worker');
      const runId = await askWorker(store, one, { startedBy: 'ann', scope });
      const [task] = await claim(store, { machineId: one.id, max: 1, leaseMs: 60_000 });
      if (!task) throw new Error('no task');
      await store.db
        .updateTable('task')
        .set({ fence: task.fence + 1 })
        .execute();
      await expect(runPreflightTask({ store, claim: task, login, dataFolder: tmpdir() })).rejects.toThrow(FencedError);
      expect(await checkResults(store, runId)).toEqual([]);
    });
  });
});

describe('on the command line', () => {
  const dir = mkdtempSync(join(tmpdir(), 'transplant-cli-'));
  const db = `sqlite:${join(dir, 'a.db')}`;
  let smtp: Server;
  let port = 0;

  beforeAll(async () => {
    smtp = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.write('220 mail.example ESMTP\r\n');
    });
    await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', resolve));
    const address = smtp.address();
    port = typeof address === 'object' && address ? address.port : 0;
    const store = await openStore(db, { create: true });
    await addForest(store, {
      name: 'source',
      role: 'source',
      config: { ldapUrl: 'ldaps://127.0.0.1:1', pins: [], smtpDomains: [] },
    });
    await addForest(store, {
      name: 'target',
      role: 'target',
      config: {
        smtp: { host: '127.0.0.1', port },
        ewsUrl: 'https://127.0.0.2/EWS/Exchange.asmx',
        pins: [],
        smtpDomains: [],
      },
    });
    await store.close();
  });
  afterAll(() => {
    smtp.close();
    rmSync(dir, { recursive: true, force: true });
  });

  function transplant(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
    const program = fileURLToPath(new URL('../../cli/transplant.js', import.meta.url));
    const child = spawn(process.execPath, [program, 'preflight', ...args, '--db', db], {
      env: { ...process.env, TRANSPLANT_HOME: join(dir, 'home') },
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (text) => {
      out += text;
    });
    child.stderr.on('data', (text) => {
      err += text;
    });
    return new Promise((resolve) => child.once('close', (code) => resolve({ code, out, err })));
  }

  it('run ends with 0 when all is well, with 1 when something failed, with 2 for a wrong call', async () => {
    const fine = await transplant('run', '--group', 'sql', '--json');
    expect(fine.code, fine.err).toBe(0);
    expect(JSON.parse(fine.out)).toMatchObject({ counts: { passed: 1, failed: 0 }, results: [{ id: 'sql.embedded' }] });
    const bad = await transplant('run', '--group', 'tls', '--forest', 'source', '--limit', '2');
    expect(bad.code).toBe(1);
    expect(bad.out).toContain('cannot be reached');
    expect(bad.out).toContain('remedy:');
    for (const wrong of [
      ['run', '--group', 'nonsense'],
      ['run', '--forest', 'nobody'],
      ['run', '--limit', 'soon'],
      ['show', '--run', '12345'],
      ['override', '1'],
      ['run', '--from', 'no-worker'],
    ]) {
      const { code, err } = await transplant(...wrong);
      expect(code, wrong.join(' ')).toBe(2);
      expect(err.split('\n').length).toBeGreaterThanOrEqual(3);
    }
  });

  it('ports: the matrix, a script for other machines, the import of its result, the report', async () => {
    const hosts = ['--host', 'sourceExchange=127.0.0.3', '--host', 'sourceDns=127.0.0.1'];
    const csv = join(dir, 'ports.csv');
    const first = await transplant(
      'ports',
      ...hosts,
      '--limit',
      '2',
      '--csv',
      csv,
      '--script',
      join(dir, 'scripts'),
      '--json',
    );
    expect(first.code, first.err).toBe(1);
    const matrix = JSON.parse(first.out) as { rows: { row: number; state: string }[] };
    expect(matrix.rows).toHaveLength(90);
    const state = (number: number, rows = matrix.rows) => rows.find(({ row }) => row === number)?.state;
    expect(state(2)).toBe('passed');
    expect(state(101)).toBe('failed');
    expect(state(3)).toBe('elsewhere');
    expect(readFileSync(csv, 'utf8').split('\r\n').length).toBe(92);
    const scripts = readdirSync(join(dir, 'scripts'));
    expect(scripts).toContain('transplant-ports-sourceExchange.ps1');
    const result = join(dir, 'result.csv');
    const greeting = Buffer.from('220 x ESMTP\r\n').toString('hex');
    writeFileSync(
      result,
      `\ufeff"machine","row","from","to","host","protocol","port","portTo","decides","state","answer","detail","ms","at"\r\n"EX1","3","sourceExchange","targetExchange","127.0.0.2","tcp","25","","1","answered","${greeting}","","5","2026-11-22T10:00:00Z"\r\n`,
    );
    const read = await transplant('ports', '--import', result, '--json');
    expect(read.code, read.err).toBe(1);
    expect(state(3, (JSON.parse(read.out) as typeof matrix).rows)).toBe('passed');
    expect((await transplant('ports', '--import', join(dir, 'nothing.csv'))).code).toBe(2);
    const report = await transplant('report', '--out', join(dir, 'report'), '--json');
    const files = JSON.parse(report.out) as Record<string, string>;
    expect(readFileSync(files.html ?? '', 'utf8')).toContain('what must be open, from where, to where, and why');
    expect(readFileSync(files.csv ?? '', 'utf8')).toContain('EX1');
    expect((await transplant('runs')).out).toContain('EX1');
  });
});

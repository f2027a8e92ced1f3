import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { FaultPlanInput } from '../../lab/faults.ts';
import { emptyDatabase, testDialects } from '../support/stores.ts';
import { copied, DemoRun, workerPids } from './demo-run.ts';

const SMALL = ['--users', '6', '--items', '400', '--folders', '30'];
const LONG = 300_000;

let run: DemoRun | undefined;
const scratch: string[] = [];
afterEach(async () => {
  await run?.clean();
  run = undefined;
  for (const folder of scratch.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function demo(faults?: FaultPlanInput, database?: string): DemoRun {
  const made = new DemoRun(faults ? [...SMALL, '--faults', faultsFile(faults)] : SMALL, database);
  run = made;
  return made;
}

function faultsFile(plan: FaultPlanInput): string {
  const folder = mkdtempSync(join(tmpdir(), 'transplant-faults-'));
  scratch.push(folder);
  const file = join(folder, 'faults.json');
  writeFileSync(file, JSON.stringify(plan));
  return file;
}

describe.each(testDialects)('the demo on %s', (dialect) => {
  const database = () => (dialect === 'mssql' ? emptyDatabase(dialect) : undefined);

  it('ends verified, counts every item once, and writes its document', { timeout: LONG }, async () => {
    const { code, result, stdout, stderr } = await demo(undefined, await database()).end();
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('verified: true');
    expect(result).toMatchObject({
      verified: true,
      workers: 2,
      items: { different: 0, missing: 0, extra: 0, bad: 0 },
      findings: [],
    });
    expect(result?.items.verified).toBe(result?.items.source);
    expect(result?.items.source).toBeGreaterThanOrEqual(250);
    expect(result?.mailboxes.verified).toBe(result?.mailboxes.planned);
    expect(result?.publicFolders.verified).toBe(result?.publicFolders.planned);
  });

  it('survives kill -9 of its workers in the middle, with no item twice', { timeout: LONG }, async () => {
    const it = demo(undefined, await database());
    let killed = 0;
    for (const after of [20, 150]) {
      await it.look(async (store) => (await copied(store)) > after);
      await it.look(async (store) => {
        const [pid] = await workerPids(store);
        if (pid === undefined) return false;
        process.kill(pid, 'SIGKILL');
        killed++;
        return true;
      });
    }
    const { code, result, stderr } = await it.end();
    expect(killed).toBe(2);
    expect(stderr).toContain('is started again');
    expect(code, stderr).toBe(0);
    expect(result).toMatchObject({ verified: true, items: { missing: 0, extra: 0, different: 0, bad: 0 } });
  });
});

describe('the demo', () => {
  it('ends verified on servers that are busy, drop connections and cut answers off', { timeout: LONG }, async () => {
    const { code, result, stderr } = await demo({
      seed: 7,
      rules: [
        { probability: 0.03, fault: { kind: 'busy', backOffMs: 200, form: 'http500' } },
        { probability: 0.03, fault: { kind: 'busy', backOffMs: 200, form: 'http200' } },
        { probability: 0.02, fault: { kind: 'unavailable' } },
        { probability: 0.02, count: 20, fault: { kind: 'unauthorized' } },
        { probability: 0.02, fault: { kind: 'drop', when: 'before' } },
        { probability: 0.02, fault: { kind: 'drop', when: 'after' } },
        { probability: 0.02, fault: { kind: 'drop', when: 'middle' } },
        { probability: 0.02, fault: { kind: 'truncate' } },
        { operation: 'ExportItems', probability: 0.05, fault: { kind: 'short', form: 'text' } },
        { operation: 'ExportItems', probability: 0.05, fault: { kind: 'short', form: 'bytes' } },
        { operation: 'SyncFolderItems', probability: 0.05, count: 5, fault: { kind: 'staleSyncState' } },
      ],
    }).end();
    expect(code, stderr).toBe(0);
    expect(result).toMatchObject({ verified: true, items: { missing: 0, extra: 0, different: 0, bad: 0 } });
  });

  it('names exactly the one item that is corrupt, by folder and id, and ends with status 1', {
    timeout: LONG,
  }, async () => {
    const { code, result, stdout, stderr } = await demo({
      rules: [{ organisation: 'source', itemClass: 'IPM.Note', skip: 40, count: 1, fault: { kind: 'corruptItem' } }],
    }).end();
    expect(code, stderr).toBe(1);
    expect(result?.verified).toBe(false);
    expect(result?.items).toMatchObject({ bad: 1, missing: 0, extra: 0, different: 0 });
    expect(result?.items.verified).toBe((result?.items.source ?? 0) - 1);
    const bad = result?.findings.filter((line) => line.startsWith('bad:')) ?? [];
    expect(bad).toHaveLength(1);
    expect(bad[0]).toMatch(/folder \/.*item \S{8,}/);
    expect(stdout).toContain(bad[0]);
  });
});

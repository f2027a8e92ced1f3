import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ended, transplant } from './demo-run.ts';

/** Calls that are wrong, and files that cannot be written: the status of the contract, and a message with a next step. */

let folder: string;
let database: string;
/** A path no folder can be made at, on any system and for any user: it leads through a file. */
let nowhere: string;

const run = (...args: string[]): Promise<Ended> =>
  transplant(args, { TRANSPLANT_DB: database, TRANSPLANT_HOME: join(folder, 'home') });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'transplant-calls-'));
  database = `sqlite:${join(folder, 'p.db')}`;
  writeFileSync(join(folder, 'file'), '');
  nowhere = join(folder, 'file', 'below');
  expect((await run('db', 'create')).code).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a wrong call', () => {
  it.each([
    ['an unknown command', ['nonsense']],
    ['an unknown option', ['status', '--bogus']],
    ['a missing option', ['forest', 'add', 'a']],
  ])('%s ends with 2, and with --json as one document', async (_what, args) => {
    const plain = await run(...args);
    expect([plain.code, plain.stdout]).toEqual([2, '']);
    const asJson = await run(...args, '--json');
    expect(asJson.code).toBe(2);
    expect(JSON.parse(asJson.stdout)).toMatchObject({ error: { name: 'UsageError', happened: expect.any(String) } });
  });

  it.each([
    ['--users', 'x'],
    ['--items', '-5'],
    ['--corpus', '/no/such/folder'],
    ['--faults', '/no/such/file'],
  ])('of the demo: %s %s ends with 2 in the words of the lab', async (option, value) => {
    const end = await run('demo', option, value, '--report', join(folder, 'report'));
    expect(end.code, end.stderr).toBe(2);
    expect(end.stderr).toContain(value);
    expect(end.stderr).not.toMatch(/defect|ended by itself/);
  });
});

describe('a place that cannot be written', () => {
  it.each([
    ['the audit', () => ['audit', '--out', nowhere]],
    ['the port matrix', () => ['preflight', 'ports', '--csv', nowhere]],
    ['the matches', () => ['match', 'export', nowhere]],
    ['a lab', () => ['lab', 'start', '--dir', nowhere]],
    [
      'the ready file',
      () => ['lab', 'start', '--dir', join(folder, 'l'), '--users', '1', '--items', '0', '--ready-file', nowhere],
    ],
  ])('for %s: one message, status 3, nothing left', async (_what, args) => {
    const before = readdirSync(folder).filter((name) => name !== 'l');
    const end = await run(...args());
    expect(end.code, end.stderr).toBe(3);
    expect(end.stderr).toMatch(/^Could not /m);
    expect(end.stderr).not.toMatch(/defect|^\s+at /m);
    expect(readdirSync(folder).filter((name) => name !== 'l')).toEqual(before);
  });
});

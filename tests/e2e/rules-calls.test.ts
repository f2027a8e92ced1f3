import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ldif, mailbox } from '../directory/ldif-project.ts';
import { type Ended, transplant } from './demo-run.ts';

/** Rules, flow and scripts by the command line: what stands on stdout, and the exit status. */

let folder: string;
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const run = (...args: string[]): Promise<Ended> =>
  transplant(args, { TRANSPLANT_DB: `sqlite:${join(folder, 'p.db')}`, TRANSPLANT_HOME: join(folder, 'home') });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'transplant-rules-'));
  const source = file('s.ldif', ldif([mailbox('Anna Berg', 'source', { extensionAttribute3: 'HR 00815' })]));
  const target = file('t.ldif', ldif([mailbox('Astrid Lund', 'target', { employeeNumber: '815' })]));
  await run('db', 'create');
  await run('forest', 'add', 'source', '--role', 'source', '--ldif', source, '--smtp-domain', 'source.example');
  await run('forest', 'add', 'target', '--role', 'target', '--ldif', target, '--smtp-domain', 'target.example');
  for (const name of ['source', 'target']) expect((await run('discover', name)).code).toBe(0);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('a file of rules that is wrong ends with 2 and its line; a right one is in force', { timeout: 60_000 }, async () => {
  const wrong = file('wrong.yaml', 'joins:\n  - name: hr\n    source: idd(employeeID)\n');
  const refused = await run('match', 'run', '--rules', wrong);
  expect([refused.code, refused.stdout]).toEqual([2, '']);
  expect(refused.stderr).toMatch(/line 3, column 13, rule hr.*there is no function "idd"/);
  const right = file(
    'right.yaml',
    'joins: [{ name: hr, source: id(digits(extensionAttribute3)), target: employeeNumber, certain: true }]\n',
  );
  const made = await run('match', 'run', '--rules', right, '--json');
  expect([made.code, JSON.parse(made.stdout)]).toMatchObject([0, { counts: { matched: 1 } }]);
});

it('a plan as a script is that and nothing else on stdout', { timeout: 60_000 }, async () => {
  expect((await run('prepare', 'plan')).code).toBe(0);
  const script = await run('prepare', 'show', '--format', 'ldif');
  expect([script.code, script.stderr]).toEqual([0, '']);
  expect(script.stdout).toMatch(/^# is CN=Anna Berg.*\ndn: CN=Astrid Lund,.*\nchangetype: modify\n/);
  expect((await run('prepare', 'show', '--format', 'csv')).code).toBe(2);
});

import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ended, transplant } from './demo-run.ts';

/** The commands that set a project up, as scripts see them: keys of the documents, exit status, and nothing secret. */

const PASSWORD = 'a-password-nobody-sees-91';
const PIN = 'ab'.repeat(32);

let folder: string;
let file: string;
let count = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'transplant-doors-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A new project for a test. */
function project(): void {
  file = join(folder, `${++count}.db`);
}

const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}, input = ''): Promise<Ended> =>
  transplant(
    args,
    {
      TRANSPLANT_DB: `sqlite:${file}`,
      TRANSPLANT_HOME: join(folder, `home ${count}`),
      ...env,
    },
    input,
  );

/** Runs with --json: the status as expected, one document on stdout, no password anywhere. */
async function json(code: number, args: readonly string[], env: NodeJS.ProcessEnv = {}, input = ''): Promise<unknown> {
  const end = await run([...args, '--json'], env, input);
  expect(end.code, end.stdout + end.stderr).toBe(code);
  expect(end.stdout + end.stderr).not.toContain(PASSWORD);
  return JSON.parse(end.stdout);
}

const refused = (name: string, next: RegExp) => ({
  error: { name, tried: expect.any(String), happened: expect.any(String), next: expect.stringMatching(next) },
});

function change(statement: string, ...values: (string | number | Uint8Array)[]): void {
  const db = new DatabaseSync(file);
  const { changes } = db.prepare(statement).run(...values);
  db.close();
  expect(Number(changes)).toBeGreaterThan(0);
}

const forest = [
  'forest',
  'add',
  'alt',
  '--role',
  'source',
  '--ldap',
  'ldaps://127.0.0.1:1',
  '--smtp-domain',
  'alt.test',
];
const account = ['account', 'set', 'alt', 'exchange', '--user', 'svc@alt.test', '--no-check'];

describe('db', () => {
  it('create, upgrade and status say what the database is; create is safe to repeat', async () => {
    project();
    const made = await json(0, ['db', 'create']);
    expect(made).toMatchObject({
      schema: 'current',
      appliedNow: [1],
      server: 'embedded',
      caseSensitive: true,
      rights: [],
    });
    expect(made).toMatchObject({ url: `sqlite:${file}`, version: expect.any(String), collation: 'BINARY' });
    expect(await json(0, ['db', 'create'])).toMatchObject({ appliedNow: [] });
    expect(await json(0, ['db', 'upgrade'])).toMatchObject({ appliedNow: [], schema: 'current' });
    expect(await json(0, ['db', 'status'])).toMatchObject({ schema: 'current' });
  });

  it('status of a database that is not there ends with 3, of a file that is none as well, and neither is touched', async () => {
    project();
    expect(await json(3, ['db', 'status'])).toMatchObject(refused('StoreMissingError', /db create/));
    writeFileSync(file, 'my letters to nobody');
    expect(await json(3, ['db', 'status'])).toMatchObject(refused('NotADatabaseError', /./));
    expect(readFileSync(file, 'utf8')).toBe('my letters to nobody');
  });

  it('a migration that is not the one that was applied is found and named', async () => {
    project();
    await json(0, ['db', 'create']);
    change("UPDATE schema_migration SET checksum = 'f00' WHERE number = 1");
    expect(await json(1, ['db', 'status'])).toMatchObject({ schema: 'changed' });
    const end = await json(3, ['forest', 'list']);
    expect(end).toMatchObject(refused('MigrationChangedError', /./));
    expect(JSON.stringify(end)).toContain('0001_initial.sql');
  });

  it('a setup account needs its password by stdin or environment, and SQL Server', async () => {
    project();
    const create = ['db', 'create', '--setup-user', 'sa'];
    expect(await json(2, create)).toMatchObject(refused('UsageError', /--password-stdin/));
    expect(await json(2, [...create, '--password-env', 'UNSET_VARIABLE'])).toMatchObject(
      refused('UsageError', /Set it/),
    );
    const far = { TRANSPLANT_DB: 'mssql://app:x@127.0.0.1:1/x' };
    const gone = await json(3, [...create, '--password-stdin'], far, PASSWORD);
    expect(gone).toMatchObject(refused('StoreUnavailableError', /server/));
  });
});

describe('forest', () => {
  it('add, show, list and change give the same document; what is not named stays', async () => {
    project();
    const added = await json(0, [...forest, '--pin', PIN]);
    const keys = {
      name: 'alt',
      role: 'source',
      ldapUrl: 'ldaps://127.0.0.1:1',
      pins: [PIN],
      smtpDomains: ['alt.test'],
    };
    expect(added).toMatchObject({ ...keys, authorities: 0, accounts: [], createdAt: expect.stringMatching(/Z$/) });
    expect(await json(0, ['forest', 'show', 'ALT'])).toEqual(added);
    expect(await json(0, ['forest', 'list'])).toEqual({ forests: [added] });
    const ews = 'https://mail.alt.test/EWS/Exchange.asmx';
    expect(await json(0, ['forest', 'change', 'alt', '--ews', ews])).toMatchObject({ ...keys, ewsUrl: ews });
    expect(await json(0, ['forest', 'change', 'alt', '--drop-pins'])).toMatchObject({ pins: [] });
  });

  it.each([
    ['a role that does not exist', ['forest', 'add', 'x', '--role', 'middle']],
    ['EWS without TLS', ['forest', 'add', 'x', '--role', 'source', '--ews', 'http://mail/EWS/Exchange.asmx']],
    ['a fingerprint that is none', ['forest', 'add', 'x', '--role', 'source', '--pin', 'abc']],
    ['a file of authorities that is not there', ['forest', 'add', 'x', '--role', 'source', '--ca', '/no/such.pem']],
    ['a forest of that name', forest],
    ['one that is not there', ['forest', 'show', 'nobody']],
  ])('%s ends with 2', async (_what, args) => {
    expect(await json(2, args)).toMatchObject(refused('UsageError', /./));
  });
});

describe('account', () => {
  it('takes a password by stdin or environment and stores it sealed; the key is for this user alone', async () => {
    project();
    await json(0, forest);
    expect(await json(2, account)).toMatchObject(refused('UsageError', /--password-stdin/));
    expect(await json(2, [...account, '--password-stdin'])).toMatchObject(refused('UsageError', /Pipe/));
    expect((await run([...account, '--password', PASSWORD])).code).toBe(2);
    const stored = { forest: 'alt', purpose: 'exchange', user: 'svc@alt.test', servers: [] };
    expect(await json(0, [...account, '--password-stdin'], {}, `${PASSWORD}\n`)).toEqual(stored);
    expect(await json(0, [...account, '--password-env', 'PW'], { PW: PASSWORD })).toEqual(stored);
    expect(await json(2, ['account', 'set', 'alt', 'nonsense', '--user', 'u'])).toMatchObject(
      refused('UsageError', /smtp/),
    );
    for (const name of [file, `${file}-wal`]) {
      if (statSync(name, { throwIfNoEntry: false })) expect(readFileSync(name).includes(PASSWORD)).toBe(false);
    }
    const keys = join(folder, `home ${count}`, 'keys');
    expect(readdirSync(keys)).toEqual(['console.pem']);
    expect(statSync(join(keys, 'console.pem')).mode & 0o777).toBe(0o600);
  });

  it('a row of a secret that somebody changed, or put in the place of another, is refused and named', async () => {
    project();
    await json(0, forest);
    await json(0, [...account, '--password-env', 'PW'], { PW: PASSWORD });
    change('UPDATE secret SET ciphertext = ? WHERE id = 1', Buffer.alloc(64, 7));
    const end = await json(3, ['discover', 'alt']);
    expect(end).toMatchObject(refused('SecretAlteredError', /account set/));
    expect(JSON.stringify(end)).toMatch(/secret 1\b/);
    await json(0, [...account, '--password-env', 'PW'], { PW: PASSWORD });
    // A purpose is part of what a row is bound to: the password of one account opens as none of another.
    change("UPDATE secret SET purpose = 'directory' WHERE id = 1");
    change("UPDATE account SET purpose = 'directory' WHERE id = 1");
    expect(await json(3, ['discover', 'alt'])).toMatchObject(refused('SecretAlteredError', /account set/));
  });

  it('a lost key is told with the way out: start over, enter passwords and approve again, and nothing worse', async () => {
    project();
    await json(0, forest);
    await json(0, [...account, '--password-env', 'PW'], { PW: PASSWORD });
    rmSync(join(folder, `home ${count}`, 'keys'), { recursive: true });
    const lost = await json(3, [...account, '--password-env', 'PW'], { PW: PASSWORD });
    expect(lost).toMatchObject(refused('ConsoleKeyLostError', /account new-key --yes/));
    expect(await json(2, ['account', 'new-key'])).toMatchObject(refused('UsageError', /--yes/));
    const fresh = { waiting: [], accounts: [{ forest: 'alt', purpose: 'exchange', user: 'svc@alt.test' }] };
    expect(await json(0, ['account', 'new-key', '--yes'])).toEqual(fresh);
    expect(await json(3, ['discover', 'alt'])).toMatchObject(refused('KeyLostError', /account set/));
    await json(0, [...account, '--password-env', 'PW'], { PW: PASSWORD });
    expect(await json(0, ['audit', '--verify'])).toMatchObject({ findings: [] });
  });
});

describe('audit', () => {
  let made: string;
  beforeAll(async () => {
    project();
    made = file;
    await json(0, forest);
    await json(0, [...account, '--password-env', 'PW'], { PW: PASSWORD });
    await json(0, ['forest', 'change', 'alt', '--gc', 'ldaps://127.0.0.1:2']);
  });
  /** A copy that a test may spoil. */
  const make = () => {
    project();
    copyFileSync(made, file);
  };

  it('tells who did what with before and after, and exports all of it without a password', async () => {
    make();
    const { entries } = (await json(0, ['audit'])) as { entries: Record<string, unknown>[] };
    expect(entries.map(({ action }) => action)).toEqual(['forest.change', 'account.set', 'forest.add']);
    expect(entries[0]).toMatchObject({
      id: 3,
      who: expect.any(String),
      host: expect.any(String),
      object: 'alt',
      after: expect.objectContaining({ gcUrl: 'ldaps://127.0.0.1:2' }),
      correlation: expect.any(String),
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      at: expect.stringMatching(/Z$/),
    });
    const out = join(folder, 'audit.jsonl');
    expect(await json(0, ['audit', '--out', out])).toEqual({ written: { file: out, entries: 3 } });
    const lines = readFileSync(out, 'utf8').trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { id: number }).id)).toEqual([1, 2, 3]);
    expect(lines.join()).not.toContain(PASSWORD);
    const head = { id: 3, hash: entries[0]?.hash };
    expect(await json(0, ['audit', '--verify'])).toEqual({ entries: 3, findings: [], head });
  });

  it.each([
    ['changed', "UPDATE audit SET who = 'nobody' WHERE id = 2", [{ id: 2, problem: 'changed' }]],
    ['removed', 'DELETE FROM audit WHERE id = 2', [{ id: 2, problem: 'removed' }]],
    ['removed at the end', 'DELETE FROM audit WHERE id = 3', [{ id: 3, problem: 'removed' }]],
    [
      'inserted',
      `INSERT INTO audit (id, at, who, host, action, object, previous_hash, hash)
         SELECT 4, at, who, host, action, object, hash, hash FROM audit WHERE id = 3`,
      [{ id: 4, problem: 'inserted' }],
    ],
  ])('an entry that was %s is found and named, with status 1', async (_what, statement, findings) => {
    make();
    change(statement);
    expect(await json(1, ['audit', '--verify'])).toMatchObject({ findings });
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readySchema } from '../../cli/demo/processes.ts';
import { type Lab, startLab } from '../../lab/start.ts';
import { describeWith } from '../support/parts.ts';
import { type Ended, transplant } from './demo-run.ts';

/** What goes wrong on the first day. Each trouble is told in one message with its next step, and leaves nothing behind. */

const PASSWORD = 'not-the-right-one-8731';
const root = join(import.meta.dirname, '..', '..');

let folder: string;
let lab: Lab;
let source: Lab['organisations'][number];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'transplant-trouble-'));
  lab = await startLab({ dir: join(folder, 'lab'), users: 3, items: 20, folders: 4 });
  const { organisations } = readySchema.parse({ organisations: lab.organisations });
  const found = lab.organisations.find((one) => one.name === organisations[0]?.name);
  if (!found) throw new Error('the lab has no source');
  source = found;
});
afterAll(async () => {
  await lab?.close();
  rmSync(folder, { recursive: true, force: true });
});

let database: string;
let count = 0;
beforeEach(() => {
  database = join(folder, `p${++count}.db`);
});

const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
  transplant(args, {
    TRANSPLANT_DB: `sqlite:${database}`,
    TRANSPLANT_HOME: join(folder, 'home', String(count)),
    ...env,
  });

const good = (end: Ended): Ended => {
  expect(end.code, end.stderr).toBe(0);
  return end;
};

/** One message in three lines: what was tried, what happened, what to do; nothing like a stack. */
function told(end: Ended, what: { tried: RegExp; happened: RegExp; next: RegExp }): void {
  expect(end.code, end.stdout + end.stderr).toBe(3);
  expect(end.stderr).toMatch(/^Could not /m);
  expect(end.stderr).toMatch(what.tried);
  expect(end.stderr).toMatch(what.happened);
  expect(end.stderr).toMatch(what.next);
  expect(end.stderr).not.toMatch(/^\s+at /m);
  expect(end.stdout + end.stderr).not.toContain(PASSWORD);
}

async function addSource(more: readonly string[] = ['--ca', source.caFile], ldap = source.ldapUrl): Promise<void> {
  good(
    await run([
      'forest',
      'add',
      'source',
      '--role',
      'source',
      '--ldap',
      ldap,
      '--ews',
      source.ewsUrl,
      '--smtp-domain',
      source.smtpDomain,
      ...more,
    ]),
  );
}

const account = (password: string): Promise<Ended> =>
  run(
    ['account', 'set', 'source', 'directory', '--user', source.serviceAccount.user, '--password-env', 'PW', '--yes'],
    { PW: password },
  );

const recipients = (): number => {
  const db = new DatabaseSync(database, { readOnly: true });
  const row = db.prepare('SELECT COUNT(*) AS count FROM recipient').get();
  db.close();
  return Number(row?.count);
};

describe('on the first day', () => {
  it('a wrong password is told, with nothing half-read', async () => {
    good(await run(['db', 'create']));
    await addSource();
    good(await account(PASSWORD));
    told(await run(['discover', 'source']), {
      tried: /127\.0\.0\.1/,
      happened: /(password|user name|credentials)/i,
      next: /account set/,
    });
    expect(recipients()).toBe(0);
    good(await account(source.serviceAccount.password));
    good(await run(['discover', 'source']));
    expect(recipients()).toBeGreaterThan(3);
  });

  it('an unreachable server is told, with nothing half-read', async () => {
    good(await run(['db', 'create']));
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const address = closed.address();
    const port = typeof address === 'object' ? address?.port : 0;
    closed.close();
    await once(closed, 'close');
    await addSource(['--ca', source.caFile], `ldaps://127.0.0.1:${port}`);
    await account(source.serviceAccount.password);
    told(await run(['discover', 'source']), {
      tried: /127\.0\.0\.1/,
      happened: /(refused|ECONNREFUSED|no connection|not reach)/i,
      next: /(port|firewall|preflight|name)/i,
    });
    expect(recipients()).toBe(0);
  });

  it('an untrusted certificate is told with its fingerprint, and nothing is sent to that server', async () => {
    good(await run(['db', 'create']));
    await addSource([]);
    await account(PASSWORD);
    told(await run(['discover', 'source']), {
      tried: /127\.0\.0\.1/,
      happened: /certificate/i,
      next: /(--ca|--pin)/,
    });
    expect(recipients()).toBe(0);
  });

  it('a pin counts at the host it was given for, and nowhere else', { timeout: 120_000 }, async () => {
    good(await run(['db', 'create']));
    const sha = source.certificateSha256;
    await addSource(['--pin', `elsewhere.test=${sha}`]);
    await account(source.serviceAccount.password);
    told(await run(['discover', 'source']), { tried: /127\.0\.0\.1/, happened: /certificate/i, next: /(--ca|--pin)/ });
    good(await run(['forest', 'change', 'source', '--pin', `127.0.0.1=${sha.toUpperCase()}`]));
    good(await run(['discover', 'source']));
    expect(recipients()).toBeGreaterThan(3);
  });

  it('a database of a newer program is refused as it is', async () => {
    good(await run(['db', 'create']));
    const db = new DatabaseSync(database);
    db.exec(
      "INSERT INTO schema_migration (number, name, checksum, applied_at) VALUES (9999, '9999_later.sql', 'x', 0)",
    );
    db.close();
    const before = readFileSync(database);
    for (const args of [
      ['forest', 'list'],
      ['batch', 'list'],
      ['worker', 'run', '--name', 'w'],
      ['console', '--no-open'],
    ]) {
      told(await run(args), { tried: /database/i, happened: /newer/i, next: /[Ii]nstall/ });
    }
    expect(readFileSync(database).equals(before)).toBe(true);
  });

  it('a database that is not there is not made by the way', async () => {
    const end = await run(['batch', 'list']);
    told(end, { tried: /database/i, happened: /no such file/i, next: /db create/ });
    expect(existsSync(database)).toBe(false);
  });
});

describeWith('ip-netns', 'on a full disk', () => {
  it('the read ends in one message, and goes on when there is room', async () => {
    good(await run(['db', 'create']));
    await addSource();
    good(await account(source.serviceAccount.password));
    const home = join(folder, 'home', String(count));
    // A file system of its own, as large as the database with hardly a page to spare, seen by this shell alone.
    const script = `
      set -e
      mount -t tmpfs -o size=$1 tmpfs "$2"
      cp "$3" "$2/x.db"
      head -c 100M /dev/zero > "$2/filler" 2>/dev/null || true
      set +e
      "$4" "$5" discover source --db "sqlite:$2/x.db"
      echo "first: $?"
      rm "$2/filler"
      mount -o remount,size=64m "$2"
      "$4" "$5" discover source --db "sqlite:$2/x.db"
      echo "second: $?"
      cp "$2/x.db" "$3.after"`;
    const child = spawn(
      'unshare',
      [
        '--mount',
        'sh',
        '-c',
        script,
        'sh',
        '1m',
        mkdtempSync(join(folder, 'full-')),
        database,
        process.execPath,
        join(root, 'cli', 'transplant.js'),
      ],
      { env: { ...process.env, TRANSPLANT_HOME: home } },
    );
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    await once(child, 'close');
    expect(stdout, stderr).toContain('first: 3');
    expect(stderr).toMatch(/(full|space|room)/i);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(stdout, stderr).toContain('second: 0');
  });
});

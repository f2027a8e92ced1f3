import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Store } from '../../core/store/store.ts';
import { transplant } from '../e2e/demo-run.ts';
import { Migration } from '../support/migration.ts';
import { emptyDatabase, testDialects } from '../support/stores.ts';
import { type Canary, filesBelow, findLeaks } from './search.ts';

/**
 * Secrets, subjects and bodies are planted; everything runs, and much of it goes wrong; then every file that is left, and
 * every row of a database on a server, is searched for them: databases with their write-ahead logs, logs, reports, exports, temporary files, and all that any
 * process has said. Nothing is excepted but the two places where a secret belongs: the Exchange organisations of the lab
 * themselves, and each machine's own private key in its own key file.
 */

const word = () => randomBytes(5).toString('hex');
const planted = {
  directoryPassword: `Wrong&directory"${word()} é`,
  smtpPassword: `Smtp%pass/${word()}+`,
  consolePassword: `Console?typed ${word()}&`,
  databasePassword: `db-${word()}!sql`,
  setupToken: `eyJ0eXAi.${word()}.${word()}`,
  mailSubject: `Merger talks ${word()} & more`,
  mailBody: `Nobody may read ${word()} this line`,
  attachment: `Attached figures ${word()} of the year`,
  attachmentName: `figures-${word()}.txt`,
  meeting: `Secret meeting ${word()} today`,
  meetingBody: `Agenda of ${word()} the meeting`,
};

let root: string;
let out: string;
let project: Migration;
let canaries: Canary[];
let consoleUrl = '';
const children: ChildProcess[] = [];

const surroundings = { TMPDIR: process.env.TMPDIR, TRANSPLANT_DEBUG: process.env.TRANSPLANT_DEBUG };

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'transplant-canary-'));
  out = join(root, 'out');
  for (const name of ['out', 'tmp', 'corpus', 'reports']) mkdirSync(join(root, name));
  // Temporary files of every process are searched too, those of processes that were killed among them.
  process.env.TMPDIR = join(root, 'tmp');
  process.env.TRANSPLANT_DEBUG = '1';
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await project?.close();
  for (const [name, value] of Object.entries(surroundings)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  rmSync(root, { recursive: true, force: true });
});

function plantMail(): void {
  const { mailSubject, mailBody, attachment, attachmentName, meeting, meetingBody } = planted;
  writeFileSync(
    join(root, 'corpus', 'mail.eml'),
    [
      'From: Ann <ann@source.test>',
      'To: Bob <bob@source.test>',
      'Date: Mon, 01 Jan 2024 10:00:00 +0000',
      `Subject: ${mailSubject}`,
      `Message-ID: <${word()}@source.test>`,
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary=b',
      '',
      '--b',
      'Content-Type: text/plain; charset=utf-8',
      '',
      mailBody,
      '--b',
      `Content-Type: text/plain; name="${attachmentName}"`,
      `Content-Disposition: attachment; filename="${attachmentName}"`,
      '',
      attachment,
      '--b--',
      '',
    ].join('\r\n'),
  );
  const event = ['BEGIN:VEVENT', 'UID:canary', 'DTSTAMP:20240101T100000Z', 'DTSTART:20240101T100000Z'];
  const calendar = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//x//y//EN', ...event, 'DTEND:20240101T110000Z'];
  const words = [`SUMMARY:${meeting}`, `DESCRIPTION:${meetingBody}`, 'END:VEVENT', 'END:VCALENDAR', ''];
  writeFileSync(join(root, 'corpus', 'meeting.ics'), [...calendar, ...words].join('\r\n'));
}

/** Items that fail in every way there is; one of them is the planted mail. */
function plantFaults(): string {
  const file = join(root, 'faults.json');
  const rules = [
    { organisation: 'source', itemClass: 'IPM.Note', skip: 2, count: 2, fault: { kind: 'corruptItem' } },
    { organisation: 'source', itemClass: 'IPM.Appointment', count: 1, fault: { kind: 'corruptItem' } },
    { probability: 0.03, count: 20, fault: { kind: 'busy', backOffMs: 100 } },
    { probability: 0.03, count: 20, fault: { kind: 'drop', when: 'middle' } },
    { probability: 0.03, count: 20, fault: { kind: 'truncate' } },
    { operation: 'ExportItems', probability: 0.1, count: 10, fault: { kind: 'short', form: 'bytes' } },
    { operation: 'UploadItems', count: 2, fault: { kind: 'error', code: 'ErrorCorruptData' } },
  ];
  writeFileSync(file, JSON.stringify({ seed: 5, rules }));
  return file;
}

/** Runs a command and keeps what it says for the search. */
async function command(args: readonly string[], more: NodeJS.ProcessEnv = {}, input = '') {
  const env = { TRANSPLANT_DB: project.url, TRANSPLANT_HOME: project.home, ...more };
  const end = await transplant(args, env, input);
  appendFileSync(join(out, 'commands.txt'), `${end.stdout}\n${end.stderr}\n`);
  return end;
}

/** Texts of a JSON document that are long enough to be somebody's words. */
function textsOf(json: string): string[] {
  const found: string[] = [];
  JSON.parse(json, (_key, value: unknown) => {
    if (typeof value === 'string' && value.length > 24) found.push(value);
    return value;
  });
  return found;
}

/** Subjects that the lab made up, of items in mailboxes and public folders, and automatic replies. */
function seededSubjects(): Canary[] {
  const db = new DatabaseSync(join(project.folder, 'lab', 'source', 'source.sqlite'), { readOnly: true });
  const rows = db
    .prepare(
      `SELECT DISTINCT subject FROM item WHERE item_class IN ('IPM.Note', 'IPM.Post', 'IPM.Appointment', 'IPM.Task')
       AND length(subject) > 14 AND subject NOT IN (SELECT display_name FROM folder) ORDER BY num DESC LIMIT 25`,
    )
    .all();
  const replies = db
    .prepare('SELECT out_of_office FROM mailbox')
    .all()
    .flatMap((row) => textsOf(String(row.out_of_office)));
  db.close();
  return [
    ...rows.map((row, index) => ({ what: `subject ${index} of the lab`, text: String(row.subject) })),
    ...[...new Set(replies)].map((text, index) => ({ what: `automatic reply ${index} of the lab`, text })),
  ];
}

function privateKeys(): Canary[] {
  return filesBelow(join(project.home, 'keys')).map((file) => ({
    what: `private key ${file.slice(project.home.length)}`,
    text: readFileSync(file, 'utf8').split('\n')[1] ?? '',
  }));
}

/** Starts the console as a process, signs in with its token, and asks for right and wrong things. */
async function useConsole(): Promise<void> {
  const main = join(import.meta.dirname, '..', '..', 'cli', 'transplant.js');
  const env = { ...process.env, TRANSPLANT_DB: project.url, TRANSPLANT_HOME: project.home };
  const child = spawn(process.execPath, [main, 'console', '--no-open'], { env });
  children.push(child);
  child.stderr.on('data', (chunk: Buffer) => appendFileSync(join(out, 'console.txt'), chunk));
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  // The address goes to stdout for the person who started it, and nowhere else.
  consoleUrl = line.toString().trim();
  const opened = await fetch(consoleUrl, { redirect: 'manual' });
  const cookie = (opened.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  canaries.push({ what: 'session cookie', text: cookie.split('=')[1] ?? '' });
  canaries.push({ what: 'one-time token', text: new URL(consoleUrl).searchParams.get('token') ?? '' });
  const api = new URL('/api/', consoleUrl).href;
  const headers = { cookie, 'content-type': 'application/json', 'x-transplant-call': '1' };
  const ask = async (path: string, body: unknown) => {
    const answer = await fetch(api + path, { method: 'POST', headers, body: JSON.stringify(body) });
    return answer.status;
  };
  const password = planted.consolePassword;
  expect(
    await ask('forests.setAccount', { forest: 'source', purpose: 'nonsense', user: 'u', password }),
  ).toBeGreaterThanOrEqual(400);
  expect(
    await ask('forests.setAccount', { forest: password, purpose: 'smtp', user: 'u', password }),
  ).toBeGreaterThanOrEqual(400);
  expect(await ask(`forests.${encodeURIComponent(password)}`, {})).toBe(404);
  expect((await fetch(`${api}forests.list`, { headers })).status).toBe(200);
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** Every row of a server's database as a file, for the search: texts as they are, bytes as bytes. */
async function writeRows(store: Store, file: string): Promise<void> {
  const { rows: tables } = await sql<{ name: string }>`SELECT name FROM sys.tables ORDER BY name`.execute(store.db);
  expect(tables.length).toBeGreaterThan(20);
  for (const { name } of tables) {
    const { rows } = await sql<Record<string, unknown>>`SELECT * FROM ${sql.table(name)}`.execute(store.db);
    appendFileSync(file, `${name}: ${rows.length} rows\n`);
    for (const value of rows.flatMap((row) => Object.values(row))) {
      if (value === null) continue;
      appendFileSync(file, Buffer.isBuffer(value) ? value : String(value));
      appendFileSync(file, '\n');
    }
  }
}

const WORDS = 'what must not be seen stands in no file and no row, whatever goes wrong';
it.each(testDialects)(`${WORDS}, on %s`, { timeout: 600_000 }, async (dialect) => {
  plantMail();
  const size = { users: 3, items: 120, folders: 5, corpus: join(root, 'corpus'), faults: plantFaults() };
  const database = dialect === 'mssql' ? { url: await emptyDatabase(dialect) } : {};
  project = new Migration({ size, leaseMs: 3_000, ...database });
  const { directoryPassword, smtpPassword, databasePassword, setupToken } = planted;
  canaries = Object.entries(planted).map(([what, text]) => ({ what, text }));
  await project.prepare(2);
  for (const { name, serviceAccount, administrator, mailboxes } of project.lab.organisations) {
    canaries.push({ what: `service account of ${name}`, text: serviceAccount.password });
    canaries.push({ what: `administrator of ${name}`, text: administrator.password });
    canaries.push(...mailboxes.slice(0, 2).map((one) => ({ what: `password of ${one.user}`, text: one.password })));
  }
  canaries.push(...seededSubjects());
  const account = (purpose: string, more: readonly string[], env = {}, input = '') =>
    command(['account', 'set', 'source', purpose, '--user', 'u@source.test', '--no-check', ...more], env, input);

  // Crashes in the middle: kill -9 of a worker, twice.
  await project.start();
  for (const after of [5, 40]) {
    await project.until(async () => (await project.copied()) > after);
    expect(await project.end('w1', 'SIGKILL')).toBe('SIGKILL');
    await project.startWorker('w1');
  }
  await project.until(() => project.inSync());
  const { items } = await project.verdict();
  expect(items.bad).toBeGreaterThan(0);

  // People at the door: right and wrong, with plain and JSON output.
  expect((await account('smtp', ['--password-stdin'], {}, `${smtpPassword}\n`)).code).toBe(0);
  const wrong = await account('directory', ['--password-env', 'PW', '--json'], { PW: directoryPassword });
  expect(wrong.code, wrong.stderr).toBe(0);
  expect((await command(['discover', 'source'])).code).toBe(3);
  expect((await command(['discover', 'source', '--json'])).code).toBe(3);
  await command(['preflight', 'run', '--group', 'accounts', 'tls', 'exchange', 'sql', '--limit', '3']);
  await command(['preflight', 'report', '--out', join(root, 'reports', 'preflight')]);
  await command(['preflight', 'ports', '--csv', join(root, 'reports', 'ports.csv'), '--limit', '1']);
  for (const json of [[], ['--json']]) {
    const refused = {
      TRANSPLANT_DB: `mssql://app:${encodeURIComponent(databasePassword)}@127.0.0.1:1/x`,
    };
    expect((await command(['status', ...json], refused)).code).toBe(3);
    const create = ['db', 'create', '--setup-user', 'admin', '--setup-auth', 'azure', '--password-stdin'];
    expect((await command([...create, ...json], refused, setupToken)).code).toBe(3);
  }
  await useConsole();
  expect((await command(['report', 'Wave', '--out', join(root, 'reports', 'batch')])).code).toBeLessThan(2);
  expect((await command(['audit', '--verify', '--out', join(root, 'reports', 'audit.jsonl')])).code).toBe(0);
  await command(['worker', 'list', '--json']);
  await command(['batch', 'show', 'Wave', '--json']);

  writeFileSync(join(out, 'workers.txt'), project.said);
  if (dialect === 'mssql') await writeRows(project.store, join(project.folder, 'rows.txt'));
  canaries.push(...privateKeys());
  const spared = [/^lab\//, /^home\/keys\//];
  const leaks = findLeaks(
    canaries,
    [project.folder, out, join(root, 'reports'), join(root, 'tmp')],
    [
      ...spared,
      // The project's own folder lies below the temporary one.
      /^transplant-migration-/,
    ],
  );
  expect(leaks).toEqual([]);

  // It searched what it was meant to search: the names of people are there, and so is a leak once it is planted.
  const searched = filesBelow(project.folder).map((file) => file.slice(project.folder.length + 1));
  const where = dialect === 'mssql' ? ['rows.txt'] : ['project.db', 'project.db-wal'];
  expect(searched).toEqual(expect.arrayContaining(where));
  expect(searched.join('\n')).toMatch(/home\/logs\/worker-.*\.log/);
  const named = findLeaks([{ what: 'a name', text: 'svc-transplant' }], [project.folder], spared);
  expect(named.map(({ file }) => file)).toContainEqual(expect.stringContaining(where[0] ?? ''));
  writeFileSync(join(project.home, 'logs', 'planted.log'), Buffer.from(planted.mailSubject).toString('base64'));
  expect(findLeaks(canaries, [project.folder], spared)).toMatchObject([{ what: 'mailSubject', form: 'base64 +0' }]);
});

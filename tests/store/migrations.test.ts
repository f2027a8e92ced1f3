import { spawn } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MigrationChangedError, StoreNewerError, StoreOutdatedError } from '../../core/store/errors.ts';
import { openForInspection, openStore } from '../../core/store/open.ts';
import { inspectDatabase } from '../../core/store/status.ts';
import type { Store } from '../../core/store/store.ts';
import { emptyDatabase, testDialects } from '../support/stores.ts';

const root = join(import.meta.dirname, '..', '..');
const PROCESSES = 20;

describe.each(testDialects)('migrations on %s', (dialect) => {
  let folder: string;
  let sqlFolder: string;
  let url: string;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'transplant-migrations-'));
    sqlFolder = join(folder, 'sql');
    cpSync(join(root, 'sql', dialect), sqlFolder, { recursive: true });
    url = await emptyDatabase(dialect, folder);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const second = (text: string) => writeFileSync(join(sqlFolder, '0002_second.sql'), text);
  const open = (options: { create?: boolean; migrations?: string } = {}) =>
    openStore(url, { migrations: sqlFolder, ...options });
  const numbers = async (store: Store) =>
    (await sql<{ number: number }>`SELECT number FROM schema_migration ORDER BY number`.execute(store.db)).rows.map(
      (row) => row.number,
    );

  test(`are applied once when ${PROCESSES} processes start together`, async () => {
    second('CREATE TABLE second_one (id INTEGER); INSERT INTO second_one VALUES (1);');
    const go = join(folder, 'go');
    const program = `
      import { existsSync } from 'node:fs';
      import { setTimeout as sleep } from 'node:timers/promises';
      import { openStore } from ${JSON.stringify(join(root, 'core', 'store', 'open.ts'))};
      console.log('ready');
      while (!existsSync(${JSON.stringify(go)})) await sleep(5);
      const store = await openStore(${JSON.stringify(url)}, { create: true, migrations: ${JSON.stringify(sqlFolder)} });
      await store.db.insertInto('setting').values({ name: 'process ' + process.pid, value: '1' }).execute();
      await store.close();`;
    const children = Array.from({ length: PROCESSES }, () => start(program));
    await Promise.all(children.map((child) => child.ready));
    writeFileSync(go, '');
    expect(await Promise.all(children.map((child) => child.ended))).toEqual(children.map(() => ''));
    const store = await open();
    expect(await numbers(store)).toEqual([1, 2]);
    expect((await sql<{ n: number }>`SELECT count(*) AS n FROM second_one`.execute(store.db)).rows).toEqual([{ n: 1 }]);
    const settings = await store.db.selectFrom('setting').select('name').where('name', 'like', 'process %').execute();
    expect(settings).toHaveLength(PROCESSES);
    await store.close();
  });

  test('a crash in the middle of one leaves nothing of it, and the next start goes on', async () => {
    await (await open({ create: true })).close();
    const crash =
      'CREATE TABLE half_done (id INTEGER); INSERT INTO half_done VALUES (1); INSERT INTO no_such_table VALUES (1);';
    second(crash);
    await expect(open({ create: true })).rejects.toThrow();
    const before = await openForInspection(url);
    expect(await numbers(before)).toEqual([1]);
    await expect(sql`SELECT * FROM half_done`.execute(before.db)).rejects.toThrow();
    await before.close();
    second('CREATE TABLE half_done (id INTEGER); INSERT INTO half_done VALUES (1);');
    const after = await open({ create: true });
    expect(await numbers(after)).toEqual([1, 2]);
    await after.close();
  });

  test('a process that is killed in the middle of one leaves nothing of it', async () => {
    await (await open({ create: true })).close();
    const rows = Array.from({ length: 20_000 }, (_, n) => `INSERT INTO slow_one VALUES (${n});`).join('\n');
    second(`CREATE TABLE slow_one (id INTEGER);\n${rows}`);
    const program = `
      import { openStore } from ${JSON.stringify(join(root, 'core', 'store', 'open.ts'))};
      console.log('ready');
      await openStore(${JSON.stringify(url)}, { create: true, migrations: ${JSON.stringify(sqlFolder)} });
      console.log('done');`;
    for (const pauseMs of [0, 5, 10, 20, 40, 80]) {
      const child = start(program);
      await child.ready;
      await sleep(pauseMs);
      child.process.kill('SIGKILL');
      await child.ended.catch(() => undefined);
    }
    const store = await open({ create: true });
    expect((await sql<{ n: number }>`SELECT count(*) AS n FROM slow_one`.execute(store.db)).rows).toEqual([
      { n: 20_000 },
    ]);
    expect(await numbers(store)).toEqual([1, 2]);
    await store.close();
  });

  test('an older database is refused with what to do, a newer one for good, and a changed file is named', async () => {
    await (await open({ create: true })).close();
    second('CREATE TABLE second_one (id INTEGER);');
    await expect(open()).rejects.toThrow(StoreOutdatedError);
    expect((await inspectDatabase(url)).schema).toBe('current');
    await (await open({ create: true })).close();
    await expect(openStore(url)).rejects.toThrow(StoreNewerError);
    await expect(openStore(url)).rejects.toThrow('0002_second.sql');
    expect((await inspectDatabase(url)).schema).toBe('newer');
    appendFileSync(join(sqlFolder, '0002_second.sql'), '-- a friendly remark\n');
    await expect(open()).rejects.toThrow(MigrationChangedError);
    await expect(open({ create: true })).rejects.toThrow('0002_second.sql');
  });

  test('line ends of Windows are the same migration', async () => {
    await (await open({ create: true })).close();
    const windows = join(folder, 'windows');
    mkdirSync(windows);
    const text = readFileSync(join(sqlFolder, '0001_initial.sql'), 'utf8');
    writeFileSync(join(windows, '0001_initial.sql'), text.replaceAll('\n', '\r\n'));
    await (await open({ migrations: windows })).close();
  });
});

/** A Node process of a program that prints "ready"; `ended` gives what it wrote to stderr. */
function start(program: string) {
  const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', program]);
  const { promise: ready, resolve } = Promise.withResolvers<void>();
  child.stdout.once('data', () => resolve());
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const ended = new Promise<string>((settle, reject) => {
    child.on('exit', (code, signal) => {
      resolve();
      if (code === 0) settle(errors);
      else reject(new Error(`ended with ${code ?? signal}: ${errors}`));
    });
  });
  ended.catch(() => undefined);
  return { process: child, ready, ended };
}

import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll } from 'vitest';
import { createDatabase } from '../../core/store/create.ts';
import { migrationsOf } from '../../core/store/migrations.ts';
import { openForInspection, openStore } from '../../core/store/open.ts';
import type { Store } from '../../core/store/store.ts';

/**
 * The dialects a suite runs against: SQLite always, SQL Server when TRANSPLANT_TEST_MSSQL holds the URL of an account
 * that may create databases.
 */
export const testDialects: readonly Store['dialect'][] = process.env.TRANSPLANT_TEST_MSSQL
  ? ['sqlite', 'mssql']
  : ['sqlite'];

/** The URL of a new, empty database with our tables, gone when the file's tests have ended. */
export async function testDatabase(dialect: Store['dialect']): Promise<string> {
  if (dialect === 'sqlite') {
    const folder = mkdtempSync(join(tmpdir(), 'transplant-db-'));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));
    return `sqlite:${join(folder, 'transplant.db')}`;
  }
  const url = new URL(process.env.TRANSPLANT_TEST_MSSQL ?? '');
  const setup = { user: decodeURIComponent(url.username), auth: 'sql', password: decodeURIComponent(url.password) };
  const name = `transplant_test_${randomBytes(6).toString('hex')}`;
  url.pathname = `/${name}`;
  await createDatabase(url.href, setup);
  afterAll(async () => {
    url.pathname = '/master';
    const master = await openForInspection(url.href);
    await sql
      .raw(`DROP DATABASE ${name}`)
      .execute(master.db)
      .catch(() => undefined);
    await master.close();
  });
  return url.href;
}

const databases = new Map<Store['dialect'], Promise<string>>();

/** An open store without any rows; one database serves all tests of a file, one after another. Close it after each. */
export async function openTestStore(dialect: Store['dialect'], clock?: () => number): Promise<Store> {
  if (dialect === 'sqlite') return openStore('sqlite::memory:', { create: true, ...(clock && { clock }) });
  let database = databases.get(dialect);
  if (!database) {
    database = testDatabase(dialect);
    databases.set(dialect, database);
  }
  const store = await openStore(await database, clock ? { clock } : {});
  await wipe(store);
  return store;
}

/** Empties all tables, the last made first, so that no foreign key is in the way. */
async function wipe(store: Store): Promise<void> {
  const made = migrationsOf('mssql').flatMap(({ text }) =>
    [...text.matchAll(/CREATE TABLE "?(\w+)/g)].map((match) => match[1]),
  );
  const tables = made.filter((name) => name !== 'setting').reverse();
  await sql.raw(tables.map((name) => `DELETE FROM "${name}";`).join('\n')).execute(store.db);
  await sql`DELETE FROM setting WHERE name NOT LIKE 'turn.%'`.execute(store.db);
}

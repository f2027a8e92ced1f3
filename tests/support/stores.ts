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
 * that may create databases. TRANSPLANT_TEST_COLLATION names a collation for them, such as a case-sensitive one.
 */
export const testDialects: readonly Store['dialect'][] = process.env.TRANSPLANT_TEST_MSSQL
  ? ['sqlite', 'mssql']
  : ['sqlite'];

/** The URL of the test server, for a database of another name. */
export function testServerUrl(database: string): URL {
  // Suites that are skipped without a server still name its address while they are collected.
  const url = new URL(process.env.TRANSPLANT_TEST_MSSQL ?? 'mssql://nobody@server.invalid');
  url.pathname = `/${database}`;
  return url;
}

/** The URL of a place for a new database without any tables; gone when the file's tests have ended. */
export async function emptyDatabase(dialect: Store['dialect'], folder?: string): Promise<string> {
  if (dialect === 'sqlite') {
    const own = folder ?? mkdtempSync(join(tmpdir(), 'transplant-db-'));
    if (!folder) removeLater.push(own);
    return `sqlite:${join(own, `${randomBytes(4).toString('hex')}.db`)}`;
  }
  const name = `transplant_test_${randomBytes(6).toString('hex')}`;
  const collation = process.env.TRANSPLANT_TEST_COLLATION;
  await onServer(`CREATE DATABASE ${name}${collation ? ` COLLATE ${collation}` : ''}`);
  dropLater.push(name);
  return testServerUrl(name).href;
}

/** Runs a statement outside any database of ours. */
export async function onServer(statement: string): Promise<void> {
  const master = await openForInspection(testServerUrl('master').href);
  try {
    await sql.raw(statement).execute(master.db);
  } finally {
    await master.close();
  }
}

const dropLater: string[] = [];
const removeLater: string[] = [];
// Here and not where they are made: a test that is running already can register no `afterAll` any more.
afterAll(async () => {
  for (const folder of removeLater.splice(0)) rmSync(folder, { recursive: true, force: true });
  for (const name of dropLater.splice(0)) await onServer(`DROP DATABASE ${name}`).catch(() => undefined);
});

/** The URL of a new database with our tables and no rows. */
export async function testDatabase(dialect: Store['dialect']): Promise<string> {
  const url = await emptyDatabase(dialect);
  await createDatabase(url);
  return url;
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
  await sql`DELETE FROM setting WHERE name NOT LIKE 'turn.%' AND name <> 'queue.version'`.execute(store.db);
}

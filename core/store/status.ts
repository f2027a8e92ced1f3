import { sql } from 'kysely';
import { MigrationChangedError, StoreNewerError } from './errors.ts';
import { type AppliedMigration, type Migration, migrationsOf, schemaState } from './migrations.ts';
import { openForInspection } from './open.ts';
import type { Store } from './store.ts';

/** A right the application needs, and the statement that grants it when it is missing. */
export interface RightStatus {
  right: string;
  has: boolean;
  /** For an administrator of the server; empty when the right is there. */
  grant: string;
}

/** What `db status` tells. */
export interface DatabaseStatus {
  url: string;
  dialect: Store['dialect'];
  server: string;
  version: string;
  edition: string;
  collation: string;
  caseSensitive: boolean;
  encrypted: boolean | undefined;
  account: string;
  rights: RightStatus[];
  /** Bytes of data and of free space inside, where the server tells. */
  bytes: number;
  /** absent: no tables of ours; older, newer: than this program; changed: a migration is not the one applied. */
  schema: 'absent' | 'older' | 'current' | 'newer' | 'changed';
  applied: { number: number; name: string }[];
  pending: { number: number; name: string }[];
}

/** Tells what an open database is; its tables may be in any state. */
export async function databaseStatus(store: Store): Promise<DatabaseStatus> {
  const about =
    store.dialect === 'mssql' ? await (await import('./status.mssql.ts')).aboutMssql(store) : await aboutSqlite(store);
  const applied = await appliedMigrations(store);
  const ours = migrationsOf(store.dialect);
  const known = new Set(applied?.map(({ number }) => number));
  const brief = ({ number, name }: { number: number; name: string }) => ({ number, name });
  return {
    url: store.url,
    dialect: store.dialect,
    ...about,
    schema: judge(applied, ours, store.url),
    applied: (applied ?? []).map(brief),
    pending: ours.filter(({ number }) => !known.has(number)).map(brief),
  };
}

export type ServerStatus = Omit<DatabaseStatus, 'url' | 'dialect' | 'schema' | 'applied' | 'pending'>;

async function aboutSqlite(store: Store): Promise<ServerStatus> {
  const { rows } = await sql<{ version: string; bytes: number; mode: string }>`
    SELECT sqlite_version() AS version, page_count * page_size AS bytes, journal_mode AS mode
    FROM pragma_page_count, pragma_page_size, pragma_journal_mode`.execute(store.db);
  const [row] = rows;
  return {
    server: 'embedded',
    version: `SQLite ${row?.version ?? ''}`,
    edition: `journal ${row?.mode ?? ''}`,
    collation: 'BINARY',
    caseSensitive: true,
    encrypted: undefined,
    account: 'this user',
    rights: [],
    bytes: row?.bytes ?? 0,
  };
}

/** The migrations on record; undefined when there are no tables of ours. */
async function appliedMigrations(store: Store): Promise<AppliedMigration[] | undefined> {
  const tables =
    store.dialect === 'mssql'
      ? sql<{ name: string }>`SELECT name FROM sys.tables WHERE name = 'schema_migration'`
      : sql<{ name: string }>`SELECT name FROM sqlite_schema WHERE name = 'schema_migration'`;
  if ((await tables.execute(store.db)).rows.length === 0) return undefined;
  const { rows } = await sql<AppliedMigration>`
    SELECT number, name, checksum FROM schema_migration ORDER BY number`.execute(store.db);
  return rows;
}

/** The state of the tables as a word where opening would throw. */
function judge(
  applied: AppliedMigration[] | undefined,
  ours: readonly Migration[],
  shown: string,
): DatabaseStatus['schema'] {
  try {
    return schemaState(applied, ours, shown);
  } catch (error) {
    if (error instanceof StoreNewerError) return 'newer';
    if (error instanceof MigrationChangedError) return 'changed';
    throw error;
  }
}

/** Tells what a database is by its URL, also one that cannot be worked with yet or any more. */
export async function inspectDatabase(url: string): Promise<DatabaseStatus> {
  const store = await openForInspection(url);
  try {
    return await databaseStatus(store);
  } finally {
    await store.close();
  }
}

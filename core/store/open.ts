import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { Kysely, sql } from 'kysely';
import { readClock } from './clock.ts';
import { NodeSqliteDialect, openSqlite } from './driver.sqlite.ts';
import { sqliteError } from './errors.sqlite.ts';
import { StoreMissingError } from './errors.ts';
import { openForMigration, SqliteMigrationTarget } from './migrations.sqlite.ts';
import { migrate, migrationsOf, requireCurrent } from './migrations.ts';
import type { Database } from './schema.ts';
import type { OpenOptions, Store } from './store.ts';
import { parseStoreUrl } from './url.ts';

/**
 * Opens a database by its URL, `sqlite:FILE` or `mssql://…`.
 * @throws StoreMissingError, StoreOutdatedError, StoreNewerError, MigrationChangedError, NotADatabaseError,
 *   StoreLockedError, StoreFullError, StoreUnavailableError, StoreDeniedError, StoreUrlError
 */
export async function openStore(url: string, options: OpenOptions = {}): Promise<Store> {
  const address = parseStoreUrl(url);
  if (address.dialect === 'mssql') {
    const { openMssqlStore } = await import('./open.mssql.ts');
    return openMssqlStore(address, options);
  }
  try {
    return await openSqliteStore(address.file, address.shown, options);
  } catch (error) {
    throw sqliteError(error, address.shown);
  }
}

async function openSqliteStore(file: string, shown: string, options: OpenOptions): Promise<Store> {
  const memory = file === ':memory:';
  if (!memory) prepareFile(file, shown, options.create === true);
  const ours = migrationsOf('sqlite', options.migrations);
  const first = memory ? openSqlite(file) : await openForMigration(file, shown);
  const target = new SqliteMigrationTarget(first, shown);
  try {
    if (options.create || memory) await migrate(target, ours);
    else await requireCurrent(target, ours);
  } catch (error) {
    first.close();
    throw error;
  }
  return sqliteStore(file, shown, first, options);
}

const SQLITE_NOW = sql<number>`CAST(unixepoch('subsec') * 1000 AS INTEGER)`;

/** A store over connections to a file, the first of which is open already. */
function sqliteStore(
  file: string,
  shown: string,
  first: DatabaseSync,
  { clock, cacheBytes }: Pick<OpenOptions, 'clock' | 'cacheBytes'> = {},
): Store {
  let unused: DatabaseSync | undefined = first;
  const db = new Kysely<Database>({
    dialect: new NodeSqliteDialect({
      shown,
      memory: file === ':memory:',
      open: () => {
        const connection = unused ?? openSqlite(file);
        unused = undefined;
        if (cacheBytes !== undefined) connection.exec(`PRAGMA cache_size = -${Math.ceil(cacheBytes / 1024)}`);
        return connection;
      },
    }),
  });
  const store: Store = {
    url: shown,
    dialect: 'sqlite',
    db,
    get nowSql() {
      return clock ? sql<number>`${Math.trunc(clock())}` : SQLITE_NOW;
    },
    now: (within = db) => readClock(within, store.nowSql),
    close: () => db.destroy(),
  };
  return store;
}

/**
 * Opens a database as it is, whatever state its tables are in; only to look at it.
 * @throws StoreMissingError, StoreUnavailableError, NotADatabaseError, StoreDeniedError, StoreUrlError
 */
export async function openForInspection(url: string): Promise<Store> {
  const address = parseStoreUrl(url);
  if (address.dialect === 'mssql') {
    const { connectMssql } = await import('./open.mssql.ts');
    return connectMssql(address);
  }
  const { file, shown } = address;
  prepareFile(file, shown, false);
  try {
    return sqliteStore(file, shown, openSqlite(file));
  } catch (error) {
    throw sqliteError(error, shown);
  }
}

/** SQLite would create a missing file by itself; we do so only when told to. */
function prepareFile(file: string, shown: string, create: boolean): void {
  if (existsSync(file)) return;
  if (!create) {
    throw new StoreMissingError({
      tried: `open the database ${shown}`,
      happened: 'There is no such file.',
      next: 'Check the name, or create it with: transplant db create --db URL',
    });
  }
  try {
    mkdirSync(dirname(file), { recursive: true });
  } catch (error) {
    throw new StoreMissingError(
      {
        tried: `create the folder of the database ${shown}`,
        happened: `The folder ${dirname(file)} cannot be made (${error instanceof Error && 'code' in error ? error.code : 'error'}).`,
        next: 'Name a file in a folder where this user may write.',
      },
      { cause: error },
    );
  }
}

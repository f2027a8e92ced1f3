import { Kysely, sql } from 'kysely';
import type { ConnectionPool } from 'mssql';
import { readClock } from './clock.ts';
import { type ConnectOptions, connectPool, type MssqlAddress } from './connect.mssql.ts';
import { StoreMissingError } from './errors.ts';
import { migrate, migrationsOf, requireCurrent } from './migrations.ts';
import type { Database } from './schema.ts';
import type { OpenOptions, Store } from './store.ts';

/**
 * Opens a database of SQL Server whose tables are up to date, or with `create` brings them up to date.
 * @throws what openStore throws
 */
export async function openMssqlStore(address: MssqlAddress, options: OpenOptions): Promise<Store> {
  const { MssqlMigrationTarget } = await import('./migrations.mssql.ts');
  const pool = await connectOrMake(address, options.create === true);
  const target = new MssqlMigrationTarget(pool, address.shown);
  const ours = migrationsOf('mssql', options.migrations);
  try {
    if (options.create) await migrate(target, ours);
    else await requireCurrent(target, ours);
    return await storeOver(pool, address.shown, options.clock);
  } catch (error) {
    await pool.close();
    throw error;
  }
}

/** Makes the database when it is missing and the login of the address may do so; otherwise a setup account has to. */
async function connectOrMake(address: MssqlAddress, create: boolean): Promise<ConnectionPool> {
  try {
    return await connectPool(address);
  } catch (error) {
    if (!create || !(error instanceof StoreMissingError)) throw error;
    const { makeDatabase } = await import('./create.mssql.ts');
    // The server's word on the missing database names the way with a setup account, so a refusal here adds nothing.
    await makeDatabase(address).catch(() => {
      throw error;
    });
    return await connectPool(address);
  }
}

/** Connects without looking at the tables. */
export async function connectMssql(address: MssqlAddress, options: ConnectOptions = {}): Promise<Store> {
  return storeOver(await connectPool(address, options), address.shown);
}

/** UTC, and counted from a date that reads the same in every language and date format of a server. */
const MSSQL_NOW = sql<number>`DATEDIFF_BIG(ms, '19700101', SYSUTCDATETIME())`;

async function storeOver(pool: ConnectionPool, shown: string, clock?: () => number): Promise<Store> {
  const { MssqlPoolDialect } = await import('./driver.mssql.ts');
  const db = new Kysely<Database>({ dialect: new MssqlPoolDialect(pool, shown) });
  const store: Store = {
    url: shown,
    dialect: 'mssql',
    db,
    get nowSql() {
      return clock ? sql<number>`CAST(${Math.trunc(clock())} AS BIGINT)` : MSSQL_NOW;
    },
    now: (within = db) => readClock(within, store.nowSql),
    close: () => db.destroy(),
  };
  return store;
}

import type { ConnectionPool } from 'mssql';
import { UsageError } from '../domain/errors.ts';
import { connectPool, type MssqlAddress, type MssqlLogin } from './connect.mssql.ts';
import type { SetupAccount } from './create.ts';
import { mssqlError } from './errors.mssql.ts';
import { migrate, migrationsOf } from './migrations.ts';
import { APPLICATION_ROLES } from './status.mssql.ts';

/**
 * Makes the database, its tables and the application's user with the setup account, which is not needed afterwards.
 * The application's login is the one in the address; it must exist on the server.
 * @throws StoreDeniedError when the setup account may not, UsageError when the login is unknown
 */
export async function createMssqlDatabase(address: MssqlAddress, setup: SetupAccount): Promise<void> {
  const login = loginOf(setup);
  const database = databaseOf(address);
  if (!database) {
    throw new UsageError({
      tried: `create a database on ${address.shown}`,
      happened: 'The address names no database.',
      next: 'Add its name: mssql://user@host:1433/NAME',
    });
  }
  await using master = using(await connectPool(address, { login, database: 'master', max: 1 }));
  await step(address, () => createIfMissing(master.pool, database));
  await using own = using(await connectPool(address, { login, max: 2 }));
  const { MssqlMigrationTarget } = await import('./migrations.mssql.ts');
  await migrate(new MssqlMigrationTarget(own.pool, address.shown), migrationsOf('mssql'));
  const user = decodeURIComponent(address.url.username);
  if (user && user !== setup.user) await step(address, () => grant(own.pool, user, address.shown));
}

/** Makes the database of an address with the login of that address. @throws when that login may not */
export async function makeDatabase(address: MssqlAddress): Promise<void> {
  await using master = using(await connectPool(address, { database: 'master', max: 1 }));
  await step(address, () => createIfMissing(master.pool, databaseOf(address)));
}

const databaseOf = (address: MssqlAddress): string => decodeURIComponent(address.url.pathname.slice(1));

function using(pool: ConnectionPool) {
  return { pool, [Symbol.asyncDispose]: () => pool.close() };
}

async function step(address: MssqlAddress, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw mssqlError(error, address.shown);
  }
}

function loginOf({ user, auth, password }: SetupAccount): MssqlLogin {
  if (auth === 'sql' || auth === 'ntlm' || auth === 'azure') return { user, password, auth };
  throw new UsageError({
    tried: `sign in as ${user}`,
    happened: `A way named ${auth} does not exist.`,
    next: 'Use --setup-auth sql, ntlm or azure.',
  });
}

async function createIfMissing(master: ConnectionPool, database: string): Promise<void> {
  const { default: mssql } = await import('mssql');
  const { recordset } = await master
    .request()
    .input('name', mssql.NVarChar(128), database)
    .query<{ id: number | null }>('SELECT DB_ID(@name) AS id');
  if (recordset[0]?.id != null) return;
  // A case-sensitive or other collation of the server does no harm: every text column of ours has its own.
  await master.request().batch(`CREATE DATABASE ${bracketed(database)}`);
}

/** A name as T-SQL takes it whatever it holds. */
const bracketed = (name: string) => `[${name.replaceAll(']', ']]')}]`;

/** Gives the application's login a user with the three roles. What is there already stays. */
async function grant(own: ConnectionPool, user: string, shown: string): Promise<void> {
  const { default: mssql } = await import('mssql');
  const { recordset } = await own
    .request()
    .input('user', mssql.NVarChar(128), user)
    .query<{ login: number | null; known: number | null }>(
      'SELECT SUSER_ID(@user) AS login, DATABASE_PRINCIPAL_ID(@user) AS known',
    );
  const [found] = recordset;
  if (found?.login == null) {
    throw new UsageError({
      tried: `give the login ${user} its rights in ${shown}`,
      happened: 'The server knows no such login.',
      next: `Let an administrator make it: CREATE LOGIN ${bracketed(user)} WITH PASSWORD = '…'; then call again.`,
    });
  }
  if (found.known == null) await own.request().batch(`CREATE USER ${bracketed(user)} FOR LOGIN ${bracketed(user)}`);
  for (const role of await rolesOf(own)) {
    await own.request().batch(`ALTER ROLE ${role} ADD MEMBER ${bracketed(user)}`);
  }
}

/** Babelfish before version 5 has no db_ddladmin; there the setup account upgrades the tables too. */
async function rolesOf(pool: ConnectionPool): Promise<readonly string[]> {
  const ids = APPLICATION_ROLES.map((role) => `DATABASE_PRINCIPAL_ID('${role}') AS ${role}`).join(', ');
  const { recordset } = await pool.request().query<Record<string, number | null>>(`SELECT ${ids}`);
  return APPLICATION_ROLES.filter((role) => recordset[0]?.[role] != null);
}

import { sql } from 'kysely';
import type { RightStatus, ServerStatus } from './status.ts';
import type { Store } from './store.ts';

/** The fixed roles of the application's user; nothing more is needed at run time. */
export const APPLICATION_ROLES = ['db_datareader', 'db_datawriter', 'db_ddladmin'] as const;

interface About {
  server: string;
  version: string;
  product: string;
  edition: string;
  collation: string;
  case_sensitive: number;
  account: string;
  database_user: string;
  bytes: number | null;
}

/** Server, collation and rights, told by the server itself to an ordinary login. */
export async function aboutMssql(store: Store): Promise<ServerStatus> {
  const { rows } = await sql<About>`
    SELECT CAST(SERVERPROPERTY('ServerName') AS NVARCHAR(200)) AS server, @@VERSION AS version,
      CAST(SERVERPROPERTY('ProductVersion') AS NVARCHAR(100)) AS product,
      CAST(SERVERPROPERTY('Edition') AS NVARCHAR(100)) AS edition,
      CAST(DATABASEPROPERTYEX(DB_NAME(), 'Collation') AS NVARCHAR(100)) AS collation,
      CASE WHEN N'a' = N'A' THEN 0 ELSE 1 END AS case_sensitive,
      SUSER_SNAME() AS account, USER_NAME() AS database_user,
      (SELECT SUM(CAST(size AS BIGINT)) * 8192 FROM sys.database_files) AS bytes`.execute(store.db);
  const [about] = rows;
  if (!about) throw new Error('the server told nothing about itself');
  return {
    server: about.server,
    version: `${about.version.split('\n')[0]?.trim() ?? ''} (${about.product})`,
    edition: about.edition,
    collation: about.collation,
    caseSensitive: about.case_sensitive === 1,
    encrypted: !/[?&]encrypt=false/i.test(store.url),
    account: about.account === about.database_user ? about.account : `${about.account} (user ${about.database_user})`,
    rights: await rightsOf(store, about.database_user),
    bytes: about.bytes ?? 0,
  };
}

async function rightsOf(store: Store, user: string): Promise<RightStatus[]> {
  const { rows } = await sql<{ all_rights: number; reads: number; writes: number; changes: number; knows_ddl: number }>`
    SELECT CASE WHEN IS_SRVROLEMEMBER('sysadmin') = 1 OR IS_ROLEMEMBER('db_owner') = 1 THEN 1 ELSE 0 END AS all_rights,
      COALESCE(IS_ROLEMEMBER('db_datareader'), 0) AS reads, COALESCE(IS_ROLEMEMBER('db_datawriter'), 0) AS writes,
      COALESCE(IS_ROLEMEMBER('db_ddladmin'), 0) AS changes,
      CASE WHEN DATABASE_PRINCIPAL_ID('db_ddladmin') IS NULL THEN 0 ELSE 1 END AS knows_ddl`.execute(store.db);
  const [row] = rows;
  const has = { db_datareader: row?.reads === 1, db_datawriter: row?.writes === 1, db_ddladmin: row?.changes === 1 };
  // Babelfish before version 5 has no db_ddladmin; there the setup account upgrades the tables too.
  const roles = APPLICATION_ROLES.filter((role) => role !== 'db_ddladmin' || row?.knows_ddl === 1);
  return roles.map((right) => {
    const holds = row?.all_rights === 1 || has[right];
    return { right, has: holds, grant: holds ? '' : `ALTER ROLE ${right} ADD MEMBER [${user.replaceAll(']', ']]')}];` };
  });
}

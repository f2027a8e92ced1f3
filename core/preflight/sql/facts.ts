import { CompiledQuery } from 'kysely';
import { z } from 'zod';
import type { Store } from '../../store/store.ts';

/** Runs one SELECT and gives its rows. */
export type SqlQuery = (text: string) => Promise<unknown[]>;

export function queryOf(store: Store): SqlQuery {
  return async (text) => (await store.db.executeQuery(CompiledQuery.raw(text))).rows;
}

const text = z.string().nullable();
const flag = z
  .union([z.number(), z.string(), z.boolean(), z.null()])
  .transform((value) => (value === null ? null : Number(value) === 1));
const count = z
  .union([z.number(), z.string(), z.bigint(), z.null()])
  .transform((value) => (value === null ? null : Number(value)));

/** Each query is documented, reads only, and needs no right but that to connect unless it says so. */
export const SQL_QUERIES = {
  version: {
    text: "SELECT CAST(SERVERPROPERTY('ProductVersion') AS NVARCHAR(128)) AS version, CAST(SERVERPROPERTY('Edition') AS NVARCHAR(128)) AS edition, CAST(SERVERPROPERTY('EngineEdition') AS INT) AS engine",
    row: z.object({ version: text, edition: text, engine: count }),
  },
  login: {
    text: "SELECT CAST(CONNECTIONPROPERTY('auth_scheme') AS NVARCHAR(40)) AS scheme, SUSER_SNAME() AS login, DB_NAME() AS db",
    row: z.object({ scheme: text, login: text, db: text }),
  },
  rights: {
    text: "SELECT IS_SRVROLEMEMBER('sysadmin') AS sysadmin, IS_SRVROLEMEMBER('dbcreator') AS dbcreator, IS_ROLEMEMBER('db_owner') AS db_owner, IS_ROLEMEMBER('db_datareader') AS db_datareader, IS_ROLEMEMBER('db_datawriter') AS db_datawriter, IS_ROLEMEMBER('db_ddladmin') AS db_ddladmin",
    row: z.object({
      sysadmin: flag,
      dbcreator: flag,
      db_owner: flag,
      db_datareader: flag,
      db_datawriter: flag,
      db_ddladmin: flag,
    }),
  },
  collation: {
    text: "SELECT CAST(DATABASEPROPERTYEX(DB_NAME(), 'Collation') AS NVARCHAR(128)) AS db, CAST(SERVERPROPERTY('Collation') AS NVARCHAR(128)) AS server",
    row: z.object({ db: text, server: text }),
  },
  /** Needs VIEW SERVER STATE for other sessions; one's own is always shown. */
  encryption: {
    text: 'SELECT encrypt_option AS encrypted FROM sys.dm_exec_connections WHERE session_id = @@SPID',
    row: z.object({ encrypted: text }),
  },
  /** Pages of 8 KB; max_size -1 is without limit. */
  files: {
    text: "SELECT type_desc AS kind, CAST(size AS BIGINT) AS pages, CAST(max_size AS BIGINT) AS max_pages, CAST(FILEPROPERTY(name, 'SpaceUsed') AS BIGINT) AS used FROM sys.database_files",
    row: z.object({ kind: text, pages: count, max_pages: count, used: count }),
  },
  /** Needs VIEW SERVER STATE. */
  volume: {
    text: 'SELECT CAST(MIN(v.available_bytes) AS BIGINT) AS free FROM sys.database_files AS f CROSS APPLY sys.dm_os_volume_stats(DB_ID(), f.file_id) AS v',
    row: z.object({ free: count }),
  },
  /** Backup times are kept in the server's local time; the difference is taken there. */
  backup: {
    text: "SELECT DATEDIFF_BIG(MINUTE, MAX(backup_finish_date), GETDATE()) AS minutes FROM msdb.dbo.backupset WHERE database_name = DB_NAME() AND type IN ('D', 'I')",
    row: z.object({ minutes: count }),
  },
  clock: {
    text: "SELECT DATEDIFF_BIG(MILLISECOND, '19700101', SYSUTCDATETIME()) AS now",
    row: z.object({ now: count }),
  },
} as const;
type Queries = typeof SQL_QUERIES;

/** One row of a documented query, checked; undefined when there is none. @throws the database's error */
export async function readRow<K extends keyof Queries>(
  query: SqlQuery,
  name: K,
): Promise<z.infer<Queries[K]['row']> | undefined> {
  return (await readRows(query, name))[0];
}
export async function readRows<K extends keyof Queries>(
  query: SqlQuery,
  name: K,
): Promise<z.infer<Queries[K]['row']>[]> {
  const rows = await query(SQL_QUERIES[name].text);
  return z.array(SQL_QUERIES[name].row).parse(rows) as z.infer<Queries[K]['row']>[];
}

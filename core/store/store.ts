import type { Kysely, RawBuilder } from 'kysely';
import type { Database } from './schema.ts';

/**
 * An open database. Repositories are functions beside it, `core/store/<thing>.ts`, that take a Store first; where the
 * dialects differ they call a pair `<thing>.sqlite.ts` / `<thing>.mssql.ts` with one signature. `limit` and `returning`
 * may be used freely: the SQL Server dialect rewrites them. For "insert or update" and for many rows use bulk.ts.
 */
export interface Store {
  /** Where the database is, for people: a password in the URL is left out. */
  readonly url: string;
  readonly dialect: 'sqlite' | 'mssql';
  readonly db: Kysely<Database>;
  /** The database's clock as an expression for statements, in ms since the epoch. */
  readonly nowSql: RawBuilder<number>;
  /**
   * The database's clock in ms since the epoch: the only clock that decides anything. Inside a transaction hand it
   * over, so that no second connection is taken from the pool.
   */
  now(db?: Kysely<Database>): Promise<number>;
  close(): Promise<void>;
}

/** How a database is opened. */
export interface OpenOptions {
  /** Make the database when it is missing, and bring it up to date when it is older. */
  create?: boolean;
  /** Another folder of migrations than the program's; for tests. */
  migrations?: string;
  /** For tests of clock jumps: stands in for the database's clock, in ms since the epoch. */
  clock?: () => number;
  /** Bytes that each connection to an embedded database may hold of its file; 64 MB unless told. */
  cacheBytes?: number | undefined;
}

import type { Kysely } from 'kysely';
import type { Database } from './schema.ts';

/**
 * An open database. Repositories are functions beside it, `core/store/<thing>.ts`, that take a Store first; where the
 * dialects differ they call a pair `<thing>.sqlite.ts` / `<thing>.mssql.ts` with one signature.
 */
export interface Store {
  readonly url: string;
  readonly dialect: 'sqlite' | 'mssql';
  readonly db: Kysely<Database>;
  /** The database's clock in ms since the epoch: the only clock that decides anything. */
  now(): Promise<number>;
  close(): Promise<void>;
}

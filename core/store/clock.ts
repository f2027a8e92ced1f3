import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Database } from './schema.ts';

/** Reads the database's clock. */
export async function readClock(db: Kysely<Database>, nowSql: RawBuilder<number>): Promise<number> {
  const { rows } = await sql<{ now: number }>`SELECT ${nowSql} AS now`.execute(db);
  const [row] = rows;
  if (!row) throw new Error('the database did not tell the time');
  return row.now;
}

import type { Kysely } from 'kysely';
import type { Database } from './schema.ts';

type Rows = readonly Record<string, unknown>[];

export async function insertManyMssql(
  db: Kysely<Database>,
  table: string,
  columns: readonly string[],
  rows: Rows,
): Promise<number> {
  throw new Error(`not yet: ${table} ${columns.length} ${rows.length} ${typeof db}`);
}

export async function upsertManyMssql(
  db: Kysely<Database>,
  table: string,
  columns: readonly string[],
  rows: Rows,
  key: readonly string[],
  changed: readonly string[],
): Promise<number> {
  throw new Error(`not yet: ${table} ${columns.length} ${rows.length} ${key.length} ${changed.length} ${typeof db}`);
}

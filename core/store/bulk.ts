import { CompiledQuery, type Insertable, type Kysely } from 'kysely';
import { RowBatch } from './row-batch.ts';
import type { Database } from './schema.ts';
import type { Store } from './store.ts';

type Table = keyof Database & string;
type Row<T extends Table> = Insertable<Database[T]>;
type Column<T extends Table> = keyof Row<T> & string;

/**
 * Inserts many rows, fast, all or none. Every row must have the columns of the first one; a missing value is stored
 * as null. `db` is a transaction, or `store.db` to let this be one of its own.
 * @returns the number of rows
 * @throws DuplicateError when a row exists already
 */
export async function insertMany<T extends Table>(
  store: Store,
  db: Kysely<Database>,
  table: T,
  rows: readonly Row<T>[],
): Promise<number> {
  const first = rows[0];
  if (!first) return 0;
  const columns = Object.keys(first) as Column<T>[];
  if (store.dialect === 'mssql') {
    const { insertManyMssql } = await import('./bulk.mssql.ts');
    return insertManyMssql(db, table, columns, rows);
  }
  return runBatch(db, insertSql(table, columns), columns, rows);
}

export interface UpsertOptions<T extends Table> {
  /** The columns of the unique key that decides whether the row exists. */
  key: readonly Column<T>[];
  /** What is written to a row that exists; all columns but the key unless given. */
  update?: readonly Column<T>[];
}

/**
 * Inserts many rows, and updates those whose key exists, all or none. No two of the rows may have the same key.
 * @returns the number of rows
 */
export async function upsertMany<T extends Table>(
  store: Store,
  db: Kysely<Database>,
  table: T,
  rows: readonly Row<T>[],
  { key, update }: UpsertOptions<T>,
): Promise<number> {
  const first = rows[0];
  if (!first) return 0;
  const columns = Object.keys(first) as Column<T>[];
  const changed = update ?? columns.filter((column) => !key.includes(column));
  if (store.dialect === 'mssql') {
    const { upsertManyMssql } = await import('./bulk.mssql.ts');
    return upsertManyMssql(db, table, columns, rows, key, changed);
  }
  const assignments = changed.map((column) => `${quoted(column)} = excluded.${quoted(column)}`).join(', ');
  const conflict = `ON CONFLICT (${key.map(quoted).join(', ')}) DO ${assignments ? `UPDATE SET ${assignments}` : 'NOTHING'}`;
  return runBatch(db, `${insertSql(table, columns)} ${conflict}`, columns, rows);
}

/** Table and column names come from our own code; the quotes keep words like `match` from being read as SQL. */
function quoted(name: string): string {
  return `"${name}"`;
}

function insertSql(table: string, columns: readonly string[]): string {
  return `INSERT INTO ${quoted(table)} (${columns.map(quoted).join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`;
}

async function runBatch<T extends Table>(
  db: Kysely<Database>,
  text: string,
  columns: readonly Column<T>[],
  rows: readonly Row<T>[],
): Promise<number> {
  const values = rows.map((row) => columns.map((column) => row[column] ?? null));
  await db.executeQuery(CompiledQuery.raw(text, [new RowBatch(values)]));
  return rows.length;
}

import { CompiledQuery, type Kysely } from 'kysely';
import type { Database } from './schema.ts';

type Row = Record<string, unknown>;

/** SQL Server takes 2,100 parameters a statement and 1,000 rows a VALUES list. */
const PARAMETERS = 2_000;
const ROWS = 1_000;
/** Tables whose id is ours to give; in all others it is the server's IDENTITY. */
const OWN_IDS = new Set(['audit']);

export async function insertManyMssql(
  db: Kysely<Database>,
  table: string,
  columns: readonly string[],
  rows: readonly Row[],
): Promise<number> {
  const names = columns.map(quoted).join(', ');
  await inParts(db, table, columns, rows, (values) => `INSERT INTO ${quoted(table)} (${names}) ${values};`);
  return rows.length;
}

/** Updates first, then inserts what is not there; the keys stay locked in between (HOLDLOCK). */
export async function upsertManyMssql(
  db: Kysely<Database>,
  table: string,
  columns: readonly string[],
  rows: readonly Row[],
  key: readonly string[],
  changed: readonly string[],
): Promise<number> {
  const names = columns.map(quoted).join(', ');
  const matches = key.map((column) => equal(column, rows)).join(' AND ');
  const target = `${quoted(table)} AS t WITH (UPDLOCK, HOLDLOCK)`;
  // In a derived table a column of nothing but NULL has no type that fits; a plain NULL fits everywhere.
  const empty = new Set(columns.filter((column) => rows.every((row) => row[column] == null)));
  const value = (column: string) => (empty.has(column) ? 'NULL' : `s.${quoted(column)}`);
  await inParts(db, table, columns, rows, (values) => {
    const source = `(${values}) AS s (${names})`;
    const assignments = changed.map((column) => `${quoted(column)} = ${value(column)}`).join(', ');
    const update = `UPDATE t SET ${assignments} FROM ${target} JOIN ${source} ON ${matches};`;
    const insert = `INSERT INTO ${quoted(table)} (${names}) SELECT ${columns.map(value).join(', ')} FROM ${source}
      WHERE NOT EXISTS (SELECT 1 FROM ${target} WHERE ${matches});`;
    return `${assignments ? update : ''}\n${insert}`;
  });
  return rows.length;
}

/** Runs a statement for as many rows at a time as it may have, all in one transaction. */
async function inParts(
  db: Kysely<Database>,
  table: string,
  columns: readonly string[],
  rows: readonly Row[],
  statement: (values: string) => string,
): Promise<void> {
  const size = Math.max(1, Math.min(ROWS, Math.floor(PARAMETERS / columns.length)));
  const ownIds = columns.includes('id') && !OWN_IDS.has(table);
  const run = async (one: Kysely<Database>) => {
    // By itself, because it must be in force before the server reads the statement that needs it.
    if (ownIds) await one.executeQuery(CompiledQuery.raw(`SET IDENTITY_INSERT ${quoted(table)} ON`));
    for (let at = 0; at < rows.length; at += size) {
      const { values, parameters } = valuesOf(columns, rows.slice(at, at + size));
      await one.executeQuery(CompiledQuery.raw(statement(values), parameters));
    }
    if (ownIds) await one.executeQuery(CompiledQuery.raw(`SET IDENTITY_INSERT ${quoted(table)} OFF`));
  };
  if (db.isTransaction || (rows.length <= size && !ownIds)) await run(db);
  else await db.transaction().execute(run);
}

function valuesOf(columns: readonly string[], rows: readonly Row[]): { values: string; parameters: unknown[] } {
  const parameters: unknown[] = [];
  const lists = rows.map((row) => {
    const places = columns.map((column) => {
      const value = row[column];
      if (value === null || value === undefined) return 'NULL';
      parameters.push(value);
      return `@${parameters.length}`;
    });
    return `(${places.join(', ')})`;
  });
  return { values: `VALUES ${lists.join(', ')}`, parameters };
}

const quoted = (name: string) => `"${name}"`;

/** A parameter has the collation of the database; the columns have ours, and the two do not compare by themselves. */
function equal(column: string, rows: readonly Row[]): string {
  const collation = rows.some((row) => typeof row[column] === 'string') ? ' COLLATE Latin1_General_BIN2' : '';
  return `t.${quoted(column)} = s.${quoted(column)}${collation}`;
}

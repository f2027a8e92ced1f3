import type { Kysely } from 'kysely';
import type { LogFields } from '../domain/log.ts';
import { insertMany } from './bulk.ts';
import type { Database } from './schema.ts';
import type { Store } from './store.ts';

export interface NewLogLine {
  machineId?: number;
  level: 'warn' | 'error';
  text: string;
  correlation?: string;
  fields?: LogFields;
}

export interface StoredLogLine extends Required<Pick<NewLogLine, 'level' | 'text' | 'fields'>> {
  id: number;
  /** In ms since the epoch, by the database's clock. */
  at: number;
  machineId: number | undefined;
  correlation: string | undefined;
}

/** Ships log lines of a machine (warn and above) to the database. */
export async function appendLogLines(
  store: Store,
  lines: readonly NewLogLine[],
  db: Kysely<Database> = store.db,
): Promise<void> {
  if (lines.length === 0) return;
  const at = await store.now(db);
  const rows = lines.map((line) => ({
    at,
    machine_id: line.machineId ?? null,
    level: line.level,
    text: line.text,
    correlation: line.correlation ?? null,
    data: JSON.stringify(line.fields ?? {}),
  }));
  await insertMany(store, db, 'log_line', rows);
}

/** Lines, newest first, before a cursor (an id). */
export async function listLogLines(
  store: Store,
  { before, limit = 100, machineId }: { before?: number; limit?: number; machineId?: number } = {},
): Promise<StoredLogLine[]> {
  let query = store.db.selectFrom('log_line').selectAll().orderBy('id', 'desc').limit(limit);
  if (before !== undefined) query = query.where('id', '<', before);
  if (machineId !== undefined) query = query.where('machine_id', '=', machineId);
  return (await query.execute()).map((row) => ({
    id: row.id,
    at: row.at,
    machineId: row.machine_id ?? undefined,
    level: row.level === 'error' ? 'error' : 'warn',
    text: row.text,
    correlation: row.correlation ?? undefined,
    fields: JSON.parse(row.data) as LogFields,
  }));
}

/** Removes lines older than a time (ms since the epoch). @returns how many */
export async function pruneLogLines(store: Store, before: number): Promise<number> {
  const { numDeletedRows } = await store.db.deleteFrom('log_line').where('at', '<', before).executeTakeFirst();
  return Number(numDeletedRows);
}

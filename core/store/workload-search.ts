import { sql } from 'kysely';
import { nameKey } from '../domain/name-key.ts';
import { containing } from './paging.ts';
import type { Store } from './store.ts';

/** Members of batches whose name or address holds a text, by name. */
export async function searchWorkloads(
  store: Store,
  text: string,
  limit: number,
): Promise<{ id: number; displayName: string; batchId: number; batch: string }[]> {
  const like = containing(nameKey(text));
  const top = store.dialect === 'mssql' ? sql`TOP (${sql.lit(limit)})` : sql``;
  const last = store.dialect === 'mssql' ? sql`` : sql`LIMIT ${limit}`;
  const { rows } = await sql<{ id: number; display_name: string; batch_id: number; batch: string }>`
    SELECT ${top} w.id, w.display_name, w.batch_id, b.name AS batch FROM workload w JOIN batch b ON b.id = w.batch_id
    WHERE w.name_key LIKE ${like} ESCAPE '!' OR lower(w.source_address) LIKE ${like} ESCAPE '!'
    ORDER BY w.name_key, w.id ${last}`.execute(store.db);
  return rows.map((row) => ({
    id: Number(row.id),
    displayName: row.display_name,
    batchId: Number(row.batch_id),
    batch: row.batch,
  }));
}

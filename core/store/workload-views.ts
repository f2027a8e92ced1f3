import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { nameKey } from '../domain/name-key.ts';
import type { Grade, State, WorkloadKind } from '../domain/words.ts';
import { afterCursor, type Cursor, containing, type Order, orderBy } from './paging.ts';
import type { Store } from './store.ts';
import { type PaceView, paceViewSchema } from './workloads.ts';

/** What a batch's list is sorted by. */
export const WORKLOAD_SORTS = ['name', 'state', 'items', 'left', 'bad', 'bytes', 'priority'] as const;
export type WorkloadSort = (typeof WORKLOAD_SORTS)[number];

export interface WorkloadFilter {
  batchId: number;
  states?: State[] | undefined;
  /** Any part of name or address. */
  search?: string | undefined;
}

export interface WorkloadQuery extends WorkloadFilter {
  sort: WorkloadSort;
  descending: boolean;
}

/** One line of a batch's list. Sizes in bytes. */
export interface WorkloadLine {
  id: number;
  kind: WorkloadKind;
  displayName: string;
  sourceAddress: string;
  targetAddress: string;
  root: string;
  state: State;
  reason: string | null;
  grade: Grade | null;
  priority: number;
  itemsTotal: number;
  itemsDone: number;
  itemsBad: number;
  bytesTotal: number;
  bytesDone: number;
  pace: PaceView | null;
  syncedAt: number | null;
  updatedAt: number;
}

const SORT_BY: Record<WorkloadSort, RawBuilder<string | number>> = {
  name: sql`w.name_key`,
  state: sql`w.state`,
  items: sql`w.items_done`,
  left: sql`(w.items_total - w.items_done)`,
  bad: sql`w.items_bad`,
  bytes: sql`w.bytes_done`,
  priority: sql`w.priority`,
};

function order(query: WorkloadQuery): Order {
  return { by: SORT_BY[query.sort], id: sql`w.id`, descending: query.descending };
}

function where(filter: WorkloadFilter, more: RawBuilder<SqlBool>[] = []): RawBuilder<SqlBool> {
  const parts: RawBuilder<SqlBool>[] = [sql`w.batch_id = ${filter.batchId}`, ...more];
  if (filter.states && filter.states.length > 0) parts.push(sql`w.state IN (${sql.join(filter.states)})`);
  const search = filter.search === undefined ? '' : nameKey(filter.search);
  if (search !== '') {
    const pattern = containing(search);
    parts.push(
      sql`(w.name_key LIKE ${pattern} ESCAPE '!' OR lower(w.source_address) LIKE ${pattern} ESCAPE '!' OR lower(w.target_address) LIKE ${pattern} ESCAPE '!')`,
    );
  }
  return sql<SqlBool>`${sql.join(parts, sql` AND `)}`;
}

interface Row {
  id: number;
  kind: WorkloadKind;
  display_name: string;
  source_address: string;
  target_address: string;
  root: string;
  state: State;
  reason: string | null;
  grade: Grade | null;
  priority: number;
  items_total: number;
  items_done: number;
  items_bad: number;
  bytes_total: number;
  bytes_done: number;
  pace: string | null;
  synced_at: number | null;
  updated_at: number;
  sort_value: string | number;
}

/** One page of a batch's list after a cursor, with the cursor that continues it. */
export async function workloadLines(
  store: Store,
  query: WorkloadQuery,
  page: { after?: Cursor | undefined; limit: number },
): Promise<{ lines: WorkloadLine[]; next: Cursor | undefined }> {
  const by = order(query);
  const condition = where(query, page.after ? [afterCursor(by, page.after)] : []);
  const top = store.dialect === 'mssql' ? sql`TOP (${sql.lit(page.limit)})` : sql``;
  const limit = store.dialect === 'mssql' ? sql`` : sql`LIMIT ${page.limit}`;
  const { rows } = await sql<Row>`
    SELECT ${top} w.id, w.kind, w.display_name, w.source_address, w.target_address, w.root, w.state, w.reason, w.grade,
      w.priority, w.items_total, w.items_done, w.items_bad, w.bytes_total, w.bytes_done, w.pace, w.synced_at, w.updated_at,
      ${by.by} AS sort_value
    FROM workload w WHERE ${condition} ORDER BY ${orderBy(by)} ${limit}`.execute(store.db);
  const last = rows.length === page.limit ? rows.at(-1) : undefined;
  return { lines: rows.map(toLine), next: last && { value: last.sort_value, id: last.id } };
}

/** How many lines the filter leaves, and the cursor before each page of `every` lines but the first. */
export async function workloadAnchors(
  store: Store,
  query: WorkloadQuery,
  every: number,
): Promise<{ total: number; anchors: Cursor[] }> {
  const by = order(query);
  const { rows: counts } = await sql<{ total: number }>`
    SELECT COUNT(*) AS total FROM workload w WHERE ${where(query)}`.execute(store.db);
  const { rows } = await sql<{ sort_value: string | number; id: number }>`
    SELECT sort_value, id FROM (
      SELECT ${by.by} AS sort_value, w.id AS id, ROW_NUMBER() OVER (ORDER BY ${orderBy(by)}) AS position
      FROM workload w WHERE ${where(query)}
    ) numbered WHERE position % ${sql.lit(every)} = 0 ORDER BY position`.execute(store.db);
  return {
    total: Number(counts[0]?.total ?? 0),
    anchors: rows.map((row) => ({ value: row.sort_value, id: row.id })),
  };
}

/** Ids of the lines that the filter leaves, for an action on all of them. */
export async function workloadIds(store: Store, filter: WorkloadFilter): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    SELECT w.id FROM workload w WHERE ${where(filter)} ORDER BY w.id`.execute(store.db);
  return rows.map((row) => row.id);
}

function toLine(row: Row): WorkloadLine {
  return {
    id: row.id,
    kind: row.kind,
    displayName: row.display_name,
    sourceAddress: row.source_address,
    targetAddress: row.target_address,
    root: row.root,
    state: row.state,
    reason: row.reason,
    grade: row.grade,
    priority: row.priority,
    itemsTotal: row.items_total,
    itemsDone: row.items_done,
    itemsBad: row.items_bad,
    bytesTotal: row.bytes_total,
    bytesDone: row.bytes_done,
    pace: row.pace === null ? null : paceViewSchema.parse(JSON.parse(row.pace)),
    syncedAt: row.synced_at,
    updatedAt: row.updated_at,
  };
}

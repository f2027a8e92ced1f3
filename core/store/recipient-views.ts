import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { z } from 'zod';
import { nameKey } from '../domain/name-key.ts';
import type { ForestRole, MatchState, RecipientKind } from '../domain/words.ts';
import { matchStateSchema } from './matches.ts';
import { afterCursor, type Cursor, containing, type Order, orderBy } from './paging.ts';
import type { Store } from './store.ts';

/** What the list of recipients is sorted by. */
export const RECIPIENT_SORTS = ['name', 'mail', 'kind', 'department', 'changed'] as const;
export type RecipientSort = (typeof RECIPIENT_SORTS)[number];

export interface RecipientFilter {
  /** One side, or one forest of it. */
  role: ForestRole;
  forestId?: number | undefined;
  kinds?: RecipientKind[] | undefined;
  /** The whole text of the department. */
  department?: string | undefined;
  /** Only recipients whose match is in one of these; `none` for those that no run has looked at. */
  matches?: (MatchState | 'none')[] | undefined;
  /** Any part of name, logon name or one of the addresses. */
  search?: string | undefined;
}

export interface RecipientQuery extends RecipientFilter {
  sort: RecipientSort;
  descending: boolean;
}

export interface RecipientLine {
  id: number;
  forestId: number;
  dn: string;
  kind: RecipientKind;
  displayName: string;
  mail: string | null;
  department: string | null;
  hidden: boolean;
  /** ms since the epoch. */
  whenChanged: number | null;
  match: MatchState | null;
  /** The counterpart on the other side, where there is one. */
  otherName: string | null;
  batch: string | null;
}

const SORT_BY: Record<RecipientSort, RawBuilder<string | number>> = {
  name: sql`r.name_key`,
  mail: sql`lower(coalesce(r.mail, ''))`,
  kind: sql`r.kind`,
  department: sql`lower(coalesce(r.department, ''))`,
  changed: sql`coalesce(r.when_changed, 0)`,
};

const order = (query: RecipientQuery): Order => ({
  by: SORT_BY[query.sort],
  id: sql`r.id`,
  descending: query.descending,
});

/** A source object has one row of its own; a target object is somebody's counterpart. */
function joined(role: ForestRole): RawBuilder<unknown> {
  return role === 'source'
    ? sql`FROM recipient r LEFT JOIN match m ON m.source_id = r.id LEFT JOIN recipient o ON o.id = m.target_id`
    : sql`FROM recipient r LEFT JOIN match m ON m.target_id = r.id AND m.state = 'matched'
        LEFT JOIN recipient o ON o.id = m.source_id`;
}

/**
 * Names the forest where a side has just one, as it mostly is: then the list comes in the order of the index, and a
 * page is read without sorting the side.
 */
async function narrowed<F extends RecipientFilter>(store: Store, filter: F): Promise<F> {
  if (filter.forestId !== undefined) return filter;
  const forests = await store.db.selectFrom('forest').select('id').where('role', '=', filter.role).limit(2).execute();
  const [only, second] = forests;
  return only && !second ? { ...filter, forestId: only.id } : filter;
}

function where(filter: RecipientFilter, more: RawBuilder<SqlBool>[] = []): RawBuilder<SqlBool> {
  const parts: RawBuilder<SqlBool>[] = [
    filter.forestId === undefined
      ? sql`r.forest_id IN (SELECT id FROM forest WHERE role = ${filter.role})`
      : sql`r.forest_id = ${filter.forestId}`,
    sql`r.deleted = 0`,
    ...more,
  ];
  if (filter.kinds && filter.kinds.length > 0) parts.push(sql`r.kind IN (${sql.join(filter.kinds)})`);
  if (filter.department !== undefined) parts.push(sql`coalesce(r.department, '') = ${filter.department}`);
  if (filter.matches && filter.matches.length > 0)
    parts.push(sql`coalesce(m.state, 'none') IN (${sql.join(filter.matches)})`);
  const search = filter.search === undefined ? '' : nameKey(filter.search);
  if (search !== '') {
    const like = containing(search);
    parts.push(
      sql`(r.name_key LIKE ${like} ESCAPE '!' OR lower(coalesce(r.sam, '')) LIKE ${like} ESCAPE '!' OR r.id IN (
        SELECT a.recipient_id FROM recipient_address a WHERE a.kind = 'smtp' AND a.address_key LIKE ${like} ESCAPE '!'))`,
    );
  }
  return sql<SqlBool>`${sql.join(parts, sql` AND `)}`;
}

const rowSchema = z.object({
  id: z.number(),
  forest_id: z.number(),
  dn: z.string(),
  kind: z.string(),
  display_name: z.string(),
  mail: z.string().nullable(),
  department: z.string().nullable(),
  hidden: z.number(),
  when_changed: z.number().nullable(),
  state: matchStateSchema.nullable(),
  other_name: z.string().nullable(),
  sort_value: z.union([z.string(), z.number()]),
});

/** One page of the recipients of a side after a cursor. */
export async function recipientLines(
  store: Store,
  query: RecipientQuery,
  page: { after?: Cursor | undefined; limit: number },
): Promise<{ lines: RecipientLine[]; next: Cursor | undefined }> {
  const by = order(query);
  const condition = where(await narrowed(store, query), page.after ? [afterCursor(by, page.after)] : []);
  const top = store.dialect === 'mssql' ? sql`TOP (${sql.lit(page.limit)})` : sql``;
  const limit = store.dialect === 'mssql' ? sql`` : sql`LIMIT ${page.limit}`;
  const { rows } = await sql`
    SELECT ${top} r.id, r.forest_id, r.dn, r.kind, r.display_name, r.mail, r.department, r.hidden, r.when_changed,
      m.state, o.display_name AS other_name, ${by.by} AS sort_value
    ${joined(query.role)} WHERE ${condition} ORDER BY ${orderBy(by)} ${limit}`.execute(store.db);
  const found = z.array(rowSchema).parse(rows);
  const batches = await batchesOf(store, query.role === 'source' ? found.map((row) => row.id) : []);
  const last = found.length === page.limit ? found.at(-1) : undefined;
  return {
    lines: found.map((row) => ({
      id: row.id,
      forestId: row.forest_id,
      dn: row.dn,
      kind: row.kind as RecipientKind,
      displayName: row.display_name,
      mail: row.mail,
      department: row.department,
      hidden: row.hidden === 1,
      whenChanged: row.when_changed,
      match: row.state,
      otherName: row.other_name,
      batch: batches.get(row.id) ?? null,
    })),
    next: last && { value: last.sort_value, id: last.id },
  };
}

/** How many recipients the filter leaves, and the cursor before each page of `every` but the first. */
export async function recipientAnchors(
  store: Store,
  query: RecipientQuery,
  every: number,
): Promise<{ total: number; anchors: Cursor[] }> {
  const by = order(query);
  const condition = where(await narrowed(store, query));
  // Only a filter by matches looks beyond the recipients themselves.
  const from = query.matches?.length ? joined(query.role) : sql`FROM recipient r`;
  const { rows: counts } = await sql<{ total: number }>`SELECT COUNT(*) AS total ${from} WHERE ${condition}`.execute(
    store.db,
  );
  const { rows } = await sql<{ sort_value: string | number; id: number }>`
    SELECT sort_value, id FROM (
      SELECT ${by.by} AS sort_value, r.id AS id, ROW_NUMBER() OVER (ORDER BY ${orderBy(by)}) AS position
      ${from} WHERE ${condition}
    ) numbered WHERE position % ${sql.lit(every)} = 0 ORDER BY position`.execute(store.db);
  return {
    total: Number(counts[0]?.total ?? 0),
    anchors: rows.map((row) => ({ value: row.sort_value, id: row.id })),
  };
}

/** Ids of the recipients that the filter leaves, for an action on all of them. */
export async function recipientIds(store: Store, filter: RecipientFilter): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    SELECT r.id AS id ${joined(filter.role)} WHERE ${where(await narrowed(store, filter))} ORDER BY r.id`.execute(
    store.db,
  );
  return rows.map((row) => Number(row.id));
}

/** How many recipients of a side are of which kind, in which department and how matched: what the filters offer. */
export async function recipientFacets(
  store: Store,
  role: ForestRole,
): Promise<{
  total: number;
  kinds: { value: RecipientKind; count: number }[];
  departments: { value: string; count: number }[];
  matches: { value: MatchState | 'none'; count: number }[];
}> {
  const side = where(await narrowed(store, { role }));
  const { rows: kinds } = await sql<{ value: string; count: number }>`
    SELECT r.kind AS value, COUNT(*) AS count FROM recipient r WHERE ${side} GROUP BY r.kind`.execute(store.db);
  const { rows: departments } = await sql<{ value: string; count: number }>`
    SELECT r.department AS value, COUNT(*) AS count FROM recipient r
    WHERE ${side} AND r.department IS NOT NULL AND r.department <> '' GROUP BY r.department`.execute(store.db);
  const total = kinds.reduce((sum, row) => sum + Number(row.count), 0);
  const matches = await matchFacets(store, role, total);
  const counted = <T extends string>(rows: { value: string; count: number }[]) =>
    rows
      .map((row) => ({ value: row.value as T, count: Number(row.count) }))
      .sort((a, b) => b.count - a.count || a.value.localeCompare(b.value));
  return {
    total,
    kinds: counted<RecipientKind>(kinds),
    departments: counted<string>(departments),
    matches: counted<MatchState | 'none'>(matches),
  };
}

/**
 * How the recipients of a side are matched. Matches are counted by their state, which an index answers alone; what
 * belongs to recipients that are gone, or to another forest of the side, is the exception and left out by number.
 */
async function matchFacets(store: Store, role: ForestRole, total: number): Promise<{ value: string; count: number }[]> {
  const own = role === 'source' ? sql`m.source_id` : sql`m.target_id`;
  const condition = role === 'source' ? sql`1 = 1` : sql`m.state = 'matched' AND m.target_id IS NOT NULL`;
  const { rows } = await sql<{ value: string; count: number }>`
    SELECT m.state AS value, COUNT(*) AS count FROM "match" m
    WHERE ${condition} AND ${own} NOT IN (
      SELECT r.id FROM recipient r JOIN forest f ON f.id = r.forest_id WHERE r.deleted = 1 AND f.role = ${role})
    GROUP BY m.state`.execute(store.db);
  const matched = rows.reduce((sum, row) => sum + Number(row.count), 0);
  return total > matched ? [...rows, { value: 'none', count: total - matched }] : rows;
}

/** The batches that source objects are in. */
async function batchesOf(store: Store, ids: readonly number[]): Promise<Map<number, string>> {
  if (ids.length === 0) return new Map();
  const rows = await store.db
    .selectFrom('workload')
    .innerJoin('batch', 'batch.id', 'workload.batch_id')
    .select(['workload.source_id as id', 'batch.name as name'])
    .where('workload.source_id', 'in', [...ids])
    .where('batch.state', '!=', 'undone')
    .execute();
  return new Map(rows.flatMap((row) => (row.id === null ? [] : [[Number(row.id), row.name] as const])));
}

/** Where a word is found among recipients of both sides: for the search across everything. */
export async function searchRecipients(
  store: Store,
  text: string,
  limit: number,
): Promise<{ id: number; displayName: string; mail: string | null; role: ForestRole }[]> {
  const like = containing(nameKey(text));
  const top = store.dialect === 'mssql' ? sql`TOP (${sql.lit(limit)})` : sql``;
  const last = store.dialect === 'mssql' ? sql`` : sql`LIMIT ${limit}`;
  const { rows } = await sql<{ id: number; display_name: string; mail: string | null; role: ForestRole }>`
    SELECT ${top} r.id, r.display_name, r.mail, f.role FROM recipient r JOIN forest f ON f.id = r.forest_id
    WHERE r.deleted = 0 AND (r.name_key LIKE ${like} ESCAPE '!' OR lower(coalesce(r.mail, '')) LIKE ${like} ESCAPE '!')
    ORDER BY r.name_key, r.id ${last}`.execute(store.db);
  return rows.map((row) => ({ id: Number(row.id), displayName: row.display_name, mail: row.mail, role: row.role }));
}

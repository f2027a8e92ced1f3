import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { MATCH_STATES, type MatchState } from '../domain/words.ts';
import { upsertMany } from './bulk.ts';
import { type Cursor, containing } from './paging.ts';
import type { Store } from './store.ts';

export const matchStateSchema = z.enum(MATCH_STATES);

export const evidenceSchema = z.object({
  key: z.string(),
  verdict: z.enum(['equal', 'similar', 'differs', 'info']),
  source: z.string().optional(),
  target: z.string().optional(),
  weight: z.number(),
  note: z.string().optional(),
});
export type StoredEvidence = z.infer<typeof evidenceSchema>;

export const candidateSchema = z.object({
  targetId: z.number(),
  targetGuid: z.string(),
  targetDn: z.string(),
  rule: z.string(),
  score: z.number(),
  evidence: z.array(evidenceSchema),
});
export type StoredCandidate = z.infer<typeof candidateSchema>;

export interface NewMatch {
  sourceId: number;
  targetId: number | null;
  state: MatchState;
  rule: string;
  score: number;
  evidence: readonly unknown[];
  candidates: readonly unknown[];
}

/** A source object's match with what a list shows of both objects. */
export interface MatchLine {
  id: number;
  sourceId: number;
  sourceGuid: string;
  sourceDn: string;
  sourceName: string;
  sourceMail: string | null;
  sourceKind: string;
  sourceDeleted: boolean;
  targetId: number | null;
  targetGuid: string | null;
  targetDn: string | null;
  targetName: string | null;
  targetMail: string | null;
  targetKind: string | null;
  targetDeleted: boolean;
  state: MatchState;
  rule: string;
  score: number;
  evidence: StoredEvidence[];
  candidates: StoredCandidate[];
  updatedAt: number;
}

/** Stores outcomes, one row a source object. All rows of one run carry its time. */
export async function storeMatches(store: Store, matches: readonly NewMatch[], at: number): Promise<void> {
  const rows = matches.map((m) => ({
    source_id: m.sourceId,
    target_id: m.targetId,
    state: m.state,
    rule: m.rule,
    score: m.score,
    evidence: JSON.stringify(m.evidence),
    candidates: JSON.stringify(m.candidates),
    updated_at: at,
  }));
  await upsertMany(store, store.db, 'match', rows, { key: ['source_id'] });
}

/** Removes what a run did not renew: rows of objects that are gone. */
export async function dropOldMatches(store: Store, before: number): Promise<void> {
  await store.db.deleteFrom('match').where('updated_at', '<', before).execute();
}

export async function matchCounts(store: Store): Promise<Record<MatchState, number>> {
  const counts = Object.fromEntries(MATCH_STATES.map((s) => [s, 0])) as Record<MatchState, number>;
  const all = await store.db
    .selectFrom('match')
    .select(['state', (eb) => eb.fn.countAll<number>().as('n')])
    .groupBy('state')
    .execute();
  // The few sources that are gone are counted off, by their index: joining every match with its source takes long.
  const gone = await store.db
    .selectFrom('recipient')
    .innerJoin('match', 'match.source_id', 'recipient.id')
    .select(['match.state as state', (eb) => eb.fn.countAll<number>().as('n')])
    .where('recipient.forest_id', 'in', (eb) => eb.selectFrom('forest').select('forest.id'))
    .where('recipient.deleted', '=', 1)
    .groupBy('match.state')
    .execute();
  for (const row of all) counts[matchStateSchema.parse(row.state)] += Number(row.n);
  for (const row of gone) counts[matchStateSchema.parse(row.state)] -= Number(row.n);
  return counts;
}

export interface MatchQuery {
  states?: readonly MatchState[] | undefined;
  /** Part of a name, DN or address of the source or the target. */
  search?: string | undefined;
  rule?: string | undefined;
  sourceIds?: readonly number[] | undefined;
}

/** What a query leaves, for `m` the match, `s` its source and `t` its target. */
function matchCondition(query: MatchQuery): RawBuilder<boolean> {
  const parts: RawBuilder<boolean>[] = [sql<boolean>`1 = 1`];
  if (query.states?.length) parts.push(sql`m.state IN (${sql.join([...query.states])})`);
  if (query.rule) parts.push(sql`m."rule" = ${query.rule}`);
  if (query.sourceIds)
    parts.push(sql`m.source_id IN (${sql.join(query.sourceIds.length ? [...query.sourceIds] : [0])})`);
  if (query.search?.trim()) {
    const like = containing(query.search.trim().toLowerCase());
    parts.push(
      sql`(s.name_key LIKE ${like} ESCAPE '!' OR lower(s.dn) LIKE ${like} ESCAPE '!' OR lower(coalesce(s.mail, '')) LIKE ${like} ESCAPE '!' OR coalesce(t.name_key, '') LIKE ${like} ESCAPE '!' OR lower(coalesce(t.mail, '')) LIKE ${like} ESCAPE '!')`,
    );
  }
  return sql<boolean>`${sql.join(parts, sql` AND `)}`;
}

/** How many matches a query leaves, and the cursor before each page of `every` but the first. */
export async function matchAnchors(
  store: Store,
  query: MatchQuery,
  every: number,
): Promise<{ total: number; anchors: Cursor[] }> {
  const condition = matchCondition(query);
  // Only a search looks beyond the matches themselves; without one their sources are found by an index alone.
  const searched = sql`FROM "match" m JOIN recipient s ON s.id = m.source_id LEFT JOIN recipient t ON t.id = m.target_id
    WHERE ${condition}`;
  const [counted, ordered] = query.search?.trim()
    ? [searched, searched]
    : [
        sql`FROM "match" m WHERE ${condition}`,
        sql`FROM recipient s WHERE EXISTS (SELECT 1 FROM "match" m WHERE m.source_id = s.id AND ${condition})`,
      ];
  const { rows: counts } = await sql<{ total: number }>`SELECT COUNT(*) AS total ${counted}`.execute(store.db);
  const { rows } = await sql<{ value: string; id: number }>`
    SELECT value, id FROM (
      SELECT s.name_key AS value, s.id AS id, ROW_NUMBER() OVER (ORDER BY s.name_key, s.id) AS position ${ordered}
    ) numbered WHERE position % ${sql.lit(every)} = 0 ORDER BY position`.execute(store.db);
  return {
    total: Number(counts[0]?.total ?? 0),
    anchors: rows.map((row) => ({ value: row.value, id: Number(row.id) })),
  };
}

/** How many matches each rule made. */
export async function matchRules(store: Store): Promise<{ rule: string; count: number }[]> {
  const rows = await store.db
    .selectFrom('match')
    .select(['rule', (eb) => eb.fn.countAll<number>().as('n')])
    .groupBy('rule')
    .orderBy('rule')
    .execute();
  return rows.map((row) => ({ rule: row.rule, count: Number(row.n) }));
}

/** One page of matches by the source's number. */
export async function listMatches(
  store: Store,
  query: MatchQuery,
  { after, limit }: { after?: Cursor | undefined; limit: number },
): Promise<{ lines: MatchLine[]; next: Cursor | undefined }> {
  let q = store.db
    .selectFrom('match as m')
    .innerJoin('recipient as s', 's.id', 'm.source_id')
    .leftJoin('recipient as t', 't.id', 'm.target_id')
    .select([
      'm.id as id',
      'm.source_id as sourceId',
      's.guid as sourceGuid',
      's.dn as sourceDn',
      's.display_name as sourceName',
      's.mail as sourceMail',
      's.kind as sourceKind',
      's.deleted as sourceDeleted',
      'm.target_id as targetId',
      't.guid as targetGuid',
      't.dn as targetDn',
      't.display_name as targetName',
      't.mail as targetMail',
      't.kind as targetKind',
      't.deleted as targetDeleted',
      'm.state as state',
      'm.rule as rule',
      'm.score as score',
      'm.evidence as evidence',
      'm.candidates as candidates',
      'm.updated_at as updatedAt',
      's.name_key as nameKey',
    ])
    .orderBy('s.name_key')
    .orderBy('s.id')
    .limit(limit);
  q = q.where(matchCondition(query));
  if (after) {
    q = q.where(
      sql<boolean>`(s.name_key > ${after.value} OR (s.name_key = ${after.value} AND m.source_id > ${after.id}))`,
    );
  }
  const rows = await q.execute();
  const last = rows.at(-1);
  return {
    lines: rows.map(({ nameKey: _, ...row }) => ({
      ...row,
      sourceDeleted: row.sourceDeleted === 1,
      targetDeleted: row.targetDeleted === 1,
      state: matchStateSchema.parse(row.state),
      evidence: z.array(evidenceSchema).parse(JSON.parse(row.evidence)),
      candidates: z.array(candidateSchema).parse(JSON.parse(row.candidates)),
    })),
    next: last && rows.length === limit ? { value: last.nameKey, id: last.sourceId } : undefined,
  };
}

/** All matches, page by page. */
export async function* eachMatch(store: Store, query: MatchQuery = {}, pageSize = 1000): AsyncGenerator<MatchLine[]> {
  let after: Cursor | undefined;
  do {
    const page = await listMatches(store, query, { after, limit: pageSize });
    if (page.lines.length > 0) yield page.lines;
    after = page.next;
  } while (after);
}

/** The living source-to-target pairs by number, for remapping references. */
export async function matchedPairs(store: Store): Promise<Map<number, number>> {
  const rows = await store.db
    .selectFrom('match')
    .innerJoin('recipient as t', 't.id', 'match.target_id')
    .select(['match.source_id as source', 'match.target_id as target'])
    .where('match.state', '=', 'matched')
    .where('t.deleted', '=', 0)
    .execute();
  return new Map(rows.flatMap((r) => (r.target === null ? [] : [[r.source, r.target] as const])));
}

/** Ties a source object to a target object that was made for it. */
export async function setMatched(
  store: Store,
  sourceId: number,
  targetId: number | null,
  state: MatchState,
): Promise<void> {
  await store.db
    .updateTable('match')
    .set({ target_id: targetId, state, updated_at: await store.now() })
    .where('source_id', '=', sourceId)
    .execute();
}

export const DECISION_CHOICES = ['match', 'none', 'create'] as const;
export const decisionChoiceSchema = z.enum(DECISION_CHOICES);
export type DecisionChoice = z.infer<typeof decisionChoiceSchema>;

/** What a person decided about a source object: by GUIDs, so that it outlives discovery. */
export interface StoredDecision {
  sourceGuid: string;
  targetGuid: string | null;
  choice: DecisionChoice;
  who: string;
  at: number;
}

export async function listDecisions(store: Store): Promise<StoredDecision[]> {
  const rows = await store.db.selectFrom('decision').selectAll().orderBy('source_guid').execute();
  return rows.map((row) => ({
    sourceGuid: row.source_guid,
    targetGuid: row.target_guid,
    choice: decisionChoiceSchema.parse(row.choice),
    who: row.who,
    at: row.at,
  }));
}

export async function storeDecisions(store: Store, decisions: readonly Omit<StoredDecision, 'at'>[]): Promise<void> {
  const at = await store.now();
  const rows = decisions.map((d) => ({
    source_guid: d.sourceGuid,
    target_guid: d.targetGuid,
    choice: d.choice,
    who: d.who,
    at,
  }));
  await upsertMany(store, store.db, 'decision', rows, { key: ['source_guid'] });
}

/** Takes decisions back. @returns how many there were */
export async function dropDecisions(store: Store, sourceGuids: readonly string[]): Promise<number> {
  let dropped = 0;
  for (let at = 0; at < sourceGuids.length; at += 1000) {
    const part = sourceGuids.slice(at, at + 1000);
    const { numDeletedRows } = await store.db
      .deleteFrom('decision')
      .where('source_guid', 'in', part)
      .executeTakeFirst();
    dropped += Number(numDeletedRows);
  }
  return dropped;
}

export interface OrphanedDecision extends StoredDecision {
  sourceDn: string | null;
  targetDn: string | null;
  lost: 'source' | 'target';
}

/** Decisions whose source or target object is gone: shown, never dropped. */
export async function orphanedDecisions(store: Store): Promise<OrphanedDecision[]> {
  const decisions = await listDecisions(store);
  const guids = new Set(decisions.flatMap((d) => [d.sourceGuid, ...(d.targetGuid ? [d.targetGuid] : [])]));
  const known = new Map<string, { dn: string; deleted: number }>();
  const list = [...guids];
  for (let at = 0; at < list.length; at += 1000) {
    const rows = await store.db
      .selectFrom('recipient')
      .select(['guid', 'dn', 'deleted'])
      .where('guid', 'in', list.slice(at, at + 1000))
      .execute();
    for (const row of rows) known.set(row.guid, row);
  }
  return decisions.flatMap((d): OrphanedDecision[] => {
    const source = known.get(d.sourceGuid);
    const target = d.targetGuid ? known.get(d.targetGuid) : undefined;
    const names = { sourceDn: source?.dn ?? null, targetDn: target?.dn ?? null };
    if (!source || source.deleted === 1) return [{ ...d, ...names, lost: 'source' }];
    if (d.targetGuid && (!target || target.deleted === 1)) return [{ ...d, ...names, lost: 'target' }];
    return [];
  });
}

import { type Kysely, type RawBuilder, type Selectable, type SqlBool, sql } from 'kysely';
import { z } from 'zod';
import { type Attributes, attributesSchema } from '../domain/recipient.ts';
import { insertMany } from './bulk.ts';
import { type Cursor, containing } from './paging.ts';
import type { Database, DirectoryChangeTable } from './schema.ts';
import type { Store } from './store.ts';

export const PLAN_PURPOSES = ['prepare', 'cutover', 'heal'] as const;
export type PlanPurpose = (typeof PLAN_PURPOSES)[number];
export const PLAN_STATES = ['planned', 'applying', 'applied', 'undoing', 'undone', 'superseded'] as const;
export type PlanState = (typeof PLAN_STATES)[number];

export const CHANGE_KINDS = ['add', 'modify', 'delete'] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];
/**
 * A change's life: `planned`, `writing` (sent, or about to be: a crash leaves it so), `applied`; `stopped` when the
 * object no longer was what the plan had seen, `failed` when the server refused; then `undoing`, `undone`, or `kept`
 * when it was changed after us and therefore left alone.
 */
export const CHANGE_STATES = [
  'planned',
  'writing',
  'applied',
  'stopped',
  'failed',
  'undoing',
  'undone',
  'kept',
] as const;
export type ChangeState = (typeof CHANGE_STATES)[number];

export const planNotesSchema = z.object({
  /** Objects that could not be planned, and why. */
  problems: z.array(z.object({ object: z.string(), reason: z.string() })).default([]),
  /** What the reader should know: references without a match, addresses left out. */
  notes: z.array(z.object({ object: z.string(), note: z.string() })).default([]),
  options: z.unknown().optional(),
});
export type PlanNotes = z.infer<typeof planNotesSchema>;

export interface ChangePlan {
  id: number;
  batchId: number | null;
  purpose: PlanPurpose;
  state: PlanState;
  createdAt: number;
  createdBy: string;
  notes: PlanNotes;
}

export interface NewChange {
  forestId: number;
  kind: ChangeKind;
  dn: string;
  guid: string | null;
  sourceId: number | null;
  reason: string;
  /** Only the attributes that the change concerns; an empty list stands for "has none". */
  before: Attributes;
  after: Attributes;
}

export interface DirectoryChange extends NewChange {
  id: number;
  planId: number;
  seq: number;
  state: ChangeState;
  message: string | null;
}

/**
 * Stores a plan with its changes in the order they shall be made. A plan of the same purpose that waits is set aside, but
 * not by one that stands `beside` others: many mailboxes of a batch are cut over at once, each by a plan of its own.
 */
export async function createPlan(
  store: Store,
  plan: { batchId: number | null; purpose: PlanPurpose; createdBy: string; notes: PlanNotes; beside?: boolean },
  changes: readonly NewChange[],
): Promise<number> {
  const now = await store.now();
  return store.db.transaction().execute(async (trx) => {
    if (!plan.beside) {
      await trx
        .updateTable('change_plan')
        .set({ state: 'superseded' })
        .where('purpose', '=', plan.purpose)
        .where('state', '=', 'planned')
        .where((eb) => (plan.batchId === null ? eb('batch_id', 'is', null) : eb('batch_id', '=', plan.batchId)))
        .execute();
    }
    const row = {
      batch_id: plan.batchId,
      purpose: plan.purpose,
      state: 'planned',
      created_at: now,
      created_by: plan.createdBy,
      notes: JSON.stringify(plan.notes),
    };
    const { id } = await trx.insertInto('change_plan').values(row).returning('id').executeTakeFirstOrThrow();
    await insertMany(
      store,
      trx,
      'directory_change',
      changes.map((c, seq) => ({
        plan_id: id,
        forest_id: c.forestId,
        seq,
        kind: c.kind,
        dn: c.dn,
        guid: c.guid,
        source_id: c.sourceId,
        reason: c.reason,
        before_values: JSON.stringify(c.before),
        after_values: JSON.stringify(c.after),
        state: 'planned',
        message: null,
        updated_at: now,
      })),
    );
    return id;
  });
}

export async function getPlan(store: Store, id: number): Promise<ChangePlan | undefined> {
  const row = await store.db.selectFrom('change_plan').selectAll().where('id', '=', id).executeTakeFirst();
  return row && planFromRow(row);
}

/** The newest plan of a purpose in one of the states. */
export async function latestPlan(
  store: Store,
  purpose: PlanPurpose,
  states: readonly PlanState[],
  batchId?: number | null,
): Promise<ChangePlan | undefined> {
  let query = store.db
    .selectFrom('change_plan')
    .selectAll()
    .where('purpose', '=', purpose)
    .where('state', 'in', [...states])
    .orderBy('id', 'desc')
    .limit(1);
  if (batchId === null) query = query.where('batch_id', 'is', null);
  else if (batchId !== undefined) query = query.where('batch_id', '=', batchId);
  const row = await query.executeTakeFirst();
  return row && planFromRow(row);
}

export async function listPlans(store: Store): Promise<ChangePlan[]> {
  const rows = await store.db.selectFrom('change_plan').selectAll().orderBy('id', 'desc').execute();
  return rows.map(planFromRow);
}

function planFromRow(row: {
  id: number;
  batch_id: number | null;
  purpose: string;
  state: string;
  created_at: number;
  created_by: string;
  notes: string;
}): ChangePlan {
  return {
    id: row.id,
    batchId: row.batch_id,
    purpose: z.enum(PLAN_PURPOSES).parse(row.purpose),
    state: z.enum(PLAN_STATES).parse(row.state),
    createdAt: row.created_at,
    createdBy: row.created_by,
    notes: planNotesSchema.parse(JSON.parse(row.notes)),
  };
}

export async function setPlanState(
  store: Store,
  id: number,
  state: PlanState,
  db: Kysely<Database> = store.db,
): Promise<void> {
  await db.updateTable('change_plan').set({ state }).where('id', '=', id).execute();
}

export interface ChangeQuery {
  states?: readonly ChangeState[] | undefined;
  kind?: ChangeKind | undefined;
  forestId?: number | undefined;
  search?: string | undefined;
  descending?: boolean | undefined;
  /** The last seq that was seen. */
  after?: number | undefined;
  limit: number;
}

function changeCondition(planId: number, query: Omit<ChangeQuery, 'limit'>): RawBuilder<SqlBool> {
  const parts: RawBuilder<SqlBool>[] = [sql`plan_id = ${planId}`];
  if (query.states && query.states.length > 0) parts.push(sql`state IN (${sql.join([...query.states])})`);
  if (query.kind) parts.push(sql`kind = ${query.kind}`);
  if (query.forestId !== undefined) parts.push(sql`forest_id = ${query.forestId}`);
  if (query.search) parts.push(sql`lower(dn) LIKE ${containing(query.search.toLowerCase())} ESCAPE '!'`);
  return sql<SqlBool>`${sql.join(parts, sql` AND `)}`;
}

/** How many changes a query leaves, and the cursor before each page of `every` but the first. */
export async function changeAnchors(
  store: Store,
  planId: number,
  query: Omit<ChangeQuery, 'limit'>,
  every: number,
): Promise<{ total: number; anchors: Cursor[] }> {
  const condition = changeCondition(planId, query);
  const { rows: counts } = await sql<{ total: number }>`
    SELECT COUNT(*) AS total FROM directory_change WHERE ${condition}`.execute(store.db);
  const { rows } = await sql<{ seq: number }>`
    SELECT seq FROM (
      SELECT seq, ROW_NUMBER() OVER (ORDER BY seq) AS position FROM directory_change WHERE ${condition}
    ) numbered WHERE position % ${sql.lit(every)} = 0 ORDER BY position`.execute(store.db);
  return {
    total: Number(counts[0]?.total ?? 0),
    anchors: rows.map(({ seq }) => ({ value: Number(seq), id: Number(seq) })),
  };
}

/** Changes of a plan in their order (or the reverse, for undo), in pages. */
export async function listChanges(store: Store, planId: number, query: ChangeQuery): Promise<DirectoryChange[]> {
  let q = store.db
    .selectFrom('directory_change')
    .selectAll()
    .where(changeCondition(planId, query))
    .orderBy('seq', query.descending ? 'desc' : 'asc')
    .limit(query.limit);
  if (query.after !== undefined) q = q.where('seq', query.descending ? '<' : '>', query.after);
  return (await q.execute()).map(changeFromRow);
}

function changeFromRow(row: Selectable<DirectoryChangeTable>): DirectoryChange {
  return {
    id: row.id,
    planId: row.plan_id,
    forestId: row.forest_id,
    seq: row.seq,
    kind: z.enum(CHANGE_KINDS).parse(row.kind),
    dn: row.dn,
    guid: row.guid,
    sourceId: row.source_id,
    reason: row.reason,
    before: attributesSchema.parse(JSON.parse(row.before_values)),
    after: attributesSchema.parse(JSON.parse(row.after_values)),
    state: z.enum(CHANGE_STATES).parse(row.state),
    message: row.message,
  };
}

/** How many changes are in which state, by forest and kind. */
export async function changeCounts(
  store: Store,
  planId: number,
): Promise<{ forestId: number; kind: ChangeKind; state: ChangeState; count: number }[]> {
  const rows = await store.db
    .selectFrom('directory_change')
    .select(['forest_id', 'kind', 'state', (eb) => eb.fn.countAll<number>().as('n')])
    .where('plan_id', '=', planId)
    .groupBy(['forest_id', 'kind', 'state'])
    .execute();
  return rows.map((row) => ({
    forestId: row.forest_id,
    kind: z.enum(CHANGE_KINDS).parse(row.kind),
    state: z.enum(CHANGE_STATES).parse(row.state),
    count: Number(row.n),
  }));
}

/** Marks changes before they are sent, so that a crash leaves a trace of what may have been written. */
export async function markChanges(
  store: Store,
  ids: readonly number[],
  state: ChangeState,
  db: Kysely<Database> = store.db,
): Promise<void> {
  if (ids.length === 0) return;
  const now = await store.now(db);
  await db
    .updateTable('directory_change')
    .set({ state, updated_at: now })
    .where('id', 'in', [...ids])
    .execute();
}

export interface ChangeResult {
  id: number;
  state: ChangeState;
  message: string | null;
  guid?: string | undefined;
  dn?: string | undefined;
  /** For deletions: everything the object had, read right before. */
  before?: Attributes | undefined;
}

/** Keeps how changes came out; `trx` makes it all or nothing. */
export async function settleChanges(
  store: Store,
  results: readonly ChangeResult[],
  trx: Kysely<Database>,
): Promise<void> {
  const now = await store.now(trx);
  for (const r of results) {
    await trx
      .updateTable('directory_change')
      .set({
        state: r.state,
        message: r.message,
        updated_at: now,
        ...(r.guid === undefined ? {} : { guid: r.guid }),
        ...(r.dn === undefined ? {} : { dn: r.dn }),
        ...(r.before === undefined ? {} : { before_values: JSON.stringify(r.before) }),
      })
      .where('id', '=', r.id)
      .execute();
  }
}

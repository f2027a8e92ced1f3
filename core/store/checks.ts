import type { Kysely, Selectable, Transaction } from 'kysely';
import { z } from 'zod';
import {
  type CheckResult,
  checkFactsSchema,
  checkGroupSchema,
  type Finding,
  findingSchema,
  remedySchema,
} from '../domain/checks.ts';
import { UsageError } from '../domain/errors.ts';
import { insertMany } from './bulk.ts';
import type { CheckResultTable, CheckRunTable, Database } from './schema.ts';
import type { Store } from './store.ts';

/** What a run looked at; empty lists mean everything. */
export const runScopeSchema = z.object({
  forests: z.array(z.string()).default([]),
  groups: z.array(checkGroupSchema).default([]),
  /** Ids of single checks that were run again. */
  checks: z.array(z.string()).default([]),
  /** Objects of those checks; all unless given. */
  objects: z.array(z.string()).optional(),
  batch: z.string().optional(),
});
export type RunScope = z.infer<typeof runScopeSchema>;

export interface CheckRun {
  id: number;
  /** ms since the epoch. */
  startedAt: number;
  finishedAt: number | undefined;
  startedBy: string;
  machine: string;
  scope: RunScope;
}

export interface StoredCheckResult extends CheckResult {
  resultId: number;
  runId: number;
  override: { by: string; reason: string } | undefined;
}

function runFromRow(row: Selectable<CheckRunTable>): CheckRun {
  return {
    id: row.id,
    startedAt: row.started_at,
    finishedAt: row.finished_at ?? undefined,
    startedBy: row.started_by,
    machine: row.machine,
    scope: runScopeSchema.parse(JSON.parse(row.scope)),
  };
}

/** What stands in the `data` column: everything that is not asked for by a query. */
const dataSchema = checkFactsSchema
  .pick({ requirement: true, how: true, blocks: true })
  .extend({ evidence: z.array(z.string()).optional(), why: z.string().optional(), remedy: remedySchema.optional() });

function resultFromRow(row: Selectable<CheckResultTable>): StoredCheckResult {
  const { requirement, how, blocks, ...rest } = dataSchema.parse(JSON.parse(row.data));
  return {
    resultId: row.id,
    runId: row.run_id,
    id: row.check_id,
    group: checkGroupSchema.parse(row.group_name),
    title: row.title,
    object: row.object,
    machine: row.machine,
    requirement,
    how,
    blocks,
    finding: findingSchema.parse({ outcome: row.outcome, ...rest }),
    tookMs: row.took_ms,
    override: row.override_by === null ? undefined : { by: row.override_by, reason: row.override_reason ?? '' },
  };
}

/** Opens a run of checks. @returns its number */
export async function startCheckRun(
  store: Store,
  run: { startedBy: string; machine: string; scope: RunScope },
): Promise<number> {
  const row = {
    started_at: await store.now(),
    finished_at: null,
    started_by: run.startedBy,
    machine: run.machine,
    scope: JSON.stringify(run.scope),
  };
  const { id } = await store.db.insertInto('check_run').values(row).returning('id').executeTakeFirstOrThrow();
  return id;
}

/**
 * Keeps the results of a run. An override stays with a check (the same check, object and machine) as long as it ends as
 * it did when somebody decided to go on; once it passed, the next failure is a new one.
 */
export async function saveCheckResults(
  store: Store,
  runId: number,
  results: readonly CheckResult[],
  within?: Transaction<Database>,
): Promise<void> {
  if (within) await save(store, within, runId, results);
  else await store.db.transaction().execute((trx) => save(store, trx, runId, results));
}

async function save(
  store: Store,
  trx: Transaction<Database>,
  runId: number,
  results: readonly CheckResult[],
): Promise<void> {
  const before = await trx
    .selectFrom('check_result')
    .select(['check_id', 'object', 'machine', 'outcome', 'override_by', 'override_reason'])
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('check_result')
        .select((e) => e.fn.max('id').as('id'))
        .groupBy(['check_id', 'object', 'machine']),
    )
    .where('override_by', 'is not', null)
    .execute();
  const overrides = new Map(before.map((row) => [keyOf(row.check_id, row.object, row.machine), row]));
  const rows = results.map((result) => {
    const old = overrides.get(keyOf(result.id, result.object, result.machine));
    const kept = old?.outcome === result.finding.outcome ? old : undefined;
    const { outcome, ...rest } = result.finding;
    return {
      run_id: runId,
      check_id: result.id,
      group_name: result.group,
      // As wide as the column; what is longer is still told by its beginning.
      object: result.object.slice(0, 400),
      machine: result.machine,
      outcome,
      title: result.title,
      data: JSON.stringify({ requirement: result.requirement, how: result.how, blocks: result.blocks, ...rest }),
      took_ms: Math.round(result.tookMs),
      override_by: kept?.override_by ?? null,
      override_reason: kept?.override_reason ?? null,
    };
  });
  await insertMany(store, trx, 'check_result', rows);
}

const keyOf = (...parts: string[]): string => JSON.stringify(parts);

/** Closes a run. Many may be under way at once: each is closed by the machine that ran it. */
export async function finishCheckRun(store: Store, runId: number, db: Kysely<Database> = store.db): Promise<void> {
  await db.updateTable('check_run').set({ finished_at: store.nowSql }).where('id', '=', runId).execute();
}

/** Runs, newest first. */
export async function listCheckRuns(store: Store, limit = 100): Promise<CheckRun[]> {
  const rows = await store.db.selectFrom('check_run').selectAll().orderBy('id', 'desc').limit(limit).execute();
  return rows.map(runFromRow);
}

export async function findCheckRun(store: Store, id: number): Promise<CheckRun | undefined> {
  const row = await store.db.selectFrom('check_run').selectAll().where('id', '=', id).executeTakeFirst();
  return row && runFromRow(row);
}

/** The results of a run in the order of their making. */
export async function checkResults(store: Store, runId: number): Promise<StoredCheckResult[]> {
  const rows = await store.db
    .selectFrom('check_result')
    .selectAll()
    .where('run_id', '=', runId)
    .orderBy('id')
    .execute();
  return rows.map(resultFromRow);
}

/** How things stand: the newest result of each check, object and machine. */
export async function latestCheckResults(store: Store): Promise<StoredCheckResult[]> {
  const rows = await latest(store).orderBy('group_name').orderBy('id').execute();
  return rows.map(resultFromRow);
}

/** How many newest results stand against starting a batch: asked for on every page, so without reading all of them. */
export async function countBlocking(store: Store): Promise<number> {
  const rows = await latest(store).where('outcome', '=', 'failed').where('override_by', 'is', null).execute();
  return rows.map(resultFromRow).filter(blocksBatch).length;
}

function latest(store: Store) {
  return store.db
    .selectFrom('check_result')
    .selectAll()
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('check_result')
        .select((e) => e.fn.max('id').as('id'))
        .groupBy(['check_id', 'object', 'machine']),
    );
}

/** All ends of one check on one object from one machine, newest first. */
export async function checkHistory(
  store: Store,
  key: { id: string; object: string; machine: string },
  limit = 50,
): Promise<(StoredCheckResult & { at: number })[]> {
  const rows = await store.db
    .selectFrom('check_result')
    .innerJoin('check_run', 'check_run.id', 'check_result.run_id')
    .selectAll('check_result')
    .select('check_run.started_at as at')
    .where('check_id', '=', key.id)
    .where('object', '=', key.object)
    .where('check_result.machine', '=', key.machine)
    .orderBy('check_result.id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(({ at, ...row }) => ({ ...resultFromRow(row), at }));
}

/** One result by its number. @throws UsageError when there is none */
export async function getCheckResult(store: Store, resultId: number): Promise<StoredCheckResult> {
  const row = await store.db.selectFrom('check_result').selectAll().where('id', '=', resultId).executeTakeFirst();
  if (row) return resultFromRow(row);
  throw new UsageError({
    tried: `find the check result ${resultId}`,
    happened: 'There is none with this number.',
    next: 'Look at the results with: transplant preflight show',
  });
}

/** Sets or, with undefined, takes back the decision to go on in spite of a finding. */
export async function setOverride(
  store: Store,
  resultId: number,
  override: { by: string; reason: string } | undefined,
  db: Kysely<Database> = store.db,
): Promise<void> {
  await db
    .updateTable('check_result')
    .set({ override_by: override?.by ?? null, override_reason: override?.reason ?? null })
    .where('id', '=', resultId)
    .execute();
}

/** Whether a result stands in the way of a batch: it must pass, it did not, and nobody has taken that on himself. */
export function blocksBatch(result: { blocks: boolean; finding: Finding; override: unknown }): boolean {
  return result.blocks && result.finding.outcome === 'failed' && result.override === undefined;
}

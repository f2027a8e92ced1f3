import type { Kysely } from 'kysely';
import { z } from 'zod';
import { CUTOVER_STEPS, type CutoverStep, STEP_STATES, type StepState, type StepStates } from '../domain/cutover.ts';
import { upsertMany } from './bulk.ts';
import type { Database } from './schema.ts';
import type { Store } from './store.ts';

/** What a step leaves for those after it: no content, no secret. */
export const stepDetailSchema = z.object({
  /** When mail flow turned, ms by the database's clock: what reaches the target from then on came by itself. */
  turnedAt: z.int().optional(),
  /** Items that the sweep fetched. */
  fetched: z.int().optional(),
  /** Changes of any kind that it was told. */
  changes: z.int().optional(),
  /** What a comparison found. */
  different: z.int().optional(),
  missing: z.int().optional(),
  note: z.string().optional(),
});
export type StepDetail = z.infer<typeof stepDetailSchema>;

export interface StepRow {
  workloadId: number;
  step: CutoverStep;
  state: StepState;
  startedAt: number | null;
  endedAt: number | null;
  who: string | null;
  reason: string | null;
  detail: StepDetail;
}

const IDS_A_STATEMENT = 1000;

/** The steps on record of some workloads, in the order of the cutover. */
export async function stepsOfWorkloads(db: Kysely<Database>, ids: readonly number[]): Promise<Map<number, StepRow[]>> {
  const found = new Map<number, StepRow[]>(ids.map((id) => [id, []]));
  for (let at = 0; at < ids.length; at += IDS_A_STATEMENT) {
    const rows = await db
      .selectFrom('cutover_step')
      .selectAll()
      .where('workload_id', 'in', ids.slice(at, at + IDS_A_STATEMENT))
      .execute();
    for (const row of rows) {
      found.get(row.workload_id)?.push({
        workloadId: row.workload_id,
        step: z.enum(CUTOVER_STEPS).parse(row.step),
        state: z.enum(STEP_STATES).parse(row.state),
        startedAt: row.started_at,
        endedAt: row.ended_at,
        who: row.who,
        reason: row.reason,
        detail: stepDetailSchema.parse(JSON.parse(row.detail)),
      });
    }
  }
  for (const steps of found.values()) {
    steps.sort((a, b) => CUTOVER_STEPS.indexOf(a.step) - CUTOVER_STEPS.indexOf(b.step));
  }
  return found;
}

/** The steps on record of one workload. */
export async function stepsOfWorkload(db: Kysely<Database>, workloadId: number): Promise<StepRow[]> {
  return (await stepsOfWorkloads(db, [workloadId])).get(workloadId) ?? [];
}

/** Their states alone, as the rules in core/domain/cutover.ts take them. */
export function statesOf(rows: readonly StepRow[]): StepStates {
  return Object.fromEntries(rows.map((row) => [row.step, row.state]));
}

export interface StepChange {
  state: StepState;
  reason?: string | null;
  who?: string | null;
  detail?: StepDetail;
}

/** Writes a step's state with the time by the database's clock; what it left before stays unless given anew. */
export async function setStep(
  store: Store,
  db: Kysely<Database>,
  workloadId: number,
  step: CutoverStep,
  change: StepChange,
): Promise<void> {
  const now = await store.now(db);
  const [before] = (await stepsOfWorkload(db, workloadId)).filter((row) => row.step === step);
  const begins = change.state === 'running' || change.state === 'pending';
  const row = {
    workload_id: workloadId,
    step,
    state: change.state,
    started_at: change.state === 'pending' ? null : begins ? now : (before?.startedAt ?? now),
    ended_at: begins ? null : now,
    who: change.who ?? before?.who ?? null,
    reason: change.reason ?? null,
    detail: JSON.stringify(change.detail ?? before?.detail ?? {}),
  };
  await upsertMany(store, db, 'cutover_step', [row], { key: ['workload_id', 'step'] });
}

/** Writes the states of a whole cutover, as when it begins anew. Steps whose state stays keep their times. */
export async function setSteps(
  store: Store,
  db: Kysely<Database>,
  workloadId: number,
  states: StepStates,
): Promise<void> {
  const before = statesOf(await stepsOfWorkload(db, workloadId));
  for (const step of CUTOVER_STEPS) {
    const state = states[step];
    if (state !== undefined && state !== before[step])
      await setStep(store, db, workloadId, step, { state, detail: {} });
  }
}

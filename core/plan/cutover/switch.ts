import { TransplantError } from '../../domain/errors.ts';
import { type PlanState, planNotesSchema, setPlanState } from '../../store/directory-changes.ts';
import type { Store } from '../../store/store.ts';
import { type ApplyOptions, applyPlan, type WriterFactory } from '../prepare/apply.ts';
import { undoPlan } from '../prepare/undo.ts';
import { planStep, type StepRequest, stepOfPlan } from './plan.ts';

/** A mailbox cannot be switched over in the directories. */
export class SwitchRefused extends TransplantError {}

/**
 * Makes the directory changes of one step of a mailbox's cutover. Can be called again after a crash, and goes on; each
 * change is held against what was planned and can be undone.
 * @throws SwitchRefused when the directories say no; errors of an unreachable directory as they are
 */
export async function applyStep(
  store: Store,
  request: StepRequest,
  openWriter: WriterFactory,
  options: ApplyOptions,
): Promise<void> {
  const { workload, step } = request;
  const before = await plansOf(store, [workload.id], ['planned', 'applying', 'applied']);
  const planId = before.find((plan) => plan.step === step)?.id ?? (await newPlan(store, request));
  if (planId === undefined) return;
  const result = await applyPlan(store, planId, openWriter, options);
  const [problem] = [...result.stopped, ...result.failed];
  if (!problem) return;
  // Nothing of it stands: the next try plans anew, from what discovery knows by then.
  if (result.applied === 0) await setPlanState(store, planId, 'superseded');
  throw refused(workload.id, `${problem.dn}: ${problem.message}`);
}

async function newPlan(store: Store, request: StepRequest): Promise<number | undefined> {
  const { planId, changes, notes } = await planStep(store, request);
  const [problem] = notes.problems;
  if (problem || changes === 0) await setPlanState(store, planId, 'superseded');
  if (problem) throw refused(request.workload.id, `${problem.object}: ${problem.reason}.`);
  return changes === 0 ? undefined : planId;
}

function refused(workloadId: number, happened: string): SwitchRefused {
  return new SwitchRefused({
    tried: `switch workload ${workloadId} over in the directories`,
    happened,
    next: 'Mend it there, discover again and start the cutover again; content that was copied stays, and nothing is switched twice.',
  });
}

/**
 * Takes the directory changes of workloads' cutovers back, last step first.
 * @returns what was changed since by others and so was kept
 */
export async function switchBack(
  store: Store,
  workloadIds: readonly number[],
  openWriter: WriterFactory,
  options: ApplyOptions,
): Promise<{ dn: string; message: string }[]> {
  const kept: { dn: string; message: string }[] = [];
  for (const plan of await plansOf(store, workloadIds, ['applying', 'applied', 'undoing'])) {
    kept.push(...(await undoPlan(store, plan.id, openWriter, options)).kept);
  }
  return kept;
}

const IDS_A_STATEMENT = 1000;

/** Cutover plans with a change of one of these workloads, newest first. */
async function plansOf(
  store: Store,
  workloadIds: readonly number[],
  states: readonly PlanState[],
): Promise<{ id: number; state: string; step: string | undefined }[]> {
  const found = new Map<number, { id: number; state: string; step: string | undefined }>();
  for (let at = 0; at < workloadIds.length; at += IDS_A_STATEMENT) {
    const rows = await store.db
      .selectFrom('change_plan as p')
      .innerJoin('directory_change as c', 'c.plan_id', 'p.id')
      .innerJoin('workload as w', (join) =>
        join.onRef('w.source_id', '=', 'c.source_id').onRef('w.batch_id', '=', 'p.batch_id'),
      )
      .select(['p.id as id', 'p.state as state', 'p.notes as notes'])
      .where('p.purpose', '=', 'cutover')
      .where('p.state', 'in', [...states])
      .where('w.id', 'in', workloadIds.slice(at, at + IDS_A_STATEMENT))
      .execute();
    for (const { id, state, notes } of rows) {
      found.set(id, { id, state, step: stepOfPlan(planNotesSchema.parse(JSON.parse(notes))) });
    }
  }
  return [...found.values()].sort((a, b) => b.id - a.id);
}

import { TransplantError } from '../../domain/errors.ts';
import type { Store } from '../../store/store.ts';
import { type ApplyOptions, applyPlan, type WriterFactory } from '../prepare/apply.ts';
import { undoPlan } from '../prepare/undo.ts';
import { planCutover } from './plan.ts';

/** A mailbox cannot be switched over in the directories. */
export class SwitchRefused extends TransplantError {}

/**
 * Turns one mailbox over in both directories: the source forwards and lets its mailbox go, the target is its home. Can be
 * called again after a crash, and goes on; each change is held against what was planned and can be undone.
 * @throws SwitchRefused when the directories say no; errors of an unreachable directory as they are
 */
export async function switchOver(
  store: Store,
  workload: { id: number; batchId: number },
  openWriter: WriterFactory,
  options: ApplyOptions,
): Promise<void> {
  const before = await plansOf(store, [workload.id], ['applying', 'applied']);
  if (before.some((plan) => plan.state === 'applied')) return;
  const planId = before[0]?.id ?? (await newPlan(store, workload, options.who));
  if (planId === undefined) return;
  const result = await applyPlan(store, planId, openWriter, options);
  const [problem] = [...result.stopped, ...result.failed];
  if (problem) throw refused(workload.id, `${problem.dn}: ${problem.message}`);
}

async function newPlan(
  store: Store,
  workload: { id: number; batchId: number },
  createdBy: string,
): Promise<number | undefined> {
  const { planId, changes, notes } = await planCutover(store, workload.batchId, {
    createdBy,
    workloadIds: [workload.id],
    beside: true,
  });
  const [problem] = notes.problems;
  if (problem) throw refused(workload.id, `${problem.object}: ${problem.reason}.`);
  return changes === 0 ? undefined : planId;
}

function refused(workloadId: number, happened: string): SwitchRefused {
  return new SwitchRefused({
    tried: `switch workload ${workloadId} over in the directories`,
    happened,
    next: 'Mend it there and start the cutover again; content that was copied stays, and nothing is switched twice.',
  });
}

/** Takes the directory changes of cut-over workloads back. @returns what was changed since by others and so was kept */
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
  states: readonly string[],
): Promise<{ id: number; state: string }[]> {
  const found = new Map<number, { id: number; state: string }>();
  for (let at = 0; at < workloadIds.length; at += IDS_A_STATEMENT) {
    const rows = await store.db
      .selectFrom('change_plan as p')
      .innerJoin('directory_change as c', 'c.plan_id', 'p.id')
      .innerJoin('workload as w', (join) =>
        join.onRef('w.source_id', '=', 'c.source_id').onRef('w.batch_id', '=', 'p.batch_id'),
      )
      .select(['p.id as id', 'p.state as state'])
      .distinct()
      .where('p.purpose', '=', 'cutover')
      .where('p.state', 'in', [...states])
      .where('w.id', 'in', workloadIds.slice(at, at + IDS_A_STATEMENT))
      .execute();
    for (const row of rows) found.set(row.id, row);
  }
  return [...found.values()].sort((a, b) => b.id - a.id);
}

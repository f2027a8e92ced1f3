import type { Transaction } from 'kysely';
import { type Allowed, canAbort, canUndo, hasTurned, restarted, type StepStates } from '../../domain/cutover.ts';
import { unreachable } from '../../domain/errors.ts';
import type { WorkloadKind } from '../../domain/words.ts';
import { setSteps, statesOf, stepsOfWorkloads } from '../../store/cutover-steps.ts';
import type { Database } from '../../store/schema.ts';
import type { Store } from '../../store/store.ts';
import type { BatchAction } from '../batches/lifecycle.ts';

export interface StepMember {
  id: number;
  kind: WorkloadKind;
  display_name: string;
}

/**
 * What the steps of a cutover say to an action on their workloads: those that may not are told apart by the reason, and
 * where a cutover begins its steps are put on record, in the transaction of the action.
 */
export async function prepareSteps<M extends StepMember>(
  store: Store,
  trx: Transaction<Database>,
  members: readonly M[],
  action: BatchAction,
): Promise<{ allowed: M[]; refused: { why: string; members: M[] }[] }> {
  const rows = await stepsOfWorkloads(
    trx,
    members.map(({ id }) => id),
  );
  const allowed: M[] = [];
  const refused = new Map<string, M[]>();
  for (const member of members) {
    const states = statesOf(rows.get(member.id) ?? []);
    const verdict = verdictOf(states, action);
    if (!verdict.ok) {
      refused.set(verdict.why, [...(refused.get(verdict.why) ?? []), member]);
      continue;
    }
    allowed.push(member);
    if (action === 'cutover') await setSteps(store, trx, member.id, restarted(member.kind, states));
  }
  return { allowed, refused: [...refused].map(([why, some]) => ({ why, members: some })) };
}

/** Failed after mail flow had turned: such a cutover only goes on, it does not begin anew. */
export async function goesOn(trx: Transaction<Database>, ids: readonly number[]): Promise<Set<number>> {
  const rows = await stepsOfWorkloads(trx, ids);
  return new Set(ids.filter((id) => hasTurned(statesOf(rows.get(id) ?? []))));
}

function verdictOf(states: StepStates, action: BatchAction): Allowed {
  switch (action) {
    case 'cutover':
    case 'pause':
    case 'hold':
      return { ok: true };
    case 'start':
      return states.disconnect === 'done'
        ? { ok: false, why: 'its source is disconnected already; go on with the cutover' }
        : { ok: true };
    case 'abort':
      if (!Object.values(states).some((state) => state !== 'pending' && state !== 'undone'))
        return { ok: false, why: 'no cutover of it is under way' };
      return canAbort(states);
    case 'undo':
      return canUndo(states);
    default:
      return unreachable(action);
  }
}

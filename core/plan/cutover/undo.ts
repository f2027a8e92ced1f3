import { stepsToUndo } from '../../domain/cutover.ts';
import { setStep, statesOf, stepsOfWorkloads } from '../../store/cutover-steps.ts';
import type { Store } from '../../store/store.ts';
import { workloadsOf } from '../../store/workloads.ts';
import type { ApplyOptions, WriterFactory } from '../prepare/apply.ts';
import { switchBack } from './switch.ts';

export interface TakenBack {
  /** Objects that somebody changed after the cutover: they stay as they are. */
  kept: { dn: string; message: string }[];
  /** Members whose mail flow had turned: mail that reached the target since stays there. */
  turned: { displayName: string; turnedAt: number }[];
}

/**
 * Takes back what the cutovers of some members wrote, after their states say so: a call that was broken off is finished by
 * the next one.
 */
export async function takeBack(
  store: Store,
  batchId: number,
  ids: readonly number[],
  openWriter: WriterFactory,
  options: ApplyOptions,
): Promise<TakenBack> {
  const wanted = new Set(ids);
  const members = (await workloadsOf(store, batchId)).filter(({ id }) => wanted.has(id));
  const rows = await stepsOfWorkloads(store.db, [...wanted]);
  const due = members.filter(({ id }) => stepsToUndo(statesOf(rows.get(id) ?? [])).length > 0);
  if (due.length === 0) return { kept: [], turned: [] };
  const kept = await switchBack(
    store,
    due.map(({ id }) => id),
    openWriter,
    options,
  );
  const turned: TakenBack['turned'] = [];
  await store.db.transaction().execute(async (trx) => {
    for (const { id, displayName } of due) {
      const steps = rows.get(id) ?? [];
      const forwarding = steps.find(({ step }) => step === 'forwarding');
      if (forwarding?.detail.turnedAt !== undefined) turned.push({ displayName, turnedAt: forwarding.detail.turnedAt });
      for (const step of stepsToUndo(statesOf(steps))) {
        await setStep(store, trx, id, step, { state: 'undone', who: options.who });
      }
    }
  });
  return { kept, turned };
}

/** Members of a batch that were undone although something of their cutover still stands. */
export async function unfinishedUndo(store: Store, batchId: number): Promise<number[]> {
  const members = await workloadsOf(store, batchId, ['undone']);
  const rows = await stepsOfWorkloads(
    store.db,
    members.map(({ id }) => id),
  );
  return members.map(({ id }) => id).filter((id) => stepsToUndo(statesOf(rows.get(id) ?? [])).length > 0);
}

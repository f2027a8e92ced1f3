import {
  type Allowed,
  type CutoverStep,
  canAbort,
  canSignOff,
  canUndo,
  nextStep,
  type StepState,
  stepsOf,
} from '../../domain/cutover.ts';
import type { State, WorkloadKind } from '../../domain/words.ts';
import { type StepDetail, type StepRow, statesOf, stepsOfWorkloads } from '../../store/cutover-steps.ts';
import type { Store } from '../../store/store.ts';
import { workloadsOf } from '../../store/workloads.ts';
import { turnedAt } from './run.ts';

export interface CutoverMember {
  workloadId: number;
  displayName: string;
  kind: WorkloadKind;
  state: State;
  /** Every step of its kind in order, those that never ran included. Times in ms. */
  steps: {
    step: CutoverStep;
    state: StepState;
    startedAt: number | null;
    endedAt: number | null;
    who: string | null;
    reason: string | null;
    detail: StepDetail;
  }[];
  next: CutoverStep | null;
  /** When mail flow turned; null before. */
  turnedAt: number | null;
  abort: Allowed;
  undo: Allowed;
  signOff: Allowed;
}

export interface CutoverView {
  members: CutoverMember[];
  /** How many members each step is over for, how many it runs or failed for. */
  steps: { step: CutoverStep; members: number; over: number; running: number; failed: number }[];
  /** When every member was signed off, and by whom; null before. */
  signedOff: { at: number; who: string; note: string } | null;
}

/** How far the cutover of a batch is: per member and step, and in sum. */
export async function cutoverOf(store: Store, batchId: number): Promise<CutoverView> {
  const workloads = (await workloadsOf(store, batchId)).filter(({ state }) => state !== 'undone');
  const rows = await stepsOfWorkloads(
    store.db,
    workloads.map(({ id }) => id),
  );
  const members = workloads.map(({ id, displayName, kind, state }): CutoverMember => {
    const steps = rows.get(id) ?? [];
    const states = statesOf(steps);
    const begun = steps.length > 0;
    return {
      workloadId: id,
      displayName,
      kind,
      state,
      steps: stepsOf(kind).map((step) => lineOf(step, steps)),
      next: nextStep(kind, states) ?? null,
      turnedAt: turnedAt(steps) ?? null,
      abort: begun ? canAbort(states) : { ok: false, why: 'no cutover of it is under way' },
      undo: canUndo(states),
      signOff: state === 'done' ? canSignOff(kind, states) : { ok: false, why: 'its cutover is not done' },
    };
  });
  return { members, steps: sums(members), signedOff: signature(members) };
}

function lineOf(step: CutoverStep, rows: readonly StepRow[]): CutoverMember['steps'][number] {
  const row = rows.find((one) => one.step === step);
  return {
    step,
    state: row?.state ?? 'pending',
    startedAt: row?.startedAt ?? null,
    endedAt: row?.endedAt ?? null,
    who: row?.who ?? null,
    reason: row?.reason ?? null,
    detail: row?.detail ?? {},
  };
}

function sums(members: readonly CutoverMember[]): CutoverView['steps'] {
  const found = new Map<CutoverStep, CutoverView['steps'][number]>();
  for (const { steps } of members) {
    for (const { step, state } of steps) {
      const sum = found.get(step) ?? { step, members: 0, over: 0, running: 0, failed: 0 };
      sum.members++;
      if (state === 'done' || state === 'skipped') sum.over++;
      if (state === 'running') sum.running++;
      if (state === 'failed') sum.failed++;
      found.set(step, sum);
    }
  }
  return [...found.values()];
}

function signature(members: readonly CutoverMember[]): CutoverView['signedOff'] {
  const signed = members.flatMap(({ steps }) =>
    steps.filter(({ step, state }) => step === 'signOff' && state === 'done'),
  );
  if (members.length === 0 || signed.length < members.length) return null;
  const last = signed.reduce((a, b) => ((b.endedAt ?? 0) > (a.endedAt ?? 0) ? b : a));
  return { at: last.endedAt ?? 0, who: last.who ?? '', note: last.reason ?? '' };
}

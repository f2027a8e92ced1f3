import { type CutoverStep, type ForwardingMode, nextStep, type StepStates, stepsOf } from '../../domain/cutover.ts';
import { unreachable } from '../../domain/errors.ts';
import type { WorkloadKind } from '../../domain/words.ts';
import {
  type StepChange,
  type StepDetail,
  type StepRow,
  setStep,
  statesOf,
  stepsOfWorkload,
} from '../../store/cutover-steps.ts';
import { appendEvents } from '../../store/events.ts';
import { type ClaimedTask, fenced } from '../../store/queue.ts';
import type { Store } from '../../store/store.ts';
import type { ApplyOptions, WriterFactory } from '../prepare/apply.ts';
import type { DirectoryStep } from './plan.ts';
import { applyStep } from './switch.ts';

/** What a comparison says, in the words of its room. */
export interface Compared {
  openBadItems: number;
  result: { different: number; missing: number };
}

/** What the steps of a cutover need of the rooms that this one does not know. */
export interface CutoverParts {
  store: Store;
  claim: ClaimedTask;
  workload: { id: number; batchId: number; sourceId: number | null; kind: WorkloadKind };
  /** All content is compared before the switch; otherwise what a list shows of every item, and a sample. */
  deep: boolean;
  forwarding: ForwardingMode;
  /**
   * Compares both sides: without what reached the source since the last delta began, which the sweep fetches, and after
   * the switch without what reached the target by itself since mail flow turned.
   */
  compare: (how: { deep: boolean; deltaAt: number | undefined; turnedAt: number | undefined }) => Promise<Compared>;
  /** One more delta. @returns items copied, and how many changes of any kind the source told */
  sweep: (how: { turnedAt: number | undefined }) => Promise<{ fetched: number; changes: number }>;
  /** Locks public folders and looks that the lock has taken; says why where there is nothing to lock. */
  lock: () => Promise<string | undefined>;
  /** Puts the mail that says "your mailbox has moved" into the queue; says why where there is nothing to send. */
  notify: () => Promise<string | undefined>;
  openWriter: WriterFactory;
  directory: ApplyOptions;
  /** Throws once the task is no longer ours. */
  guard: () => void;
}

type End =
  | { state: 'done' | 'skipped'; reason?: string; detail?: StepDetail }
  | { state: 'failed'; reason: string; found: Compared };

/**
 * Goes on with a workload's cutover from the first step that is not over, until a person is needed: at the sign-off, or
 * where a comparison found something. Every step's beginning and end are on record, written under the task's fence; after
 * a crash the step that was under way is done again, and each can be.
 * @returns what the last comparison said, which decides on the workload's state
 * @throws what a step throws: the try has failed, the step stands as failed with the reason
 */
export async function runCutover(parts: CutoverParts): Promise<Compared> {
  let found: Compared = { openBadItems: 0, result: { different: 0, missing: 0 } };
  for (;;) {
    parts.guard();
    const rows = await stepsOfWorkload(parts.store.db, parts.workload.id);
    const step = nextStep(parts.workload.kind, statesOf(rows));
    if (step === undefined || step === 'signOff') return found;
    await record(parts, step, { state: 'running' });
    let end: End;
    try {
      end = await STEPS[step](parts, rows);
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown';
      if (!parts.directory.signal?.aborted)
        await record(parts, step, { state: 'failed', reason }).catch(() => undefined);
      throw error;
    }
    if (end.state === 'failed') {
      found = end.found;
      await record(parts, step, { state: 'failed', reason: end.reason, detail: found.result });
      return found;
    }
    await record(parts, step, end);
  }
}

async function record({ store, claim, workload }: CutoverParts, step: CutoverStep, change: StepChange): Promise<void> {
  await fenced(store, claim, async (trx) => {
    await setStep(store, trx, workload.id, step, change);
    const data = { step, state: change.state };
    await appendEvents(
      store,
      [{ kind: 'cutover.step', batchId: workload.batchId, workloadId: workload.id, data }],
      trx,
    );
  });
}

type RunStep = (parts: CutoverParts, rows: readonly StepRow[]) => Promise<End>;

const STEPS: Record<Exclude<CutoverStep, 'signOff'>, RunStep> = {
  lock: async (parts) => {
    const why = await parts.lock();
    return why === undefined ? { state: 'done' } : { state: 'skipped', reason: why };
  },
  // A mailbox has had it as a task of its own; after a lock it comes here.
  finalDelta: async (parts) => ({ state: 'done', detail: await parts.sweep({ turnedAt: undefined }) }),
  check: (parts, rows) =>
    compare(parts, { deep: parts.deep, deltaAt: startedAt(rows, 'finalDelta'), turnedAt: undefined }),
  directory: (parts) => write(parts, 'directory'),
  forwarding: async (parts, rows) => {
    // Kept before the write: after a crash between the two, mail that arrived meanwhile is known to have come by itself.
    const known = rows.find((row) => row.step === 'forwarding')?.detail.turnedAt;
    const detail = { turnedAt: known ?? (await parts.store.now()) };
    await record(parts, 'forwarding', { state: 'running', detail });
    return { ...(await write(parts, 'forwarding')), detail };
  },
  sweep: async (parts, rows) => {
    return { state: 'done', detail: await parts.sweep({ turnedAt: turnedAt(rows) }) };
  },
  verification: async (parts, rows) => {
    // Both sides are read anew, whatever the sweep says: what was compared before the switch proves nothing about after it.
    return await compare(parts, { deep: parts.deep, deltaAt: undefined, turnedAt: turnedAt(rows) });
  },
  disconnect: async (parts) => {
    switch (parts.forwarding) {
      case 'redirect':
        return await write(parts, 'disconnect');
      case 'deliverAndForward':
        return { state: 'skipped', reason: 'The source delivers and forwards until somebody signs off.' };
      default:
        return unreachable(parts.forwarding);
    }
  },
  notify: async (parts) => {
    const why = await parts.notify();
    return why === undefined ? { state: 'done' } : { state: 'skipped', reason: why };
  },
};

/** What people changed while it was compared is no fault: after one more delta it is compared once more. */
async function compare(parts: CutoverParts, how: Parameters<CutoverParts['compare']>[0]): Promise<End> {
  let found = await parts.compare(how);
  if (!isWhole(found)) {
    await parts.sweep(how);
    found = await parts.compare(how);
  }
  const { different, missing } = found.result;
  if (isWhole(found)) return { state: 'done', detail: found.result };
  const reason = `${different} items differ, ${missing} are missing, ${found.openBadItems} bad items wait for a decision.`;
  return { state: 'failed', reason, found };
}

const isWhole = ({ openBadItems, result }: Compared): boolean =>
  openBadItems === 0 && result.different === 0 && result.missing === 0;

function startedAt(rows: readonly StepRow[], step: CutoverStep): number | undefined {
  return rows.find((row) => row.step === step)?.startedAt ?? undefined;
}

async function write(parts: CutoverParts, step: DirectoryStep): Promise<{ state: 'done' }> {
  const { store, workload, forwarding, directory } = parts;
  parts.guard();
  await applyStep(store, { workload, step, forwarding, createdBy: directory.who }, parts.openWriter, directory);
  return { state: 'done' };
}

/** When mail flow turned, as the step left it. */
export function turnedAt(rows: readonly StepRow[]): number | undefined {
  return rows.find((row) => row.step === 'forwarding' && row.state === 'done')?.detail.turnedAt;
}

/** The states of a workload's cutover with a word for every step, those that never ran included. */
export function allStates(kind: WorkloadKind, rows: readonly StepRow[]): StepStates {
  const states = statesOf(rows);
  return Object.fromEntries(stepsOf(kind).map((step) => [step, states[step] ?? 'pending']));
}

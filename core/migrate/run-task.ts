import { unreachable } from '../domain/errors.ts';
import { openBadItemCount } from '../store/bad-items.ts';
import { batchById } from '../store/batches.ts';
import { stepsOfWorkload } from '../store/cutover-steps.ts';
import type { HierarchyResult, SyncResult, TaskContext, TaskOutcome, VerifySummary } from './context.ts';
import { openAfterSwitch } from './cutover/arrived.ts';
import { syncHierarchy } from './hierarchy/sync-hierarchy.ts';
import { type Job, openJob, payloadOf } from './job.ts';
import { openUnlocked } from './public-folders/lock.ts';
import { runShare } from './public-folders/run-share.ts';
import { runSettings } from './settings/run-settings.ts';
import { runSync } from './sync/run-sync.ts';
import { bringFoldersBack } from './two-way/folders-back.ts';
import { runTwoWay } from './two-way/run-two-way.ts';
import { runVerify } from './verify/run-verify.ts';

/** Kinds of task whose content part this room carries out. */
export const CONTENT_TASKS = ['hierarchy', 'sync', 'finalSync', 'verify', 'cutover'] as const;
export type ContentTask = (typeof CONTENT_TASKS)[number];

/**
 * Executes one claimed task. Ends well with an outcome, or throws: FencedError when the lease was lost, an error with
 * `backOffMs` when the server named a pause, anything else when the try failed. The workload's state is the caller's.
 */
export async function runTask(context: TaskContext): Promise<TaskOutcome> {
  const kind = context.claim.kind as ContentTask;
  const job = await openJob(kind === 'verify' ? await afterSwitch(context) : context);
  const payload = payloadOf(context);
  let result: HierarchyResult | SyncResult | VerifySummary;
  switch (kind) {
    case 'hierarchy':
      result = await hierarchy(job);
      break;
    case 'sync':
      result = await withSettings(
        job,
        payload.folders ? await runShare(job, payload.folders) : await sync(job, false),
        false,
      );
      break;
    case 'finalSync':
      await hierarchy(job);
      result = await withSettings(job, await sync(job, true), true);
      break;
    case 'verify':
    case 'cutover':
      result = await runVerify(job, { deep: payload.deep === true });
      break;
    default:
      return unreachable(kind);
  }
  return { openBadItems: await openBadItemCount(context.store, job.workload.id), result };
}

/**
 * What a cutover did is no difference, whenever both sides are compared: public folders are locked in the source alone, and
 * once mail flow has turned things reach the target by themselves.
 */
async function afterSwitch(before: TaskContext): Promise<TaskContext> {
  const { store, claim } = before;
  const { workloadId, batchId } = claim;
  if (workloadId === undefined || batchId === undefined) return before;
  const openMailStore = openUnlocked(store, workloadId, before.openMailStore);
  const context = { ...before, openMailStore };
  const steps = await stepsOfWorkload(store.db, workloadId);
  const turnedAt = steps.find(({ step, state }) => step === 'forwarding' && state === 'done')?.detail.turnedAt;
  if (turnedAt === undefined) return context;
  const forwarding = (await batchById(store, batchId))?.options.forwarding ?? 'redirect';
  const opened = await openAfterSwitch(store, workloadId, openMailStore, { turnedAt, forwarding });
  return { ...context, openMailStore: opened };
}

/** Where both sides are synced, folders that people made in the target are made in the source first. */
async function hierarchy(job: Job): Promise<HierarchyResult> {
  if (job.twoWay) await bringFoldersBack(job);
  return await syncHierarchy(job);
}

async function sync(job: Job, final: boolean): Promise<SyncResult> {
  return job.twoWay ? await runTwoWay(job, { final }) : await runSync(job, { final });
}

/** Rules name folders and templates, so settings come after the items. */
async function withSettings(job: Job, sync: SyncResult, final: boolean): Promise<SyncResult> {
  const before = job.source.calls + job.target.calls;
  const settings = await runSettings(job, { final });
  return {
    ...sync,
    settings,
    calls: sync.calls + job.source.calls + job.target.calls - before,
    writes: sync.writes + settings.written,
    notes: [...sync.notes, ...settings.notes],
  };
}

import { z } from 'zod';
import { type CheckCounts, countOutcomes } from '../domain/checks.ts';
import { TransplantError } from '../domain/errors.ts';
import {
  checkResults,
  findCheckRun,
  finishCheckRun,
  type RunScope,
  saveCheckResults,
  startCheckRun,
} from '../store/checks.ts';
import { type Forest, listForests } from '../store/forests.ts';
import type { Machine } from '../store/machines.ts';
import { type ClaimedTask, enqueue, fenced } from '../store/queue.ts';
import type { Store } from '../store/store.ts';
import type { EnvironmentOptions } from './environment.ts';
import { checkAll } from './run.ts';

/** What a task of kind `preflight` carries: the run it belongs to, which says the rest. */
const payloadSchema = z.object({ runId: z.int().positive(), limitMs: z.int().positive().optional() });

/** Checks come before the copying that stands in the queue. */
const PRIORITY = 1;

/** Asks a worker to run checks from where it is. @returns the run's number; its results come when the worker has them */
export async function askWorker(
  store: Store,
  machine: Machine,
  run: { startedBy: string; scope: RunScope; limitMs?: number },
): Promise<number> {
  const runId = await startCheckRun(store, { startedBy: run.startedBy, machine: machine.name, scope: run.scope });
  const payload = { runId, ...(run.limitMs === undefined ? {} : { limitMs: run.limitMs }) };
  await enqueue(store, [{ kind: 'preflight', payload, forMachine: machine.id, priority: PRIORITY, maxAttempts: 3 }]);
  return runId;
}

export interface PreflightTaskContext
  extends Pick<EnvironmentOptions, 'store' | 'login' | 'exchange' | 'graph' | 'dataFolder' | 'readHost'> {
  claim: ClaimedTask;
  signal?: AbortSignal;
}

/**
 * Executes a claimed task of kind `preflight`: runs the checks from this machine and keeps their results under the
 * task's fence, once. The caller completes the task.
 * @throws FencedError when the lease was lost, PreflightRunMissing when the run was removed
 */
export async function runPreflightTask(context: PreflightTaskContext): Promise<{ runId: number; counts: CheckCounts }> {
  const { store, claim, signal, ...rest } = context;
  const { runId, limitMs } = payloadSchema.parse(claim.payload);
  const run = await findCheckRun(store, runId);
  if (!run) {
    throw new PreflightRunMissing({
      tried: `run the checks of preflight run ${runId}`,
      happened: 'It is not on record any more.',
      next: 'Start a new one with: transplant preflight run --from WORKER',
    });
  }
  // An attempt before this one wrote its results and was cut off before it could say so.
  if (run.finishedAt !== undefined) return { runId, counts: countOutcomes(await checkResults(store, runId)) };
  const results = await checkAll({
    ...rest,
    store,
    forests: scoped(await listForests(store), run.scope),
    machine: run.machine,
    machineKind: 'worker',
    scope: run.scope,
    ...(limitMs === undefined ? {} : { limitMs }),
    ...(signal ? { signal } : {}),
  });
  await fenced(store, claim, async (trx) => {
    await saveCheckResults(store, runId, results, trx);
    await finishCheckRun(store, runId, trx);
  });
  return { runId, counts: countOutcomes(results) };
}

export class PreflightRunMissing extends TransplantError {}

/** The forests of a scope; all when it names none. */
export function scoped(forests: readonly Forest[], scope: RunScope): Forest[] {
  return forests.filter(({ name }) => scope.forests.length === 0 || scope.forests.includes(name));
}

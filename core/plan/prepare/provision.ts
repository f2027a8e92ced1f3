import { z } from 'zod';
import { UsageError } from '../../domain/errors.ts';
import { getPlan, type PlanState } from '../../store/directory-changes.ts';
import { appendEvents } from '../../store/events.ts';
import { type ClaimedTask, enqueue, fenced } from '../../store/queue.ts';
import type { Store } from '../../store/store.ts';
import { takeTurn } from '../../store/turn.ts';
import { type ApplyResult, applyPlan, type WriterFactory } from './apply.ts';
import { type UndoResult, undoPlan } from './undo.ts';

/** What a task of kind `provision` carries. */
const payloadSchema = z.object({
  planId: z.int().positive(),
  action: z.enum(['apply', 'undo']),
  /** Who asked for it: the audit log names them. */
  who: z.string(),
});
export type ProvisionAction = z.infer<typeof payloadSchema>['action'];

/** People wait for it; after the checks, before the copying that stands in the queue. */
const PRIORITY = 2;
/** A directory that is away for a while is no reason to give up. */
const TRIES = 20;
const MAY: Record<ProvisionAction, readonly PlanState[]> = {
  apply: ['planned', 'applying', 'applied'],
  undo: ['applying', 'applied', 'undoing'],
};
const OPEN = ['ready', 'held', 'leased'];

export interface OpenProvision {
  taskId: number;
  action: ProvisionAction;
  /** `ready`: waits for a worker; `leased`: one is at it. */
  state: string;
}

/** The task that writes or takes back a plan, if one is open. */
export async function openProvision(store: Store, planId: number, db = store.db): Promise<OpenProvision | undefined> {
  const rows = await db
    .selectFrom('task')
    .select(['id', 'state', 'payload'])
    .where('kind', '=', 'provision')
    .where('state', 'in', OPEN)
    .execute();
  for (const row of rows) {
    const payload = payloadSchema.parse(JSON.parse(row.payload));
    if (payload.planId === planId) return { taskId: row.id, action: payload.action, state: row.state };
  }
  return undefined;
}

/** @throws UsageError when a worker has the plan, or will have it */
export async function refuseWhileQueued(store: Store, planId: number, db = store.db): Promise<void> {
  const open = await openProvision(store, planId, db);
  if (!open) return;
  throw new UsageError({
    tried: `work on plan ${planId}`,
    happened: `Task ${open.taskId} of the queue is about to ${open.action} it.`,
    next: 'Wait for the worker, or take the task back with: transplant prepare cancel',
  });
}

/**
 * Puts a plan's writing (or taking back) into the queue: any worker does it, another goes on where one died.
 * @throws UsageError when the plan is not in a state for it, or is in the queue already
 */
export async function askForProvision(
  store: Store,
  request: { planId: number; action: ProvisionAction; who: string },
): Promise<void> {
  const plan = await getPlan(store, request.planId);
  if (!plan || !MAY[request.action].includes(plan.state)) {
    throw new UsageError({
      tried: `${request.action} plan ${request.planId}`,
      happened: plan ? `It is ${plan.state}.` : 'There is no such plan.',
      next: 'transplant prepare show lists the plans there are.',
    });
  }
  await store.db.transaction().execute(async (trx) => {
    await takeTurn(store, trx);
    await refuseWhileQueued(store, request.planId, trx);
    await enqueue(store, [{ kind: 'provision', payload: request, priority: PRIORITY, maxAttempts: TRIES }], trx);
  });
}

/** Takes the task of a plan back; a worker that runs it stops after what is under way. @returns whether there was one */
export async function cancelProvision(store: Store, planId: number): Promise<boolean> {
  const open = await openProvision(store, planId);
  if (!open) return false;
  const { numUpdatedRows } = await store.db
    .updateTable('task')
    .set({ state: 'cancelled', updated_at: store.nowSql })
    .where('id', '=', open.taskId)
    .where('state', 'in', OPEN)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

export interface ProvisionContext {
  store: Store;
  claim: ClaimedTask;
  signal: AbortSignal;
  /** Throws once the task is no longer ours. */
  guard: () => void;
  openWriter: WriterFactory;
  /** The worker's machine, for the audit log. */
  host: string;
}

/**
 * Does a task of kind `provision`. Every write to the database is under the task's fence and every write to a directory
 * is held against what is there, so that a second worker after a crash writes nothing twice.
 * @returns undefined when somebody set the plan aside, or undid it, before the task came to its turn
 */
export async function runProvisionTask(context: ProvisionContext): Promise<ApplyResult | UndoResult | undefined> {
  const { store, claim, signal, guard, openWriter, host } = context;
  const { planId, action, who } = payloadSchema.parse(claim.payload);
  const correlation = claim.correlation ?? `task-${claim.id}`;
  const tell = (kind: string, data: object) =>
    appendEvents(store, [{ kind, data: { planId, action, ...data }, correlation }]);
  const plan = await getPlan(store, planId);
  if (!plan || !MAY[action].includes(plan.state)) {
    await tell('prepare.skipped', { state: plan?.state ?? null });
    return undefined;
  }
  const options = {
    who,
    host,
    correlation,
    signal,
    guard,
    writes: <T>(work: Parameters<typeof fenced<T>>[2]) => fenced(store, claim, work),
  };
  const result =
    action === 'apply'
      ? await applyPlan(store, planId, openWriter, options)
      : await undoPlan(store, planId, openWriter, options);
  const counts = 'applied' in result ? { applied: result.applied } : { undone: result.undone };
  await tell('prepare.done', counts);
  return result;
}

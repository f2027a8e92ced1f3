import { sql, type Transaction } from 'kysely';
import { z } from 'zod';
import type { State } from '../../domain/words.ts';
import { setStep } from '../../store/cutover-steps.ts';
import { endpointsOf } from '../../store/endpoints.ts';
import { appendEvents, type NewEvent } from '../../store/events.ts';
import { type ClaimedTask, complete, enqueue, fenced, type TaskFailure } from '../../store/queue.ts';
import type { Database } from '../../store/schema.ts';
import type { Store } from '../../store/store.ts';
import { takeTurn } from '../../store/turn.ts';
import { syncPayloads } from '../folders/share.ts';
import { planMail } from '../notify/plan.ts';
import { mailGaveUp } from '../notify/send.ts';
import { refreshBatchState, stateEvent } from './actions.ts';
import { followOf } from './lifecycle.ts';

/** A claimed task begins: its workload is seen to sync. */
export async function taskBegan(store: Store, claim: ClaimedTask): Promise<void> {
  const { workloadId, batchId } = claim;
  if (workloadId === undefined || batchId === undefined) return;
  if (claim.kind === 'finalSync') {
    await planMail(store, claim, workloadId, 'cutover');
    await fenced(store, claim, (trx) => setStep(store, trx, workloadId, 'finalDelta', { state: 'running' }));
    return;
  }
  if (claim.kind !== 'hierarchy' && claim.kind !== 'sync') return;
  await fenced(store, claim, async (trx) => {
    const begun = (state: State) =>
      trx
        .updateTable('workload')
        .set({ state: 'syncing', reason: null, updated_at: store.nowSql })
        .where('id', '=', workloadId)
        .where('state', '=', state);
    const { numUpdatedRows } = await begun('waiting').executeTakeFirst();
    // What it waited for is over.
    if (numUpdatedRows === 0n) await begun('syncing').where('reason', 'is not', null).execute();
    if (numUpdatedRows === 0n) return;
    await refreshBatchState(store, trx, batchId);
    await appendEvents(store, [stateEvent(batchId, workloadId, 'syncing')], trx);
  });
}

/**
 * A task ended well: it is completed, its workload moves on, and what follows is put into the queue, all in one fenced
 * transaction.
 * @throws FencedError when the claim no longer holds
 */
export async function taskEnded(store: Store, claim: ClaimedTask, result: unknown): Promise<void> {
  await fenced(store, claim, async (trx) => {
    const { workloadId, batchId } = claim;
    // Of the shares of one tree the last to end moves the workload on: they must not end unseen by each other.
    if (claim.kind === 'sync') await takeTurn(store, trx);
    await complete(store, claim, result, trx);
    if (workloadId === undefined || batchId === undefined) return;
    if (claim.kind === 'sync' && (await hasOpenShares(trx, workloadId))) return;
    const workload = await trx.selectFrom('workload').select('state').where('id', '=', workloadId).executeTakeFirst();
    if (!workload) return;
    if (claim.kind === 'finalSync') await setStep(store, trx, workloadId, 'finalDelta', { state: 'done' });
    const openBadItems = await openBadItemsOf(trx, workloadId);
    const follow = followOf(workload.state as State, {
      kind: claim.kind,
      openBadItems,
      notWhole: notWholeOf(result),
    });
    if (!follow) return;
    const synced = follow.state === 'inSync' || follow.state === 'done' || follow.state === 'decision';
    await trx
      .updateTable('workload')
      .set({
        state: follow.state,
        reason: follow.reason,
        updated_at: store.nowSql,
        ...(synced ? { synced_at: store.nowSql } : {}),
      })
      .where('id', '=', workloadId)
      .execute();
    const endpoints = (await endpointsOf(trx, follow.enqueue.length > 0 ? [workloadId] : [])).get(workloadId);
    const shares = follow.enqueue.includes('sync') ? await syncPayloads(trx, workloadId) : [];
    await enqueue(
      store,
      follow.enqueue.flatMap((kind) =>
        (kind === 'sync' ? shares : [{}]).map((payload) => ({ kind, batchId, workloadId, payload, ...endpoints })),
      ),
      trx,
    );
    if (follow.state === workload.state) return;
    const batch = await refreshBatchState(store, trx, batchId);
    await appendEvents(
      store,
      [stateEvent(batchId, workloadId, follow.state), { kind: 'batch.state', batchId, data: { state: batch } }],
      trx,
    );
  });
}

/** Another task syncs, or will sync, folders of the same workload. */
async function hasOpenShares(trx: Transaction<Database>, workloadId: number): Promise<boolean> {
  const open = await trx
    .selectFrom('task')
    .select('id')
    .where('workload_id', '=', workloadId)
    .where('kind', '=', 'sync')
    .where('state', 'in', ['ready', 'leased', 'held'])
    .executeTakeFirst();
  return open !== undefined;
}

const comparedSchema = z.object({ result: z.object({ different: z.number(), missing: z.number() }) });

/** What a comparison found, where the task was one. */
function notWholeOf(result: unknown): number {
  const compared = comparedSchema.safeParse(result);
  return compared.success ? compared.data.result.different + compared.data.result.missing : 0;
}

async function openBadItemsOf(trx: Transaction<Database>, workloadId: number): Promise<number> {
  const row = await trx
    .selectFrom('bad_item')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('workload_id', '=', workloadId)
    .where('state', '=', 'open')
    .executeTakeFirst();
  return Number(row?.count ?? 0);
}

/** A task waits for a server that is away or busy: its workload goes on by itself later, and shows why it stands still. */
export async function taskPaused(store: Store, claim: ClaimedTask, failure: TaskFailure): Promise<void> {
  const { workloadId } = claim;
  // A mail server that is away holds no mailbox back.
  if (workloadId === undefined || claim.kind === 'notify') return;
  await store.db
    .updateTable('workload')
    .set({ reason: failure.message, updated_at: store.nowSql })
    .where('id', '=', workloadId)
    .where('state', 'in', ['waiting', 'syncing', 'cuttingOver'])
    .execute();
}

/** A task was given up: its workload fails, with the reason. */
export async function taskGaveUp(store: Store, claim: ClaimedTask, failure: TaskFailure): Promise<void> {
  const { workloadId, batchId } = claim;
  if (claim.kind === 'notify') return await mailGaveUp(store, claim, failure.message);
  if (workloadId === undefined || batchId === undefined) return;
  await store.db.transaction().execute(async (trx) => {
    const { numUpdatedRows } = await trx
      .updateTable('workload')
      .set({ state: 'failed', reason: failure.message, updated_at: store.nowSql })
      .where('id', '=', workloadId)
      .where('state', 'in', ['waiting', 'syncing', 'cuttingOver'])
      .executeTakeFirst();
    if (numUpdatedRows === 0n) return;
    await refreshBatchState(store, trx, batchId);
    await appendEvents(store, [stateEvent(batchId, workloadId, 'failed')], trx);
  });
}

/**
 * Workloads that are said to run although no task of theirs is open: their task was given up by the queue itself, because
 * its workers died one after another. They fail, with that reason. @returns how many
 */
export async function failStranded(store: Store): Promise<number> {
  return await store.db.transaction().execute(async (trx) => {
    const { rows } = await sql<{ id: number; batch_id: number }>`
      SELECT w.id, w.batch_id FROM workload w WHERE w.state IN ('waiting', 'syncing', 'cuttingOver')
        AND NOT EXISTS (SELECT 1 FROM task t WHERE t.workload_id = w.id AND t.state IN ('ready', 'leased', 'held'))
        AND EXISTS (SELECT 1 FROM task t WHERE t.workload_id = w.id AND t.state = 'failed')`.execute(trx);
    const events: NewEvent[] = [];
    for (const { id, batch_id: batchId } of rows) {
      await trx
        .updateTable('workload')
        .set({
          state: 'failed',
          reason: 'Every worker that tried it stopped answering.',
          updated_at: store.nowSql,
        })
        .where('id', '=', id)
        .execute();
      events.push(stateEvent(batchId, id, 'failed'));
    }
    for (const batchId of new Set(rows.map((row) => row.batch_id))) await refreshBatchState(store, trx, batchId);
    await appendEvents(store, events, trx);
    return rows.length;
  });
}

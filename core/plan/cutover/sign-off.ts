import type { Transaction } from 'kysely';
import { type CutoverStep, canSignOff } from '../../domain/cutover.ts';
import { UsageError } from '../../domain/errors.ts';
import { appendAudit } from '../../store/audit.ts';
import { openBadItemCount } from '../../store/bad-items.ts';
import { batchById } from '../../store/batches.ts';
import { setStep, statesOf, stepsOfWorkloads } from '../../store/cutover-steps.ts';
import { endpointsOf } from '../../store/endpoints.ts';
import { appendEvents } from '../../store/events.ts';
import { enqueue } from '../../store/queue.ts';
import type { Database } from '../../store/schema.ts';
import type { Store } from '../../store/store.ts';
import { type Workload, workloadsOf } from '../../store/workloads.ts';
import { refreshBatchState, stateEvent } from '../batches/actions.ts';
import type { ApplyOptions, WriterFactory } from '../prepare/apply.ts';
import { applyStep } from './switch.ts';

export interface Signature extends ApplyOptions {
  /** What the person has to say; stands in the audit log. */
  note: string;
  workloadIds?: readonly number[] | undefined;
}

/** A step of a cutover was asked for that may not be taken now; says for whom and why. */
export class TransitionRefused extends UsageError {}

/**
 * A person signs a batch off, or some members of it: nothing can be undone from then on. Where the source delivered and
 * forwarded until now, it becomes a mail user first. All or none.
 * @throws TransitionRefused when a step before it is missing for one of them
 */
export async function signOff(
  store: Store,
  batchId: number,
  openWriter: WriterFactory,
  signature: Signature,
): Promise<{ signed: number; already: number }> {
  const batch = await batchById(store, batchId);
  const { open, already } = await membersToSign(store, batchId, signature.workloadIds);
  for (const { workload, ends } of open) {
    if (!ends || workload.kind === 'publicFolders') continue;
    const forwarding = batch?.options.forwarding ?? 'redirect';
    await applyStep(
      store,
      { workload, step: 'disconnect', forwarding, createdBy: signature.who },
      openWriter,
      signature,
    );
  }
  await store.db.transaction().execute(async (trx) => {
    for (const { workload, ends } of open) {
      if (ends) await setStep(store, trx, workload.id, 'disconnect', { state: 'done' });
      await setStep(store, trx, workload.id, 'signOff', { state: 'done', who: signature.who, reason: signature.note });
    }
    await appendEvents(
      store,
      open.map(({ workload }) => ({
        kind: 'cutover.step',
        batchId,
        workloadId: workload.id,
        data: { step: 'signOff', state: 'done' },
      })),
      trx,
    );
    const { who, host, correlation, note } = signature;
    const object = `batch ${batch?.name ?? batchId}`;
    const after = { note, members: open.map(({ workload }) => workload.displayName) };
    if (open.length > 0)
      await appendAudit(store, [{ who, host, correlation, action: 'batch.signOff', object, after }], trx);
  });
  return { signed: open.length, already };
}

interface ToSign {
  workload: Workload;
  /** The source still has its mailbox: coexistence ends with the signature. */
  ends: boolean;
}

async function membersToSign(
  store: Store,
  batchId: number,
  ids: readonly number[] | undefined,
): Promise<{ open: ToSign[]; already: number }> {
  const wanted = ids && new Set(ids);
  const members = (await workloadsOf(store, batchId)).filter(({ id, state }) =>
    wanted ? wanted.has(id) : state !== 'undone',
  );
  const rows = await stepsOfWorkloads(
    store.db,
    members.map(({ id }) => id),
  );
  const open: ToSign[] = [];
  const problems: string[] = [];
  let already = 0;
  for (const workload of members) {
    const steps = rows.get(workload.id) ?? [];
    const states = statesOf(steps);
    if (states.signOff === 'done') {
      already++;
      continue;
    }
    const verdict =
      workload.state === 'done' ? canSignOff(workload.kind, states) : { ok: false, why: 'its cutover is not done' };
    if (verdict.ok) open.push({ workload, ends: states.disconnect === 'skipped' });
    else problems.push(`${workload.displayName} (${'why' in verdict ? verdict.why : ''})`);
  }
  if (problems.length > 0 || members.length === 0) throw refusedFor('sign the batch off', problems);
  return { open, already };
}

const SHOWN = 5;

function refusedFor(tried: string, problems: readonly string[]): TransitionRefused {
  const more = problems.length > SHOWN ? `, and ${problems.length - SHOWN} more` : '';
  return new TransitionRefused({
    tried,
    happened:
      problems.length === 0 ? 'It has no members.' : `It may not be for ${problems.slice(0, SHOWN).join('; ')}${more}.`,
    next: 'Look at the steps with: transplant batch show NAME; give --mailbox to name those that are ready.',
  });
}

/** Steps whose findings a person may accept. */
const COMPARISONS: readonly CutoverStep[] = ['check', 'verification'];

/**
 * A person accepts what a comparison found: the step counts as done, with who and why, and the cutover goes on.
 * @throws TransitionRefused where no comparison waits for a decision
 */
export async function acceptFindings(
  store: Store,
  batchId: number,
  ids: readonly number[] | undefined,
  by: Omit<Signature, 'workloadIds' | 'signal' | 'onProgress'>,
): Promise<{ accepted: number }> {
  const wanted = ids && new Set(ids);
  const members = (await workloadsOf(store, batchId, ['decision'])).filter(({ id }) => !wanted || wanted.has(id));
  for (const { id, displayName } of members) {
    const open = await openBadItemCount(store, id);
    if (open > 0)
      throw refusedFor('accept what the comparison found', [
        `${displayName} (${open} bad items wait for a decision first)`,
      ]);
  }
  return await store.db.transaction().execute(async (trx) => {
    const rows = await stepsOfWorkloads(
      trx,
      members.map(({ id }) => id),
    );
    const found = members.flatMap((workload) => {
      const step = rows.get(workload.id)?.find((row) => COMPARISONS.includes(row.step) && row.state === 'failed');
      return step ? [{ workload, step }] : [];
    });
    if (found.length === 0)
      throw refusedFor('accept what the comparison found', ['nobody: no comparison of a cutover waits for a decision']);
    for (const { workload, step } of found) {
      await setStep(store, trx, workload.id, step.step, { state: 'done', who: by.who, reason: `Accepted: ${by.note}` });
      await goOn(store, trx, workload);
    }
    await refreshBatchState(store, trx, batchId);
    await appendAudit(
      store,
      found.map(({ workload, step }) => ({
        who: by.who,
        host: by.host,
        correlation: by.correlation,
        action: 'cutover.accept',
        object: workload.displayName,
        before: { step: step.step, ...step.detail },
        after: { note: by.note },
      })),
      trx,
    );
    return { accepted: found.length };
  });
}

async function goOn(store: Store, trx: Transaction<Database>, { id, batchId }: Workload): Promise<void> {
  await trx
    .updateTable('workload')
    .set({ state: 'cuttingOver', reason: null, updated_at: store.nowSql })
    .where('id', '=', id)
    .where('state', '=', 'decision')
    .execute();
  await enqueue(
    store,
    [{ kind: 'cutover', batchId, workloadId: id, payload: {}, ...(await endpointsOf(trx, [id])).get(id) }],
    trx,
  );
  await appendEvents(store, [stateEvent(batchId, id, 'cuttingOver')], trx);
}

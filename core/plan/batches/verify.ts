import type { Grade } from '../../domain/words.ts';
import { GRADES } from '../../domain/words.ts';
import { stepsOfWorkloads } from '../../store/cutover-steps.ts';
import { enqueue } from '../../store/queue.ts';
import type { Store } from '../../store/store.ts';
import {
  type Finding,
  type ItemCounts,
  lastVerifications,
  NO_ITEMS,
  type VerificationResult,
} from '../../store/verifications.ts';
import { type Workload, workloadsOf } from '../../store/workloads.ts';

/** Workloads of these states have something in the target that can be compared. */
const COMPARABLE = new Set(['inSync', 'held', 'cuttingOver', 'done', 'decision', 'failed', 'syncing']);

/**
 * Members whose mailbox is disconnected in the source and cannot be read there any more: the comparison that their cutover
 * made after the switch stands. Until then, as where the source delivers and forwards until the signature, and for public
 * folders always, both sides can be compared again.
 */
async function disconnected(store: Store, workloads: readonly Workload[]): Promise<Set<number>> {
  const mailboxes = workloads.filter(({ kind, state }) => kind !== 'publicFolders' && state === 'done');
  const steps = await stepsOfWorkloads(
    store.db,
    mailboxes.map(({ id }) => id),
  );
  return new Set(
    mailboxes.flatMap(({ id }) =>
      steps.get(id)?.some(({ step, state }) => step === 'disconnect' && state === 'done') ? [id] : [],
    ),
  );
}

/**
 * Puts a comparison of source and target into the queue for every workload of a batch that has something to compare.
 * @returns ids of the tasks
 */
export async function planVerify(store: Store, batchId: number, deep: boolean): Promise<number[]> {
  const all = await workloadsOf(store, batchId);
  const gone = await disconnected(store, all);
  const workloads = all.filter(({ id, state }) => COMPARABLE.has(state) && !gone.has(id));
  return await store.db.transaction().execute(async (trx) => {
    const before = await trx
      .selectFrom('task')
      .select((eb) => eb.fn.max<number | null>('id').as('last'))
      .executeTakeFirst();
    await enqueue(
      store,
      workloads.map((workload) => ({ kind: 'verify', batchId, workloadId: workload.id, payload: { deep } })),
      trx,
    );
    const rows = await trx
      .selectFrom('task')
      .select('id')
      .where('batch_id', '=', batchId)
      .where('kind', '=', 'verify')
      .where('id', '>', before?.last ?? 0)
      .orderBy('id')
      .execute();
    return rows.map((row) => row.id);
  });
}

/** How many of some tasks are over, and how many of these were given up. */
export async function tasksOver(
  store: Store,
  ids: readonly number[],
): Promise<{ total: number; over: number; failed: number }> {
  const first = ids[0];
  const last = ids.at(-1);
  if (first === undefined || last === undefined) return { total: 0, over: 0, failed: 0 };
  const wanted = new Set(ids);
  const rows = await store.db
    .selectFrom('task')
    .select(['id', 'state'])
    .where('id', '>=', first)
    .where('id', '<=', last)
    .execute();
  const mine = rows.filter((row) => wanted.has(row.id));
  return {
    total: ids.length,
    over: mine.filter((row) => row.state === 'done' || row.state === 'failed' || row.state === 'cancelled').length,
    failed: mine.filter((row) => row.state === 'failed').length,
  };
}

export interface WorkloadVerdict {
  workloadId: number;
  kind: string;
  displayName: string;
  state: string;
  /** Why it is in that state, where there is a reason. */
  reason: string | null;
  at: number | null;
  grade: Grade | null;
  /** It was compared, and every item was found whole. */
  whole: boolean;
  items: ItemCounts | null;
  folders: { source: number; verified: number } | null;
  bytes: number;
  digest: string;
  findings: Finding[];
  findingsTotal: number;
  notes: string[];
  /** The comparison after its switch stands for good: its source mailbox is disconnected. */
  stands: boolean;
}

export interface BatchVerdict {
  /** Every workload was compared and every item found whole. */
  verified: boolean;
  /** The worst of the grades; null when something was never compared. */
  grade: Grade | null;
  items: ItemCounts;
  bytes: number;
  workloads: WorkloadVerdict[];
}

/** What the newest comparisons say of a batch. Workloads that were undone do not count. */
export async function batchVerdict(store: Store, batchId: number): Promise<BatchVerdict> {
  const workloads = (await workloadsOf(store, batchId)).filter((workload) => workload.state !== 'undone');
  const gone = await disconnected(store, workloads);
  const verdicts: WorkloadVerdict[] = [];
  const items = { ...NO_ITEMS };
  let bytes = 0;
  const newest = await lastVerifications(store, batchId);
  for (const workload of workloads) {
    const last = newest.get(workload.id);
    if (last) {
      bytes += last.result.bytes;
      for (const key of Object.keys(items) as (keyof typeof items)[]) items[key] += last.result.items[key];
    }
    verdicts.push({
      workloadId: workload.id,
      kind: workload.kind,
      displayName: workload.displayName,
      state: workload.state,
      reason: workload.reason,
      at: last?.at ?? null,
      grade: last?.grade ?? null,
      whole: last !== undefined && isWhole(last.result.items),
      items: last?.result.items ?? null,
      folders: last ? foldersOf(last.result.folders) : null,
      bytes: last?.result.bytes ?? 0,
      digest: last?.result.digest ?? '',
      findings: last?.result.findings ?? [],
      findingsTotal: last?.result.findingsTotal ?? 0,
      notes: last?.result.notes ?? [],
      stands: gone.has(workload.id),
    });
  }
  const grades = verdicts.map((verdict) => verdict.grade);
  return {
    verified: verdicts.length > 0 && verdicts.every((verdict) => verdict.whole),
    grade: grades.includes(null) ? null : worst(grades.filter((grade) => grade !== null)),
    items,
    bytes,
    workloads: verdicts,
  };
}

function foldersOf(folders: VerificationResult['folders']): { source: number; verified: number } {
  const wrong = new Set([...folders.missing, ...folders.different]);
  return { source: folders.source, verified: folders.source - wrong.size };
}

/** Every item that is in the source is whole in the target, and nothing stands there besides. */
export function isWhole(items: ItemCounts): boolean {
  return items.different === 0 && items.missing === 0 && items.extra === 0 && items.bad === 0;
}

function worst(grades: Grade[]): Grade | null {
  return grades.reduce<Grade | null>(
    (found, grade) => (found === null || GRADES.indexOf(grade) > GRADES.indexOf(found) ? grade : found),
    null,
  );
}

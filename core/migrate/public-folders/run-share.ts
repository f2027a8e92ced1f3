import { setTimeout as delay } from 'node:timers/promises';
import { shareOut, type Weighed, weightOf } from '../../domain/folder-shares.ts';
import { someFolders } from '../../store/folders.ts';
import { enqueue, fenced } from '../../store/queue.ts';
import type { SyncResult } from '../context.ts';
import type { Job } from '../job.ts';
import { closeSync, runSync } from '../sync/run-sync.ts';

/**
 * Weight (items, and bytes as items) of the folders that are synced before it is looked whether somebody can help: little
 * at first, so that a small share can be split too, and then as much as takes about so long, ms.
 */
const FIRST_SLICE = 500;
const LARGEST_SLICE = 4_000;
const SLICE_MS = 10_000;
/** How often it is looked whether somebody can help, ms: one large folder may take long. */
const LOOK_MS = 5_000;
/** A part of a share is worth a task of its own from this weight on. */
const WORTH_A_TASK = 400;

export interface ShareOptions {
  firstSlice?: number;
  worthATask?: number;
}

/**
 * Syncs one share of a tree of public folders, a part after the other. Where nothing of the tree waits for a worker any
 * more while enough of this share is left, half of what is left becomes a task of its own: whoever is idle takes it, and
 * else it comes to this worker again. Both happen in one transaction, so that no folder is in two shares, whenever a worker
 * dies.
 */
export async function runShare(job: Job, ids: readonly number[], options: ShareOptions = {}): Promise<SyncResult> {
  const worth = options.worthATask ?? WORTH_A_TASK;
  let slice = options.firstSlice ?? FIRST_SLICE;
  let left = await weighed(job, ids);
  let sum: SyncResult | undefined;
  const done: number[] = [];
  do {
    const now = take(left, slice);
    left = left.slice(now.length);
    const startedAt = performance.now();
    const syncing = runSync(job, { folders: now, final: false, part: true });
    do if (weight(left) >= 2 * worth) left = await besides(syncing, handOver(job, [...done, ...now], left));
    while (!(await settledWithin(syncing, LOOK_MS)));
    const result = await syncing;
    slice = nextSlice(slice, performance.now() - startedAt);
    sum = sum ? added(sum, result) : result;
    done.push(...now);
  } while (left.length > 0);
  // The last share to end says that the tree is synced: what others have in hand is to be copied while it is listed.
  await closeSync(job, { synced: false });
  return sum;
}

/** What is done beside other work ends no sooner than that work, should it fail: nothing of a share runs on after its task. */
async function besides<T>(other: Promise<unknown>, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    await other.catch(() => undefined);
    throw error;
  }
}

async function settledWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  const end = new AbortController();
  const settled = work.then(
    () => true,
    () => true,
  );
  const late = delay(ms, false, { signal: end.signal }).catch(() => false);
  const first = await Promise.race([settled, late]);
  end.abort();
  return first;
}

function nextSlice(slice: number, tookMs: number): number {
  const wanted = (slice * SLICE_MS) / Math.max(tookMs, 1);
  return Math.min(LARGEST_SLICE, Math.max(slice / 2, Math.min(wanted, slice * 2)));
}

const weight = (folders: readonly Weighed[]): number => folders.reduce((sum, folder) => sum + weightOf(folder), 0);

/** The share's folders as they are on record, in the order of the tree. */
async function weighed({ context, workload }: Job, ids: readonly number[]): Promise<Weighed[]> {
  const found: Weighed[] = [];
  for await (const { id, path, facts } of someFolders(context.store, workload.id, ids))
    found.push({ id, path, items: facts.sourceItems, bytes: facts.sizeBytes ?? 0 });
  const order = new Map(shareOut(found, 1).flatMap((share) => share.map((id, index) => [id, index] as const)));
  return found.sort((a, b) => (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0));
}

function take(folders: readonly Weighed[], slice: number): number[] {
  const ids: number[] = [];
  let sum = 0;
  for (const folder of folders) {
    if (ids.length > 0 && sum + weightOf(folder) > slice) break;
    ids.push(folder.id);
    sum += weightOf(folder);
  }
  return ids;
}

/** Gives half of what is left to whoever comes, unless something of the tree waits already. @returns what stays ours */
async function handOver({ context, workload }: Job, begun: readonly number[], left: Weighed[]): Promise<Weighed[]> {
  const { store, claim } = context;
  return await fenced(store, claim, async (trx) => {
    const waiting = await trx
      .selectFrom('task')
      .select('id')
      .where('workload_id', '=', workload.id)
      .where('kind', '=', 'sync')
      .where('state', '=', 'ready')
      .executeTakeFirst();
    if (waiting) return left;
    const [ours = [], theirs = []] = shareOut(left, 2);
    if (theirs.length === 0) return left;
    const payload = JSON.stringify({ folders: [...begun, ...ours] });
    const own = await trx
      .selectFrom('task')
      .select(['source_endpoint', 'target_endpoint'])
      .where('id', '=', claim.id)
      .executeTakeFirst();
    await trx.updateTable('task').set({ payload }).where('id', '=', claim.id).execute();
    await enqueue(
      store,
      [
        {
          kind: 'sync',
          batchId: workload.batchId,
          workloadId: workload.id,
          payload: { folders: theirs },
          ...(own?.source_endpoint && { sourceEndpoint: own.source_endpoint }),
          ...(own?.target_endpoint && { targetEndpoint: own.target_endpoint }),
        },
      ],
      trx,
    );
    const mine = new Set(ours);
    return left.filter(({ id }) => mine.has(id));
  });
}

function added(a: SyncResult, b: SyncResult): SyncResult {
  const sum = { ...a, notes: [...new Set([...a.notes, ...b.notes])] };
  for (const name of Object.keys(b) as (keyof SyncResult)[]) {
    const [one, two] = [a[name], b[name]];
    if (typeof one === 'number' && typeof two === 'number') Object.assign(sum, { [name]: one + two });
  }
  return sum;
}

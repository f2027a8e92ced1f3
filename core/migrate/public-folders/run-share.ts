import { shareOut, type Weighed, weightOf } from '../../domain/folder-shares.ts';
import { eachFolder } from '../../store/folders.ts';
import { enqueue, fenced } from '../../store/queue.ts';
import type { SyncResult } from '../context.ts';
import type { Job } from '../job.ts';
import { runSync } from '../sync/run-sync.ts';

/** Folders of about so much weight (items, and bytes as items) are synced before it is looked whether somebody can help. */
const SLICE_WEIGHT = 4_000;

/**
 * Syncs one share of a tree of public folders, a part after the other. Where the share lags, because nothing of the tree
 * waits for a worker any more while much of this share is left, half of what is left becomes a task of its own. Both
 * happen in one transaction, so that no folder is in two shares, whenever a worker dies.
 */
export async function runShare(
  job: Job,
  ids: readonly number[],
  options: { sliceWeight?: number } = {},
): Promise<SyncResult> {
  const slice = options.sliceWeight ?? SLICE_WEIGHT;
  let left = await weighed(job, new Set(ids));
  let sum: SyncResult | undefined;
  const done: number[] = [];
  while (left.length > 0) {
    const now = take(left, slice);
    left = left.slice(now.length);
    const result = await runSync(job, { folders: now, final: false });
    sum = sum ? added(sum, result) : result;
    done.push(...now);
    if (weight(left) > 2 * slice) left = await handOver(job, done, left);
  }
  return sum ?? (await runSync(job, { folders: [], final: false }));
}

const weight = (folders: readonly Weighed[]): number => folders.reduce((sum, folder) => sum + weightOf(folder), 0);

/** The share's folders as they are on record, in the order of the tree. */
async function weighed({ context, workload }: Job, ids: ReadonlySet<number>): Promise<Weighed[]> {
  const found: Weighed[] = [];
  for await (const folder of eachFolder(context.store, workload.id)) {
    if (!ids.has(folder.id)) continue;
    found.push({
      id: folder.id,
      path: folder.path,
      items: folder.facts.sourceItems,
      bytes: folder.facts.sizeBytes ?? 0,
    });
  }
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
async function handOver({ context, workload }: Job, done: readonly number[], left: Weighed[]): Promise<Weighed[]> {
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
    const payload = JSON.stringify({ folders: [...done, ...ours] });
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

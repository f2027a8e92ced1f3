import type { FolderRow } from '../../store/folders.ts';
import { foldersWithLateCopies, forgetLateCopies, lateCopiesOf } from '../../store/late-copies.ts';
import { targetsInUse } from '../../store/ledger.ts';
import { fenced } from '../../store/queue.ts';
import type { SyncResult } from '../context.ts';
import type { Job } from '../job.ts';
import { findKeys } from './doubt.ts';
import { placesOf } from './place.ts';

/** ms after which no server is still at work on a request whose answer was lost: EWS gives up its own after a minute. */
const LATE_MS = 10 * 60_000;
const AT_ONCE = 8;

/**
 * Looks for items that a lost answer doubled: a server may carry out a request long after the connection broke, so a
 * check before sending again is not enough. In folders into which something was sent again, items with its search key that
 * no row has as their counterpart are ours and are removed, whatever became of its own row since. That is looked after
 * until a run finds nothing late of it any more.
 */
export async function removeDoubles(
  job: Job,
  folders: ReadonlyMap<number, FolderRow>,
  result: SyncResult,
): Promise<void> {
  const due = (await foldersWithLateCopies(job.context.store, job.workload.id)).flatMap((id) => folders.get(id) ?? []);
  const one = async (): Promise<void> => {
    for (let folder = due.shift(); folder; folder = due.shift()) await inFolder(job, folder, result);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
}

async function inFolder(job: Job, folder: FolderRow, result: SyncResult): Promise<void> {
  const { store, claim } = job.context;
  const startedAt = await store.now();
  const wanted = await lateCopiesOf(store, job.workload.id, folder.id);
  const places = placesOf(folder);
  const items = (await Promise.all(places.map((place) => findKeys(job, wanted, place)))).flat();
  const ids = items.map((item) => item.id);
  const used = await targetsInUse(store, job.workload.id, ids);
  const extra = ids.filter((id) => !used.has(id));
  if (extra.length > 0) await job.target.deleteItems(extra, job.writing);
  result.writes += extra.length;
  await fenced(store, claim, (trx) => forgetLateCopies(trx, job.workload.id, folder.id, startedAt - LATE_MS));
}

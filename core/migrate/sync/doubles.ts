import type { FolderRow } from '../../store/folders.ts';
import { forgetResent, type LedgerRow, ledgerOfFolder, RESENT, targetsInUse } from '../../store/ledger.ts';
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
 * check before sending again is not enough. In folders with something in doubt, items with the search key of a row that
 * was sent again, and that no row has as its counterpart, are ours and are removed. A row is looked after until a run finds
 * nothing late of it any more.
 */
export async function removeDoubles(
  job: Job,
  folders: ReadonlyMap<number, FolderRow>,
  doubtful: Iterable<number>,
  result: SyncResult,
): Promise<number> {
  const due = [...doubtful].flatMap((id) => folders.get(id) ?? []);
  let removed = 0;
  const one = async (): Promise<void> => {
    for (let folder = due.shift(); folder; folder = due.shift()) removed += await inFolder(job, folder, result);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  return removed;
}

async function inFolder(job: Job, folder: FolderRow, result: SyncResult): Promise<number> {
  const { store, claim } = job.context;
  if (!folder.targetId) return 0;
  const startedAt = await store.now();
  const resent: LedgerRow[] = [];
  for await (const rows of ledgerOfFolder(store, job.workload.id, folder.id, ['done']))
    resent.push(...rows.filter((row) => row.reason === RESENT && row.searchKey !== null));
  if (resent.length === 0) return 0;
  const items = (await Promise.all(placesOf(folder).map((place) => findKeys(job, resent, place)))).flat();
  const used = await targetsInUse(
    store,
    job.workload.id,
    items.map((item) => item.id),
  );
  const extra = items.filter((item) => !used.has(item.id));
  const answers =
    extra.length === 0
      ? []
      : await job.target.deleteItems(
          extra.map((item) => item.id),
          job.writing,
        );
  result.writes += extra.length;
  await fenced(store, claim, (trx) => forgetResent(trx, job.workload.id, folder.id, startedAt - LATE_MS));
  return answers.filter((answer) => answer.ok).length;
}

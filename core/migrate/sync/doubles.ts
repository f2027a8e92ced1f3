import type { FolderRow } from '../../store/folders.ts';
import { ledgerOfFolder, targetsInUse } from '../../store/ledger.ts';
import type { SyncResult } from '../context.ts';
import type { Job } from '../job.ts';
import { placesOf } from './place.ts';

/**
 * Looks for items that a lost answer doubled: a server may carry out a request long after the connection broke, so a
 * check before sending again is not enough. In folders with something in doubt, items with the search key of a row that
 * was sent again, and that no row has as its counterpart, are ours and are removed.
 */
export async function removeDoubles(
  job: Job,
  folders: ReadonlyMap<number, FolderRow>,
  doubtful: Iterable<number>,
  result: SyncResult,
): Promise<number> {
  let removed = 0;
  for (const folderId of doubtful) {
    const folder = folders.get(folderId);
    if (!folder?.targetId) continue;
    const keys = new Set<string>();
    for await (const rows of ledgerOfFolder(job.context.store, job.workload.id, folderId, ['done']))
      for (const row of rows) if (row.reason === 'resent' && row.searchKey !== null) keys.add(row.searchKey);
    if (keys.size === 0) continue;
    const items = [];
    for (const place of placesOf(folder))
      items.push(...(await job.target.findBySearchKey(place, [...keys], { signal: job.context.signal })));
    const used = await targetsInUse(
      job.context.store,
      job.workload.id,
      items.map((item) => item.id),
    );
    const extra = items.filter((item) => !used.has(item.id));
    if (extra.length === 0) continue;
    const answers = await job.target.deleteItems(
      extra.map((item) => item.id),
      job.writing,
    );
    result.writes += extra.length;
    removed += answers.filter((answer) => answer.ok).length;
  }
  return removed;
}

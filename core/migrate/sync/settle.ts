import type { ItemInfo } from '../../exchange/mail-store.ts';
import { keyText, type LedgerRow, targetsInUse } from '../../store/ledger.ts';
import type { Job } from '../job.ts';

/**
 * Rows whose items may be in the target already: handed over without an answer, or from a run whose ledger is lost. The
 * target is asked before anything is sent again: by search key, else by message id, else by class, time and size.
 * @returns the target's item for each row that was found, by hex key of the row
 */
export async function findArrived(job: Job, rows: LedgerRow[], targetFolderId: string): Promise<Map<string, ItemInfo>> {
  const found = new Map<string, ItemInfo>();
  const keyed = rows.filter((row) => row.searchKey !== null);
  const byKey = new Map<string, LedgerRow[]>();
  for (const row of keyed) byKey.set(row.searchKey ?? '', [...(byKey.get(row.searchKey ?? '') ?? []), row]);
  const items = await job.target.findBySearchKey(targetFolderId, [...byKey.keys()], { signal: job.context.signal });
  await assign(job, items, (item) => byKey.get(item.searchKey ?? ''), found);
  const others = rows.filter((row) => !found.has(keyText(row.sourceKey)) && row.searchKey === null);
  if (others.length > 0) await findTwins(job, others, targetFolderId, found);
  return found;
}

/** Without search keys the folder is listed; class, date and size have to agree. */
async function findTwins(
  job: Job,
  rows: LedgerRow[],
  targetFolderId: string,
  found: Map<string, ItemInfo>,
): Promise<void> {
  const twinKey = (itemClass: string, date: number | null): string => `${itemClass.toLowerCase()}|${date}`;
  const wanted = new Map<string, LedgerRow[]>();
  for (const row of rows) {
    const key = twinKey(row.itemClass, row.itemDate);
    wanted.set(key, [...(wanted.get(key) ?? []), row]);
  }
  for await (const page of job.target.list(targetFolderId, { signal: job.context.signal }))
    await assign(
      job,
      page,
      (item) =>
        wanted
          .get(twinKey(item.itemClass, item.received ?? item.sent ?? item.created ?? item.modified))
          ?.filter((row) => sizesAgree(row.size, item.size)),
      found,
    );
}

/** Stores count sizes in their own ways; twins are within a tenth and a few KB of each other. */
function sizesAgree(a: number, b: number): boolean {
  return Math.abs(a - b) <= Math.max(a, b) / 10 + 4096;
}

/** Gives each item to one row; an item that another row has already is nobody's. */
async function assign(
  job: Job,
  items: ItemInfo[],
  rowsFor: (item: ItemInfo) => LedgerRow[] | undefined,
  found: Map<string, ItemInfo>,
): Promise<void> {
  const candidates = items.filter((item) => (rowsFor(item)?.length ?? 0) > 0);
  if (candidates.length === 0) return;
  const taken = await targetsInUse(
    job.context.store,
    job.workload.id,
    candidates.map((item) => item.id),
  );
  for (const item of candidates) {
    if (taken.has(item.id)) continue;
    const row = rowsFor(item)?.find((r) => !found.has(keyText(r.sourceKey)));
    if (row) found.set(keyText(row.sourceKey), item);
  }
}

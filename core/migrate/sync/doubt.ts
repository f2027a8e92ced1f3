import { EwsError } from '../../exchange/ews/codes.ts';
import type { ItemInfo } from '../../exchange/mail-store.ts';
import { keyText, type LedgerRow, targetsInUse } from '../../store/ledger.ts';
import type { Job } from '../job.ts';

/**
 * Reason of a row in doubt whose original has changed since it was handed over: what is found of it in the target has to
 * be written again.
 */
export const OUTDATED = 'changed while in doubt';

/** An item of the target that a row in doubt turned out to have. */
export interface Arrived {
  item: ItemInfo;
  /** It is certainly what the source has now; otherwise its content is written again in its place. */
  sure: boolean;
}

/** Codes by which a server says that a folder is not there. */
const NOT_THERE = new Set(['ErrorFolderNotFound', 'ErrorItemNotFound']);

/**
 * Rows whose items may be in the target already: handed over without an answer, or from a run whose ledger is lost. The
 * target is asked before anything is sent again: by search key, else by class, time and size.
 * @returns the target's item for each row that was found, by hex key of the row
 */
export async function findArrived(job: Job, rows: LedgerRow[], targetFolderId: string): Promise<Map<string, Arrived>> {
  try {
    return await search(job, rows, targetFolderId);
  } catch (error) {
    if (error instanceof EwsError && NOT_THERE.has(error.code)) return new Map();
    throw error;
  }
}

async function search(job: Job, rows: LedgerRow[], targetFolderId: string): Promise<Map<string, Arrived>> {
  const found = new Map<string, Arrived>();
  const byKey = Map.groupBy(
    rows.filter((row) => row.searchKey !== null),
    (row) => row.searchKey ?? '',
  );
  const items = await findKeys(job, rows, targetFolderId);
  // Copies of an item have its search key: which of them arrived, nobody can tell.
  await assign(
    job,
    items,
    (item) => byKey.get(item.searchKey ?? ''),
    found,
    (row) => {
      return row.reason !== OUTDATED && byKey.get(row.searchKey ?? '')?.length === 1;
    },
  );
  const others = rows.filter((row) => row.searchKey === null);
  if (others.length > 0) await findTwins(job, others, targetFolderId, found);
  return found;
}

/** Items of a folder of the target that have the search keys of rows, of the kinds that the rows are. */
export async function findKeys(
  job: Job,
  rows: readonly Pick<LedgerRow, 'searchKey' | 'associated'>[],
  targetFolderId: string,
): Promise<ItemInfo[]> {
  const kinds = Map.groupBy(rows, (row) => row.associated);
  const found = [...kinds].map(async ([associated, ones]) => {
    const keys = new Set(ones.flatMap((row) => row.searchKey ?? []));
    const options = { associated, signal: job.context.signal };
    return keys.size === 0 ? [] : await job.target.findBySearchKey(targetFolderId, [...keys], options);
  });
  return (await Promise.all(found)).flat();
}

/** Without search keys the folder is listed; class, date and size have to agree. */
async function findTwins(
  job: Job,
  rows: LedgerRow[],
  targetFolderId: string,
  found: Map<string, Arrived>,
): Promise<void> {
  const twinKey = (itemClass: string, date: number | null): string => `${itemClass.toLowerCase()}|${date}`;
  const wanted = Map.groupBy(rows, (row) => twinKey(row.itemClass, row.itemDate));
  for await (const page of job.target.list(targetFolderId, { signal: job.context.signal }))
    await assign(
      job,
      page,
      (item) =>
        wanted
          .get(twinKey(item.itemClass, item.received ?? item.sent ?? item.created ?? item.modified))
          ?.filter((row) => sizesAgree(row.size, item.size)),
      found,
      () => false,
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
  found: Map<string, Arrived>,
  sure: (row: LedgerRow) => boolean,
): Promise<void> {
  const candidates = items.filter((item) => (rowsFor(item)?.length ?? 0) > 0);
  if (candidates.length === 0) return;
  const ids = candidates.map((item) => item.id);
  const taken = (await job.inUse?.(ids)) ?? (await targetsInUse(job.context.store, job.workload.id, ids));
  for (const item of candidates) {
    if (taken.has(item.id)) continue;
    const row = rowsFor(item)?.find((r) => !found.has(keyText(r.sourceKey)));
    if (row) found.set(keyText(row.sourceKey), { item, sure: sure(row) });
  }
}

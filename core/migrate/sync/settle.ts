import type { ItemInfo } from '../../exchange/mail-store.ts';
import { keyText, type LedgerRow, RESENT } from '../../store/ledger.ts';
import type { Job } from '../job.ts';
import { type Arrived, findArrived } from './doubt.ts';
import { placeOf, placesOf } from './place.ts';
import { emptyOutcome } from './recorder.ts';
import type { TransferParts } from './transfer.ts';

/** A row whose item turned up in the target. */
export function arrived(row: LedgerRow, item: ItemInfo): LedgerRow {
  return {
    ...row,
    state: 'done',
    targetId: item.id,
    targetChangeKey: item.changeKey,
    reason: null,
  };
}

/** A new item took the place of another, and the answer was lost before the other was removed. */
export async function removeReplaced(job: Job, row: LedgerRow, item: ItemInfo): Promise<void> {
  if (row.targetId === null || row.targetId === item.id) return;
  await job.target.deleteItems([row.targetId], job.writing);
}

/** Finds out what became of rows that were handed over without an answer, before anything is sent again. */
export class Settler {
  readonly #p: Pick<TransferParts, 'job' | 'recorder' | 'result' | 'folders'>;

  constructor(parts: Pick<TransferParts, 'job' | 'recorder' | 'result' | 'folders'>) {
    this.#p = parts;
  }

  /**
   * Rows in doubt that turn up in the target are done, or written again in their place where their content is not sure; the
   * others are sent, and their folders searched for doubles later.
   */
  async settle(doubtful: LedgerRow[], all: LedgerRow[]): Promise<LedgerRow[]> {
    const outcome = emptyOutcome();
    const settled = new Set<string>();
    const inPlace = new Map<string, LedgerRow>();
    const byFolder = Map.groupBy(doubtful, (row) => row.folderId);
    for (const [folderId, found] of await this.#findAll(byFolder)) {
      const rows = byFolder.get(folderId) ?? [];
      for (const row of rows) {
        const key = keyText(row.sourceKey);
        const known = found.get(key);
        if (!known) continue;
        await removeReplaced(this.#p.job, row, known.item);
        if (!known.sure) {
          inPlace.set(key, { ...arrived(row, known.item), state: 'pending', digest: null });
          continue;
        }
        settled.add(key);
        outcome.done.push(arrived(row, known.item));
        this.#p.result.adopted++;
      }
    }
    if (outcome.done.length > 0) await this.#p.recorder.record(outcome);
    return all
      .filter((row) => !settled.has(keyText(row.sourceKey)))
      .map(
        (row) =>
          inPlace.get(keyText(row.sourceKey)) ??
          (row.state === 'sending' ? { ...row, reason: RESENT, digest: null } : row),
      );
  }

  /** Folders are looked through side by side, those with one counterpart in turn: an item goes to one row alone. */
  async #findAll(byFolder: ReadonlyMap<number, LedgerRow[]>): Promise<Map<number, Map<string, Arrived>>> {
    const all = new Map<number, Map<string, Arrived>>();
    const groups = Map.groupBy(byFolder, ([folderId]) => this.#p.folders.get(folderId)?.targetId);
    const one = async (group: [number, LedgerRow[]][]): Promise<void> => {
      for (const [folderId, rows] of group) {
        const found = await this.#findInPlaces(folderId, rows);
        if (found) all.set(folderId, found);
      }
    };
    await Promise.all([...groups.values()].map(one));
    return all;
  }

  /**
   * Looks for rows where their copies belong and then, for what is not there, in the other place that their folder has: an
   * earlier batch may have put them there when they were younger. A row found there belongs there from then on.
   */
  async #findInPlaces(folderId: number, rows: LedgerRow[]): Promise<Map<string, Arrived> | undefined> {
    const folder = this.#p.folders.get(folderId);
    if (!folder?.targetId) return undefined;
    const found = new Map<string, Arrived>();
    for (const other of placesOf(folder).length > 1 ? [false, true] : [false]) {
      const open = rows.filter((row) => !found.has(keyText(row.sourceKey)));
      const placed = open.map((row) => ({ row, at: placeOf(folder, { inArchive: row.inArchive !== other }) ?? '' }));
      for (const [place, group] of Map.groupBy(placed, ({ at }) => at)) {
        const asked = group.map(({ row }) => row);
        for (const [key, arrived] of await findArrived(this.#p.job, asked, place)) found.set(key, arrived);
      }
      if (other) for (const row of open) if (found.has(keyText(row.sourceKey))) row.inArchive = !row.inArchive;
    }
    return found;
  }
}

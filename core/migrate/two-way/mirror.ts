import { clearBadItems, recordBadItems } from '../../store/bad-items.ts';
import type { FolderRow } from '../../store/folders.ts';
import { itemKey, keyText, type LedgerRow, ledgerBySource, putLedger, removeLedger } from '../../store/ledger.ts';
import { fenced } from '../../store/queue.ts';
import type { Job } from '../job.ts';
import type { BadRow, Outcome, Records } from '../sync/recorder.ts';

/** What is to be written of the shared record, in one transaction. */
export interface Entry {
  put: LedgerRow[];
  remove: Uint8Array[];
  bad: BadRow[];
  /** Items (by source key) that are bad no more. */
  mended: Uint8Array[];
}

export const emptyEntry = (): Entry => ({ put: [], remove: [], bad: [], mended: [] });

/** The job seen from the other side: the engine copies from the target to the source. */
export function mirrored(job: Job): Job {
  return {
    ...job,
    source: job.target,
    target: job.source,
    rewriter: undefined,
    inUse: async (sourceIds) => {
      const rows = await ledgerBySource(job.context.store.db, job.workload.id, sourceIds);
      return new Set([...rows.values()].map((row) => row.sourceId));
    },
  };
}

export function mirroredFolder(folder: FolderRow): FolderRow {
  return { ...folder, sourceId: folder.targetId ?? '', targetId: folder.sourceId };
}

/** Keeps the record of what the mirrored engine does: rows come back with their sides changed and are turned round. */
export class MirrorRecorder implements Records {
  readonly #job: Job;
  readonly #folders: ReadonlyMap<number, FolderRow>;
  /** Rows of pairs that are being written, by hex key of the target's item. */
  readonly #pairs = new Map<string, LedgerRow>();
  /** Items that failed and have no row; their folders have to be looked through again. */
  readonly failed: number[] = [];
  copied = 0;
  updated = 0;
  bad = 0;

  constructor(job: Job, folders: ReadonlyMap<number, FolderRow>) {
    this.#job = job;
    this.#folders = folders;
  }

  /** The row stands for a pair on record. */
  expect(targetId: string, row: LedgerRow): void {
    this.#pairs.set(keyText(itemKey(targetId)), row);
  }

  /** Nothing to note: whoever comes after a crash lists the change again and compares both sides. */
  async sending(): Promise<void> {}

  async record(outcome: Outcome): Promise<void> {
    const entry = emptyEntry();
    for (const row of outcome.done) {
      const before = this.#pairs.get(keyText(row.sourceKey));
      const now = turnedRound(row);
      if (before && keyText(before.sourceKey) !== keyText(now.sourceKey)) entry.remove.push(before.sourceKey);
      entry.put.push(now);
      entry.mended.push(row.sourceKey, before?.sourceKey ?? now.sourceKey);
      if (before) this.updated++;
      else this.copied++;
    }
    for (const { row, reason, message } of outcome.bad) {
      const before = this.#pairs.get(keyText(row.sourceKey));
      // What could not be written must not be overwritten by the other direction: a person decides.
      const text = `cannot be written to the source: ${message}`;
      if (before) entry.bad.push({ row: { ...before, state: 'bad' }, reason: 'conflict', message: text });
      else {
        entry.bad.push({ row, reason, message: text });
        this.failed.push(row.folderId);
      }
    }
    await this.commit(entry);
  }

  async commit(entry: Entry): Promise<void> {
    const { put, remove, bad, mended } = entry;
    if (put.length + remove.length + bad.length + mended.length === 0) return;
    const { context, workload } = this.#job;
    const { store, claim } = context;
    this.bad += bad.length;
    const onRecord = bad.filter(({ row }) => row.targetId !== null).map(({ row }) => row);
    const rows = [...put, ...onRecord].map((row) => ({ ...row, fence: claim.fence }));
    await fenced(store, claim, async (trx) => {
      const now = await store.now(trx);
      await removeLedger(trx, workload.id, remove);
      await putLedger(store, trx, rows, now);
      await clearBadItems(trx, workload.id, mended);
      const items = bad.map((b) => ({ ...b, folderPath: this.#folders.get(b.row.folderId)?.path ?? '' }));
      await recordBadItems(store, trx, items, now);
    });
  }
}

/** The row of the shared record that a row of the mirrored engine is about. */
function turnedRound(row: LedgerRow): LedgerRow {
  const sourceId = row.targetId ?? '';
  return {
    ...row,
    state: 'done',
    sourceKey: itemKey(sourceId),
    sourceId,
    sourceChangeKey: row.targetChangeKey ?? '',
    targetId: row.sourceId,
    targetChangeKey: row.sourceChangeKey,
    digest: null,
    reason: null,
  };
}

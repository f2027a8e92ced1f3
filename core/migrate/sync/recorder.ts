import { type BadReason, clearBadItems, recordBadItems, reopenRetried } from '../../store/bad-items.ts';
import { addProgress, type FolderRow } from '../../store/folders.ts';
import { noteLateCopies } from '../../store/late-copies.ts';
import { type LedgerRow, markSending, putLedger, RESENT, removeLedger } from '../../store/ledger.ts';
import { gotOn } from '../../store/queue.ts';
import { addThroughput } from '../../store/throughput.ts';
import { setWorkloadPace } from '../../store/workloads.ts';
import type { SyncResult } from '../context.ts';
import type { Job } from '../job.ts';
import { GroupWriter } from './group-writer.ts';

export interface BadRow {
  row: LedgerRow;
  reason: BadReason;
  message: string;
}

/** What became of some rows, to be written in one transaction. */
export interface Outcome {
  done: LedgerRow[];
  bad: BadRow[];
  /** Rows that are forgotten: the item is gone on both sides. */
  gone: LedgerRow[];
  /** Rows that go on in another state, such as kept or back to pending. */
  other: LedgerRow[];
}

export function emptyOutcome(): Outcome {
  return { done: [], bad: [], gone: [], other: [] };
}

/** Who keeps the record of what a copier does. */
export type Records = Pick<Recorder, 'sending' | 'record'>;

const PACE_EVERY_MS = 2_000;

/** Writes outcomes into the ledger, with progress, throughput and the live pace beside them. */
export class Recorder {
  readonly #job: Job;
  readonly #result: SyncResult;
  readonly #folders: ReadonlyMap<number, FolderRow>;
  readonly #callsBefore: number;
  #callsCounted = 0;
  #paceAt = 0;
  #gotOn = false;

  readonly #hadBad: boolean;
  readonly #writer: GroupWriter;

  /** `hadBad`: the workload has bad items on record, which are taken off the list where they are copied after all. */
  constructor(job: Job, result: SyncResult, folders: ReadonlyMap<number, FolderRow>, hadBad: boolean) {
    this.#hadBad = hadBad;
    this.#job = job;
    this.#writer = new GroupWriter(job.context.store, job.context.claim);
    this.#result = result;
    this.#folders = folders;
    this.#callsBefore = this.#calls();
  }

  /** Calls to both servers since the start of the task, as far as this process made them. */
  get calls(): number {
    return this.#calls() - this.#callsBefore;
  }

  #calls(): number {
    return this.#job.source.calls + this.#job.target.calls;
  }

  /**
   * Before items are handed over: from here on the target is asked before they are sent again. Of those that were sent before
   * it is noted that a second copy may turn up, whatever becomes of their rows or of this process.
   */
  async sending(rows: LedgerRow[], reason?: string): Promise<void> {
    const { store, claim } = this.#job.context;
    const again = rows.filter((row) => row.reason === RESENT);
    const groups = Map.groupBy(rows, (row) => reason ?? (row.reason === RESENT ? RESENT : undefined));
    await this.#writer.write(async (trx, now) => {
      await noteLateCopies(store, trx, again, now);
      for (const [why, group] of groups) {
        const keys = group.map((row) => row.sourceKey);
        await markSending(trx, this.#job.workload.id, keys, claim.fence, now, why);
      }
    });
    for (const row of rows) row.state = 'sending';
  }

  async record(outcome: Outcome): Promise<void> {
    const { context, workload } = this.#job;
    const { store, claim } = context;
    const fence = claim.fence;
    const bytes = outcome.done.reduce((sum, row) => sum + row.size, 0);
    const put = [...outcome.done, ...outcome.bad.map((b) => b.row), ...outcome.other];
    for (const row of put) row.fence = fence;
    const calls = this.calls - this.#callsCounted;
    this.#callsCounted += calls;
    await this.#writer.write(async (trx, now) => {
      await putLedger(store, trx, put, now);
      await removeLedger(
        trx,
        workload.id,
        outcome.gone.map((row) => row.sourceKey),
      );
      if (this.#hadBad) {
        const mended = [...outcome.done, ...outcome.gone].map((row) => row.sourceKey);
        await clearBadItems(trx, workload.id, mended);
      }
      await recordBadItems(
        store,
        trx,
        outcome.bad.map((b) => ({ ...b, folderPath: this.#folders.get(b.row.folderId)?.path ?? '' })),
        now,
      );
      if (this.#hadBad) {
        const failed = outcome.bad.map(({ row }) => row.sourceKey);
        await reopenRetried(trx, workload.id, failed);
      }
      if (!this.#gotOn && outcome.done.length > 0) {
        this.#gotOn = true;
        await gotOn(trx, claim);
      }
      await addProgress(trx, workload.id, progress(outcome), now);
      await addThroughput(
        trx,
        { at: now, workloadId: workload.id, machineId: claim.machineId },
        { items: outcome.done.length, bytes, calls },
      );
    });
    this.#result.bytes += bytes;
    this.#result.bad += outcome.bad.length;
    await this.#pace();
  }

  /** The slower side's pace is what people want to see. */
  async #pace(): Promise<void> {
    const now = performance.now();
    if (now - this.#paceAt < PACE_EVERY_MS) return;
    this.#paceAt = now;
    const { source, target, context, workload } = this.#job;
    const sides = [
      { side: 'source', pace: source.pace },
      { side: 'target', pace: target.pace },
    ];
    const paused = sides.filter((s) => s.pace.until !== null).sort((a, b) => (b.pace.until ?? 0) - (a.pace.until ?? 0));
    const shown = paused[0] ?? (source.pace.concurrency < target.pace.concurrency ? sides[0] : sides[1]);
    if (!shown) return;
    const { concurrency, max, until, latencyMs } = shown.pace;
    await setWorkloadPace(context.store, workload.id, {
      concurrency,
      max,
      until,
      latencyMs,
      reason: `${shown.side}: ${shown.pace.reason}`,
    });
  }
}

function progress(outcome: Outcome): Map<number, { done: number; bad: number; bytes: number }> {
  const byFolder = new Map<number, { done: number; bad: number; bytes: number }>();
  const at = (id: number) => {
    const known = byFolder.get(id) ?? { done: 0, bad: 0, bytes: 0 };
    byFolder.set(id, known);
    return known;
  };
  for (const row of outcome.done) {
    at(row.folderId).done++;
    at(row.folderId).bytes += row.size;
  }
  for (const { row } of outcome.bad) at(row.folderId).bad++;
  return byFolder;
}

import { setTimeout as delay } from 'node:timers/promises';
import type { FolderRow } from '../../store/folders.ts';
import { keyText, type LedgerRow } from '../../store/ledger.ts';
import type { SyncResult } from '../context.ts';
import type { Job } from '../job.ts';
import { BatchSize } from './batch-size.ts';
import { ByteBudget } from './budget.ts';
import type { Records } from './recorder.ts';
import { Transfer } from './transfer.ts';

/** Bytes of items that are held at once; one larger item passes alone. */
const BYTES_AT_ONCE = 24 * 1024 * 1024;
/** Least of them that a batch may have while all connections share them. */
const LEAST_BATCH = 768 * 1024;
/** The same where batches are quick. */
const LEAST_QUICK_BATCH = 2 * 1024 * 1024;
/** Batches under way beyond what the two paces allow to be asked at a time, so that none of them runs dry. */
const BATCHES_WAITING = 2;
/** What a batch holds beyond its items: answers, rows, buffers. */
const OVERHEAD = 64 * 1024;
const ROUNDS = 6;
/**
 * Half the pause before the second time, ms; it doubles with each. Most of what comes again are streams that a server cut:
 * they gain nothing by waiting, and what it was too busy for has waited already.
 */
const AGAIN_MS = 125;

/** Gathers rows into batches by bytes and keeps several of them under way, within a budget of memory. */
export class Copier {
  readonly #job: Job;
  readonly #size = new BatchSize();
  readonly #budget = new ByteBudget(BYTES_AT_ONCE);
  readonly #running = new Set<Promise<void>>();
  readonly transfer: Transfer;
  #batch: LedgerRow[] = [];
  #bytes = 0;
  /** Rows that were taken in and are not on record again, by hex key. */
  readonly #under = new Set<string>();
  #draining: Promise<void> = Promise.resolve();
  #failure: unknown;
  #failed = false;

  constructor(job: Job, recorder: Records, result: SyncResult, folders: ReadonlyMap<number, FolderRow>) {
    this.#job = job;
    this.transfer = new Transfer({
      job,
      recorder,
      result,
      folders,
      size: this.#size,
      pause: async (ms, signal) => {
        await delay(ms, undefined, { signal });
      },
    });
  }

  /** Takes rows in; waits while enough is under way. @throws what ended a batch */
  async add(rows: Iterable<LedgerRow>): Promise<void> {
    for (const row of rows) {
      this.#under.add(keyText(row.sourceKey));
      const full = this.#batch.length >= this.#size.items || this.#bytes + row.size > this.#batchBytes();
      if (full && this.#batch.length > 0) await this.#start();
      this.#batch.push(row);
      this.#bytes += row.size;
    }
  }

  /** Waits until none of these rows (hex keys) is under way. @throws what ended a batch */
  async settle(keys: string[]): Promise<void> {
    while (keys.some((key) => this.#under.has(key))) await this.drain();
  }

  /** Sends what was gathered, waits for all of it, and tries again what was put off. One after the other. */
  drain(): Promise<void> {
    const turn = this.#draining.catch(() => undefined).then(() => this.#drainNow());
    this.#draining = turn.catch(() => undefined);
    return turn;
  }

  async #drainNow(): Promise<void> {
    for (let round = 0; ; round++) {
      if (this.#batch.length > 0) await this.#start();
      await Promise.all(this.#running);
      this.#throwIfFailed();
      const again = this.transfer.again.splice(0);
      if (again.length === 0) return;
      if (round === ROUNDS) throw new ItemsPutOff(again.length);
      if (round > 0) await delay(AGAIN_MS * 2 ** round, undefined, { signal: this.#job.context.signal });
      await this.add(again);
    }
  }

  async #start(): Promise<void> {
    const batch = this.#batch;
    const bytes = this.#bytes + OVERHEAD;
    this.#batch = [];
    this.#bytes = 0;
    while (this.#running.size >= this.#atOnce()) await Promise.race(this.#running);
    const free = await this.#budget.take(bytes);
    this.#throwIfFailed();
    this.#job.context.signal.throwIfAborted();
    const work = this.transfer
      .run(batch)
      .catch((error: unknown) => {
        if (!this.#failed) this.#failure = error;
        this.#failed = true;
      })
      .finally(() => {
        free();
        this.#running.delete(work);
        const waiting = new Set(this.transfer.again.map((row) => keyText(row.sourceKey)));
        for (const { sourceKey } of batch) if (!waiting.has(keyText(sourceKey))) this.#under.delete(keyText(sourceKey));
      });
    this.#running.add(work);
  }

  /** What goes into one batch: as much as is quick, and so little that every connection has one of its own. */
  #batchBytes(): number {
    const least = this.#size.quick ? LEAST_QUICK_BATCH : LEAST_BATCH;
    return Math.min(this.#size.bytes, Math.max(least, BYTES_AT_ONCE / this.#atOnce()));
  }

  /** A batch is at one of the two servers at a time: more than both take only fill the memory. */
  #atOnce(): number {
    const { source, target } = this.#job;
    return Math.max(source.pace.concurrency, target.pace.concurrency) + BATCHES_WAITING;
  }

  #throwIfFailed(): void {
    if (this.#failed) throw this.#failure;
  }
}

/** Some items could not be read or written for reasons that pass; the task is tried again later. */
export class ItemsPutOff extends Error {
  override readonly name = 'ItemsPutOff';
  constructor(count: number) {
    super(`${count} items could not be copied for now`);
  }
}

import type { Transaction } from 'kysely';
import { type ClaimedTask, fenced } from '../../store/queue.ts';
import type { Database } from '../../store/schema.ts';
import type { Store } from '../../store/store.ts';

interface Waiting {
  work: (trx: Transaction<Database>, now: number) => Promise<void>;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/**
 * Writes under the task's fence, many in one transaction: what comes while one is being committed goes into the next. A
 * commit waits for the disk, and with many batches under way each would wait for its own.
 */
export class GroupWriter {
  readonly #store: Store;
  readonly #claim: ClaimedTask;
  readonly #waiting: Waiting[] = [];
  #busy = false;

  constructor(store: Store, claim: ClaimedTask) {
    this.#store = store;
    this.#claim = claim;
  }

  /** Runs `work` in a transaction that commits only under the fence. @throws FencedError */
  write(work: Waiting['work']): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ work, resolve, reject });
      void this.#drain();
    });
  }

  async #drain(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    // What is asked for in the same turn goes together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0);
      try {
        await fenced(this.#store, this.#claim, async (trx) => {
          const now = await this.#store.now(trx);
          for (const one of group) await one.work(trx, now);
        });
        for (const one of group) one.resolve();
      } catch (error) {
        for (const one of group) one.reject(error);
      }
    }
    this.#busy = false;
  }
}

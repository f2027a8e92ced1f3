import type { Compared, Pair } from './compare-content.ts';

const BATCH_BYTES = 3 * 1024 * 1024;
const BATCH_ITEMS = 100;

/** A folder whose items are compared by their content. */
export interface OpenFolder {
  path: string;
  digests: string[];
  /** Pairs that are not through yet. */
  open: number;
  /** Search keys that several of its items have. */
  shared: ReadonlySet<string>;
  /** Pairs that differ and have such a key: judged when all are through. */
  held: Compared[];
  /** Says of each pair whether the copy lies where it should. */
  judgePlaces(pairs: Pair[]): Promise<void>;
}

/** A pair that is due, and the folder that waits for it. */
export interface Due {
  pair: Pair;
  folder: OpenFolder;
}

/** Puts the pairs of several folders together into batches that are worth a call: most folders hold few items. */
export class Batches {
  #batch: Due[] = [];
  #bytes = 0;

  /** Batches that are full with these. */
  *add(dues: readonly Due[]): Generator<Due[]> {
    for (const due of dues) {
      const { size } = due.pair.source;
      const full = this.#batch.length >= BATCH_ITEMS || this.#bytes + size > BATCH_BYTES;
      if (full && this.#batch.length > 0) yield this.rest();
      this.#batch.push(due);
      this.#bytes += size;
    }
  }

  /** What is left, which ends this batch. */
  rest(): Due[] {
    const batch = this.#batch;
    this.#batch = [];
    this.#bytes = 0;
    return batch;
  }
}

import { createHash } from 'node:crypto';

const FIRST_SLOTS = 1_024;
/** Filled further, places that are taken lie too close together. */
const FULLEST = 0.7;

/**
 * A set of ids of servers, which may be long and many: of each a number of eight bytes is kept. Among 100,000 ids two have
 * the same with a chance of one in two million.
 */
export class IdSet {
  #slots = new Float64Array(FIRST_SLOTS);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(id: string): boolean {
    const number = numberOf(id);
    return this.#slots[this.#place(number)] === number;
  }

  /** @returns whether it was not in the set before */
  add(id: string): boolean {
    const number = numberOf(id);
    if (!this.#put(number)) return false;
    if (++this.#size > this.#slots.length * FULLEST) {
      const before = this.#slots;
      this.#slots = new Float64Array(before.length * 2);
      for (const one of before) if (one !== 0) this.#put(one);
    }
    return true;
  }

  #put(number: number): boolean {
    const place = this.#place(number);
    if (this.#slots[place] === number) return false;
    this.#slots[place] = number;
    return true;
  }

  /** Where the number is, or where it goes: the first free place from its own on. */
  #place(number: number): number {
    const slots = this.#slots;
    let place = number % slots.length;
    while (slots[place] !== 0 && slots[place] !== number) place = (place + 1) % slots.length;
    return place;
  }
}

/** 53 bits of an id's digest; never 0, which stands for a free place. */
function numberOf(id: string): number {
  const digest = createHash('sha256').update(id).digest();
  return digest.readUIntBE(0, 6) + (digest.readUInt8(6) % 32) * 2 ** 48 || 1;
}

import { createHash } from 'node:crypto';

/**
 * Numbers that look random and are the same for the same name on every machine (sfc32). Each part of the seed draws from
 * a stream of its own, so that adding to one part does not change the others.
 */
export class Random {
  readonly #name: string;
  #a: number;
  #b: number;
  #c: number;
  #d = 1;

  constructor(name: string) {
    this.#name = name;
    const key = createHash('sha256').update(name).digest();
    this.#a = key.readInt32LE(0);
    this.#b = key.readInt32LE(4);
    this.#c = key.readInt32LE(8);
    for (let i = 0; i < 12; i++) this.next();
  }

  /** A stream of its own for a part. */
  fork(part: string | number): Random {
    return new Random(`${this.#name}\0${part}`);
  }

  /** 0 ≤ n < 1 */
  next(): number {
    const t = (((this.#a + this.#b) | 0) + this.#d) | 0;
    this.#d = (this.#d + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + t;
    return (t >>> 0) / 4294967296;
  }

  /** An integer from `low` to `high`, both included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(list: readonly T[]): T {
    const found = list[Math.floor(this.next() * list.length)];
    if (found === undefined) throw new RangeError('nothing to pick from');
    return found;
  }

  /** Some of a list, in its order, each at most once. */
  some<T>(list: readonly T[], count: number): T[] {
    const rest = list.map((value, index) => ({ value, index, key: this.next() }));
    rest.sort((a, b) => a.key - b.key);
    return rest
      .slice(0, count)
      .sort((a, b) => a.index - b.index)
      .map((one) => one.value);
  }

  /** Log-normal by its median and the factor within which two thirds lie: the shape of message sizes. */
  logNormal(median: number, factor: number): number {
    const u = Math.max(this.next(), 1e-12);
    const normal = Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * this.next());
    return median * Math.exp(normal * Math.log(factor));
  }

  bytes(length: number): Buffer {
    const out = Buffer.allocUnsafe(length);
    let at = 0;
    for (; at + 4 <= length; at += 4) out.writeUInt32LE((this.next() * 4294967296) >>> 0, at);
    for (; at < length; at++) out[at] = this.next() * 256;
    return out;
  }
}

/** 16 bytes that belong to a name. */
export function nameBytes(name: string): Buffer {
  return createHash('sha256').update(name).digest().subarray(0, 16);
}

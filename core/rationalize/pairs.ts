import type { IdentityKey } from './identity.ts';
import type { KeysOf } from './join.ts';
import type { MatchObject, Objects } from './model.ts';

/**
 * Pairs of positions that share identity keys, with a bit mask of the keys. Kept in flat arrays of numbers: a million
 * pairs take 16 MB.
 */
export class PairTable {
  #sources = new Int32Array(1024);
  #targets = new Int32Array(1024);
  #masks = new Float64Array(1024);
  #used = 0;
  /** Where the pairs of each source begin, once they are in order; undefined while pairs come in. */
  #starts: Int32Array | undefined;

  add(source: number, target: number, mask: number): void {
    if (this.#used === this.#sources.length) this.#resize(this.#used * 2);
    const at = this.#used++;
    this.#sources[at] = source;
    this.#targets[at] = target;
    this.#masks[at] = mask;
    this.#starts = undefined;
  }

  /** Calls back for each target of a source, in the order in which they were found. */
  each(source: number, found: (target: number, mask: number) => void): void {
    const starts = this.#starts ?? this.#order();
    const end = starts[source + 1] ?? 0;
    for (let i = starts[source] ?? end; i < end; i++) found(this.#targets[i] ?? 0, this.#masks[i] ?? 0);
  }

  targetsOf(source: number): { target: number; mask: number }[] {
    const found: { target: number; mask: number }[] = [];
    this.each(source, (target, mask) => found.push({ target, mask }));
    return found;
  }

  /** Pairs of two objects, however many keys they share. */
  get size(): number {
    if (!this.#starts) this.#order();
    return this.#used;
  }

  #resize(length: number): void {
    const [sources, targets, masks] = [this.#sources, this.#targets, this.#masks];
    const kept = Math.min(this.#used, length);
    this.#sources = new Int32Array(length);
    this.#targets = new Int32Array(length);
    this.#masks = new Float64Array(length);
    this.#sources.set(sources.subarray(0, kept));
    this.#targets.set(targets.subarray(0, kept));
    this.#masks.set(masks.subarray(0, kept));
  }

  /** Puts pairs in the order of their sources (a counting sort) and makes one of those that came several times. */
  #order(): Int32Array {
    const places = startsOf(this.#sources, this.#used);
    const [targets, masks] = [new Int32Array(this.#used), new Float64Array(this.#used)];
    const next = places.slice();
    for (let i = 0; i < this.#used; i++) {
      const source = this.#sources[i] ?? 0;
      const at = next[source] ?? 0;
      next[source] = at + 1;
      targets[at] = this.#targets[i] ?? 0;
      masks[at] = this.#masks[i] ?? 0;
    }
    this.#used = 0;
    const starts = new Int32Array(places.length);
    for (let source = 0; source + 1 < places.length; source++) {
      starts[source] = this.#used;
      this.#once(source, targets, masks, places[source] ?? 0, places[source + 1] ?? 0);
    }
    starts[places.length - 1] = this.#used;
    this.#starts = starts;
    return starts;
  }

  /** Writes the pairs of one source, each target once, with the masks of all that name it. */
  #once(source: number, targets: Int32Array, masks: Float64Array, from: number, to: number): void {
    const begin = this.#used;
    const seen = to - from > MANY ? new Map<number, number>() : undefined;
    for (let i = from; i < to; i++) {
      const target = targets[i] ?? 0;
      const known = seen ? seen.get(target) : indexIn(this.#targets, target, begin, this.#used);
      if (known !== undefined && known >= 0) {
        this.#masks[known] = union(this.#masks[known] ?? 0, masks[i] ?? 0);
        continue;
      }
      seen?.set(target, this.#used);
      this.#sources[this.#used] = source;
      this.#targets[this.#used] = target;
      this.#masks[this.#used++] = masks[i] ?? 0;
    }
  }
}

/** Longer lists are looked through by a map. */
const MANY = 40;

function startsOf(sources: Int32Array, used: number): Int32Array {
  let last = -1;
  for (let i = 0; i < used; i++) last = Math.max(last, sources[i] ?? 0);
  const starts = new Int32Array(last + 2);
  for (let i = 0; i < used; i++) {
    const place = (sources[i] ?? 0) + 1;
    starts[place] = (starts[place] ?? 0) + 1;
  }
  for (let i = 1; i < starts.length; i++) starts[i] = (starts[i] ?? 0) + (starts[i - 1] ?? 0);
  return starts;
}

function indexIn(list: Int32Array, value: number, from: number, to: number): number {
  for (let i = from; i < to; i++) if (list[i] === value) return i;
  return -1;
}

/** Keys that fit a mask: a number is exact up to 2^53. */
export const MOST_KEYS = 52;
const HALF = 2 ** 26;

/** The mask of one key. */
export const keyMask = (position: number): number => 2 ** position;

// The bit operators see 32 bits, so that masks are looked at in halves once they are longer.
function union(a: number, b: number): number {
  if (a < HALF && b < HALF) return a | b;
  return (Math.floor(a / HALF) | Math.floor(b / HALF)) * HALF + ((a % HALF) | (b % HALF));
}

/** Whether two masks have a key in common. */
export function overlap(a: number, b: number): boolean {
  if (a < HALF || b < HALF) return (a & b & (HALF - 1)) !== 0;
  return (Math.floor(a / HALF) & Math.floor(b / HALF)) !== 0 || ((a % HALF) & (b % HALF)) !== 0;
}

/** The positions of keys in a mask. */
export function keysIn(mask: number): number[] {
  const found: number[] = [];
  const [low, high] = [mask % HALF, Math.floor(mask / HALF)];
  for (let i = 0; low >>> i !== 0; i++) if ((low >>> i) & 1) found.push(i);
  for (let i = 0; high >>> i !== 0; i++) if ((high >>> i) & 1) found.push(i + 26);
  return found;
}

/** A value that many hold on one side ties nobody together; with addresses it is a clash, and shown up to this many. */
const HOLDERS_SHOWN = 50;

/** The values of one key on one side, each with the position of its holder, in the order of positions. */
export interface KeyColumn {
  values: string[];
  holders: number[];
  /** A hash of each value. */
  hashes: number[];
}

/** The columns of several keys, from one look at each object. */
export function keyColumns(objects: Objects, keys: readonly KeysOf<MatchObject>[]): KeyColumn[] {
  const columns = keys.map((): KeyColumn => ({ values: [], holders: [], hashes: [] }));
  let position = 0;
  const adders = columns.map(({ values, holders, hashes }) => (value: string) => {
    values.push(value);
    hashes.push(hashOf(value));
    holders.push(position);
  });
  for (const object of objects) {
    for (let k = 0; k < keys.length; k++) {
      const add = adders[k];
      if (add) keys[k]?.(object, add);
    }
    position++;
  }
  return columns;
}

/**
 * Adds the pairs that share a value of one key: a hash join over arrays of numbers, with lists of holders as chains. A
 * value with more holders than `most` on the target's side, or with `limitSources` on either, ties nobody together.
 */
export function joinColumns(
  source: KeyColumn,
  target: KeyColumn,
  { mask, most, limitSources }: { mask: number; most: number; limitSources: boolean },
  pairs: PairTable,
): void {
  if (target.values.length === 0) return;
  const table = new HashTable(target);
  const found = new Int32Array(source.values.length);
  for (let i = 0; i < found.length; i++) found[i] = table.find(source.values[i] as string, source.hashes[i] as number);
  const sources = limitSources ? holdersOf(found, source.holders, target.values.length) : undefined;
  const { last, before, count } = table;
  for (let i = 0; i < found.length; i++) {
    const first = found[i] as number;
    if (first < 0 || (count[first] as number) > most || (sources && (sources[first] as number) > most)) continue;
    const holder = source.holders[i] as number;
    for (let at = last[first] as number; at >= 0; at = before[at] as number) {
      pairs.add(holder, target.holders[at] as number, mask);
    }
  }
}

/** The values of a column by hash (open addressing); each value is known by the position where it first stands. */
class HashTable {
  readonly #values: readonly string[];
  readonly #hashes: readonly number[];
  /** Positions, one higher than they are; 0 is a free place. */
  readonly #places: Int32Array;
  /** By a value's first position: where it stands last, and how many hold it. */
  readonly last: Int32Array;
  readonly count: Int32Array;
  /** By position: where the same value stands before, -1 for the first. */
  readonly before: Int32Array;

  constructor({ values, holders, hashes }: KeyColumn) {
    const size = values.length;
    this.#values = values;
    this.#hashes = hashes;
    this.#places = new Int32Array(2 ** Math.ceil(Math.log2(size * 2 + 2)));
    this.last = new Int32Array(size);
    this.count = new Int32Array(size);
    this.before = new Int32Array(size);
    const places = this.#places;
    for (let i = 0; i < size; i++) {
      const place = this.#placeOf(values[i] as string, hashes[i] as number);
      const known = (places[place] as number) - 1;
      if (known < 0) {
        places[place] = i + 1;
        this.last[i] = i;
        this.count[i] = 1;
        this.before[i] = -1;
        continue;
      }
      const last = this.last[known] as number;
      // An object that has a value twice is one holder.
      if (holders[last] === holders[i]) continue;
      this.before[i] = last;
      this.last[known] = i;
      this.count[known] = (this.count[known] as number) + 1;
    }
  }

  /** The first position of a value, or -1. */
  find(value: string, hash: number): number {
    return (this.#places[this.#placeOf(value, hash)] as number) - 1;
  }

  #placeOf(value: string, hash: number): number {
    const places = this.#places;
    const end = places.length - 1;
    for (let place = hash & end; ; place = (place + 1) & end) {
      const known = (places[place] as number) - 1;
      if (known < 0 || (this.#hashes[known] === hash && this.#values[known] === value)) return place;
    }
  }
}

/** A hash of 32 bits; two letters a step, because that is where the time of a join goes. */
function hashOf(text: string): number {
  let hash = text.length;
  const even = text.length & ~1;
  for (let i = 0; i < even; i += 2) {
    hash = Math.imul(hash ^ (text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16)), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  if (even < text.length) hash = Math.imul(hash ^ text.charCodeAt(even), 0x9e3779b1);
  return hash ^ (hash >>> 13);
}

/** How many sources hold each value that the target has, too. */
function holdersOf(found: Int32Array, holders: readonly number[], slots: number): Int32Array {
  const counts = new Int32Array(slots);
  const last = new Int32Array(slots).fill(-1);
  for (let i = 0; i < found.length; i++) {
    const slot = found[i] ?? -1;
    const holder = holders[i] ?? 0;
    if (slot < 0 || last[slot] === holder) continue;
    last[slot] = holder;
    counts[slot] = (counts[slot] ?? 0) + 1;
  }
  return counts;
}

/** All pairs that share an identity key. */
export function identityPairs(sources: Objects, targets: Objects, keys: readonly IdentityKey[]): PairTable {
  const pairs = new PairTable();
  const target = keyColumns(
    targets,
    keys.map((key) => key.target),
  );
  // A key that nobody in the target has is not looked for in the source.
  const used = keys.flatMap((key, position) => ((target[position]?.values.length ?? 0) > 0 ? [{ key, position }] : []));
  const source = keyColumns(
    sources,
    used.map(({ key }) => key.source),
  );
  used.forEach(({ key, position }, i) => {
    const [from, to] = [source[i], target[position]];
    if (!from || !to) return;
    const most = key.maxHolders ?? HOLDERS_SHOWN;
    joinColumns(from, to, { mask: keyMask(position), most, limitSources: key.maxHolders !== undefined }, pairs);
  });
  return pairs;
}

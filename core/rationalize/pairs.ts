import type { IdentityKey } from './identity.ts';
import { indexBy } from './join.ts';
import type { MatchObject } from './model.ts';

/**
 * Pairs of positions that share identity keys: for each source a flat list of target, bit mask of keys, target, … A flat
 * list of numbers takes a tenth of the memory that objects would.
 */
export class PairTable {
  readonly #bySource: (number[] | undefined)[] = [];
  #count = 0;

  add(source: number, target: number, mask: number): void {
    const list = this.#bySource[source];
    if (!list) {
      this.#bySource[source] = [target, mask];
      this.#count++;
      return;
    }
    for (let i = 0; i < list.length; i += 2) {
      if (list[i] === target) {
        list[i + 1] = (list[i + 1] ?? 0) | mask;
        return;
      }
    }
    list.push(target, mask);
    this.#count++;
  }

  /** Calls back for each target of a source. */
  each(source: number, found: (target: number, mask: number) => void): void {
    const list = this.#bySource[source];
    if (!list) return;
    for (let i = 0; i < list.length; i += 2) found(list[i] ?? 0, list[i + 1] ?? 0);
  }

  targetsOf(source: number): { target: number; mask: number }[] {
    const found: { target: number; mask: number }[] = [];
    this.each(source, (target, mask) => found.push({ target, mask }));
    return found;
  }

  get size(): number {
    return this.#count;
  }
}

/** The positions of keys in a mask. */
export function keysIn(mask: number): number[] {
  const found: number[] = [];
  for (let i = 0; mask >>> i !== 0; i++) if ((mask >>> i) & 1) found.push(i);
  return found;
}

/** A value that many hold on one side ties nobody together; with addresses it is a clash, and shown up to this many. */
const HOLDERS_SHOWN = 50;

/** All pairs that share an identity key. */
export function identityPairs(
  sources: readonly MatchObject[],
  targets: readonly MatchObject[],
  keys: readonly IdentityKey[],
): PairTable {
  const pairs = new PairTable();
  keys.forEach((key, position) => {
    const bySource = key.maxHolders === undefined ? undefined : indexBy(sources, key.source);
    const byTarget = indexBy(targets, key.target);
    if (byTarget.size === 0) return;
    const limit = key.maxHolders ?? HOLDERS_SHOWN;
    for (let s = 0; s < sources.length; s++) {
      const object = sources[s];
      if (!object) continue;
      key.source(object, (value) => {
        if (bySource && bySource.count(value) > limit) return;
        if (byTarget.count(value) > limit) return;
        byTarget.each(value, (t) => pairs.add(s, t, 1 << position));
      });
    }
  });
  return pairs;
}

import { first } from '../domain/recipient.ts';
import { workKey } from './frequency.ts';
import type { MatchObject, Objects } from './model.ts';
import type { Nicknames } from './nicknames.ts';
import type { PairTable } from './pairs.ts';
import { titleKey } from './text.ts';

/*
 * Who is compared with whom by name. Comparing everybody with everybody would take a day; so people meet who share one
 * of several keys, each of which survives another kind of difference (a slip in one name, a nickname, a marriage).
 */

/** A key that more pairs than this share separates nobody; they meet by another key or not at all. */
const PAIRS_IN_A_BLOCK = 2_500;

/** Adds to `pairs` those of `sources` x `targets` (positions) that may be the same by their names. */
export function namePairs(
  all: { sources: Objects; targets: Objects },
  among: { sources: readonly number[]; targets: readonly number[] },
  nicknames: Nicknames,
  pairs: PairTable,
): void {
  const blocks = new Map<string, { sources: number[]; targets: number[] }>();
  for (const position of among.targets) {
    const object = all.targets.at(position);
    if (!object) continue;
    for (const key of blockKeys(object, nicknames)) {
      const block = blocks.get(key);
      if (block) block.targets.push(position);
      else blocks.set(key, { sources: [], targets: [position] });
    }
  }
  for (const position of among.sources) {
    const object = all.sources.at(position);
    if (!object) continue;
    for (const key of blockKeys(object, nicknames)) blocks.get(key)?.sources.push(position);
  }
  for (const { sources, targets } of blocks.values()) {
    if (sources.length * targets.length > PAIRS_IN_A_BLOCK) continue;
    for (const s of sources) for (const t of targets) pairs.add(s, t, 0);
  }
}

function blockKeys(o: MatchObject, nicknames: Nicknames): Set<string> {
  if (o.class !== 'person') return new Set([`${o.class === 'room' ? 'room' : 'title'}|${titleKey(o.displayName)}`]);
  const keys = new Set<string>();
  const given = o.given[0];
  const family = o.family.join('');
  if (given === undefined || family === '') {
    keys.add(`title|${titleKey(o.displayName)}`);
    return keys;
  }
  keys.add(`whole|${[given, family].sort().join('|')}`);
  keys.add(`initial|${given[0]}|${family}`);
  keys.add(`start|${given}|${family.slice(0, 3)}`);
  keys.add(`end|${given}|${family.slice(-3)}`);
  for (const group of nicknames.groupsOf(given)) keys.add(`nick|${group}|${family.slice(0, 4)}`);
  for (const word of o.family) if (word.length > 2) keys.add(`part|${given}|${word}`);
  for (const word of o.given.slice(1)) keys.add(`start|${word}|${family.slice(0, 3)}`);
  const department = workKey(o, 'department');
  const title = workKey(o, 'title');
  // Who married keeps the given name and the desk; who misspelt both names shares at least the desk.
  if (department !== undefined) keys.add(`desk|${given}|${department}`);
  if (title !== undefined) keys.add(`desk|${given}|${title}`);
  if (department !== undefined && title !== undefined) keys.add(`desk|${department}|${title}|${family.slice(0, 2)}`);
  const manager = first(o.attributes, 'manager');
  if (manager === undefined && department === undefined) keys.add(`bare|${given}|${family.slice(0, 1)}`);
  return keys;
}

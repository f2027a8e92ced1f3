import { idKey } from '../domain/id-key.ts';
import { type Frequencies, Frequency, WORK_ATTRIBUTES, workKey } from './frequency.ts';
import { type IdentityKey, phones, shown } from './identity.ts';
import { kindFit } from './kinds.ts';
import { type Learned, Learner, unlearned } from './learned.ts';
import type { MatchObject, Objects } from './model.ts';
import { agrees, compareNames } from './names.ts';
import type { Nicknames } from './nicknames.ts';
import { keyMask, keysIn, overlap, type PairTable } from './pairs.ts';
import { madeFromName, trustFromNames } from './score.ts';

/** Learning stops here: more pairs change the figures in the fourth digit. */
const PAIRS_LEARNED_FROM = 50_000;
/** How often two people picked at random, or tied by a wrong key, agree in both names. */
const AGREE_BY_CHANCE = 0.02;
const CERTAIN = new Set(['master-account', 'sid-history', 'mailbox-guid', 'mail', 'address', 'x500']);

/** Pairs that nothing but a certain key ties, one to one: what the rest is learned from. */
export function anchors(
  sources: Objects,
  targets: Objects,
  keys: readonly IdentityKey[],
  pairs: PairTable,
): [number, number][] {
  const certain = keys.reduce((mask, key, i) => (CERTAIN.has(key.name) ? mask + keyMask(i) : mask), 0);
  const holders = new Map<number, number>();
  const found: [number, number][] = [];
  for (let s = 0; s < sources.length; s++) {
    const source = sources.at(s);
    if (source?.class !== 'person') continue;
    const tied = pairs.targetsOf(s).filter(({ mask, target }) => {
      const t = targets.at(target);
      return overlap(mask, certain) && t !== undefined && kindFit(source, t) !== 'standsFor';
    });
    for (const { target } of tied) holders.set(target, (holders.get(target) ?? 0) + 1);
    const only = tied.length === 1 ? tied[0] : undefined;
    if (only && targets.at(only.target)?.class === 'person') found.push([s, only.target]);
  }
  return found.filter(([, t]) => holders.get(t) === 1).slice(0, PAIRS_LEARNED_FROM);
}

/** Reads from the anchors how the same object compares on two sides, and how far each key can be trusted. */
export function learn(
  sources: Objects,
  targets: Objects,
  keys: readonly IdentityKey[],
  pairs: PairTable,
  known: readonly [number, number][],
  { nicknames }: { nicknames: Nicknames; frequencies: Frequencies },
): Learned {
  const learned = unlearned();
  const learner = new Learner();
  let named = 0;
  let agreed = 0;
  for (const [i, j] of known) {
    const [s, t] = [sources.at(i), targets.at(j)];
    if (!s || !t) continue;
    const names = compareNames(s, t, nicknames);
    if (names.given !== 'missing' && names.family !== 'missing') {
      named++;
      if (agrees(names)) agreed++;
    }
    // Values of a pair whose names do not agree at all may be another person's: they teach nothing about values.
    learner.pair();
    learner.names(names.given, names.family);
    if (agrees(names)) observe(learner, s, t);
  }
  learner.into(learned);
  const agreeWhenSame = Math.min(0.98, Math.max(0.7, (agreed + 0.93 * 40) / (named + 40)));
  learnTrust(learned, sources, targets, keys, pairs, nicknames, agreeWhenSame);
  learned.namesakes = namesakes(sources, targets, known);
  learned.accountBesideContact = accountBesideContact(sources, targets, pairs, known);
  return learned;
}

/** Observations that the assumption "as many namesakes as chance gives" counts for. */
const NAMESAKES_ASSUMED = 2;

/**
 * Families stay in one place, parents follow fashions, and some forests were joined before: namesakes are more common
 * than names picked at random would make them. Counted on people whose own counterpart is known.
 */
function namesakes(sources: Objects, targets: Objects, known: readonly [number, number][]): number {
  const whole = new Frequency();
  const given = new Frequency();
  const family = new Frequency();
  for (const t of targets) {
    if (t.class !== 'person' || t.given[0] === undefined || t.family.length === 0) continue;
    whole.add(`${t.given[0]}|${t.family.join('')}`);
    given.add(t.given[0]);
    family.add(t.family.join(''));
  }
  let observed = 0;
  let expected = 0;
  for (const [i, j] of known) {
    const s = sources.at(i);
    const t = targets.at(j);
    if (!s || !t || s.given[0] === undefined || s.family.length === 0) continue;
    const name = `${s.given[0]}|${s.family.join('')}`;
    const own = name === `${t.given[0]}|${t.family.join('')}` ? 1 : 0;
    observed += whole.count(name) - own;
    expected += (given.count(s.given[0]) * family.count(s.family.join(''))) / Math.max(1, whole.total);
  }
  return Math.max(1, (observed + NAMESAKES_ASSUMED) / (expected + NAMESAKES_ASSUMED));
}

/** Whether people who stand in the target as a contact tend to have an account beside it, or the contact instead. */
function accountBesideContact(
  sources: Objects,
  targets: Objects,
  pairs: PairTable,
  known: readonly [number, number][],
): number {
  const tied = new Set(known.map(([i]) => i));
  const counts = { with: 0, among: 0, without: 0, others: 0 };
  for (let i = 0; i < sources.length; i++) {
    const s = sources.at(i);
    if (s?.class !== 'person') continue;
    const standIn = pairs.targetsOf(i).some(({ target }) => {
      const t = targets.at(target);
      return t !== undefined && kindFit(s, t) === 'standsFor';
    });
    if (tied.has(i)) {
      counts.among++;
      if (standIn) counts.with++;
    } else {
      counts.others++;
      if (standIn) counts.without++;
    }
  }
  const beside = (counts.with + 1) / (counts.among + 2);
  const instead = (counts.without + 1) / (counts.others + 2);
  return Math.min(0, Math.log(beside / instead));
}

function observe(learner: Learner, s: MatchObject, t: MatchObject): void {
  for (const name of WORK_ATTRIBUTES) {
    const [a, b] = [workKey(s, name), workKey(t, name)];
    if (a !== undefined && b !== undefined) learner.value(name, a === b);
  }
  for (const name of ['employeeID', 'employeeNumber']) {
    const [a, b] = [shown(s, name), shown(t, name)];
    if (a !== undefined && b !== undefined) learner.value(name, idKey(a) === idKey(b));
  }
  const [a, b] = [phones(s), phones(t)];
  if (a.size > 0 && b.size > 0)
    learner.value(
      'telephone',
      [...a].some((key) => b.has(key)),
    );
}

/**
 * A key is as good as the names of those it ties: where a third of the equal logon names belong to people of different
 * names, logon names were given out anew, and the third that agrees by chance is small.
 */
function learnTrust(
  learned: Learned,
  sources: Objects,
  targets: Objects,
  keys: readonly IdentityKey[],
  pairs: PairTable,
  nicknames: Nicknames,
  agreeWhenSame: number,
): void {
  const counts = keys.map(() => ({ agree: 0, seen: 0 }));
  for (let i = 0; i < sources.length; i++) {
    const s = sources.at(i);
    if (s?.class !== 'person') continue;
    pairs.each(i, (j, mask) => {
      const t = targets.at(j);
      if (t?.class !== 'person') return;
      const names = compareNames(s, t, nicknames);
      if (names.given === 'missing' || names.family === 'missing') return;
      for (const position of keysIn(mask)) {
        const count = counts[position];
        if (!count || count.seen >= PAIRS_LEARNED_FROM) continue;
        if (keys[position]?.name === 'login' && !teaches(s, t)) continue;
        count.seen++;
        if (agrees(names)) count.agree++;
      }
    });
  }
  keys.forEach((key, i) => {
    learned.trust.set(
      key.name,
      trustFromNames(key, counts[i] ?? { agree: 0, seen: 0 }, agreeWhenSame, AGREE_BY_CHANCE),
    );
  });
}

/** A logon name made from both names agrees with them by construction, so it says nothing about logon names. */
function teaches(s: MatchObject, t: MatchObject): boolean {
  return s.logins.some((login) => t.logins.includes(login) && !(madeFromName(login, s) && madeFromName(login, t)));
}

export function countPhones(sides: readonly Objects[]): Frequency {
  const frequency = new Frequency();
  for (const side of sides) for (const o of side) for (const key of phones(o)) frequency.add(key);
  return frequency;
}

import { idKey } from '../domain/id-key.ts';
import { type Frequencies, type Frequency, WORK_ATTRIBUTES, workKey } from './frequency.ts';
import { type IdentityKey, phones, shown } from './identity.ts';
import { type Learned, share } from './learned.ts';
import type { Evidence, MatchObject } from './model.ts';
import { agrees, compareNames, type NameComparison, type NameLevel } from './names.ts';
import type { Nicknames } from './nicknames.ts';
import { loginKey } from './objects.ts';
import { plain, spelledOut, titleKey } from './text.ts';

/*
 * Pairs are weighed as record linkage does it (Fellegi and Sunter 1969): each comparison adds the logarithm of how much
 * more often it comes out like this for the same object than for two, which is read from the forests themselves; the
 * sum over what a random pair starts from gives the probability that the pair is one object.
 */

/** Everything a pair is weighed with. */
export interface Scales {
  frequencies: Frequencies;
  learned: Learned;
  nicknames: Nicknames;
  keys: readonly IdentityKey[];
  /** How many objects share a telephone number, by key. */
  phoneHolders: Frequency;
  /** Objects of the target. */
  targets: number;
}

export interface Weighed {
  /** Logarithm of the odds that it is the same object. */
  logOdds: number;
  evidence: Evidence[];
  names: NameComparison | undefined;
  /** The first identity key they share, in the order of precedence; undefined for pairs found by name. */
  rule: string | undefined;
}

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
export const logit = (p: number): number => Math.log(p / (1 - p));

/** Keys that say the same thing: of each group the strongest counts in full and the others a little. */
const GROUP_OF: Record<string, string> = {
  mail: 'address',
  address: 'address',
  'stands-for': 'address',
  upn: 'address',
};
const groupOf = (key: string) => GROUP_OF[key] ?? (/^(?:employee|extension)/.test(key) ? 'id' : key);
const REST_OF_GROUP = 0.15;
/** Later ones of several agreeing work attributes follow from the first: who shares a department often shares an office. */
const DAMPING = [1, 0.6, 0.4, 0.3, 0.2, 0.2, 0.2, 0.2];

/**
 * Weighs a pair.
 * @param shared positions in `scales.keys` of the identity keys they share
 * @param prior logarithm of the odds a pair starts from
 */
export function weigh(
  s: MatchObject,
  t: MatchObject,
  shared: readonly number[],
  scales: Scales,
  prior: number,
): Weighed {
  const evidence: Evidence[] = [];
  const people = s.class === 'person' && t.class === 'person';
  const names = people ? compareNames(s, t, scales.nicknames) : undefined;
  const rule = addIdentities(evidence, s, t, shared, scales);
  if (names) addNames(evidence, s, t, names, scales);
  else addTitle(evidence, s, t, scales);
  if (people && addressFromNames(s, t, evidence)) capNames(evidence);
  if (people) {
    addLogins(evidence, s, t, scales);
    addIds(evidence, s, t, scales);
    addPhones(evidence, s, t, scales);
  }
  addWork(evidence, s, t, scales);
  const logOdds = evidence.reduce((sum, e) => sum + e.weight, prior);
  return { logOdds, evidence, names, rule };
}

function addIdentities(
  evidence: Evidence[],
  s: MatchObject,
  t: MatchObject,
  shared: readonly number[],
  scales: Scales,
): string | undefined {
  const groups = new Map<string, Evidence[]>();
  let rule: string | undefined;
  for (const position of shared) {
    const key = scales.keys[position];
    if (!key || key.name === 'login' || key.name === 'telephone') continue;
    rule ??= key.name;
    const trust = scales.learned.trust.get(key.name) ?? key.trust;
    const entry: Evidence = {
      key: key.label,
      verdict: 'equal',
      weight: Math.log(scales.targets) + logit(Math.min(trust, key.hard ? key.trust : 0.9999)),
      ...sharedValue(key, s, t),
    };
    const group = groups.get(groupOf(key.name)) ?? [];
    group.push(entry);
    groups.set(groupOf(key.name), group);
  }
  for (const group of groups.values()) {
    group.sort((a, b) => b.weight - a.weight);
    group.forEach((entry, i) => {
      evidence.push(i === 0 ? entry : { ...entry, weight: entry.weight * REST_OF_GROUP });
    });
  }
  return rule;
}

/** Whether an address they share has been made from both names. */
function addressFromNames(s: MatchObject, t: MatchObject, evidence: readonly Evidence[]): boolean {
  return evidence.some((e) => {
    if (e.source === undefined || !ADDRESS_LABELS.has(e.key)) return false;
    const local = loginKey(e.source.slice(0, e.source.lastIndexOf('@')));
    return madeFromName(local, s) && madeFromName(local, t);
  });
}
const ADDRESS_LABELS = new Set(['mail', 'SMTP address', 'forwards to']);

/**
 * Whoever was given an address anew bears the name it was made from. So beside such an address a name that agrees says
 * little; that the two work in different places then counts.
 */
function capNames(evidence: Evidence[]): void {
  const names = evidence.filter((e) => e.key.endsWith('name') || e.key === 'namesakes');
  const sum = names.reduce((total, e) => total + e.weight, 0);
  if (sum <= NAMES_BESIDE_ADDRESS) return;
  for (const e of names) e.weight *= NAMES_BESIDE_ADDRESS / sum;
}
const NAMES_BESIDE_ADDRESS = 1;

/** The value that both have, for the reader. */
function sharedValue(key: IdentityKey, s: MatchObject, t: MatchObject): { source?: string; target?: string } {
  const have = new Set<string>();
  key.target(t, (k) => have.add(k));
  let found: string | undefined;
  key.source(s, (k) => {
    if (found === undefined && have.has(k)) found = k.replace(/^[a-f]>/, '');
  });
  return found === undefined ? {} : { source: found, target: found };
}

/** How likely two people picked at random compare like this; 1 where the comparison is no coincidence worth counting. */
function chanceOf(level: NameLevel, a: string, b: string, frequency: Frequency): number {
  switch (level) {
    case 'equal':
      return frequency.share(b);
    case 'variant':
      return Math.max(frequency.share(a), frequency.share(b)) + 0.0005;
    case 'part':
      return Math.max(frequency.share(a), frequency.share(b)) + 0.001;
    case 'slip':
      return frequency.share(b) + 0.0005;
    case 'initial':
      return 0.08;
    case 'differs':
    case 'missing':
      return 1;
  }
}

/** Two names one letter apart are two names, not a slip, when both are in use. */
const ESTABLISHED = 3;
function likelihood(
  level: NameLevel,
  a: string,
  b: string,
  frequency: Frequency,
  shares: Record<NameLevel, number>,
  known: (name: string) => boolean,
): number {
  if (level === 'missing') return 0;
  let same = shares[level];
  if (level === 'slip') {
    const inUse = (name: string) => known(name) || frequency.count(name) >= ESTABLISHED;
    same = inUse(a) && inUse(b) ? same * 0.1 : same * 2;
  }
  return Math.log(same / chanceOf(level, a, b, frequency));
}

function addNames(evidence: Evidence[], s: MatchObject, t: MatchObject, names: NameComparison, scales: Scales): void {
  const { frequencies, learned, nicknames } = scales;
  const [otherGiven, otherFamily] = names.swapped ? [t.family, t.given] : [t.given, t.family];
  const given = likelihood(
    names.given,
    s.given[0] ?? '',
    otherGiven[0] ?? '',
    frequencies.given,
    learned.given,
    (name) => nicknames.has(name),
  );
  const family = likelihood(
    names.family,
    s.family.join(''),
    rarest(s.family, otherFamily, frequencies.family) ?? otherFamily.join(''),
    frequencies.family,
    learned.family,
    () => false,
  );
  if (names.given !== 'missing') {
    evidence.push({
      key: 'given name',
      verdict: verdictOf(names.given),
      source: s.name.given.join(' '),
      target: (names.swapped ? t.name.family : t.name.given).join(' '),
      weight: given,
    });
  }
  if (names.family !== 'missing') {
    evidence.push({
      key: 'family name',
      verdict: verdictOf(names.family),
      source: s.name.family.join(' '),
      target: (names.swapped ? t.name.given : t.name.family).join(' '),
      weight: family,
    });
  }
  if (agrees(names) && learned.namesakes > 1.05) {
    evidence.push({
      key: 'namesakes',
      verdict: 'info',
      weight: -Math.log(learned.namesakes),
      note: `${learned.namesakes.toFixed(1)} times as many as chance would give`,
    });
  }
  if (names.swapped) evidence.push({ key: 'name order', verdict: 'similar', weight: -2, note: 'swapped on one side' });
}

/** The word of a name that both have and that says most. */
function rarest(a: readonly string[], b: readonly string[], frequency: Frequency): string | undefined {
  return a.filter((w) => b.includes(w)).sort((x, y) => frequency.count(x) - frequency.count(y))[0];
}

function verdictOf(level: NameLevel): Evidence['verdict'] {
  if (level === 'equal') return 'equal';
  return level === 'differs' ? 'differs' : 'similar';
}

function addTitle(evidence: Evidence[], s: MatchObject, t: MatchObject, { frequencies }: Scales): void {
  const [a, b] = [titleKey(s.displayName), titleKey(t.displayName)];
  const values = { source: s.displayName, target: t.displayName };
  if (a === b) {
    evidence.push({ key: 'name', verdict: 'equal', ...values, weight: Math.log(0.8 / frequencies.title.share(b)) });
    return;
  }
  const [words, others] = [new Set(a.split(' ')), new Set(b.split(' '))];
  const common = [...words].filter((w) => others.has(w)).length;
  const overlap = common / Math.max(1, words.size + others.size - common);
  const similar = overlap >= 0.5;
  evidence.push({ key: 'name', verdict: similar ? 'similar' : 'differs', ...values, weight: similar ? 0.5 : -1.9 });
}

/**
 * A logon name made from the name says little beyond the name; one that is made from the other name of a person who
 * married, or from no name at all, follows the person.
 */
function addLogins(evidence: Evidence[], s: MatchObject, t: MatchObject, scales: Scales): void {
  const common = s.logins.filter((login) => t.logins.includes(login));
  let best: Evidence | undefined;
  for (const login of common) {
    const fromSource = madeFromName(login, s);
    const fromTarget = madeFromName(login, t);
    let weight: number;
    if (fromSource && fromTarget) weight = /\d$/.test(login) ? Math.log(0.5 / 0.05) : Math.log(0.5 / 0.25);
    else {
      const trust = scales.learned.trust.get('login') ?? 0.5;
      weight = Math.log(scales.targets) + logit(trust);
    }
    if (!best || weight > best.weight)
      best = { key: 'logon name', verdict: 'equal', source: login, target: login, weight };
  }
  if (best) evidence.push(best);
}

/** Whether a logon name has a part of the person's name in it. */
export function madeFromName(login: string, o: MatchObject): boolean {
  const words = [...o.name.family, ...o.name.given].flatMap((w) => [plain(w), spelledOut(w)]);
  if (words.some((w) => w.length >= 3 && login.includes(w.slice(0, 5)))) return true;
  const initials = [...o.name.given, ...o.name.family].map((w) => plain(w)[0] ?? '').join('');
  return initials.length >= 2 && login.replace(/\d+$/, '') === initials;
}

function addIds(evidence: Evidence[], s: MatchObject, t: MatchObject, { learned }: Scales): void {
  for (const name of ['employeeID', 'employeeNumber']) {
    const [a, b] = [shown(s, name), shown(t, name)];
    if (a === undefined || b === undefined || idKey(a) === idKey(b)) continue;
    const agree = learned.ids.get(name) ?? 0.6;
    evidence.push({ key: name, verdict: 'differs', source: a, target: b, weight: Math.log(1 - agree) });
  }
}

function addPhones(evidence: Evidence[], s: MatchObject, t: MatchObject, scales: Scales): void {
  const [a, b] = [phones(s), phones(t)];
  if (a.size === 0 || b.size === 0) return;
  const common = [...a].filter((key) => b.has(key));
  const { learned, phoneHolders, targets } = scales;
  const values = { source: [...a].join(', '), target: [...b].join(', ') };
  if (common.length === 0) {
    evidence.push({ key: 'telephone', verdict: 'differs', ...values, weight: Math.log(1 - learned.telephone) });
    return;
  }
  const holders = Math.min(...common.map((key) => phoneHolders.count(key)));
  const weight = Math.log((learned.telephone * targets) / Math.max(1, holders / 2));
  const trust = learned.trust.get('telephone') ?? 0.3;
  const cap = Math.log(targets) + logit(trust);
  evidence.push({ key: 'telephone', verdict: 'equal', ...values, weight: Math.min(weight, cap) });
}

function addWork(evidence: Evidence[], s: MatchObject, t: MatchObject, { frequencies, learned }: Scales): void {
  const found: Evidence[] = [];
  for (const name of WORK_ATTRIBUTES) {
    const [a, b] = [workKey(s, name), workKey(t, name)];
    const frequency = frequencies.work.get(name);
    if (a === undefined || b === undefined || !frequency) continue;
    const agree = learned.work[name];
    const equal = a === b;
    const weight = equal
      ? Math.log(agree / frequency.share(b))
      : Math.log((1 - agree) / Math.max(0.02, 1 - frequency.chance));
    found.push({
      key: name,
      verdict: equal ? 'equal' : 'differs',
      ...optional('source', shown(s, name)),
      ...optional('target', shown(t, name)),
      weight,
    });
  }
  found.sort((x, y) => Math.abs(y.weight) - Math.abs(x.weight));
  const place = { up: 0, down: 0 };
  for (const entry of found) {
    const damping = entry.weight > 0 ? DAMPING[place.up++] : DAMPING[place.down++];
    evidence.push({ ...entry, weight: entry.weight * (damping ?? 0.2) });
  }
}

function optional<K extends string>(name: K, value: string | undefined): { [P in K]?: string } {
  return value === undefined ? {} : ({ [name]: value } as { [P in K]?: string });
}

/** Share of same objects among pairs that a key ties, from how many of them agree in their names. */
export function trustFromNames(
  key: IdentityKey,
  counts: { agree: number; seen: number },
  agreeWhenSame: number,
  agreeByChance: number,
): number {
  if (key.hard) return key.trust;
  const observed = counts.seen === 0 ? key.trust : counts.agree / counts.seen;
  const same = (observed - agreeByChance) / Math.max(0.05, agreeWhenSame - agreeByChance);
  const clipped = Math.min(0.9998, Math.max(0.001, same));
  return Math.min(0.9998, Math.max(0.005, share(clipped * counts.seen, counts.seen, key.trust, key.certainty)));
}

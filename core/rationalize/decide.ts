import { type KindFit, kindFit } from './kinds.ts';
import type { Evidence, MatchObject, Objects } from './model.ts';
import { contradicts } from './names.ts';
import { sigmoid, type Weighed } from './score.ts';

/** A weighed pair of a source with the target at position `target`. */
export interface Pair {
  target: number;
  mask: number;
  fit: KindFit;
  /** Logarithm of the odds that it is the same object. */
  logOdds: number;
  /** The first identity key they share; undefined for pairs found by name. */
  rule: string | undefined;
}

export interface Thresholds {
  /** From here a pair is matched by itself. */
  match: number;
  /** From here a pair that shares an address is. */
  matchByAddress: number;
  /** From here a pair found by names alone is matched by itself. */
  matchByName: number;
  /** From here a pair waits for a person. */
  review: number;
}

export const THRESHOLDS: Thresholds = { match: 0.99, matchByAddress: 0.96, matchByName: 0.999, review: 0.05 };

/** What becomes of a source object, before decisions of people. */
export interface Verdict {
  state: 'matched' | 'review' | 'conflict' | 'none';
  /** The chosen target of a match, the best candidate of a review. */
  best: Pair | undefined;
  /** The rule's name. */
  rule: string;
  /** With rivals counted in. */
  score: number;
  /** Reasons beside the pair's own evidence. */
  reasons: Evidence[];
  /** Candidates to show, best first. */
  candidates: Pair[];
}

/** Everything a verdict looks at. */
export interface Situation {
  sources: Objects;
  targets: Objects;
  /** Weighed pairs by source position. */
  pairs: readonly (readonly Pair[] | undefined)[];
  /** The evidence of a pair, worked out again. */
  weighed(position: number, pair: Pair): Weighed;
  /** Source positions with their odds, by target position. */
  claims: ReadonlyMap<number, { source: number; logOdds: number }[]>;
  /** Target positions that hold one of a source's addresses, and the reverse. */
  addressHolders: { ofSource(position: number): readonly number[]; ofTarget(position: number): readonly number[] };
  thresholds: Thresholds;
  /** Logarithm of the odds that somebody with a contact in the target also has an account there (learned). */
  accountBesideContact: number;
  /** Share of one object's ids that agree where both sides have one (learned), by attribute. */
  ids: ReadonlyMap<string, number>;
  /** Whether names alone may match: false when trying them on known pairs went wrong too often. */
  namesMayMatch: boolean;
  /** Names of rules that tie objects together whatever else differs. */
  certain: ReadonlySet<string>;
}

/** An account less likely than this does not keep a contact that stands for the object from being its match. */
const BESIDE_CONTACT = 0.07;
/** Odds that add up to less than this against a candidate do not make it a rival. */
const SHOWN = 0.02;
const NONE: Omit<Verdict, 'state'> = { best: undefined, rule: '', score: 0, reasons: [], candidates: [] };

/** Decides one source object. */
export function decide(position: number, situation: Situation): Verdict {
  const { sources, thresholds } = situation;
  const s = sources.at(position);
  const pairs = [...(situation.pairs[position] ?? [])].sort((a, b) => b.logOdds - a.logOdds);
  if (!s || pairs.length === 0) return { state: 'none', ...NONE };
  const standIns = pairs.filter((p) => p.fit === 'standsFor');
  const rest = pairs.filter((p) => p.fit !== 'standsFor');
  // Who stands in the target as a contact seldom has an account there that nothing but the name ties to it.
  const bias = standIns.length > 0 ? situation.accountBesideContact : 0;
  const odds = (p: Pair) => sigmoid(p.logOdds + (p.rule === undefined ? bias : 0));
  const likely = rest.filter((p) => odds(p) >= (standIns.length > 0 ? BESIDE_CONTACT : thresholds.review));
  if (likely.length === 0) return byStandIn(s, standIns, rest, situation);
  return amongLikely(position, s, likely, standIns, situation);
}

/** Only a contact stands for it: it becomes the object itself, or for a contact of the source, the object it stands for. */
function byStandIn(s: MatchObject, standIns: Pair[], rest: Pair[], { targets }: Situation): Verdict {
  const [only, second] = standIns;
  const others = rest.filter((p) => sigmoid(p.logOdds) >= SHOWN);
  if (!only) return { state: 'none', ...NONE, candidates: others };
  const score = Math.max(0.5, sigmoid(only.logOdds));
  const rule = 'stands-for';
  if (second) {
    const note = `${standIns.length} contacts of the target stand for it`;
    return {
      ...NONE,
      state: 'conflict',
      rule,
      score: 1 / standIns.length,
      reasons: [info(note)],
      candidates: standIns,
    };
  }
  const kind = targets.at(only.target)?.kind ?? 'contact';
  const note =
    s.class === 'contact' ? `the contact stands for this ${kind}` : 'this contact stands for it, and is replaced';
  return { state: 'matched', best: only, rule, score, reasons: [info(note)], candidates: others };
}

function amongLikely(
  position: number,
  s: MatchObject,
  likely: Pair[],
  standIns: Pair[],
  situation: Situation,
): Verdict {
  const { targets, thresholds } = situation;
  const [best] = likely;
  if (!best) return { state: 'none', ...NONE };
  const rule = best.rule ?? 'name';
  const candidates = [...likely, ...standIns];
  const score = withRivals(position, best, likely, situation);
  const alone = sigmoid(best.logOdds);
  const pending = { best, rule, score, candidates };
  const stop = (state: 'review' | 'conflict', note?: string): Verdict => ({
    ...pending,
    state,
    reasons: note === undefined ? [] : [info(note)],
  });
  if (best.fit === 'clashes' && alone >= thresholds.review) {
    return stop('conflict', `a ${s.kind} of the source against a ${targets.at(best.target)?.kind} of the target`);
  }
  const needed = neededFor(best, situation);
  if (alone >= needed && score < needed) {
    const claim = strongestClaim(position, best.target, situation);
    if (claim !== undefined && claim.logOdds > best.logOdds + CLEARLY && noAddress(best, situation)) {
      return taken(pending, claim.source, situation);
    }
    return stop('conflict', rivalNote(position, best, likely, situation));
  }
  if (score < needed) return unsure(position, pending, likely, situation, stop);
  const clash = clashOf(position, best.target, standIns, situation);
  if (clash) return stop('conflict', clash);
  if (standIns.length > 0 && ownEvidence(situation.weighed(position, best)) < SUPPORTED) {
    const sharesAddress = best.rule !== undefined && ADDRESS_RULES.has(best.rule);
    if (sharesAddress) return stop('conflict', 'an account and a contact of the target hold the same address of it');
  }
  const doubt = doubtOf(situation.weighed(position, best), situation);
  if (doubt) return stop('review', doubt);
  const passed = candidates.filter((p) => p !== best && sigmoid(p.logOdds) >= SHOWN);
  return { ...pending, state: 'matched', reasons: standInNote(standIns), candidates: passed };
}

function neededFor({ rule }: Pair, { thresholds, certain }: Situation): number {
  if (rule === undefined) return thresholds.matchByName;
  return ADDRESS_RULES.has(rule) || certain.has(rule) ? thresholds.matchByAddress : thresholds.match;
}

/** What speaks for a pair beside addresses and names. */
function ownEvidence({ evidence }: Weighed): number {
  return evidence.filter((e) => !/address|mail|forwards|name/.test(e.key)).reduce((sum, e) => sum + e.weight, 0);
}
const SUPPORTED = -1;

/** Odds a thousand times better: the other claim is the right one. */
const CLEARLY = Math.log(1000);

/** What is neither sure nor out of the question. */
function unsure(
  position: number,
  pending: { best: Pair; rule: string; score: number; candidates: Pair[] },
  likely: Pair[],
  situation: Situation,
  stop: (state: 'review' | 'conflict', note?: string) => Verdict,
): Verdict {
  const { best } = pending;
  const claim = strongestClaim(position, best.target, situation);
  if (claim !== undefined && claim.logOdds > best.logOdds + CLEARLY && noAddress(best, situation)) {
    const free = likely.filter((p) => p !== best && !isTaken(position, p, situation));
    const [next] = free;
    if (!next) return taken(pending, claim.source, situation);
  }
  const rivals = likely.filter((p) => p.logOdds > best.logOdds - CLEARLY);
  if (rivals.length > 1) return stop('conflict', rivalNote(position, best, rivals, situation));
  if (claim !== undefined && claim.logOdds > best.logOdds - CLEARLY) {
    return stop('conflict', rivalNote(position, best, rivals, situation));
  }
  return stop('review');
}

function isTaken(position: number, pair: Pair, situation: Situation): boolean {
  const claim = strongestClaim(position, pair.target, situation);
  return claim !== undefined && claim.logOdds > pair.logOdds + CLEARLY;
}

/** The target belongs to somebody else beyond doubt: a namesake, not a candidate. */
function taken(pending: { best: Pair; candidates: Pair[] }, owner: number, { sources }: Situation): Verdict {
  const note = `looks like ${sources.at(owner)?.displayName ?? 'another object'}, whose counterpart is certain`;
  return { ...NONE, state: 'none', reasons: [info(note)], candidates: pending.candidates };
}

const noAddress = ({ rule }: Pair, { certain }: Situation): boolean =>
  rule === undefined || !(ADDRESS_RULES.has(rule) || certain.has(rule));
const ADDRESS_RULES = new Set([
  'master-account',
  'sid-history',
  'mailbox-guid',
  'mail',
  'address',
  'x500',
  'stands-for',
]);

/** The probability of a pair when the other candidates of the source and the other claims on the target are counted. */
function withRivals(position: number, best: Pair, likely: readonly Pair[], situation: Situation): number {
  const odds = best.logOdds;
  const relative = (other: number) => Math.exp(Math.min(50, other - odds));
  const none = Math.exp(Math.min(50, -odds));
  const row = likely.reduce((sum, p) => (p === best ? sum : sum + relative(p.logOdds)), 0);
  const column = (situation.claims.get(best.target) ?? []).reduce(
    (sum, c) => (c.source === position ? sum : sum + relative(c.logOdds)),
    0,
  );
  return 1 / (1 + none + Math.max(row, column));
}

function strongestClaim(position: number, target: number, { claims }: Situation) {
  let found: { source: number; logOdds: number } | undefined;
  for (const claim of claims.get(target) ?? []) {
    if (claim.source !== position && (!found || claim.logOdds > found.logOdds)) found = claim;
  }
  return found;
}

function rivalNote(position: number, best: Pair, likely: readonly Pair[], situation: Situation): string {
  const names = (list: (string | undefined)[]) =>
    list
      .filter((n) => n !== undefined)
      .slice(0, 5)
      .join('; ');
  if (likely.length > 1) {
    const who = names(likely.map((p) => situation.targets.at(p.target)?.displayName));
    return `${likely.length} objects of the target fit: ${who}`;
  }
  const claims = (situation.claims.get(best.target) ?? []).filter((c) => c.source !== position);
  return `other objects of the source fit the same target: ${names(claims.map((c) => situation.sources.at(c.source)?.displayName))}`;
}

/** A third object holds an address of the pair: writing both to the target would make it a duplicate. */
function clashOf(
  position: number,
  target: number,
  standIns: readonly Pair[],
  situation: Situation,
): string | undefined {
  const { addressHolders, sources, targets } = situation;
  const harmless = new Set(standIns.map((p) => p.target));
  const other = addressHolders.ofSource(position).find((t) => t !== target && !harmless.has(t));
  if (other !== undefined)
    return `an address of it is held by ${targets.at(other)?.displayName ?? 'another'} in the target`;
  const t = targets.at(target);
  const third = addressHolders.ofTarget(target).find((s) => {
    const source = sources.at(s);
    return s !== position && source !== undefined && t !== undefined && kindFit(source, t) !== 'standsFor';
  });
  if (third === undefined) return undefined;
  return `an address of the target object is held by ${sources.at(third)?.displayName ?? 'another'} in the source`;
}

/** Why a pair that scores high enough is looked at by a person all the same. */
function doubtOf({ names, rule, evidence }: Weighed, situation: Situation): string | undefined {
  if (rule === undefined) {
    if (!situation.namesMayMatch) return 'names alone were wrong too often on pairs whose answer is known';
    const supported = evidence.some((e) => e.verdict === 'equal' && e.weight > 0.5 && !e.key.endsWith('name'));
    if (!supported) return 'nothing but the name agrees';
  }
  const id = evidence.find((e) => e.verdict === 'differs' && (situation.ids.get(e.key) ?? 0) >= DEPENDABLE);
  if (id && (rule === undefined || !situation.certain.has(rule))) return `${id.key} differs, which it hardly ever does`;
  if (names && contradicts(names) && (rule === undefined || !situation.certain.has(rule))) {
    const others = evidence.filter((e) => e.verdict === 'equal' && e.weight > 3).length;
    if (others < 2) return 'given and family name both differ';
  }
  return undefined;
}
/** An id that agrees this often among the same objects speaks against two that differ in it. */
const DEPENDABLE = 0.9;

function standInNote(standIns: readonly Pair[]): Evidence[] {
  return standIns.length === 0 ? [] : [info('a contact of the target stands for it and is replaced')];
}

export function info(note: string): Evidence {
  return { key: 'note', verdict: 'info', weight: 0, note };
}

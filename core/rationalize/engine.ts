import { namePairs } from './blocks.ts';
import { decide, info, type Pair, type Situation, THRESHOLDS, type Thresholds, type Verdict } from './decide.ts';
import { countFrequencies } from './frequency.ts';
import type { IdentityKey } from './identity.ts';
import { kindFit } from './kinds.ts';
import { anchors, countPhones, learn } from './learn.ts';
import type { Learned } from './learned.ts';
import { Managers } from './managers.ts';
import type { MatchCandidate, MatchObject, MatchOutcome, Objects } from './model.ts';
import { Nicknames } from './nicknames.ts';
import { identityPairs, keyMask, keysIn, overlap, PairTable } from './pairs.ts';
import { type FilterPolicy, filterReason } from './policy.ts';
import { builtInRules } from './rules/compile.ts';
import { type Scales, sigmoid, type Weighed, weigh } from './score.ts';
import { type SharedAddress, sharedAddresses } from './shared-addresses.ts';

export interface EngineOptions {
  keys?: readonly IdentityKey[];
  thresholds?: Partial<Thresholds>;
  filter?: FilterPolicy;
  /** Whether an object without a match is created in the target. */
  projects?: (o: MatchObject) => boolean;
  nicknames?: readonly (readonly string[])[];
  /** What people decided, by the source's GUID. */
  decisions?: ReadonlyMap<string, Decision>;
}

/** A person's decision: this target, no target, or to be created. */
export interface Decision {
  choice: 'match' | 'none' | 'create';
  targetGuid: string | null;
  who: string;
}

/** Candidates kept with an outcome; more than these nobody reads. */
const CANDIDATES_KEPT = 8;
/** A source whose best identity pair is below this is also compared by name. */
const SURE = 0.5;

/** A person's word weighs more than any evidence. */
const DECIDED = 200;

/** Matches two forests: everything in memory, one pass per key. */
export class Engine {
  readonly #sources: Objects;
  readonly #targets: Objects;
  readonly #options: EngineOptions;
  readonly #keys: readonly IdentityKey[];
  readonly #pairs: (Pair[] | undefined)[] = [];
  readonly #filtered = new Map<number, { rule: string; reason: string }>();
  readonly #targetByGuid = new Map<string, number>();
  #learned: Learned | undefined;
  #managers: Managers | undefined;
  #shared: ReadonlyMap<number, SharedAddress> = new Map();

  constructor(sources: Objects, all: Objects, options: EngineOptions = {}) {
    const leftOut = (options.filter ?? builtInRules().filter).target;
    const decided = new Set([...(options.decisions?.values() ?? [])].map((d) => d.targetGuid));
    const taken = (t: MatchObject) => decided.has(t.guid) || !leftOut.some((f) => f.holds(t));
    const targets = leftOut.length === 0 ? all : all.filter(taken);
    this.#sources = sources;
    this.#targets = targets;
    this.#options = options;
    this.#keys = options.keys ?? builtInRules().keys;
    let position = 0;
    for (const t of targets) {
      if (decided.has(t.guid)) this.#targetByGuid.set(t.guid, position);
      position++;
    }
  }

  /** What was learned, after run() began. */
  get learned(): Learned | undefined {
    return this.#learned;
  }

  /** The outcome of every source object, in their order. */
  *run(): Generator<MatchOutcome> {
    const policy = this.#options.filter ?? builtInRules().filter;
    let position = 0;
    for (const s of this.#sources) {
      const reason = this.#decisionFor(s) ? undefined : filterReason(s, policy);
      if (reason !== undefined) this.#filtered.set(position, reason);
      position++;
    }
    this.#shared = sharedAddresses(this.#sources, (i) => this.#filtered.has(i));
    const scales = this.#weighIdentities();
    this.#weighNames(scales);
    this.#weighManagers(scales);
    const situation = this.#situation(scales);
    for (let i = 0; i < this.#sources.length; i++) {
      const s = this.#sources.at(i);
      if (s) yield this.#outcome(i, s, situation);
    }
  }

  #decisionFor(s: MatchObject): Decision | undefined {
    return this.#options.decisions?.get(s.guid);
  }

  #weighIdentities(): Scales {
    const nicknames = new Nicknames(this.#options.nicknames ?? []);
    const shared = identityPairs(this.#sources, this.#targets, this.#keys);
    const frequencies = countFrequencies([this.#sources, this.#targets]);
    const known = anchors(this.#sources, this.#targets, this.#keys, shared);
    const learned = learn(this.#sources, this.#targets, this.#keys, shared, known, { nicknames, frequencies });
    this.#learned = learned;
    const targets = Math.max(10, this.#targets.length);
    const phoneHolders = countPhones([this.#sources, this.#targets]);
    const scales: Scales = { frequencies, learned, nicknames, keys: this.#keys, phoneHolders, targets };
    for (let i = 0; i < this.#sources.length; i++) {
      if (!this.#filtered.has(i)) this.#weighAll(i, shared, scales, -Math.log(targets));
    }
    return scales;
  }

  #weighAll(i: number, table: PairTable, scales: Scales, prior: number): void {
    const s = this.#sources.at(i);
    if (!s) return;
    table.each(i, (target, mask) => {
      const t = this.#targets.at(target);
      if (!t) return;
      const list = this.#pairs[i] ?? [];
      if (list.some((p) => p.target === target)) return;
      const { logOdds, rule } = weigh(s, t, keysIn(mask), scales, prior);
      list.push({ target, mask, fit: kindFit(s, t), logOdds, rule });
      this.#pairs[i] = list;
    });
  }

  /** Those whom no key ties to anybody are compared by name, with the targets that nobody has a good claim on. */
  #weighNames(scales: Scales): void {
    const claimed = new Set<number>();
    const sources: number[] = [];
    for (let i = 0; i < this.#sources.length; i++) {
      const real = this.#realPairs(i);
      const best = real.reduce((most, p) => Math.max(most, p.logOdds), Number.NEGATIVE_INFINITY);
      for (const p of real) if (sigmoid(p.logOdds) >= 0.999) claimed.add(p.target);
      if (this.#filtered.has(i) || sigmoid(best) >= SURE) continue;
      if (this.#sources.at(i)?.class !== 'contact') sources.push(i);
    }
    const targets: number[] = [];
    for (let i = 0; i < this.#targets.length; i++) {
      if (!claimed.has(i) && this.#targets.at(i)?.class !== 'contact') targets.push(i);
    }
    const table = new PairTable();
    const all = { sources: this.#sources, targets: this.#targets };
    namePairs(all, { sources, targets }, scales.nicknames, table);
    const prior = -Math.log(Math.max(10, targets.length));
    for (const i of sources) this.#weighAll(i, table, scales, prior);
  }

  /** Managers are known only after most people are: what they say is added to what is still open. */
  #weighManagers({ learned }: Scales): void {
    const managers = new Managers(this.#sources, this.#targets, this.#pairs, learned.manager);
    this.#managers = managers;
    this.#pairs.forEach((list, i) => {
      for (const p of list ?? []) p.logOdds += managers.evidence(i, p.target)?.weight ?? 0;
    });
  }

  #realPairs(i: number): Pair[] {
    return (this.#pairs[i] ?? []).filter((p) => p.fit !== 'standsFor');
  }

  #situation(scales: Scales): Situation {
    const claims = new Map<number, { source: number; logOdds: number }[]>();
    const claim = (target: number, source: number, logOdds: number) => {
      const list = claims.get(target) ?? [];
      list.push({ source, logOdds });
      claims.set(target, list);
    };
    const someDecided = (this.#options.decisions?.size ?? 0) > 0;
    for (let i = 0; i < this.#sources.length; i++) {
      const s = someDecided ? this.#sources.at(i) : undefined;
      const decision = s && this.#decisionFor(s);
      const decided = this.#targetByGuid.get(decision?.targetGuid ?? '');
      if (decision && decided !== undefined) claim(decided, i, DECIDED);
      if (!decision) for (const p of this.#realPairs(i)) claim(p.target, i, p.logOdds);
    }
    return {
      sources: this.#sources,
      targets: this.#targets,
      pairs: this.#pairs,
      weighed: (i, pair) => this.#weighedAgain(i, pair, scales),
      claims,
      addressHolders: this.#addressHolders(),
      thresholds: { ...THRESHOLDS, ...this.#options.thresholds },
      accountBesideContact: this.#learned?.accountBesideContact ?? -1,
      ids: this.#learned?.ids ?? new Map(),
      namesMayMatch: true,
      certain: new Set(this.#keys.filter((key) => key.hard).map((key) => key.name)),
    };
  }

  /** The evidence is worked out once more for what is shown: kept for every pair it would take most of the memory. */
  #weighedAgain(i: number, pair: Pair, scales: Scales): Weighed {
    const [s, t] = [this.#sources.at(i), this.#targets.at(pair.target)];
    if (!s || !t) return { logOdds: pair.logOdds, evidence: [], names: undefined, rule: pair.rule };
    const weighed = weigh(s, t, keysIn(pair.mask), scales, 0);
    const manager = this.#managers?.evidence(i, pair.target);
    return manager ? { ...weighed, evidence: [...weighed.evidence, manager] } : weighed;
  }

  #addressHolders(): Situation['addressHolders'] {
    const address = this.#keys.reduce(
      (mask, key, i) => (['mail', 'address', 'x500'].includes(key.name) ? mask + keyMask(i) : mask),
      0,
    );
    const byTarget = new Map<number, number[]>();
    this.#pairs.forEach((list, i) => {
      for (const p of list ?? []) {
        if (!overlap(p.mask, address)) continue;
        const holders = byTarget.get(p.target) ?? [];
        holders.push(i);
        byTarget.set(p.target, holders);
      }
    });
    return {
      ofSource: (i) => (this.#pairs[i] ?? []).filter((p) => overlap(p.mask, address)).map((p) => p.target),
      ofTarget: (t) => byTarget.get(t) ?? [],
    };
  }

  #outcome(i: number, s: MatchObject, situation: Situation): MatchOutcome {
    const decision = this.#decisionFor(s);
    if (decision) return this.#decided(i, s, decision, situation);
    const filtered = this.#filtered.get(i);
    if (filtered !== undefined) return plainOutcome(s, 'filtered', filtered.rule, filtered.reason);
    const verdict = decide(i, situation);
    const candidates = this.#candidates(i, verdict.candidates, situation);
    if (verdict.state !== 'none') {
      const evidence = [...verdict.reasons, ...(verdict.best ? situation.weighed(i, verdict.best).evidence : [])];
      const target = verdict.state === 'matched' && verdict.best ? this.#targets.at(verdict.best.target) : undefined;
      return {
        sourceId: s.id,
        state: verdict.state,
        targetId: target?.id ?? null,
        rule: verdict.rule,
        score: verdict.score,
        evidence,
        candidates,
      };
    }
    return this.#unmatched(i, s, verdict, candidates);
  }

  #unmatched(i: number, s: MatchObject, verdict: Verdict, candidates: MatchCandidate[]): MatchOutcome {
    const create = (this.#options.projects ?? builtInRules().projects)(s);
    const shared = create ? this.#shared.get(i) : undefined;
    if (shared) {
      const other = this.#sources.at(shared.other);
      const reason = `${other?.dn ?? 'another object'} of the source holds its address ${shared.address} too: only one can be created with it`;
      return { ...plainOutcome(s, 'conflict', 'shared-address', reason), candidates };
    }
    const base = plainOutcome(
      s,
      create ? 'create' : 'unmatched',
      create ? 'projection' : 'none',
      create ? 'nothing in the target is it, and it has an internet address' : 'nothing in the target is it',
    );
    return { ...base, evidence: [...base.evidence, ...verdict.reasons], candidates };
  }

  #decided(i: number, s: MatchObject, decision: Decision, situation: Situation): MatchOutcome {
    const candidates = this.#candidates(i, this.#pairs[i] ?? [], situation);
    const by = `decided by ${decision.who}`;
    if (decision.choice === 'none') return { ...plainOutcome(s, 'unmatched', 'decision', by), score: 1, candidates };
    if (decision.choice === 'create') return { ...plainOutcome(s, 'create', 'decision', by), score: 1, candidates };
    const position = this.#targetByGuid.get(decision.targetGuid ?? '');
    const t = position === undefined ? undefined : this.#targets.at(position);
    if (!t) {
      const note = `${by}, but the target object no longer exists`;
      return { ...plainOutcome(s, 'conflict', 'decision', note), candidates };
    }
    const pair = this.#pairs[i]?.find((p) => p.target === position);
    const evidence = [info(by), ...(pair ? situation.weighed(i, pair).evidence : [])];
    return { sourceId: s.id, state: 'matched', targetId: t.id, rule: 'decision', score: 1, evidence, candidates };
  }

  #candidates(i: number, pairs: readonly Pair[], situation: Situation): MatchCandidate[] {
    return pairs.slice(0, CANDIDATES_KEPT).flatMap((p) => {
      const t = this.#targets.at(p.target);
      if (!t) return [];
      const { rule, logOdds } = p;
      const { evidence } = situation.weighed(i, p);
      return [
        { targetId: t.id, targetGuid: t.guid, targetDn: t.dn, rule: rule ?? 'name', score: sigmoid(logOdds), evidence },
      ];
    });
  }
}

function plainOutcome(s: MatchObject, state: MatchOutcome['state'], rule: string, reason: string): MatchOutcome {
  return { sourceId: s.id, state, targetId: null, rule, score: 0, evidence: [info(reason)], candidates: [] };
}

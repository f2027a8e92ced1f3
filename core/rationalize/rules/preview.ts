import { MATCH_STATES, type MatchState } from '../../domain/words.ts';
import { matchCounts } from '../../store/matches.ts';
import type { Store } from '../../store/store.ts';
import { Engine } from '../engine.ts';
import { indexBy } from '../join.ts';
import type { MatchObject, MatchOutcome, Objects } from '../model.ts';
import { filterReason } from '../policy.ts';
import { loadDecisions, loadSides } from '../run.ts';
import type { CompiledRules } from './compile.ts';

/** What a rule would do before it is saved. */
export interface RulePreview {
  name: string;
  kind: 'join' | 'filter';
  /** Source objects (for a filter: objects) that the rule says something about. */
  sources: number;
  targets: number;
  /** Pairs it ties; values that too many objects share are left out. */
  pairs: number;
  /** Matches that rest on it. */
  matched: number;
}

export interface PreviewPair {
  sourceId: number;
  sourceDn: string;
  sourceName: string;
  targetId: number | null;
  targetDn: string | null;
  targetName: string | null;
  /** The value that both have; for a filter the reason. */
  value: string;
  /** What would become of the source object. */
  state: MatchState;
}

export interface PreviewChange {
  sourceId: number;
  sourceDn: string;
  from: MatchState | 'new';
  to: MatchState;
  rule: string;
  fromDn: string | null;
  toDn: string | null;
}

export interface RulesPreview {
  /** What a run would give, and what there is now. */
  counts: Record<MatchState, number>;
  now: Record<MatchState, number>;
  rules: RulePreview[];
  /** Objects whose outcome would be another one: how many, and a page of them. */
  changed: number;
  changes: PreviewChange[];
  /** A page of what the chosen rule ties or leaves out. */
  pairs: PreviewPair[];
}

export interface PreviewQuery {
  /** The rule whose pairs are wanted. */
  rule?: string | undefined;
  offset: number;
  limit: number;
}

/** Works out what rules would match, without keeping anything. */
export async function previewRules(store: Store, rules: CompiledRules, query: PreviewQuery): Promise<RulesPreview> {
  const sides = await loadSides(store);
  const engine = new Engine(sides.sources, sides.targets, { ...rules, decisions: await loadDecisions(store) });
  const outcomes = new Map<number, MatchOutcome>();
  for (const outcome of engine.run()) outcomes.set(outcome.sourceId, outcome);
  const counts = Object.fromEntries(MATCH_STATES.map((state) => [state, 0])) as Record<MatchState, number>;
  for (const { state } of outcomes.values()) counts[state]++;
  const changes = await changesOf(store, sides, outcomes, query);
  const list = new PairList(query, outcomes);
  return {
    counts,
    now: await matchCounts(store),
    rules: [...joinPreviews(sides, rules, outcomes, list), ...filterPreviews(sides, rules, list)],
    ...changes,
    pairs: list.pairs,
  };
}

interface Sides {
  sources: Objects;
  targets: Objects;
}

/** The page of the chosen rule's pairs. */
class PairList {
  readonly pairs: PreviewPair[] = [];
  readonly #query: PreviewQuery;
  readonly #outcomes: ReadonlyMap<number, MatchOutcome>;
  #seen = 0;

  constructor(query: PreviewQuery, outcomes: ReadonlyMap<number, MatchOutcome>) {
    this.#query = query;
    this.#outcomes = outcomes;
  }

  add(rule: string, s: MatchObject, t: MatchObject | undefined, value: string): void {
    if (rule !== this.#query.rule) return;
    if (this.#seen++ < this.#query.offset || this.pairs.length >= this.#query.limit) return;
    this.pairs.push({
      sourceId: s.id,
      sourceDn: s.dn,
      sourceName: s.displayName,
      targetId: t?.id ?? null,
      targetDn: t?.dn ?? null,
      targetName: t?.displayName ?? null,
      value,
      state: this.#outcomes.get(s.id)?.state ?? 'filtered',
    });
  }
}

/** A value that many hold is shown no further than this. */
const HOLDERS = 50;

function* joinPreviews(
  { sources, targets }: Sides,
  rules: CompiledRules,
  outcomes: ReadonlyMap<number, MatchOutcome>,
  list: PairList,
): Generator<RulePreview> {
  const matchedBy = new Map<string, number>();
  for (const o of outcomes.values()) {
    if (o.state === 'matched') matchedBy.set(o.rule, (matchedBy.get(o.rule) ?? 0) + 1);
  }
  for (const key of rules.keys) {
    const [bySource, byTarget] = [indexBy(sources, key.source), indexBy(targets, key.target)];
    const limit = key.maxHolders ?? HOLDERS;
    const holders = { sources: 0, targets: 0 };
    let pairs = 0;
    for (const s of sources) {
      let has = false;
      const met = new Set<number>();
      key.source(s, (value) => {
        has = true;
        if (bySource.count(value) > limit || byTarget.count(value) > limit) return;
        byTarget.each(value, (position) => {
          if (met.has(position)) return;
          met.add(position);
          pairs++;
          list.add(key.name, s, targets.at(position), value.replace(/^[a-f]>/, ''));
        });
      });
      if (has) holders.sources++;
    }
    for (const t of targets) {
      let has = false;
      key.target(t, () => {
        has = true;
      });
      if (has) holders.targets++;
    }
    yield { name: key.name, kind: 'join', ...holders, pairs, matched: matchedBy.get(key.name) ?? 0 };
  }
}

function filterPreviews({ sources, targets }: Sides, { filter }: CompiledRules, list: PairList): RulePreview[] {
  const counts = new Map<string, number>();
  for (const s of sources) {
    const found = filterReason(s, filter);
    if (!found) continue;
    counts.set(found.rule, (counts.get(found.rule) ?? 0) + 1);
    list.add(found.rule, s, undefined, found.reason);
  }
  const row = (name: string, sourceCount: number, targetCount: number): RulePreview => {
    return { name, kind: 'filter', sources: sourceCount, targets: targetCount, pairs: 0, matched: 0 };
  };
  return [
    ...filter.source.map((f) => row(f.name, counts.get(f.name) ?? 0, 0)),
    row('keyword', counts.get('keyword') ?? 0, 0),
    ...filter.target.map((f) => row(f.name, 0, [...targets].filter((t) => f.holds(t)).length)),
  ];
}

async function changesOf(
  store: Store,
  { sources, targets }: Sides,
  outcomes: ReadonlyMap<number, MatchOutcome>,
  { limit }: PreviewQuery,
): Promise<Pick<RulesPreview, 'changed' | 'changes'>> {
  const rows = await store.db.selectFrom('match').select(['source_id', 'state', 'target_id']).execute();
  const before = new Map(rows.map((row) => [row.source_id, row]));
  const dns = new Map<number, string>();
  for (const t of targets) dns.set(t.id, t.dn);
  const changes: PreviewChange[] = [];
  let changed = 0;
  for (const s of sources) {
    const outcome = outcomes.get(s.id);
    const was = before.get(s.id);
    if (!outcome || (was?.state === outcome.state && was.target_id === outcome.targetId)) continue;
    changed++;
    if (changes.length >= limit) continue;
    changes.push({
      sourceId: s.id,
      sourceDn: s.dn,
      from: (was?.state as MatchState | undefined) ?? 'new',
      to: outcome.state,
      rule: outcome.rule,
      fromDn: was?.target_id == null ? null : (dns.get(was.target_id) ?? null),
      toDn: outcome.targetId === null ? null : (dns.get(outcome.targetId) ?? null),
    });
  }
  return { changed, changes };
}

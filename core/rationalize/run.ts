import { flowOf } from '../directory/flow/compile.ts';
import type { MatchState } from '../domain/words.ts';
import { appendEvents } from '../store/events.ts';
import { listForests } from '../store/forests.ts';
import { keptText } from '../store/kept-texts.ts';
import { dropOldMatches, listDecisions, matchCounts, storeMatches } from '../store/matches.ts';
import { countRecipients, eachRecipient } from '../store/recipients.ts';
import type { Store } from '../store/store.ts';
import { type Decision, Engine, type EngineOptions } from './engine.ts';
import type { Learned } from './learned.ts';
import type { MatchOutcome, Objects } from './model.ts';
import { matchObject } from './objects.ts';
import { roomFor } from './packed.ts';
import { rulesInForce } from './rules/kept.ts';
import { NewPairs } from './unprepared.ts';

export interface MatchRunResult {
  counts: Record<MatchState, number>;
  sources: number;
  targets: number;
  /** How far each key was found to be trusted, and from how many pairs that was read. */
  trust: Record<string, number>;
  learnedFrom: number;
  tookMs: number;
  /** Pairs and objects to be made that this run found after the target was prepared. */
  newPairs: number;
  /** The same of all runs since the last plan: they wait for another one. */
  unprepared: number;
}

const STORED_AT_ONCE = 2000;

/** Matches all source forests with all target forests by the rules in force, keeping what people decided. */
export async function runMatch(
  store: Store,
  { correlation, ...options }: Omit<EngineOptions, 'decisions'> & { correlation?: string } = {},
): Promise<MatchRunResult> {
  const started = performance.now();
  const rules = await rulesInForce(store);
  const { sources, targets } = await loadSides(store);
  const engine = new Engine(sources, targets, { ...rules, ...options, decisions: await loadDecisions(store) });
  const at = await store.now();
  const news = await NewPairs.since(store);
  let batch: MatchOutcome[] = [];
  for (const outcome of engine.run()) {
    batch.push(outcome);
    if (batch.length < STORED_AT_ONCE) continue;
    await news.see(batch);
    await storeMatches(store, batch, at);
    batch = [];
  }
  await news.see(batch);
  await storeMatches(store, batch, at);
  const unprepared = await news.keep();
  await dropOldMatches(store, at);
  const counts = await matchCounts(store);
  await appendEvents(store, [{ kind: 'match.done', data: counts, ...(correlation ? { correlation } : {}) }]);
  return {
    counts,
    sources: sources.length,
    targets: targets.length,
    ...learnedFigures(engine.learned),
    newPairs: news.found,
    unprepared,
    tookMs: Math.round(performance.now() - started),
  };
}

function learnedFigures(learned: Learned | undefined): Pick<MatchRunResult, 'trust' | 'learnedFrom'> {
  const trust = [...(learned?.trust ?? [])].map(([key, value]) => [key, Math.round(value * 1e4) / 1e4] as const);
  return { trust: Object.fromEntries(trust), learnedFrom: learned?.pairs ?? 0 };
}

/** Every object of both sides, as matching compares it. */
export async function loadSides(store: Store): Promise<{ sources: Objects; targets: Objects }> {
  let expected = 0;
  for (const forest of await listForests(store)) {
    expected += Object.values(await countRecipients(store, forest.id)).reduce((a, b) => a + b, 0);
  }
  return { sources: await load(store, 'source', expected), targets: await load(store, 'target', expected) };
}

async function load(store: Store, role: 'source' | 'target', expected: number): Promise<Objects> {
  const objects = roomFor(expected);
  const flow = role === 'source' ? flowOf((await keptText(store, 'prepare.flow'))?.text) : undefined;
  for (const forest of await listForests(store)) {
    if (forest.role !== role) continue;
    for await (const page of eachRecipient(store, forest.id)) {
      for (const r of page) objects.push(matchObject(flow ? flow.imported(r) : r));
    }
  }
  return objects;
}

/** What people decided, by the source's GUID. */
export async function loadDecisions(store: Store): Promise<Map<string, Decision>> {
  const found = await listDecisions(store);
  return new Map(found.map((d) => [d.sourceGuid, { choice: d.choice, targetGuid: d.targetGuid, who: d.who }]));
}

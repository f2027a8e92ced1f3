import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Engine } from '../core/rationalize/engine.ts';
import type { MatchObject } from '../core/rationalize/model.ts';
import { matchObject } from '../core/rationalize/objects.ts';
import { joinColumns, type KeyColumn, keyColumns, keyMask, PairTable } from '../core/rationalize/pairs.ts';
import { builtInRules } from '../core/rationalize/rules/compile.ts';
import { evaluate } from '../tests/directory/truth/evaluate.ts';
import { generate } from '../tests/directory/truth/generate.ts';
import { PROFILES } from '../tests/directory/truth/profiles.ts';
import { type BenchRun, median, timed } from './bench.ts';
import { DuckJoin } from './match/duckdb.ts';
import { person } from './match/people.ts';

/** Five exact keys of the built-in rules. */
const KEYS = ['address', 'x500', 'employee-id', 'upn', 'telephone'].map((name) => {
  const key = builtInRules().keys.find((one) => one.name === name);
  if (!key) throw new Error(`there is no built-in rule ${name}`);
  return key;
});
const [SMALL, LARGE] = [25_000, 100_000];
/** On each side, in a process of its own. */
const HUGE = Number(process.env.BENCH_MATCH_HUGE ?? 1_000_000);
const ROUNDS = 7;
/** Generated forests whose truth is known; seeds that nobody tuned anything with. */
const TRUTH = { seeds: [9001, 9002], people: 2000 };

/**
 * The exact join against DuckDB on the same key values, the whole engine with names on top, a million on each side, and
 * how right automatic matches are on forests of known truth.
 */
export const run: BenchRun = async ({ progress }) => {
  const small = prepare(SMALL);
  const large = prepare(LARGE);
  const duck = await DuckJoin.load(large.source, large.target);
  const times: { ours: number[]; small: number[]; duckdb: number[] } = { ours: [], small: [], duckdb: [] };
  for (let round = 0; round < ROUNDS; round++) {
    times.ours.push(await timed(() => exactJoin(large)));
    times.duckdb.push(await timed(() => duck.join()));
    times.small.push(await timed(() => exactJoin(small)));
  }
  const same = sameList(listed(exactJoin(large), LARGE), await duck.pairs());
  const pairs = exactJoin(large).size;
  duck.close();
  if (!same) throw new Error('the two joins found different pairs');
  const [ours, duckdb, few] = [median(times.ours), median(times.duckdb), median(times.small)];
  progress(`exact join of ${LARGE}: ${ours.toFixed(0)} ms, DuckDB ${duckdb.toFixed(0)} ms`);
  const engine = { small: engineMs(SMALL), large: engineMs(LARGE) };
  progress(`whole engine with names: ${(engine.large / 1000).toFixed(1)} s`);
  const huge = await inOwnProcess(HUGE);
  progress(`${HUGE} on each side: ${huge.seconds} s, ${huge.peakGB} GB`);
  const truth = qualities();
  return {
    name: 'match',
    figures: {
      objects: LARGE,
      pairs,
      samePairs: 1,
      exactJoinMs: Math.round(ours),
      duckdbMs: Math.round(duckdb),
      prepareKeysMs: Math.round(large.ms),
      withNamesMs: Math.round(engine.large),
      millionSeconds: huge.seconds,
      millionPeakGB: huge.peakGB,
      millionMatched: huge.matched,
      ...truth,
    },
    ratios: {
      toDuckdb: round2(ours / duckdb),
      growthExact: round2((ours + large.ms) / (few + small.ms)),
      growthWithNames: round2(engine.large / engine.small),
    },
    aims: {
      toDuckdb: 2,
      growthExact: 4.4,
      growthWithNames: 4.4,
      millionPeakGB: 8,
      lowestPrecision: 0.999,
      lowestRecall: 0.97,
    },
    skipped: [],
  };
};

const round2 = (x: number): number => Math.round(x * 100) / 100;

interface Prepared {
  source: KeyColumn[];
  target: KeyColumn[];
  /** How long it took to work the keys out. */
  ms: number;
}

function people(side: 'source' | 'target', count: number): MatchObject[] {
  return Array.from({ length: count }, (_, n) => matchObject(person(side, n)));
}

function prepare(count: number): Prepared {
  const [source, target] = [people('source', count), people('target', count)];
  const started = performance.now();
  const columns = {
    source: keyColumns(
      source,
      KEYS.map((k) => k.source),
    ),
    target: keyColumns(
      target,
      KEYS.map((k) => k.target),
    ),
  };
  return { ...columns, ms: performance.now() - started };
}

function exactJoin({ source, target }: Prepared): PairTable {
  const pairs = new PairTable();
  KEYS.forEach((key, k) => {
    const [from, to] = [source[k], target[k]];
    if (!from || !to) return;
    const most = key.maxHolders ?? 50;
    joinColumns(from, to, { mask: keyMask(k), most, limitSources: key.maxHolders !== undefined }, pairs);
  });
  // The pairs are put in order here, as DuckDB groups them.
  void pairs.size;
  return pairs;
}

function listed(pairs: PairTable, count: number): string[] {
  const found: string[] = [];
  for (let s = 0; s < count; s++) {
    const targets = pairs.targetsOf(s).sort((a, b) => a.target - b.target);
    for (const { target, mask } of targets) found.push(`${s} ${target} ${mask}`);
  }
  return found;
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

function engineMs(count: number): number {
  const engine = new Engine(people('source', count), people('target', count));
  const started = performance.now();
  for (const _ of engine.run()) {
    // Each outcome is taken as the store takes it, and let go.
  }
  return performance.now() - started;
}

async function inOwnProcess(count: number): Promise<{ seconds: number; peakGB: number; matched: number }> {
  const script = join(import.meta.dirname, 'match', 'million.ts');
  const child = spawn(process.execPath, ['--max-old-space-size=7400', script, String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`matching ${count} on each side ended with ${code}`);
  return JSON.parse(text) as { seconds: number; peakGB: number; matched: number };
}

function qualities(): Record<string, number> {
  const found = PROFILES.flatMap((profile) =>
    TRUTH.seeds.map((seed) => evaluate(generate({ ...profile, people: TRUTH.people }, seed))),
  );
  const lowest = (of: (q: (typeof found)[number]) => number) => Math.min(...found.map(of));
  const sum = (of: (q: (typeof found)[number]) => number) => found.reduce((total, q) => total + of(q), 0);
  return {
    truthForests: found.length,
    truthPairs: sum((q) => q.pairs),
    lowestPrecision: Number(lowest((q) => q.precision).toFixed(5)),
    lowestRecall: Number(lowest((q) => q.recall).toFixed(4)),
    precision: Number((sum((q) => q.right) / sum((q) => q.matched)).toFixed(5)),
    recall: Number((sum((q) => q.right) / sum((q) => q.pairs)).toFixed(4)),
    wrong: sum((q) => q.wrong.length),
    lost: sum((q) => q.lost),
  };
}

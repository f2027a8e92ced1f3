/** What a benchmark measured. Only ratios are judged: figures depend on the machine. */
export interface BenchResult {
  name: string;
  /** What was measured, with the unit in the name: `tasksPerSecond`, `openListMs`. */
  figures: Record<string, number>;
  /** Ours against a named peer, measured in the same run. */
  ratios: Record<string, number>;
  /** What each ratio or figure should reach. */
  aims: Record<string, number>;
  /** Peers that were not found on this machine. */
  skipped: string[];
}

export interface BenchOptions {
  /** Says how far it is, on stderr. */
  progress(text: string): void;
}

/** What bench/<name>.bench.ts exports. */
export type BenchRun = (options: BenchOptions) => Promise<BenchResult>;

/** The middle of several measurements. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [a = Number.NaN, b = a] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (a + b) / 2;
}

/** Runs `work` and returns how long it took, in ms. */
export async function timed(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

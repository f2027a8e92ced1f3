/** What a long suite found. `lost`, `doubled` and `violations` must be zero. */
export interface SoakResult {
  name: string;
  seeds: number;
  operations: number;
  /** How often each kind of fault was planted. */
  faults: Record<string, number>;
  lost: number;
  doubled: number;
  violations: number;
  /** What was violated, for people; at most a page of it. */
  findings: string[];
  /** The same by database, where a suite ran on both. */
  byDatabase?: Record<string, Omit<SoakResult, 'name' | 'findings'>>;
}

export interface SoakOptions {
  /** How many schedules; each suite has a number of its own unless given. */
  seeds?: number;
  /** The first seed, to run one schedule again. */
  from?: number;
  /** Only this database, where a suite runs on both. */
  on?: 'sqlite' | 'mssql';
  /** Says how far it is, on stderr. */
  progress(text: string): void;
}

/** What tests/soak/<name>.ts exports. */
export type SoakRun = (options: SoakOptions) => Promise<SoakResult>;

/** What one schedule adds to a suite's figures. */
export type Found = Partial<Omit<SoakResult, 'name' | 'seeds' | 'byDatabase'>>;

/** Findings that a result names, for people to read. */
const MOST = 50;

/** A result in which nothing was found yet. */
export function nothingFound(name: string, seeds = 1): SoakResult {
  return { name, seeds, operations: 0, faults: {}, lost: 0, doubled: 0, violations: 0, findings: [] };
}

/** Adds what one schedule found; `label` goes before its findings. */
export function addFound(total: SoakResult, one: Found, label = ''): void {
  for (const figure of ['operations', 'lost', 'doubled', 'violations'] as const) total[figure] += one[figure] ?? 0;
  for (const [name, count] of Object.entries(one.faults ?? {})) total.faults[name] = (total.faults[name] ?? 0) + count;
  total.findings = [...total.findings, ...(one.findings ?? []).map((text) => label + text)].slice(0, MOST);
}

/** Runs one seed after the other and adds up what they found. */
export async function eachSeed(
  name: string,
  { seeds = 1, from = 1, progress }: SoakOptions,
  one: (seed: number, progress: (text: string) => void) => Promise<Found>,
): Promise<SoakResult> {
  const total = nothingFound(name, seeds);
  for (let seed = from; seed < from + seeds; seed++) {
    const label = `seed ${seed}: `;
    addFound(total, await one(seed, (text) => progress(label + text)), label);
  }
  return total;
}

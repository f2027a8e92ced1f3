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

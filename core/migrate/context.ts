import type { Log } from '../domain/log.ts';
import type { OpenMailStore } from '../exchange/mail-store.ts';
import type { ClaimedTask } from '../store/queue.ts';
import type { Store } from '../store/store.ts';
import type { SettingsResult } from './settings/run-settings.ts';

/** What a task needs to run. Constructed by the worker. */
export interface TaskContext {
  store: Store;
  claim: ClaimedTask;
  /** Opens a side of the workload; the worker keeps connections and paces between tasks. */
  openMailStore: OpenMailStore;
  /** Ends when the lease is lost or the worker is told to stop. */
  signal: AbortSignal;
  /** Called before anything is sent or written; throws when that is not allowed any more. */
  guard: () => void;
  log: Log;
}

/** What a task that ended well says; kept as the task's result. */
export interface TaskOutcome {
  /** Bad items nobody has decided on yet. */
  openBadItems: number;
  result: SyncResult | HierarchyResult | VerifySummary;
}

export interface HierarchyResult {
  kind: 'hierarchy';
  folders: number;
  created: number;
  renamed: number;
  moved: number;
  removed: number;
  skipped: number;
  permissions: number;
  items: number;
  /** What a person should know. */
  notes: string[];
}

export interface SyncResult {
  kind: 'sync';
  listed: number;
  copied: number;
  updated: number;
  moved: number;
  deleted: number;
  readStates: number;
  adopted: number;
  bad: number;
  skipped: number;
  bytes: number;
  /** EWS calls on both sides. */
  calls: number;
  /** Writes to the target: zero for a rerun of what is finished. */
  writes: number;
  /** Delegates, rules and the like; null where the task was not about them. */
  settings?: SettingsResult | undefined;
  /** What a person should know, such as settings that could not be taken over. */
  notes: string[];
}

export interface VerifySummary {
  kind: 'verify';
  grade: string;
  verified: number;
  different: number;
  missing: number;
  extra: number;
  bad: number;
}

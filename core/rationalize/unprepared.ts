import { z } from 'zod';
import type { MatchState } from '../domain/words.ts';
import { latestPlan } from '../store/directory-changes.ts';
import { readSetting, writeSetting } from '../store/settings.ts';
import type { Store } from '../store/store.ts';

/** Pairs, and objects to be made, that no plan has seen: matching found them after the target was prepared. */
const SETTING = 'match.unprepared';
const IDS_IN_A_STATEMENT = 1000;
const PREPARED: ReadonlySet<MatchState> = new Set(['matched', 'create']);

export async function countUnprepared(store: Store): Promise<number> {
  return (await readSetting(store, SETTING, z.int())) ?? 0;
}

/** A plan for everybody has seen them all. */
export async function forgetUnprepared(store: Store): Promise<void> {
  if ((await countUnprepared(store)) > 0) await writeSetting(store, SETTING, 0);
}

interface Outcome {
  sourceId: number;
  targetId: number | null;
  state: MatchState;
}

/** Counts what a run of matching finds that was not there before it. */
export class NewPairs {
  readonly #store: Store;
  readonly #prepared: boolean;
  found = 0;

  private constructor(store: Store, prepared: boolean) {
    this.#store = store;
    this.#prepared = prepared;
  }

  /** Before anything was prepared, every pair is new, and nobody needs to be told. */
  static async since(store: Store): Promise<NewPairs> {
    const plan = await latestPlan(store, 'prepare', ['applied', 'applying']);
    return new NewPairs(store, plan !== undefined);
  }

  /** Looks at outcomes before they are stored. */
  async see(outcomes: readonly Outcome[]): Promise<void> {
    if (!this.#prepared) return;
    for (let at = 0; at < outcomes.length; at += IDS_IN_A_STATEMENT) {
      const part = outcomes.slice(at, at + IDS_IN_A_STATEMENT).filter(({ state }) => PREPARED.has(state));
      if (part.length === 0) continue;
      const rows = await this.#store.db
        .selectFrom('match')
        .select(['source_id', 'target_id', 'state'])
        .where(
          'source_id',
          'in',
          part.map(({ sourceId }) => sourceId),
        )
        .execute();
      const before = new Map(rows.map((row) => [row.source_id, row]));
      this.found += part.filter(({ sourceId, targetId, state }) => {
        const row = before.get(sourceId);
        return !row || !PREPARED.has(row.state as MatchState) || (state === 'matched' && row.target_id !== targetId);
      }).length;
    }
  }

  /** Adds what was found to what waits. @returns how many wait now */
  async keep(): Promise<number> {
    const before = await countUnprepared(this.#store);
    if (this.found > 0) await writeSetting(this.#store, SETTING, before + this.found);
    return before + this.found;
  }
}

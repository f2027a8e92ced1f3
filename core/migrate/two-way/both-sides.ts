import { changedId, type ItemChange, type ItemInfo } from '../../exchange/mail-store.ts';
import { keyText, type LedgerRow } from '../../store/ledger.ts';
import type { Job } from '../job.ts';
import { verdictOf } from '../sync/outcome.ts';
import { comparePairs } from '../verify/compare-content.ts';
import type { SourceState } from './decide.ts';

/** A pair on record of which the target tells something. */
export interface Touched {
  row: LedgerRow;
  change: ItemChange;
}

export interface Both {
  key: string;
  source: ItemInfo;
  target: ItemInfo;
}

export interface SourceSide {
  state: SourceState;
  info: ItemInfo | null;
}

/** Asks both servers how the two items of a pair stand. */
export class BothSides {
  readonly #job: Job;

  constructor(job: Job) {
    this.#job = job;
  }

  /** How the source's items stand against the record; those of which the server says nothing are left out. */
  async sourceSides(rows: LedgerRow[]): Promise<Map<string, SourceSide>> {
    const sides = new Map<string, SourceSide>();
    if (rows.length === 0) return sides;
    const job = this.#job;
    const answers = await job.source.describe(
      rows.map((row) => row.sourceId),
      { signal: job.context.signal },
    );
    for (const [index, row] of rows.entries()) {
      const answer = answers[index];
      const key = keyText(row.sourceKey);
      if (answer?.ok) {
        const open = row.state === 'pending' || row.state === 'bad' || answer.value.changeKey !== row.sourceChangeKey;
        sides.set(key, { state: open ? 'changed' : 'same', info: answer.value });
      } else if (answer && verdictOf(answer.error).kind === 'gone') sides.set(key, { state: 'gone', info: null });
    }
    return sides;
  }

  /** An item that was only moved, under its id, is told as deleted too: each is asked for before it counts as gone. */
  async reallyRemoved(touched: Touched[]): Promise<Set<string>> {
    const job = this.#job;
    const rows = touched.filter(({ change }) => change.kind === 'delete').map(({ row }) => row);
    if (rows.length === 0) return new Set();
    const answers = await job.target.describe(
      rows.map((row) => row.targetId ?? ''),
      { signal: job.context.signal, brief: true },
    );
    return new Set(
      rows.flatMap((row, index) => {
        const answer = answers[index];
        return answer && !answer.ok && verdictOf(answer.error).kind === 'gone' ? [keyText(row.sourceKey)] : [];
      }),
    );
  }

  /**
   * Pairs that both sides changed, by row. The target is asked for their facts again: a listing says less, and times have
   * to be those that the other direction decides by.
   */
  async bothChanged(touched: Touched[], sides: ReadonlyMap<string, SourceSide>): Promise<Map<string, Both>> {
    const found = new Map<string, Both>();
    // A kept item may be our own write before a crash, which the other direction took for a person's.
    const isBoth = (row: LedgerRow) => row.state === 'kept' || sides.get(keyText(row.sourceKey))?.state === 'changed';
    const changed = touched.filter(({ row, change }) => 'item' in change && isBoth(row));
    if (changed.length === 0) return found;
    const job = this.#job;
    const infos = await job.target.describe(
      changed.map(({ change }) => changedId(change)),
      { signal: job.context.signal },
    );
    for (const [index, { row }] of changed.entries()) {
      const key = keyText(row.sourceKey);
      const source = sides.get(key)?.info;
      const target = infos[index];
      if (source && target?.ok) found.set(key, { key, source, target: target.value });
    }
    return found;
  }

  /** Pairs that both sides have alike, as after our own write of which no record was kept. */
  async same(pairs: Both[]): Promise<Set<string>> {
    if (pairs.length === 0) return new Set();
    const job = this.#job;
    const found = await comparePairs(job.source, job.target, pairs, job.context.signal);
    const same = found.filter((one) => one.unreadable === null && one.differences.length === 0);
    const ids = new Set(same.map(({ pair }) => pair.target.id));
    return new Set(pairs.filter(({ target }) => ids.has(target.id)).map(({ key }) => key));
  }
}

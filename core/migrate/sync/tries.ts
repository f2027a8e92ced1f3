import { ewsError } from '../../exchange/ews/codes.ts';
import type { ContentForm } from '../../exchange/mail-store.ts';
import { keyText, type LedgerRow } from '../../store/ledger.ts';
import { verdictOf } from './outcome.ts';
import type { Outcome } from './recorder.ts';

/** Handings-over whose end is unknown before the items wait for the next run. */
export const TRIES = 3;

/**
 * Reads of one item whose stream breaks off, or that fails for a reason that passes, before the item is called bad. Where
 * each tenth answer is cut, three would call one item in a thousand bad that is sound.
 */
const READS = 7;

/** What a run has tried and was refused, item by item, and what it is to try again. */
export class Tries {
  /** Rows to be tried again later in this run, with the tries they had. */
  readonly again: LedgerRow[] = [];
  readonly #badItemAttempts: number;
  readonly #tries = new Map<string, number>();
  /** Forms that a server refused for single items. */
  readonly #refused = new Map<string, Set<ContentForm>>();

  /** @param badItemAttempts tries of an item that a server calls bad */
  constructor(badItemAttempts: number) {
    this.#badItemAttempts = badItemAttempts;
  }

  /** Whether this run has tried the item and failed. */
  has(row: LedgerRow): boolean {
    return this.#tries.has(keyText(row.sourceKey));
  }

  /** Whether a server refused the item in this form. */
  refused(row: LedgerRow, form: ContentForm): boolean {
    return this.#refused.get(keyText(row.sourceKey))?.has(form) === true;
  }

  /** What a stream that is not whole means: read again a few times where it breaks off, corrupt otherwise. */
  unsound(row: LedgerRow, state: 'cut' | 'partial'): Error {
    const tries = (this.#tries.get(keyText(row.sourceKey)) ?? 0) + 1;
    return state === 'cut' && tries < READS
      ? ewsError('ErrorInternalServerTransientError', 'the stream breaks off')
      : ewsError('ErrorCorruptData', 'the stream is not whole');
  }

  /** Sorts one item's failure: gone, later, in another form, or bad. */
  sort(row: LedgerRow, error: Error, form: ContentForm, outcome: Outcome): void {
    const key = keyText(row.sourceKey);
    const tries = (this.#tries.get(key) ?? 0) + 1;
    this.#tries.set(key, tries);
    const verdict = verdictOf(error);
    switch (verdict.kind) {
      case 'gone':
        // The source deleted it meanwhile; a counterpart of an earlier run is removed by the next delta.
        if (row.targetId === null) outcome.gone.push(row);
        else outcome.other.push({ ...row, state: 'done' });
        return;
      case 'passing':
        if (tries < READS) this.again.push(row);
        else outcome.bad.push({ row: { ...row, state: 'bad' }, reason: 'unreadable', message: error.name });
        return;
      case 'form': {
        const refused = this.#refused.get(key) ?? new Set();
        refused.add(form);
        this.#refused.set(key, refused);
        this.again.push(row);
        return;
      }
      case 'bad':
        if (tries < this.#badItemAttempts) this.again.push(row);
        else outcome.bad.push({ row: { ...row, state: 'bad' }, reason: verdict.reason, message: verdict.message });
    }
  }
}

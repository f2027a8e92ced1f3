import { isAmbiguous } from '../../exchange/errors.ts';
import type { ContentForm, ItemContent, Result } from '../../exchange/mail-store.ts';
import type { LedgerRow } from '../../store/ledger.ts';
import type { Job } from '../job.ts';
import { digestOf, soundness } from './digest.ts';
import { elementOf } from './forms.ts';
import { asksForLess } from './outcome.ts';
import type { Outcome } from './recorder.ts';
import type { Tries } from './tries.ts';

/** An item as it was read, ready to be handed over. */
export interface Read {
  row: LedgerRow;
  content: ItemContent;
  digest: Uint8Array;
}

/** Reads batches of items from the source, whole and sound; what fails is sorted by item. */
export class SourceReader {
  readonly #job: Job;
  readonly #tries: Tries;

  constructor(job: Job, tries: Tries) {
    this.#job = job;
    this.#tries = tries;
  }

  /** Reads rows in one call, in halves where a call fails for its size or breaks off again and again. */
  async read(rows: LedgerRow[], form: ContentForm, outcome: Outcome): Promise<Read[]> {
    let answers: Result<ItemContent>[];
    try {
      answers = await this.#job.source.read(
        rows.map((row) => ({ id: row.sourceId, itemClass: row.itemClass, element: elementOf(row.itemClass) })),
        form,
        { signal: this.#job.context.signal },
      );
    } catch (error) {
      if (this.#job.source.capabilities.fullStream === false && form === 'stream') return this.#readOtherwise(rows);
      if (!(error instanceof Error) || !(isAmbiguous(error) || asksForLess(error))) throw error;
      if (rows.length > 1) {
        const half = Math.ceil(rows.length / 2);
        return [
          ...(await this.read(rows.slice(0, half), form, outcome)),
          ...(await this.read(rows.slice(half), form, outcome)),
        ];
      }
      answers = [{ ok: false, error }];
    }
    const read: Read[] = [];
    for (const [index, row] of rows.entries()) {
      const answer = answers[index];
      if (!answer) continue;
      const sound = answer.ok ? this.#sound(row, answer.value) : answer;
      if (sound.ok) read.push({ row, content: await this.#addressed(sound.value), digest: digestOf(sound.value) });
      else this.#tries.sort(row, sound.error, form, outcome);
    }
    return read;
  }

  /** With the target's addresses, where the batch wants that; the digest stays that of the source. */
  async #addressed(content: ItemContent): Promise<ItemContent> {
    return (await this.#job.rewriter?.content(content)) ?? content;
  }

  /** The server turned out to export nothing: the batch goes in other forms. */
  #readOtherwise(rows: LedgerRow[]): Read[] {
    this.#tries.again.push(...rows);
    return [];
  }

  #sound(row: LedgerRow, content: ItemContent): Result<ItemContent> {
    if (content.form !== 'stream') return { ok: true, value: content };
    const state = soundness(content.parts);
    if (state === 'whole' || state === 'opaque') return { ok: true, value: content };
    return { ok: false, error: this.#tries.unsound(row, state) };
  }
}

import { isAmbiguous } from '../../exchange/errors.ts';
import { type ContentForm, type Result, releaseContent, type WrittenItem } from '../../exchange/mail-store.ts';
import type { FolderRow } from '../../store/folders.ts';
import { keyText, type LedgerRow, RESENT } from '../../store/ledger.ts';
import type { SyncResult } from '../context.ts';
import type { Job } from '../job.ts';
import type { BatchSize } from './batch-size.ts';
import { findArrived } from './doubt.ts';
import { formsFor } from './forms.ts';
import { asksForLess, mayHaveBegun, verdictOf } from './outcome.ts';
import { placeOf } from './place.ts';
import { emptyOutcome, type Outcome, type Records } from './recorder.ts';
import { arrived, removeReplaced, Settler } from './settle.ts';
import { type Read, SourceReader } from './source-reader.ts';
import { TRIES, Tries } from './tries.ts';

/** ms after a lost answer until the target is asked: the server may still be at work on the request. */
const SETTLE_MS = 1_500;

export interface TransferParts {
  job: Job;
  recorder: Records;
  result: SyncResult;
  folders: ReadonlyMap<number, FolderRow>;
  size: BatchSize;
  pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Takes a batch of items from source to target: reads them in one call, writes them in one call, asks the target whether
 * they are what was sent, and puts the outcome into the ledger. Whatever fails on the way is sorted by item.
 */
export class Transfer {
  readonly #p: TransferParts;
  readonly #tries: Tries;
  readonly #reader: SourceReader;
  readonly #settler: Settler;
  /** How many items travelled otherwise than as a whole, and why. */
  readonly otherwise = new Map<Exclude<ContentForm, 'stream'>, { items: number; why: string }>();
  /** Items that went into the archive for their age. */
  archived = 0;

  constructor(parts: TransferParts) {
    this.#p = parts;
    this.#tries = new Tries(parts.job.options.badItemAttempts);
    this.#reader = new SourceReader(parts.job, this.#tries);
    this.#settler = new Settler(parts);
  }

  /** Rows to be tried again later in this run. */
  get again(): LedgerRow[] {
    return this.#tries.again;
  }

  /** Whether this run has tried the item and failed. */
  hasTried(row: LedgerRow): boolean {
    return this.#tries.has(row);
  }

  /** One batch; rows in state `sending` are in doubt and are looked for in the target first. */
  async run(rows: LedgerRow[]): Promise<void> {
    const doubtful = rows.filter((row) => row.state === 'sending');
    const rest = doubtful.length > 0 ? await this.#settler.settle(doubtful, rows) : rows;
    const groups = Map.groupBy(rest, (row) => this.#formOf(row));
    for (const [form, group] of groups) {
      if (form === undefined) await this.#unsupported(group);
      else await this.#transfer(group, form);
    }
  }

  #formOf(row: LedgerRow): ContentForm | undefined {
    return this.#choices(row).find((choice) => !this.#tries.refused(row, choice.form))?.form;
  }

  #choices(row: LedgerRow) {
    const { job } = this.#p;
    return formsFor(row.itemClass, row.associated, job.options, job.source.capabilities, job.target.capabilities);
  }

  #count(row: LedgerRow, form: Exclude<ContentForm, 'stream'>): void {
    const why =
      this.#choices(row).find((choice) => choice.form === form)?.why ?? 'a server refused this item as a whole';
    this.otherwise.set(form, {
      items: (this.otherwise.get(form)?.items ?? 0) + 1,
      why: this.otherwise.get(form)?.why ?? why,
    });
  }

  async #unsupported(rows: LedgerRow[]): Promise<void> {
    const { job } = this.#p;
    const reasons = [...new Set([...job.source.capabilities.reasons, ...job.target.capabilities.reasons])].join('; ');
    await this.#p.recorder.record({
      ...emptyOutcome(),
      bad: rows.map((row) => ({
        row: { ...row, state: 'bad' },
        reason: 'unsupported',
        message: `no form both servers take${reasons ? ` (${reasons})` : ''}`,
      })),
    });
  }

  async #transfer(rows: LedgerRow[], form: ContentForm): Promise<void> {
    const started = performance.now();
    const outcome = emptyOutcome();
    const read = await this.#reader.read(rows, form, outcome);
    const changed: Read[] = [];
    for (const entry of read) {
      // An item that was moved and is the same as before needs no writing.
      const { row, digest } = entry;
      if (row.targetId !== null && row.digest !== null && Buffer.compare(row.digest, digest) === 0)
        outcome.done.push({ ...row, state: 'done' });
      else changed.push(entry);
    }
    if (changed.length > 0) await this.#hand(changed, outcome, 0);
    for (const { content } of read) releaseContent(content);
    if (outcome.done.length + outcome.bad.length + outcome.gone.length + outcome.other.length > 0)
      await this.#p.recorder.record(outcome);
    this.#p.size.took(performance.now() - started);
  }

  /** Hands read items to the target and settles what is uncertain afterwards. */
  async #hand(entries: Read[], outcome: Outcome, attempt: number): Promise<void> {
    const { job, recorder, folders, result } = this.#p;
    await recorder.sending(entries.map((e) => e.row));
    let answers: Result<WrittenItem>[];
    try {
      answers = await job.target.write(
        entries.map(({ row, content }) => ({
          folderId: placeOf(folders.get(row.folderId), row) ?? '',
          content,
          associated: row.associated,
          itemClass: row.itemClass,
          ...(row.targetId === null ? {} : { replaceId: row.targetId }),
        })),
        job.writing,
      );
    } catch (error) {
      await this.#handFailed(entries, outcome, attempt, error);
      return;
    }
    result.writes += entries.length;
    const written: { entry: Read; item: WrittenItem }[] = [];
    for (const [index, entry] of entries.entries()) {
      const answer = answers[index];
      if (!answer) this.again.push({ ...entry.row, state: 'sending' });
      else if (answer.ok) written.push({ entry, item: answer.value });
      else this.#writeFailed(entry, answer.error, outcome);
    }
    await this.#check(written, outcome);
  }

  async #handFailed(entries: Read[], outcome: Outcome, attempt: number, error: unknown): Promise<void> {
    const { job, size, pause } = this.#p;
    if (job.context.signal.aborted) throw error;
    if (job.target.capabilities.fullStream === false && entries[0]?.content.form === 'stream') {
      this.again.push(...entries.map((e) => ({ ...e.row, state: 'sending' as const })));
      return;
    }
    const inDoubt = isAmbiguous(error) || mayHaveBegun(error);
    if (asksForLess(error) && entries.length > 1) {
      if (inDoubt) await pause(SETTLE_MS, job.context.signal);
      size.refused(entries.reduce((sum, e) => sum + e.content.size, 0));
      const half = Math.ceil(entries.length / 2);
      for (const part of [entries.slice(0, half), entries.slice(half)])
        await (inDoubt ? this.#handRest(part, outcome, attempt) : this.#hand(part, outcome, attempt));
      return;
    }
    if (inDoubt && attempt < TRIES) {
      await pause(SETTLE_MS * (attempt + 1), job.context.signal);
      await this.#handRest(entries, outcome, attempt + 1);
      return;
    }
    if (entries.length === 1 && entries[0] && asksForLess(error)) {
      outcome.bad.push({
        row: { ...entries[0].row, state: 'bad' },
        reason: 'tooLarge',
        message: 'the target refuses its size',
      });
      return;
    }
    throw error;
  }

  /** After a lost answer: what is in the target is done, the rest is sent again. */
  async #handRest(entries: Read[], outcome: Outcome, attempt: number): Promise<void> {
    const rest: Read[] = [];
    const placeOfEntry = ({ row }: Read): string | null => placeOf(this.#p.folders.get(row.folderId), row);
    for (const [targetFolder, group] of Map.groupBy(entries, placeOfEntry)) {
      // A lost update in place is simply repeated: it changes nothing the second time. Other forms replace by a new item.
      const inPlace = (e: Read): boolean => e.row.targetId !== null && e.content.form === 'stream';
      const fresh = group.filter((e) => !inPlace(e));
      rest.push(...group.filter(inPlace));
      if (!targetFolder || fresh.length === 0) continue;
      const found = await findArrived(
        this.#p.job,
        fresh.map((e) => e.row),
        targetFolder,
      );
      for (const entry of fresh) {
        const known = found.get(keyText(entry.row.sourceKey));
        if (known) await removeReplaced(this.#p.job, entry.row, known.item);
        if (known && !known.sure) {
          rest.push({ ...entry, row: { ...arrived(entry.row, known.item), state: 'sending' } });
        } else if (known) {
          const { item } = known;
          outcome.done.push({ ...arrived(entry.row, item), digest: entry.digest, transport: entry.content.form });
          this.#p.result.copied++;
        } else rest.push({ ...entry, row: { ...entry.row, reason: RESENT } });
      }
    }
    if (rest.length > 0) await this.#hand(rest, outcome, attempt);
  }

  #writeFailed(entry: Read, error: Error, outcome: Outcome): void {
    const { row } = entry;
    if (row.targetId !== null && verdictOf(error).kind === 'gone') {
      // Its counterpart was removed by somebody: it is written anew.
      this.again.push({ ...row, state: 'pending', targetId: null, targetChangeKey: null, digest: null });
      return;
    }
    const state = row.targetId === null && mayHaveBegun(error) ? 'sending' : 'pending';
    this.#tries.sort({ ...row, state }, error, entry.content.form, outcome);
  }

  /** Asks the target for what was written: it has to be there, with class and search key. */
  async #check(written: { entry: Read; item: WrittenItem }[], outcome: Outcome): Promise<void> {
    if (written.length === 0) return;
    const { job, result } = this.#p;
    const infos = await job.target.describe(
      written.map((w) => w.item.id),
      { signal: job.context.signal, brief: true },
    );
    for (const [index, { entry, item }] of written.entries()) {
      const info = infos[index];
      const { row, digest, content } = entry;
      if (!info?.ok) {
        this.again.push({ ...row, state: 'sending' });
        continue;
      }
      const altered = content.form === 'stream' && row.searchKey !== null && info.value.searchKey !== row.searchKey;
      if (row.inArchive) this.archived++;
      if (row.targetId === null) result.copied++;
      else result.updated++;
      if (content.form !== 'stream') this.#count(row, content.form);
      outcome.done.push({
        ...row,
        state: 'done',
        // An upload may spell its answer's ids otherwise than lists do, which is how the copy is known from here on.
        targetId: info.value.id || item.id,
        targetChangeKey: info.value.changeKey || item.changeKey,
        digest,
        transport: content.form,
        reason: reasonOf(item, altered),
      });
    }
  }
}

/** Why a copy is not all of its original; null for the usual. */
function reasonOf(item: WrittenItem, altered: boolean): string | null {
  if (item.left && item.left.length > 0) return `left out: ${item.left.join(', ')}`.slice(0, 200);
  if (altered) return 'search key changed';
  return null;
}

import { isAmbiguous } from '../../exchange/errors.ts';
import { ewsError } from '../../exchange/ews/codes.ts';
import {
  type ContentForm,
  type ItemContent,
  type ItemInfo,
  type Result,
  releaseContent,
  type WrittenItem,
} from '../../exchange/mail-store.ts';
import type { FolderRow } from '../../store/folders.ts';
import { keyText, type LedgerRow } from '../../store/ledger.ts';
import type { SyncResult } from '../context.ts';
import type { Job } from '../job.ts';
import type { BatchSize } from './batch-size.ts';
import { digestOf, soundness } from './digest.ts';
import { type Arrived, findArrived } from './doubt.ts';
import { elementOf, formsFor } from './forms.ts';
import { asksForLess, verdictOf } from './outcome.ts';
import { placeOf, placesOf } from './place.ts';
import { emptyOutcome, type Outcome, type Records } from './recorder.ts';

/** Reads of a stream that breaks off, and handings-over whose end is unknown, before the item waits for the next run. */
const TRIES = 3;
/** ms after a lost answer until the target is asked: the server may still be at work on the request. */
const SETTLE_MS = 1_500;

interface Read {
  row: LedgerRow;
  content: ItemContent;
  digest: Uint8Array;
}

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
  /** Rows to be tried again later in this run, with the tries they had. */
  readonly again: LedgerRow[] = [];
  readonly #tries = new Map<string, number>();
  /** Forms that a server refused for single items. */
  readonly #refused = new Map<string, Set<ContentForm>>();
  /** How many items travelled otherwise than as a whole, and why. */
  readonly otherwise = new Map<Exclude<ContentForm, 'stream'>, { items: number; why: string }>();
  /** Items that went into the archive for their age. */
  archived = 0;
  /** Folders with something in doubt: they are looked through for doubles at the end. */
  readonly doubtful = new Set<number>();

  constructor(parts: TransferParts) {
    this.#p = parts;
  }

  /** Whether this run has tried the item and failed. */
  hasTried(row: LedgerRow): boolean {
    return this.#tries.has(keyText(row.sourceKey));
  }

  /** One batch; rows in state `sending` are in doubt and are looked for in the target first. */
  async run(rows: LedgerRow[]): Promise<void> {
    const doubtful = rows.filter((row) => row.state === 'sending');
    const rest = doubtful.length > 0 ? await this.#settle(doubtful, rows) : rows;
    const groups = Map.groupBy(rest, (row) => this.#formOf(row));
    for (const [form, group] of groups) {
      if (form === undefined) await this.#unsupported(group);
      else await this.#transfer(group, form);
    }
  }

  #formOf(row: LedgerRow): ContentForm | undefined {
    const refused = this.#refused.get(keyText(row.sourceKey));
    return this.#choices(row).find((choice) => !refused?.has(choice.form))?.form;
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

  /**
   * Rows in doubt that turn up in the target are done, or written again in their place where their content is not sure; the
   * others are sent, and their folders searched for doubles later.
   */
  async #settle(doubtful: LedgerRow[], all: LedgerRow[]): Promise<LedgerRow[]> {
    const outcome = emptyOutcome();
    const settled = new Set<string>();
    const inPlace = new Map<string, LedgerRow>();
    const byFolder = Map.groupBy(doubtful, (row) => row.folderId);
    for (const [folderId, found] of await this.#findAll(byFolder)) {
      const rows = byFolder.get(folderId) ?? [];
      for (const row of rows) {
        const key = keyText(row.sourceKey);
        const known = found.get(key);
        if (!known) continue;
        await this.#replaced(row, known.item);
        if (!known.sure) {
          inPlace.set(key, { ...arrived(row, known.item), state: 'pending', digest: null });
          continue;
        }
        settled.add(key);
        outcome.done.push(arrived(row, known.item));
        this.#p.result.adopted++;
      }
      if (found.size < rows.length) this.doubtful.add(folderId);
    }
    if (outcome.done.length > 0) await this.#p.recorder.record(outcome);
    return all
      .filter((row) => !settled.has(keyText(row.sourceKey)))
      .map(
        (row) =>
          inPlace.get(keyText(row.sourceKey)) ??
          (row.state === 'sending' ? { ...row, reason: 'resent', digest: null } : row),
      );
  }

  /** Folders are looked through side by side, those with one counterpart in turn: an item goes to one row alone. */
  async #findAll(byFolder: ReadonlyMap<number, LedgerRow[]>): Promise<Map<number, Map<string, Arrived>>> {
    const all = new Map<number, Map<string, Arrived>>();
    const groups = Map.groupBy(byFolder, ([folderId]) => this.#p.folders.get(folderId)?.targetId);
    const one = async (group: [number, LedgerRow[]][]): Promise<void> => {
      for (const [folderId, rows] of group) {
        const found = await this.#findInPlaces(folderId, rows);
        if (found) all.set(folderId, found);
      }
    };
    await Promise.all([...groups.values()].map(one));
    return all;
  }

  /**
   * Looks for rows where their copies belong and then, for what is not there, in the other place that their folder has: an
   * earlier batch may have put them there when they were younger. A row found there belongs there from then on.
   */
  async #findInPlaces(folderId: number, rows: LedgerRow[]): Promise<Map<string, Arrived> | undefined> {
    const folder = this.#p.folders.get(folderId);
    if (!folder?.targetId) return undefined;
    const found = new Map<string, Arrived>();
    for (const other of placesOf(folder).length > 1 ? [false, true] : [false]) {
      const open = rows.filter((row) => !found.has(keyText(row.sourceKey)));
      const placed = open.map((row) => ({ row, at: placeOf(folder, { inArchive: row.inArchive !== other }) ?? '' }));
      for (const [place, group] of Map.groupBy(placed, ({ at }) => at)) {
        const asked = group.map(({ row }) => row);
        for (const [key, arrived] of await findArrived(this.#p.job, asked, place)) found.set(key, arrived);
      }
      if (other) for (const row of open) if (found.has(keyText(row.sourceKey))) row.inArchive = !row.inArchive;
    }
    return found;
  }

  async #transfer(rows: LedgerRow[], form: ContentForm): Promise<void> {
    const started = performance.now();
    const outcome = emptyOutcome();
    const read = await this.#read(rows, form, outcome);
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

  /** Reads rows in one call, in halves where a call fails for its size or breaks off again and again. */
  async #read(rows: LedgerRow[], form: ContentForm, outcome: Outcome): Promise<Read[]> {
    let answers: Result<ItemContent>[];
    try {
      answers = await this.#p.job.source.read(
        rows.map((row) => ({ id: row.sourceId, itemClass: row.itemClass, element: elementOf(row.itemClass) })),
        form,
        { signal: this.#p.job.context.signal },
      );
    } catch (error) {
      if (this.#p.job.source.capabilities.fullStream === false && form === 'stream')
        return this.#readOtherwise(rows, outcome);
      if (!(error instanceof Error) || !(isAmbiguous(error) || asksForLess(error))) throw error;
      if (rows.length > 1) {
        const half = Math.ceil(rows.length / 2);
        return [
          ...(await this.#read(rows.slice(0, half), form, outcome)),
          ...(await this.#read(rows.slice(half), form, outcome)),
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
      else this.#sort(row, sound.error, form, outcome);
    }
    return read;
  }

  /** With the target's addresses, where the batch wants that; the digest stays that of the source. */
  async #addressed(content: ItemContent): Promise<ItemContent> {
    return (await this.#p.job.rewriter?.content(content)) ?? content;
  }

  /** The server turned out to export nothing: the batch goes in other forms. */
  async #readOtherwise(rows: LedgerRow[], outcome: Outcome): Promise<Read[]> {
    void outcome;
    this.again.push(...rows);
    return [];
  }

  #sound(row: LedgerRow, content: ItemContent): Result<ItemContent> {
    if (content.form !== 'stream') return { ok: true, value: content };
    const state = soundness(content.parts);
    if (state === 'whole' || state === 'opaque') return { ok: true, value: content };
    const tries = (this.#tries.get(keyText(row.sourceKey)) ?? 0) + 1;
    return {
      ok: false,
      error:
        state === 'cut' && tries < TRIES
          ? ewsError('ErrorInternalServerTransientError', 'the stream breaks off')
          : ewsError('ErrorCorruptData', 'the stream is not whole'),
    };
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
    if (isAmbiguous(error) && attempt < TRIES) {
      await pause(SETTLE_MS * (attempt + 1), job.context.signal);
      await this.#handRest(entries, outcome, attempt + 1);
      return;
    }
    if (asksForLess(error) && entries.length > 1) {
      size.refused(entries.reduce((sum, e) => sum + e.content.size, 0));
      const half = Math.ceil(entries.length / 2);
      await this.#hand(entries.slice(0, half), outcome, attempt);
      await this.#hand(entries.slice(half), outcome, attempt);
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
        if (known) await this.#replaced(entry.row, known.item);
        if (known && !known.sure) {
          rest.push({ ...entry, row: { ...arrived(entry.row, known.item), state: 'sending' } });
        } else if (known) {
          const { item } = known;
          outcome.done.push({ ...arrived(entry.row, item), digest: entry.digest, transport: entry.content.form });
          this.#p.result.copied++;
        } else {
          this.doubtful.add(entry.row.folderId);
          rest.push({ ...entry, row: { ...entry.row, reason: 'resent' } });
        }
      }
    }
    if (rest.length > 0) await this.#hand(rest, outcome, attempt);
  }

  /** A new item took the place of another, and the answer was lost before the other was removed. */
  async #replaced(row: LedgerRow, item: ItemInfo): Promise<void> {
    if (row.targetId === null || row.targetId === item.id) return;
    await this.#p.job.target.deleteItems([row.targetId], this.#p.job.writing);
  }

  #writeFailed(entry: Read, error: Error, outcome: Outcome): void {
    const { row } = entry;
    if (row.targetId !== null && verdictOf(error).kind === 'gone') {
      // Its counterpart was removed by somebody: it is written anew.
      this.again.push({ ...row, state: 'pending', targetId: null, targetChangeKey: null, digest: null });
      return;
    }
    this.#sort({ ...row, state: 'pending' }, error, entry.content.form, outcome);
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
        reason: reasonOf(row, item, altered),
      });
    }
  }

  /** Sorts one item's failure: gone, later, in another form, or bad. */
  #sort(row: LedgerRow, error: Error, form: ContentForm, outcome: Outcome): void {
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
        if (tries <= TRIES) this.again.push(row);
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
        if (tries < this.#p.job.options.badItemAttempts) this.again.push(row);
        else outcome.bad.push({ row: { ...row, state: 'bad' }, reason: verdict.reason, message: verdict.message });
    }
  }
}

function arrived(row: LedgerRow, item: ItemInfo): LedgerRow {
  return {
    ...row,
    state: 'done',
    targetId: item.id,
    targetChangeKey: item.changeKey,
    reason: row.reason === 'resent' ? 'resent' : null,
  };
}

/** Why a copy is not all of its original, or in doubt; null for the usual. */
function reasonOf(row: LedgerRow, item: WrittenItem, altered: boolean): string | null {
  if (item.left && item.left.length > 0) return `left out: ${item.left.join(', ')}`.slice(0, 200);
  if (altered) return 'search key changed';
  return row.reason === 'resent' ? 'resent' : null;
}

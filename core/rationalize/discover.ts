import type { DeltaState, DirectoryReader, ReadBatch, ReadResult } from '../directory/reader.ts';
import type { DirectoryProblem } from '../domain/recipient.ts';
import { appendEvents } from '../store/events.ts';
import {
  countRecipients,
  type DirectoryState,
  knownObjects,
  loadDirectoryState,
  markUnseen,
  saveDirectoryState,
  storeRecipients,
  touchRecipients,
} from '../store/recipients.ts';
import type { Store } from '../store/store.ts';
import { storeDirectoryAccess } from './access.ts';

export interface DiscoverOptions {
  /** Reads everything even where a delta would do. */
  full?: boolean;
  signal?: AbortSignal;
  correlation?: string;
  /** Called as objects are stored. */
  onProgress?: (progress: DiscoverProgress) => void;
}

export interface DiscoverProgress {
  forest: string;
  read: number;
  gone: number;
  problems: number;
  /** How many there will be, as far as is known. */
  total: number | undefined;
  /** ms; undefined as long as there is no total. */
  leftMs: number | undefined;
}

export interface DiscoverResult {
  forest: string;
  mode: ReadResult['mode'];
  read: number;
  gone: number;
  /** Living recipients by kind, after the read. */
  recipients: Record<string, number>;
  total: number;
  problems: DirectoryProblem[];
  notes: string[];
  queries: number;
  tookMs: number;
}

/** Problems kept with the forest; a directory that is wrong everywhere need not fill the database with it. */
const PROBLEMS_KEPT = 1000;
const EVENT_EVERY_MS = 1000;
/** Deleted objects are forgotten after 60 days in the oldest forests (tombstoneLifetime): a delta must be younger. */
const DELTA_LIVES_MS = 55 * 24 * 3600 * 1000;

/**
 * Reads a forest into the store: everything the first time, afterwards what changed. A read that is cancelled or breaks
 * off keeps what it stored, and the next one goes on from there.
 */
export async function discover(
  store: Store,
  forest: { id: number; name: string },
  reader: DirectoryReader,
  options: DiscoverOptions = {},
): Promise<DiscoverResult> {
  const started = performance.now();
  const before = await loadDirectoryState(store, forest.id);
  const readId = (before?.readId ?? 0) + 1;
  const age = before ? (await store.now()) - (before.deltaAt ?? before.fullAt ?? 0) : 0;
  const expired = before !== undefined && !before.unfinished && before.fullAt !== null && age > DELTA_LIVES_MS;
  const since = before && !options.full && !expired ? deltaStart(before) : undefined;
  const resume = before?.unfinished === true && since !== undefined;
  const counts = new Progress(store, forest, options, await expectedTotal(store, forest.id, before));
  const reading = reader.read({
    signal: options.signal,
    since,
    resume,
    known: () => knownObjects(store, forest.id),
  });
  let result: ReadResult | undefined;
  for (;;) {
    const step = await reading.next();
    if (step.done) {
      result = step.value;
      break;
    }
    if ('start' in step.value) {
      await saveDirectoryState(store, forest.id, unfinished(before, step.value.start, readId));
    }
    await counts.add(step.value, await storeBatch(store, forest.id, readId, step.value));
  }
  if (expired) result.notes.push('The last read is so old that deletions may be forgotten: everything was read.');
  const gone = result.mode === 'delta' ? 0 : await markUnseen(store, forest.id, readId);
  await saveDirectoryState(store, forest.id, await finished(store, before, result, readId, counts.problems));
  await counts.end(result, gone);
  const recipients = await countRecipients(store, forest.id);
  return {
    forest: forest.name,
    mode: result.mode,
    read: counts.read,
    gone: counts.gone + gone,
    recipients,
    total: Object.values(recipients).reduce((a, b) => a + b, 0),
    problems: counts.problems,
    notes: result.notes,
    queries: result.queries,
    tookMs: Math.round(performance.now() - started),
  };
}

async function storeBatch(store: Store, forestId: number, readId: number, batch: ReadBatch): Promise<number> {
  const { gone } = await storeRecipients(store, forestId, readId, batch, (trx, ids) =>
    storeDirectoryAccess(store, trx, ids, batch.recipients),
  );
  if (batch.unchanged?.length) await touchRecipients(store, forestId, readId, batch.unchanged);
  return gone;
}

function deltaStart(state: DirectoryState): DeltaState | undefined {
  if (state.invocationId === '') return undefined;
  const { server, invocationId, usn, cookie, seesDeleted } = state;
  return { server, invocationId, usn, cookie, seesDeleted };
}

/** From the first page on: if the read breaks off, the next one goes on from here. */
function unfinished(before: DirectoryState | undefined, start: DeltaState | undefined, readId: number): DirectoryState {
  return {
    server: start?.server ?? '',
    invocationId: start?.invocationId ?? '',
    usn: start?.usn ?? 0,
    cookie: start?.cookie ?? null,
    seesDeleted: start?.seesDeleted ?? false,
    readId,
    unfinished: true,
    fullAt: before?.fullAt ?? null,
    deltaAt: before?.deltaAt ?? null,
    problems: before?.problems ?? [],
  };
}

async function finished(
  store: Store,
  before: DirectoryState | undefined,
  result: ReadResult,
  readId: number,
  problems: DirectoryProblem[],
): Promise<DirectoryState> {
  const now = await store.now();
  const delta = result.mode === 'delta';
  return {
    server: result.state?.server ?? '',
    invocationId: result.state?.invocationId ?? '',
    usn: result.state?.usn ?? 0,
    cookie: result.state?.cookie ?? null,
    seesDeleted: result.state?.seesDeleted ?? false,
    readId,
    unfinished: false,
    fullAt: delta ? (before?.fullAt ?? null) : now,
    deltaAt: delta ? now : null,
    problems: (delta ? [...(before?.problems ?? []), ...problems] : problems).slice(-PROBLEMS_KEPT),
  };
}

async function expectedTotal(
  store: Store,
  forestId: number,
  before: DirectoryState | undefined,
): Promise<number | undefined> {
  if (!before || before.fullAt === null) return undefined;
  return Object.values(await countRecipients(store, forestId)).reduce((a, b) => a + b, 0);
}

/** Counts what was read, and tells the console and the caller once a second. */
class Progress {
  read = 0;
  gone = 0;
  readonly problems: DirectoryProblem[] = [];
  readonly #store: Store;
  readonly #forest: { id: number; name: string };
  readonly #options: DiscoverOptions;
  readonly #started = performance.now();
  #total: number | undefined;
  #told = 0;

  constructor(store: Store, forest: { id: number; name: string }, options: DiscoverOptions, total: number | undefined) {
    this.#store = store;
    this.#forest = forest;
    this.#options = options;
    this.#total = total;
  }

  async add(batch: ReadBatch, gone: number): Promise<void> {
    this.read += batch.recipients.length + (batch.unchanged?.length ?? 0);
    this.gone += gone;
    this.problems.push(...batch.problems.slice(0, PROBLEMS_KEPT - this.problems.length));
    if (batch.total !== undefined) this.#total = batch.total;
    const progress = this.#now();
    this.#options.onProgress?.(progress);
    if (performance.now() - this.#told < EVENT_EVERY_MS) return;
    this.#told = performance.now();
    await this.#tell('discover.progress', progress);
  }

  async end(result: ReadResult, unseen: number): Promise<void> {
    const { read, gone } = this;
    await this.#tell('discover.done', { ...this.#now(), mode: result.mode, read, gone: gone + unseen });
  }

  #now(): DiscoverProgress {
    const spent = performance.now() - this.#started;
    const total = this.#total === undefined ? undefined : Math.max(this.#total, this.read);
    const leftMs =
      total === undefined || this.read === 0 ? undefined : Math.round((spent / this.read) * (total - this.read));
    return {
      forest: this.#forest.name,
      read: this.read,
      gone: this.gone,
      problems: this.problems.length,
      total,
      leftMs,
    };
  }

  async #tell(kind: string, data: unknown): Promise<void> {
    const correlation = this.#options.correlation;
    await appendEvents(this.#store, [{ kind, data, ...(correlation === undefined ? {} : { correlation }) }]);
  }
}

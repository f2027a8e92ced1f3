import { badItemsBySource, hasBadItems } from '../../store/bad-items.ts';
import { eachFolder, type FolderRow, recount, someFolders, updateFolderRow } from '../../store/folders.ts';
import { foldersWith, keyText, type LedgerRow, ledgerOfFolder } from '../../store/ledger.ts';
import { fenced } from '../../store/queue.ts';
import { setWorkloadPace } from '../../store/workloads.ts';
import type { SyncResult } from '../context.ts';
import type { Job } from '../job.ts';
import { Copier } from './copier.ts';
import { removeDoubles } from './doubles.ts';
import { findRemoved } from './emptied.ts';
import { Lister } from './lister.ts';
import { followMoves } from './moves.ts';
import { verdictOf } from './outcome.ts';
import { placesOf } from './place.ts';
import { Recorder } from './recorder.ts';
import { followDeletions, followReadStates } from './small-changes.ts';
import { respectTarget } from './target-changes.ts';
import type { Transfer } from './transfer.ts';

/** Folders that are listed side by side; each is one call at a time, within the pace. */
const LISTINGS_AT_ONCE = 16;

export interface SyncOptions {
  /** Folder rows that are this task's share; all, where not given. */
  folders?: number[] | undefined;
  /** The last sync before or in a cutover: nothing is passed over for looking unchanged. */
  final: boolean;
  /** More of the workload is to come: whoever syncs the rest takes the counts, and says that it is synced. */
  part?: boolean | undefined;
}

/**
 * One sync of a workload's folders: lists what changed into the ledger, then brings the target up to it. The first sync
 * copies while it lists; later ones list everything first, so that moves are told from deletions. May be stopped at any
 * point and started again.
 */
export async function runSync(job: Job, options: SyncOptions): Promise<SyncResult> {
  const run = new SyncRun(job, options);
  return run.run();
}

class SyncRun {
  readonly #job: Job;
  readonly #options: SyncOptions;
  readonly #folders = new Map<number, FolderRow>();
  readonly #result: SyncResult = {
    kind: 'sync',
    listed: 0,
    copied: 0,
    updated: 0,
    moved: 0,
    deleted: 0,
    readStates: 0,
    adopted: 0,
    bad: 0,
    skipped: 0,
    bytes: 0,
    calls: 0,
    writes: 0,
    notes: [],
  };

  constructor(job: Job, options: SyncOptions) {
    this.#job = job;
    this.#options = options;
  }

  async run(): Promise<SyncResult> {
    const { store } = this.#job.context;
    const { workload } = this.#job;
    await this.#loadFolders();
    const recorder = new Recorder(this.#job, this.#result, this.#folders, await hasBadItems(store, workload.id));
    const copier = new Copier(this.#job, recorder, this.#result, this.#folders);
    const first = workload.syncedAt === null;
    // A first run copies while it lists; what an interrupted one left open comes before that.
    if (first) await this.#feed(copier, ['pending', 'sending']);
    // Where both sides are synced, what people removed in the target was removed in the source, too.
    if (!first && !this.#job.twoWay) await findRemoved(this.#job, this.#folders, recorder, this.#result);
    await this.#list(first ? copier : undefined);
    await copier.drain();
    if (!first) await followMoves(this.#job, this.#folders, recorder, this.#result);
    await followDeletions(this.#job, this.#folders, recorder, this.#result);
    await followReadStates(this.#job, this.#folders, recorder, this.#result);
    await this.#feed(copier, ['pending', 'sending']);
    await copier.drain();
    await this.#feedBad(copier);
    await copier.drain();
    await this.#removeGone();
    await removeDoubles(this.#job, this.#folders, this.#result);
    this.#result.notes.push(...waysTaken(copier.transfer.otherwise));
    this.#result.notes.push(...lacking(this.#job));
    const { archived } = copier.transfer;
    if (archived > 0)
      this.#result.notes.push(
        `${archived} ${archived === 1 ? 'item' : 'items'} older than ${this.#job.options.archiveOlderThanDays} days went into the archive.`,
      );
    if (!this.#options.part) await closeSync(this.#job);
    this.#result.calls = recorder.calls;
    return this.#result;
  }

  async #loadFolders(): Promise<void> {
    const { store } = this.#job.context;
    const { folders } = this.#options;
    const { id } = this.#job.workload;
    for await (const folder of folders ? someFolders(store, id, folders) : eachFolder(store, id))
      this.#folders.set(folder.id, folder);
  }

  /** Lists all folders, several at once; with a copier, what is found goes to it straight away. */
  async #list(copier: Copier | undefined): Promise<void> {
    const lister = new Lister(this.#job, copier && ((keys) => copier.settle(keys)));
    const waiting = [...this.#folders.values()].filter(
      (f) => f.targetId !== null && f.state !== 'gone' && f.state !== 'skipped',
    );
    // Fingerprints tell whole seconds; what looks unchanged might lose against a change of the other side.
    const due =
      this.#options.final || this.#job.twoWay ? waiting : waiting.filter((folder) => !lister.isUnchanged(folder));
    const one = async (): Promise<void> => {
      for (let folder = due.shift(); folder; folder = due.shift()) {
        await lister.list(folder, async ({ changes, open }) => {
          this.#result.listed += changes;
          await copier?.add(open.filter((row) => row.state === 'pending' || row.state === 'sending'));
        });
      }
    };
    await Promise.all(Array.from({ length: LISTINGS_AT_ONCE }, one));
    if (lister.relisted > 0 && this.#job.source.capabilities.changes !== false)
      this.#result.notes.push(`${lister.relisted} folders were listed anew: the server had lost their sync state.`);
    if (lister.vanished.length > 0)
      this.#result.notes.push(`${lister.vanished.length} folders went away while the sync ran; the next one follows.`);
  }

  /** Rows that wait in the ledger, folder by folder. */
  async #feed(copier: Copier, states: ('pending' | 'sending')[]): Promise<void> {
    const { store } = this.#job.context;
    const waiting = await foldersWith(store, this.#job.workload.id, states);
    for (const folderId of waiting.keys()) {
      const folder = this.#folders.get(folderId);
      if (!folder?.targetId || folder.state === 'gone') continue;
      for await (const rows of ledgerOfFolder(store, this.#job.workload.id, folderId, states))
        await copier.add(await this.#respected(rows));
    }
  }

  async #respected(rows: LedgerRow[]): Promise<LedgerRow[]> {
    const updates = rows.filter((row) => row.targetId !== null);
    if (updates.length === 0 || this.#job.options.targetChanges === 'source') return rows;
    const { go, outcome } = await respectTarget(this.#job, updates);
    const recorder = new Recorder(this.#job, this.#result, this.#folders, false);
    if (outcome.other.length + outcome.bad.length > 0) await recorder.record(outcome);
    return [...rows.filter((row) => row.targetId === null), ...go];
  }

  /**
   * Bad items of earlier runs get another try, unless a person accepted them, the batch's limit keeps them back, or they
   * are conflicts, which only a person can send on.
   */
  async #feedBad(copier: Copier): Promise<void> {
    const { store } = this.#job.context;
    const { workload, options } = this.#job;
    const limit = options.filter.maxItemBytes;
    const bad = await foldersWith(store, workload.id, ['bad']);
    for (const folderId of bad.keys()) {
      if (!this.#folders.get(folderId)?.targetId) continue;
      for await (const rows of ledgerOfFolder(store, workload.id, folderId, ['bad'])) {
        const known = await badItemsBySource(
          store,
          workload.id,
          rows.map((row) => row.sourceId),
        );
        await copier.add(
          rows.filter((row) => {
            const decided = known.get(keyText(row.sourceKey));
            if (copier.transfer.hasTried(row) || decided?.state === 'accepted') return false;
            if (decided?.reason === 'conflict' && decided.state !== 'retry') return false;
            return limit === null || row.size <= limit;
          }),
        );
      }
    }
  }

  /** Folders that are gone in the source go in the target once nothing of them is left on record. */
  async #removeGone(): Promise<void> {
    const { store, claim } = this.#job.context;
    const gone = [...this.#folders.values()].filter((f) => f.state === 'gone' && f.targetId !== null);
    // Children first: their paths are longer.
    gone.sort((a, b) => b.path.length - a.path.length);
    for (const folder of gone) {
      for (const place of placesOf(folder)) {
        const others = [...this.#folders.values()].some(
          (f) => f.id !== folder.id && placesOf(f).includes(place) && f.state !== 'gone',
        );
        if (!others && folder.facts.distinguished === null) await this.#deleteIfEmpty(folder, place);
      }
      const now = await store.now();
      await fenced(store, claim, (trx) => updateFolderRow(trx, folder.id, { targetId: null }, now));
      folder.targetId = null;
    }
  }

  /** A folder in which people of the target have put something stays. */
  async #deleteIfEmpty(folder: FolderRow, id: string): Promise<void> {
    const [now] = await this.#job.target.getFolders([id], { signal: this.#job.context.signal });
    if (!now?.ok) {
      // Forgotten for a trouble that passes it would stay for ever.
      if (now && verdictOf(now.error).kind === 'passing') throw now.error;
      return;
    }
    if (now.value.itemCount > 0 || now.value.childCount > 0) {
      this.#result.notes.push(`${folder.path} is gone in the source; its copy holds other things and stays.`);
      return;
    }
    await this.#job.target.deleteFolder(id, this.#job.writing);
    this.#result.writes++;
  }
}

/** Takes a workload's counts from its ledger; unless other tasks sync the rest of it, it is synced from now on. */
export async function closeSync({ context, workload }: Job, { synced = true } = {}): Promise<void> {
  const { store, claim } = context;
  await fenced(store, claim, async (trx) => {
    await recount(store, trx, workload.id);
    if (!synced) return;
    const now = await store.now(trx);
    await trx.updateTable('workload').set({ synced_at: now, updated_at: now }).where('id', '=', workload.id).execute();
  });
  await setWorkloadPace(store, workload.id, null);
}

const WAYS = { mime: 'as MIME', typed: 'by typed properties' } as const;

/** Says what the servers lack and how that was made up for; how items travelled is said by itself. */
function lacking({ source, target }: Job): string[] {
  const of = (side: string, reasons: readonly string[]): string[] =>
    reasons
      .filter((r) => !/^(?:ExportItems|UploadItems) /u.test(r))
      .map((reason) => `The ${side}'s server: ${reason}.`);
  return [...of('source', source.capabilities.reasons), ...of('target', target.capabilities.reasons)];
}

/** Says which items did not travel whole, and why. */
function waysTaken(otherwise: Transfer['otherwise']): string[] {
  return [...otherwise].map(
    ([form, { items, why }]) => `${items} ${items === 1 ? 'item' : 'items'} travelled ${WAYS[form]}: ${why}.`,
  );
}

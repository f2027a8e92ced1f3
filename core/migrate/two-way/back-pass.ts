import { EwsError } from '../../exchange/ews/codes.ts';
import { type ChangePage, changedId } from '../../exchange/mail-store.ts';
import { SyncStateLost } from '../../exchange/sync-state-lost.ts';
import { eachFolder, type FolderFacts, type FolderRow, updateFolderRow } from '../../store/folders.ts';
import { ledgerOfFolder } from '../../store/ledger.ts';
import { fenced } from '../../store/queue.ts';
import type { SyncResult } from '../context.ts';
import type { Job } from '../job.ts';
import { Copier } from '../sync/copier.ts';
import { verdictOf } from '../sync/outcome.ts';
import { emptyEntry, MirrorRecorder, mirrored, mirroredFolder } from './mirror.ts';
import { TargetPage } from './target-page.ts';

/** Folders that are listed side by side. */
const LISTINGS_AT_ONCE = 8;
const NOT_THERE = new Set(['ErrorFolderNotFound', 'ErrorItemNotFound', 'ErrorSyncFolderNotFound']);

/** Brings what people changed in the target's folders to the source, each folder once. */
export class BackPass {
  readonly #job: Job;
  readonly #done = new Set<string>();
  readonly notes: string[] = [];
  readonly result = { copied: 0, updated: 0, deleted: 0, readStates: 0, bad: 0, writes: 0 };

  constructor(job: Job) {
    this.#job = job;
  }

  /** Those folders that were not looked at yet and for which `when` holds. */
  async run(when: (folder: FolderRow) => boolean): Promise<void> {
    const folders = new Map<number, FolderRow>();
    for await (const folder of eachFolder(this.#job.context.store, this.#job.workload.id))
      folders.set(folder.id, folder);
    const due: FolderRow[] = [];
    for (const folder of folders.values()) {
      // Two folders of the source may share one of the target: what is new there goes to the first.
      if (folder.targetId === null || folder.state === 'gone' || this.#done.has(folder.targetId) || !when(folder))
        continue;
      this.#done.add(folder.targetId);
      due.push(folder);
    }
    if (due.length === 0) return;
    const recorder = new MirrorRecorder(this.#job, folders);
    const reversed = new Map([...folders].map(([id, folder]) => [id, mirroredFolder(folder)]));
    const counts = emptyResult();
    const copier = new Copier(mirrored(this.#job), recorder, counts, reversed);
    const page = new TargetPage({ job: this.#job, folders, recorder, copier, result: this.result });
    const one = async (): Promise<void> => {
      for (let folder = due.shift(); folder; folder = due.shift()) await this.#folder(folder, page, recorder);
    };
    await Promise.all(Array.from({ length: LISTINGS_AT_ONCE }, one));
    this.result.copied += recorder.copied;
    this.result.updated += recorder.updated;
    this.result.bad += recorder.bad;
    this.result.writes += counts.writes;
  }

  async #folder(folder: FolderRow, page: TargetPage, recorder: MirrorRecorder): Promise<void> {
    const { back } = folder.facts;
    const from = back !== null && back.targetId === folder.targetId ? back.state : '';
    try {
      await this.#list(folder, from, page, recorder);
    } catch (error) {
      if (error instanceof SyncStateLost) await this.#list(folder, '', page, recorder);
      // Removed in the target while the sync ran; the next hierarchy deals with it.
      else if (!(error instanceof EwsError && NOT_THERE.has(error.code))) throw error;
    }
  }

  async #list(folder: FolderRow, from: string, page: TargetPage, recorder: MirrorRecorder): Promise<void> {
    const { target, options, context } = this.#job;
    const seen = from === '' ? new Set<string>() : undefined;
    let held = false;
    for (let state = from; ; ) {
      const changes: ChangePage = await target.changes(folder.targetId ?? '', state, {
        associated: options.associatedItems,
        signal: context.signal,
      });
      for (const change of changes.changes) seen?.add(changedId(change));
      const whole = await page.apply(folder, changes.changes, () => this.#keep(folder, { occupied: true }));
      held ||= !whole || recorder.failed.includes(folder.id);
      if (changes.last && seen) await this.#putBack(folder, seen, recorder);
      if (!held && (!seen || changes.last)) {
        const back = { targetId: folder.targetId ?? '', state: changes.state };
        await this.#keep(folder, { back, ...(changes.last && { occupied: false }) });
      }
      if (changes.last || (changes.state === state && changes.changes.length === 0)) return;
      state = changes.state;
    }
  }

  /** Whoever lists the source after a crash has to know that items of it may be copies of ours that are not on record. */
  async #keep(folder: FolderRow, change: Partial<FolderFacts>): Promise<void> {
    const facts = { ...folder.facts, ...change };
    if (JSON.stringify(facts) === JSON.stringify(folder.facts)) return;
    const { store, claim } = this.#job.context;
    await fenced(store, claim, async (trx) => updateFolderRow(trx, folder.id, { facts }, await store.now(trx)));
    folder.facts = facts;
  }

  /**
   * A listing from the beginning tells of no deletions. What it does not show may be lost by an accident of the server
   * as well as removed by a person: it is copied again, never removed in the source.
   */
  async #putBack(folder: FolderRow, seen: ReadonlySet<string>, recorder: MirrorRecorder): Promise<void> {
    const { context, workload, target } = this.#job;
    let lost = 0;
    for await (const rows of ledgerOfFolder(context.store, workload.id, folder.id, ['done'])) {
      const missing = rows.filter((row) => row.targetId !== null && !seen.has(row.targetId));
      if (missing.length === 0) continue;
      const answers = await target.describe(
        missing.map((row) => row.targetId ?? ''),
        { signal: context.signal, brief: true },
      );
      const gone = missing.filter((_, index) => {
        const answer = answers[index];
        return answer && !answer.ok && verdictOf(answer.error).kind === 'gone';
      });
      lost += gone.length;
      await recorder.commit({
        ...emptyEntry(),
        put: gone.map((row) => ({ ...row, state: 'pending', targetId: null, targetChangeKey: null, digest: null })),
      });
    }
    if (lost > 0)
      this.notes.push(`${lost} items of ${folder.path} are not in the target any more; they are copied again.`);
  }
}

function emptyResult(): SyncResult {
  const counts = { listed: 0, copied: 0, updated: 0, moved: 0, deleted: 0, readStates: 0, adopted: 0 };
  return { kind: 'sync', ...counts, bad: 0, skipped: 0, bytes: 0, calls: 0, writes: 0, notes: [] };
}

import { EwsError } from '../../exchange/ews/codes.ts';
import { type ChangePage, changedId, type ItemChange, type ItemInfo } from '../../exchange/mail-store.ts';
import { SyncStateLost } from '../../exchange/sync-state-lost.ts';
import { clearBadItems, recordBadItems } from '../../store/bad-items.ts';
import { type FolderRow, updateFolderRow } from '../../store/folders.ts';
import {
  itemKey,
  keyText,
  type LedgerRow,
  ledgerBySource,
  ledgerOfFolder,
  putLedger,
  removeLedger,
  reopenFolder,
} from '../../store/ledger.ts';
import { fenced } from '../../store/queue.ts';
import type { Job } from '../job.ts';
import { takesSettings } from '../settings/run-settings.ts';
import { OUTDATED } from './doubt.ts';
import { itemDate, itemFilter, type Passage } from './filter.ts';
import { isForArchive } from './place.ts';

export interface Listed {
  /** Changes that the server told. */
  changes: number;
  /** Rows that are to be worked on, in the order in which they came. */
  open: LedgerRow[];
}

/** A page of changes as ledger rows: what to write, what to forget. */
interface Page {
  put: Map<string, LedgerRow>;
  remove: Uint8Array[];
  tooLarge: LedgerRow[];
  cleared: Uint8Array[];
}

/**
 * Brings the changes of folders into the ledger. A sync state is kept in the same transaction as the rows of its page,
 * so that nothing is lost between the two and nothing is asked twice.
 */
export class Lister {
  readonly #job: Job;
  readonly #passage: (item: ItemInfo) => Passage;
  /** Folders that were not there any more when they were listed; the next run of the hierarchy deals with them. */
  readonly vanished: FolderRow[] = [];
  relisted = 0;
  #isForArchive: ((item: ItemInfo) => boolean) | undefined;
  readonly #settle: (keys: string[]) => Promise<void>;

  /** @param settle waits until none of these rows (hex keys) is under way: a change must find them on record */
  constructor(job: Job, settle: (keys: string[]) => Promise<void> = async () => undefined) {
    this.#job = job;
    this.#settle = settle;
    this.#passage = itemFilter(job.options, takesSettings(job));
  }

  /** True when nothing in the folder can have changed since its last listing. */
  isUnchanged(folder: FolderRow): boolean {
    const { fingerprint, nextFingerprint, relist, lostTarget } = folder.facts;
    return (
      folder.state === 'inSync' &&
      folder.syncState !== null &&
      fingerprint !== null &&
      fingerprint === nextFingerprint &&
      !relist &&
      !lostTarget
    );
  }

  /** Lists a folder to its end; calls back with each page's open rows once they are safe in the ledger. */
  async list(folder: FolderRow, onPage: (listed: Listed) => Promise<void>): Promise<void> {
    if (folder.facts.lostTarget) await this.#reopen(folder);
    try {
      await this.#listFrom(folder, folder.facts.relist ? null : folder.syncState, onPage);
    } catch (error) {
      if (error instanceof SyncStateLost) await this.#relist(folder, onPage);
      else if (error instanceof EwsError && NOT_THERE.has(error.code)) this.vanished.push(folder);
      else throw error;
    }
  }

  /** The counterpart of the folder is gone: everything in it is to be copied again. */
  async #reopen(folder: FolderRow): Promise<void> {
    const { context, workload } = this.#job;
    const now = await context.store.now();
    folder.facts = { ...folder.facts, lostTarget: false, relist: true };
    await fenced(context.store, context.claim, async (trx) => {
      await reopenFolder(trx, workload.id, folder.id, now);
      await updateFolderRow(trx, folder.id, { facts: folder.facts }, now);
    });
  }

  /** From the beginning: what is on record and is not listed again is gone. */
  async #relist(folder: FolderRow, onPage: (listed: Listed) => Promise<void>): Promise<void> {
    this.relisted++;
    folder.facts = { ...folder.facts, relist: true };
    await this.#listFrom(folder, null, onPage);
  }

  async #listFrom(folder: FolderRow, from: string | null, onPage: (listed: Listed) => Promise<void>): Promise<void> {
    const { source, context, options } = this.#job;
    const whole = from === null && (folder.facts.relist || folder.syncState !== null || folder.itemsDone > 0);
    const seen = whole ? new Set<string>() : undefined;
    for (let state = from ?? '', empty = 0; ; ) {
      const page = await source.changes(folder.sourceId, state, {
        associated: options.associatedItems,
        signal: context.signal,
      });
      // Some pages are empty where nothing of them passes the server's own filter; a row of them is the end.
      empty = page.changes.length === 0 ? empty + 1 : 0;
      if (empty >= MOST_EMPTY_PAGES) page.last = true;
      for (const change of page.changes) seen?.add(keyText(itemKey(changedId(change))));
      const listed = await this.#keep(folder, page, seen);
      await onPage(listed);
      if (page.last) return;
      // A server that does not move on would be asked for ever.
      if (page.state === state && page.changes.length === 0) return;
      state = page.state;
    }
  }

  /** Writes one page and, with it, the state after it. While a folder is listed anew the old state stays until the end. */
  async #keep(folder: FolderRow, page: ChangePage, seen: Set<string> | undefined): Promise<Listed> {
    const { context, workload } = this.#job;
    const { store, claim } = context;
    const rows = await this.#rows(folder, page);
    const lost = seen && page.last ? await this.#unseen(folder, seen, rows.put) : [];
    const facts = { ...folder.facts };
    if (page.last) {
      facts.relist = false;
      facts.occupied = false;
      facts.fingerprint = facts.nextFingerprint;
    }
    const syncState = seen && !page.last ? folder.syncState : page.state;
    const put = [...rows.put.values(), ...lost.filter((row) => row.state === 'deleting')];
    const remove = [...rows.remove, ...lost.filter((row) => row.state !== 'deleting').map((row) => row.sourceKey)];
    const nothing = put.length === 0 && remove.length === 0 && syncState === folder.syncState;
    if (!nothing || JSON.stringify(facts) !== JSON.stringify(folder.facts)) {
      const now = await store.now();
      await fenced(store, claim, async (trx) => {
        await putLedger(store, trx, put, now);
        await removeLedger(trx, workload.id, remove);
        await clearBadItems(trx, workload.id, rows.cleared);
        await recordBadItems(
          store,
          trx,
          rows.tooLarge.map((row) => ({
            row,
            folderPath: folder.path,
            reason: 'tooLarge' as const,
            message: 'larger than the limit of the batch',
          })),
          now,
        );
        await updateFolderRow(trx, folder.id, { syncState, facts, state: page.last ? 'inSync' : 'syncing' }, now);
      });
      folder.syncState = syncState;
      folder.facts = facts;
    }
    return { changes: page.changes.length, open: put.filter((row) => OPEN.has(row.state)) };
  }

  /** The page's changes, joined with what is on record. */
  async #rows(folder: FolderRow, page: ChangePage): Promise<Page> {
    const { context, workload } = this.#job;
    const ids = page.changes.map(changedId);
    await this.#settle(ids.map((id) => keyText(itemKey(id))));
    this.#isForArchive ??= isForArchive(this.#job.options, await context.store.now());
    const known = await ledgerBySource(context.store.db, workload.id, ids);
    const out: Page = { put: new Map(), remove: [], tooLarge: [], cleared: [] };
    for (const change of page.changes) {
      const key = keyText(itemKey(changedId(change)));
      const row = out.put.get(key) ?? known.get(key);
      if ('item' in change) this.#changed(folder, change, key, row, out);
      else if (row && change.kind === 'read') this.#readState(change, key, row, out);
      else if (row && change.kind === 'delete' && row.folderId === folder.id) this.#deleted(row, key, out);
    }
    return out;
  }

  #readState(change: ItemChange & { kind: 'read' }, key: string, row: LedgerRow, out: Page): void {
    // A read state that came from the target is listed too.
    if (this.#job.twoWay && row.sourceChangeKey === change.changeKey) return;
    const sourceChangeKey = change.changeKey;
    if (row.state === 'done' || row.state === 'read' || row.state === 'unread')
      out.put.set(key, { ...row, state: change.read ? 'read' : 'unread', sourceChangeKey });
    // What was handed over had the state of before; what is still to be read will have this one.
    else if (row.state === 'sending') out.put.set(key, { ...row, sourceChangeKey, reason: OUTDATED });
  }

  #changed(
    folder: FolderRow,
    change: ItemChange & { item: ItemInfo },
    key: string,
    row: LedgerRow | undefined,
    out: Page,
  ): void {
    const { item } = change;
    const changeKey = item.changeKey || madeKey(item);
    // Without a change key of its own the server's word for a change is all there is.
    const told = change.kind === 'update' && item.changeKey === '';
    const same = row && row.folderId === folder.id && row.sourceChangeKey === changeKey && !told;
    // A conflict of both sides waits for a person, also where its item is listed as new: moved on both sides, for example.
    if (same && (row.state !== 'bad' || this.#job.twoWay)) return;
    const passage = this.#passage(item);
    const doubt = this.#doubt(folder, row);
    const next: LedgerRow = {
      workloadId: this.#job.workload.id,
      sourceKey: itemKey(item.id),
      folderId: folder.id,
      state: passage.kind === 'take' ? (doubt.open ? 'sending' : 'pending') : 'skipped',
      sourceId: item.id,
      sourceChangeKey: changeKey,
      targetId: row?.targetId ?? null,
      targetChangeKey: row?.targetChangeKey ?? null,
      searchKey: item.searchKey,
      itemClass: item.itemClass,
      associated: item.associated,
      // Once placed it stays there: an item that comes of age between two syncs is not copied a second time.
      inArchive: row?.inArchive ?? (folder.facts.archiveId !== null && this.#isForArchive?.(item) === true),
      size: item.size,
      itemDate: itemDate(item),
      digest: row?.digest ?? null,
      transport: row?.transport ?? null,
      reason: passage.kind === 'skip' ? passage.reason : doubt.reason,
      fence: this.#job.context.claim.fence,
    };
    if (passage.kind === 'tooLarge') {
      next.state = 'bad';
      out.tooLarge.push(next);
    }
    out.put.set(key, next);
  }

  /**
   * Whether a copy may be in the target already: the item was handed over, or it is new to us and the folder was not
   * empty. Where the source wins, what is found is written again in its place, as nobody knows how old it is.
   */
  #doubt(folder: FolderRow, row: LedgerRow | undefined): { open: boolean; reason: string | null } {
    if (row?.state === 'sending') return { open: true, reason: OUTDATED };
    if (row !== undefined || !folder.facts.occupied) return { open: false, reason: null };
    const { targetChanges } = this.#job.options;
    return { open: true, reason: targetChanges === 'source' || targetChanges === 'newest' ? OUTDATED : null };
  }

  #deleted(row: LedgerRow, key: string, out: Page): void {
    if (row.targetId !== null || row.state === 'sending') out.put.set(key, { ...row, state: 'deleting' });
    else {
      out.put.delete(key);
      out.remove.push(row.sourceKey);
    }
    out.cleared.push(row.sourceKey);
  }

  /** Rows of the folder that a listing from the beginning did not show. */
  async #unseen(folder: FolderRow, seen: Set<string>, put: Map<string, LedgerRow>): Promise<LedgerRow[]> {
    const { context, workload } = this.#job;
    const lost: LedgerRow[] = [];
    const all = ['pending', 'sending', 'read', 'unread', 'done', 'bad', 'skipped', 'kept'] as const;
    for await (const rows of ledgerOfFolder(context.store, workload.id, folder.id, [...all]))
      for (const row of rows) {
        const key = keyText(row.sourceKey);
        if (seen.has(key) || put.has(key)) continue;
        lost.push(row.targetId !== null || row.state === 'sending' ? { ...row, state: 'deleting' } : row);
      }
    return lost;
  }
}

/** Empty pages of changes, one after the other, after which a folder is through. */
const MOST_EMPTY_PAGES = 20;

/** What lists tell of an item, where the server has no change keys. */
function madeKey(item: ItemInfo): string {
  return `~${item.size}|${item.modified ?? item.created ?? ''}|${item.read ?? ''}`;
}

const NOT_THERE = new Set(['ErrorFolderNotFound', 'ErrorItemNotFound', 'ErrorSyncFolderNotFound']);
const OPEN = new Set(['pending', 'sending', 'read', 'unread', 'deleting']);

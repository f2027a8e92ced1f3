import { changedId, type ItemChange, type ItemInfo } from '../../exchange/mail-store.ts';
import type { FolderRow } from '../../store/folders.ts';
import { itemKey, keyText, type LedgerRow, ledgerByTarget, ledgerOfFolder } from '../../store/ledger.ts';
import type { Job } from '../job.ts';
import type { Copier } from '../sync/copier.ts';
import { findArrived } from '../sync/doubt.ts';
import { itemDate, itemFilter } from '../sync/filter.ts';
import { verdictOf } from '../sync/outcome.ts';
import { BothSides, type Touched } from './both-sides.ts';
import { type Action, onChanged, onRemoved } from './decide.ts';
import { type Entry, emptyEntry, type MirrorRecorder, mirrored } from './mirror.ts';

const AT_ONCE = 100;

export interface PageParts {
  job: Job;
  folders: ReadonlyMap<number, FolderRow>;
  recorder: MirrorRecorder;
  copier: Copier;
  result: { deleted: number; readStates: number; writes: number };
}

/** Takes changes that the target lists to the source. */
export class TargetPage {
  readonly #p: PageParts;
  readonly #sides: BothSides;

  constructor(parts: PageParts) {
    this.#p = parts;
    this.#sides = new BothSides(parts.job);
  }

  /**
   * @param beforeCreating called before items are made in the source
   * @returns false where something could not be settled: the changes have to be listed again by the next run
   */
  async apply(folder: FolderRow, changes: ItemChange[], beforeCreating: () => Promise<void>): Promise<boolean> {
    const latest = [...new Map(changes.map((change) => [changedId(change), change])).values()];
    const { job, folders } = this.#p;
    const sharing = [...folders.values()].filter(({ targetId }) => targetId === folder.targetId).map(({ id }) => id);
    const known = await ledgerByTarget(job.context.store.db, sharing, latest.map(changedId));
    const others = latest.filter((change) => {
      const row = known.get(changedId(change));
      return row === undefined ? 'item' in change : !isOurs(row, change);
    });
    if (others.length === 0) return true;
    const underWay = await this.#underWay(sharing);
    const waits = (change: ItemChange) =>
      'item' in change && !known.has(change.item.id) && underWay.has(change.item.searchKey);
    const due = others.filter((change) => !waits(change));
    let whole = due.length === others.length;
    for (let at = 0; at < due.length; at += AT_ONCE)
      whole = (await this.#some(folder, due.slice(at, at + AT_ONCE), known, beforeCreating)) && whole;
    return whole;
  }

  /**
   * Search keys of items that were handed to the target without an answer on record: what has one of them there may be
   * that copy. The other direction finds out.
   */
  async #underWay(folderIds: number[]): Promise<Set<string | null>> {
    const { context, workload } = this.#p.job;
    const keys = new Set<string | null>();
    for (const id of folderIds)
      for await (const rows of ledgerOfFolder(context.store, workload.id, id, ['sending']))
        for (const row of rows) keys.add(row.searchKey);
    return keys;
  }

  async #some(
    folder: FolderRow,
    changes: ItemChange[],
    known: ReadonlyMap<string, LedgerRow>,
    beforeCreating: () => Promise<void>,
  ): Promise<boolean> {
    const { recorder, copier } = this.#p;
    const fresh: ItemInfo[] = [];
    const touched: Touched[] = [];
    for (const change of changes) {
      const row = known.get(changedId(change));
      if (row) touched.push({ row, change });
      else if ('item' in change) fresh.push(change.item);
    }
    const entry = emptyEntry();
    const writes: LedgerRow[] = [];
    const creates: LedgerRow[] = [];
    const settled = await this.#pairs(touched, entry, writes, creates);
    creates.push(...this.#passed(folder, fresh, entry));
    await recorder.commit(entry);
    if (creates.length > 0) {
      await beforeCreating();
      writes.push(...(await this.#notThereYet(folder, creates)));
    }
    await copier.add(writes);
    await copier.drain();
    return settled;
  }

  /** New items that the batch's filter lets through, as rows of the mirrored engine. */
  #passed(folder: FolderRow, items: ItemInfo[], entry: Entry): LedgerRow[] {
    const filter = itemFilter(this.#p.job.options);
    const rows: LedgerRow[] = [];
    for (const item of items) {
      const passage = filter(item);
      const row = this.#mirroredRow(item, folder.id, null);
      if (passage.kind === 'take') rows.push(row);
      else if (passage.kind === 'tooLarge')
        entry.bad.push({ row, reason: 'tooLarge', message: 'new in the target; larger than the limit of the batch' });
    }
    return rows;
  }

  /** Pairs on record: what the rule says of each. @returns false where some have to wait */
  async #pairs(touched: Touched[], entry: Entry, writes: LedgerRow[], creates: LedgerRow[]): Promise<boolean> {
    const { job } = this.#p;
    // What is on its way to the target is settled by the other direction first.
    const open = touched.filter(({ row }) => row.state !== 'sending');
    let whole = open.length === touched.length;
    const sides = await this.#sides.sourceSides(open.map(({ row }) => row));
    const really = await this.#sides.reallyRemoved(open);
    const both = await this.#sides.bothChanged(open, sides);
    const equal = await this.#sides.same([...both.values()]);
    const removals: LedgerRow[] = [];
    const reads: { row: LedgerRow; read: boolean; changeKey: string }[] = [];
    for (const { row, change } of open) {
      const key = keyText(row.sourceKey);
      const side = sides.get(key);
      if (!side) {
        whole = false;
        continue;
      }
      if (change.kind === 'read') {
        if (side.state === 'same') reads.push({ row, read: change.read, changeKey: change.changeKey });
        // A read state has no say against a change of the item.
        else entry.put.push({ ...row, targetChangeKey: change.changeKey });
      } else if (change.kind === 'delete') {
        if (really.has(key)) this.#removed(onRemoved(job.options.targetChanges, side.state), row, entry, removals);
      } else if (equal.has(key) && side.info) {
        entry.put.push({
          ...row,
          state: 'done',
          sourceChangeKey: side.info.changeKey,
          targetChangeKey: change.item.changeKey,
        });
        entry.mended.push(row.sourceKey);
      } else {
        const times = { source: side.info?.modified ?? null, target: both.get(key)?.target.modified ?? null };
        this.#changed(
          onChanged(job.options.targetChanges, side.state, times),
          row,
          change.item,
          entry,
          writes,
          creates,
        );
      }
    }
    whole = (await this.#remove(removals, entry)) && whole;
    await this.#read(reads, entry);
    return whole;
  }

  #changed(
    action: Action,
    row: LedgerRow,
    item: ItemInfo,
    entry: Entry,
    writes: LedgerRow[],
    creates: LedgerRow[],
  ): void {
    switch (action) {
      case 'write':
        this.#p.recorder.expect(item.id, row);
        writes.push(this.#mirroredRow(item, row.folderId, row));
        return;
      case 'create':
        this.#p.recorder.expect(item.id, row);
        creates.push(this.#mirroredRow(item, row.folderId, null));
        return;
      case 'conflict':
        entry.bad.push({ row: { ...row, state: 'bad' }, reason: 'conflict', message: 'changed in the target' });
        return;
      default:
        return;
    }
  }

  #removed(action: Action, row: LedgerRow, entry: Entry, removals: LedgerRow[]): void {
    switch (action) {
      case 'remove':
        removals.push(row);
        return;
      case 'forget':
        entry.remove.push(row.sourceKey);
        entry.mended.push(row.sourceKey);
        return;
      case 'restore':
        entry.put.push({ ...row, state: 'pending', targetId: null, targetChangeKey: null, digest: null });
        return;
      case 'conflict':
        entry.bad.push({ row: { ...row, state: 'bad' }, reason: 'conflict', message: 'removed in the target' });
        return;
      default:
        return;
    }
  }

  async #remove(rows: LedgerRow[], entry: Entry): Promise<boolean> {
    if (rows.length === 0) return true;
    const { job, result } = this.#p;
    const answers = await job.source.deleteItems(
      rows.map((row) => row.sourceId),
      job.writing,
    );
    result.writes += rows.length;
    let whole = true;
    for (const [index, row] of rows.entries()) {
      const answer = answers[index];
      if (answer?.ok || (answer && verdictOf(answer.error).kind === 'gone')) {
        entry.remove.push(row.sourceKey);
        entry.mended.push(row.sourceKey);
        result.deleted++;
      } else whole = false;
    }
    return whole;
  }

  async #read(reads: { row: LedgerRow; read: boolean; changeKey: string }[], entry: Entry): Promise<void> {
    if (reads.length === 0) return;
    const { job, result } = this.#p;
    const answers = await job.source.setRead(
      reads.map(({ row, read }) => ({ id: row.sourceId, read })),
      job.writing,
    );
    result.writes += reads.length;
    for (const [index, { row, changeKey }] of reads.entries()) {
      const answer = answers[index];
      if (!answer?.ok) continue;
      result.readStates++;
      const sourceChangeKey = answer.value.changeKey || row.sourceChangeKey;
      entry.put.push({ ...row, state: 'done', sourceChangeKey, targetChangeKey: changeKey, digest: null });
    }
  }

  /**
   * Items that are to be made in the source: it is asked for their search keys first. What is found and belongs to nobody
   * is the other half of the pair, from a run that broke off or by the same hand on both sides; where the two differ, the
   * rule decides.
   * @returns rows to write
   */
  async #notThereYet(folder: FolderRow, rows: LedgerRow[]): Promise<LedgerRow[]> {
    const { job, recorder } = this.#p;
    const found = await findArrived(mirrored(job), rows, folder.sourceId);
    const pairs = rows.flatMap((row) => {
      const item = found.get(keyText(row.sourceKey))?.item;
      return item ? [{ key: keyText(row.sourceKey), source: item, row }] : [];
    });
    if (pairs.length === 0) return rows;
    const infos = await job.target.describe(
      pairs.map(({ row }) => row.sourceId),
      { signal: job.context.signal },
    );
    const both = pairs.flatMap((pair, index) => {
      const info = infos[index];
      return info?.ok ? [{ ...pair, target: info.value }] : [];
    });
    const same = await this.#sides.same(both);
    const entry = emptyEntry();
    const writes = rows.filter((row) => !found.has(keyText(row.sourceKey)));
    for (const { key, source, target, row } of both) {
      const pair = paired(row, source, target);
      if (same.has(key)) entry.put.push(pair);
      else {
        const times = { source: source.modified, target: target.modified };
        const action = onChanged(job.options.targetChanges, 'changed', times);
        if (action === 'leave') entry.put.push({ ...pair, state: 'pending' });
        else this.#changed(action, pair, target, entry, writes, []);
      }
    }
    await recorder.commit(entry);
    return writes;
  }

  /** A row for the engine that copies from target to source. */
  #mirroredRow(item: ItemInfo, folderId: number, pair: LedgerRow | null): LedgerRow {
    return {
      workloadId: this.#p.job.workload.id,
      sourceKey: itemKey(item.id),
      folderId,
      state: 'pending',
      sourceId: item.id,
      sourceChangeKey: item.changeKey,
      targetId: pair?.sourceId ?? null,
      targetChangeKey: pair?.sourceChangeKey ?? null,
      searchKey: item.searchKey,
      itemClass: item.itemClass,
      associated: item.associated,
      inArchive: false,
      size: item.size,
      itemDate: itemDate(item),
      digest: null,
      transport: null,
      reason: null,
      fence: this.#p.job.context.claim.fence,
    };
  }
}

/** Loop protection: the item is as we wrote it, or found it when the pair was made. */
function isOurs(row: LedgerRow, change: ItemChange): boolean {
  if (change.kind === 'delete') return false;
  const changeKey = 'item' in change ? change.item.changeKey : change.changeKey;
  return row.targetChangeKey === changeKey;
}

/** The row of the record for two items that belong together. */
function paired(row: LedgerRow, source: ItemInfo, target: ItemInfo): LedgerRow {
  return {
    ...row,
    state: 'done',
    sourceKey: itemKey(source.id),
    sourceId: source.id,
    sourceChangeKey: source.changeKey,
    targetId: target.id,
    targetChangeKey: target.changeKey,
  };
}

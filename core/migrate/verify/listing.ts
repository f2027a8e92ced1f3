import type { FolderInfo, ItemInfo, MailStore } from '../../exchange/mail-store.ts';
import type { Job } from '../job.ts';
import type { FolderPair } from './pair-folders.ts';

/** Items that one call lists at most, by what the folders say of themselves, and folders. */
const ITEMS_A_CALL = 400;
const FOLDERS_A_CALL = 20;

type Side = 'source' | 'target';

/** Lists the items of folders on both sides: those of small folders many folders a call. */
export class Listing {
  readonly #job: Job;
  /** What was listed ahead and nobody has taken yet. */
  readonly #ahead: Record<Side, Map<string, ItemInfo[]>> = { source: new Map(), target: new Map() };

  constructor(job: Job) {
    this.#job = job;
  }

  /** Groups of folders in bundles that are listed together. */
  bundles(groups: readonly FolderPair[][]): FolderPair[][][] {
    const bundles: FolderPair[][][] = [];
    let items = 0;
    let folders = 0;
    for (const group of groups) {
      const size = Math.max(sizeOf(foldersOf(group, 'source')), sizeOf(foldersOf(group, 'target')));
      const last = bundles.at(-1);
      if (last && items + size <= ITEMS_A_CALL && folders + group.length <= FOLDERS_A_CALL) last.push(group);
      else {
        bundles.push([group]);
        items = 0;
        folders = 0;
      }
      items += size;
      folders += group.length;
    }
    return bundles;
  }

  /** Lists what a bundle holds ahead of the comparison, where that saves calls. */
  async ahead(bundle: readonly FolderPair[][]): Promise<void> {
    await Promise.all((['source', 'target'] as const).map((side) => this.#side(side, bundle)));
  }

  async #side(side: Side, bundle: readonly FolderPair[][]): Promise<void> {
    const folders = bundle.flatMap((group) => foldersOf(group, side)).filter(({ itemCount }) => itemCount > 0);
    const ids = [...new Set(folders.map(({ id }) => id))];
    if (ids.length < 2) return;
    const found = await this.#job[side].listSmall(ids, { signal: this.#job.context.signal });
    for (const [id, items] of found) this.#ahead[side].set(id, items);
  }

  /** Items of one folder, folder-associated ones among them where they travel. */
  async items(side: Side, folder: FolderInfo): Promise<ItemInfo[]> {
    const store: MailStore = this.#job[side];
    const ahead = this.#ahead[side].get(folder.id);
    this.#ahead[side].delete(folder.id);
    const items = ahead ?? [];
    const scopes = [
      ...(folder.itemCount === 0 || ahead ? [] : [false]),
      ...(this.#job.options.associatedItems && folder.associatedCount !== 0 ? [true] : []),
    ];
    for (const associated of scopes)
      for await (const page of store.list(folder.id, { associated, signal: this.#job.context.signal }))
        items.push(...page);
    return items;
  }
}

function foldersOf(group: readonly FolderPair[], side: Side): FolderInfo[] {
  if (side === 'source') return group.filter(({ part }) => part === 'all').map(({ source }) => source);
  return group.flatMap(({ target, archive }) => [target, archive].filter((one) => one != null));
}

function sizeOf(folders: readonly FolderInfo[]): number {
  return folders.reduce((sum, { itemCount }) => sum + itemCount, 0);
}

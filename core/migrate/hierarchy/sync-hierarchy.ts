import { IdSet } from '../../domain/id-set.ts';
import type { FolderInfo, FolderRoot } from '../../exchange/mail-store.ts';
import { type FolderRow, foldersBySource, ownersOf, rootOnRecord } from '../../store/folders.ts';
import type { HierarchyResult } from '../context.ts';
import type { Job, RootPair } from '../job.ts';
import { ArchiveTwins } from './archive-twins.ts';
import { Follower } from './follow.ts';
import { removeGoneFolders } from './gone.ts';
import { FolderMaker, TOGETHER, type Wanted } from './make-folders.ts';
import { folderFilter, joinPath, type Part, plainName, rolePath, targetName } from './names.ts';
import { AddressMap } from './permissions.ts';
import { noteMaking, type Placed, recordFolders } from './record.ts';
import { findSourceFolder } from './source-folder.ts';
import { readTargetTree, type TargetFolder, type TargetTree } from './target-tree.ts';
import { writePermissions } from './write-permissions.ts';

/** Folders that are looked up, created and recorded together. */
const GROUP = 200;
/** What is kept in memory of public folders, however many there are. */
export interface Limits {
  /** Folders of the target; others are asked for again. */
  held: number;
  /** Folders above others; of the rest the record tells. */
  remembered: number;
}
const USUAL: Limits = { held: 4_000, remembered: 2_000 };

/**
 * Brings the target's folders in line with the source's: new ones are made, renamed and moved ones follow, permission
 * lists are remapped through the matches, and every folder is on record with its counterpart. Safe to run again; what is
 * right already is not written.
 */
export async function syncHierarchy(job: Job, limits: Limits = USUAL): Promise<HierarchyResult> {
  const run = new HierarchyRun(job, limits);
  for (const pair of job.roots) await run.root(pair);
  await run.finish();
  return run.result;
}

interface Mapped {
  targetId: string;
  path: string;
  byRole: string;
}

class HierarchyRun {
  readonly result: HierarchyResult = {
    kind: 'hierarchy',
    folders: 0,
    created: 0,
    renamed: 0,
    moved: 0,
    removed: 0,
    skipped: 0,
    permissions: 0,
    items: 0,
    notes: [],
  };
  readonly #job: Job;
  readonly #limits: Limits;
  readonly #addresses: AddressMap;
  readonly #filter: (path: string, byRole: string) => Part;
  /** Source folders that are in place, with their counterpart; of public folders only the latest that may have children. */
  readonly #mapped = new Map<string, Mapped>();
  /** Source folders that this run has put in place. */
  readonly #inPlace = new IdSet();
  /** Source folders that this run has come by. */
  readonly #seen = new IdSet();
  #tree: TargetTree | undefined;
  readonly #followers: Follower[] = [];
  readonly #makers: { created: number }[] = [];
  #maker: FolderMaker | undefined;
  /** The source has new ids: what is on record of earlier runs says nothing about whose counterpart a folder is. */
  #renewed = false;
  /** Whether the source lacks a default folder, by its name in EWS. */
  readonly #ownDefaults = new Map<string, boolean>();
  #pair: RootPair | undefined;
  /** Where old items of the mailbox go into the archive. */
  #twins: ArchiveTwins | undefined;

  constructor(job: Job, limits: Limits) {
    this.#job = job;
    this.#limits = limits;
    this.#addresses = new AddressMap(job.context.store);
    this.#filter = folderFilter(job.options.filter.includeFolders, job.options.filter.excludeFolders);
  }

  async root(pair: RootPair): Promise<void> {
    const { source, target, options, context } = this.#job;
    this.#pair = pair;
    this.#tree = undefined;
    this.#twins = undefined;
    if (pair.source === 'mailbox' && options.archiveOlderThanDays !== null) {
      this.#twins = await ArchiveTwins.open(this.#job);
      this.#makers.push(this.#twins);
    }
    const below = pair.sourceBelow === '/' ? undefined : await findSourceFolder(source, pair, context.signal);
    const root = await rootOnRecord(context.store, this.#job.workload.id, pair.source);
    let group: FolderInfo[] = [];
    const permissions = options.permissions && pair.source !== 'recoverableItems';
    for await (const folder of source.folders(pair.source, { signal: context.signal, permissions, below })) {
      if (!this.#tree) {
        this.#tree = await readTargetTree(target, pair.target, context.signal);
        if (!this.#tree) {
          this.result.notes.push(
            `The source has ${ROOT_NAMES[pair.source]}; the target has none. Enable it and sync again.`,
          );
          return;
        }
        const follower = new Follower(this.#job, this.#tree, this.result);
        this.#followers.push(follower);
        this.#maker = new FolderMaker(this.#job, pair.target, this.#tree, follower);
        this.#makers.push(this.#maker);
        if (root !== undefined && root !== folder.id) this.#newIds();
        await this.#top(folder);
        continue;
      }
      group.push(folder);
      if (group.length >= GROUP) {
        await this.#group(group);
        group = [];
      }
    }
    if (group.length > 0) await this.#group(group);
  }

  /** The mailbox was moved in the source, or brought back from a backup: all ids are new, names and items are not. */
  #newIds(): void {
    this.#renewed = true;
    this.result.notes.push(
      'The source mailbox has new ids, as after a move between servers. Its folders are found by name, its items by their search keys.',
    );
  }

  async finish(): Promise<void> {
    const gone = new IdSet();
    await removeGoneFolders(this.#job, this.#seen, ({ targetId }) => {
      this.result.removed++;
      if (targetId !== null) gone.add(targetId);
    });
    this.result.created = this.#makers.reduce((sum, maker) => sum + maker.created, 0);
    for (const follower of this.#followers) await follower.finish(gone);
  }

  /** The root itself: its counterpart is the target's root, or the folder below which a subtree is put. */
  async #top(folder: FolderInfo): Promise<void> {
    const pair = this.#pair;
    const tree = this.#tree;
    if (!pair || !tree) return;
    let targetId = tree.rootId;
    const path = pair.sourceBelow;
    const names = [...pair.targetBelow.split('/'), ...(pair.sourceBelow === '/' ? [] : pair.sourceBelow.split('/'))];
    for (const name of names.filter(Boolean)) targetId = (await this.#maker?.descend(targetId, name)) ?? targetId;
    this.#mapped.set(folder.id, { targetId, path, byRole: path });
    this.#twins?.top(folder);
    const placed = [{ folder, path, targetId, note: '', part: this.#filter(path, path) }];
    await this.#record(placed);
    // Roots keep the target's own list; the top of a subtree is a folder like any other.
    if (pair.sourceBelow !== '/') this.result.permissions += await writePermissions(this.#job, placed, this.#addresses);
  }

  async #group(folders: FolderInfo[]): Promise<void> {
    const { context, workload } = this.#job;
    const rows = await foldersBySource(
      context.store,
      workload.id,
      folders.map((f) => f.id),
    );
    let open = folders;
    while (open.length > 0) {
      const parents = await this.#parents(open);
      const ready = open.filter((f) => f.parentId !== null && parents.has(f.parentId));
      open = open.filter((f) => !ready.includes(f));
      if (ready.length === 0) break;
      await this.#level(ready, parents, rows);
    }
    // What hangs below a skipped folder is skipped with it.
    this.result.skipped += open.length;
    for (const folder of open) this.#seen.add(folder.id);
    this.#forget();
  }

  /** Those above these folders that are in place: as they are remembered, else as they are on record since this run. */
  async #parents(folders: readonly FolderInfo[]): Promise<Map<string, Mapped>> {
    const { context, workload } = this.#job;
    const found = new Map<string, Mapped>();
    const forgotten = new Set<string>();
    for (const { parentId } of folders) {
      const known = this.#mapped.get(parentId ?? '');
      if (parentId !== null && known) found.set(parentId, known);
      else if (parentId !== null && this.#inPlace.has(parentId)) forgotten.add(parentId);
    }
    for (const [id, { targetId, path }] of await foldersBySource(context.store, workload.id, [...forgotten]))
      if (targetId !== null) found.set(id, { targetId, path, byRole: path });
    return found;
  }

  #forget(): void {
    this.#tree?.forget(this.#limits.held);
    if (this.#pair?.source !== 'publicFolders') return;
    for (const id of this.#mapped.keys()) {
      if (this.#mapped.size <= this.#limits.remembered) return;
      this.#mapped.delete(id);
    }
  }

  /** Folders whose parents are in place: found, created side by side, or followed in name and place. */
  async #level(
    folders: FolderInfo[],
    parents: ReadonlyMap<string, Mapped>,
    rows: Map<string, FolderRow>,
  ): Promise<void> {
    const placed: Placed[] = [];
    const taken = new Map<string, string>();
    await this.#tree?.need(
      folders.flatMap(({ id, parentId }) => [
        ...[parents.get(parentId ?? '')?.targetId ?? []].flat(),
        ...[rows.get(id)?.facts.making?.parentId ?? []].flat(),
      ]),
      folders.flatMap((folder) => rows.get(folder.id)?.targetId ?? []),
    );
    const missing = new Map<string, Wanted[]>();
    const roles = new Map<string, string>();
    for (const folder of folders) {
      const parent = parents.get(folder.parentId ?? '');
      if (!parent) continue;
      const path = joinPath(parent.path, folder.name);
      // One string for both, where nothing above is a default folder.
      const byRole =
        folder.distinguished === null && parent.byRole === parent.path ? path : rolePath(parent.byRole, folder);
      const part = this.#filter(path, byRole);
      this.#seen.add(folder.id);
      if (folder.search || part === 'none') {
        this.result.skipped++;
        continue;
      }
      roles.set(folder.id, byRole);
      const row = rows.get(folder.id);
      const found = row && (await this.#standing(row, taken));
      if (row && found) {
        taken.set(found.id, folder.id);
        await this.#followers.at(-1)?.follow(folder, { ...row, targetId: found.id }, parent.targetId);
        placed.push({ folder, path, part, targetId: found.id, note: row.facts.note });
        continue;
      }
      const known = await this.#counterpart(folder, parent.targetId, taken);
      if (known) {
        taken.set(known.id, folder.id);
        placed.push({ folder, path, part, targetId: known.id, note: known.note });
        continue;
      }
      const list = missing.get(parent.targetId) ?? [];
      list.push({ folder, path, part, name: targetName(folder.name) });
      missing.set(parent.targetId, list);
    }
    const maker = this.#maker;
    if (!maker) return;
    const root = this.#pair?.source ?? 'mailbox';
    placed.push(...(await maker.create(missing, (all) => noteMaking(this.#job, root, all, rows))));
    for (const { folder, targetId, path } of placed) {
      // Public folders are opened one by one, by that count; elsewhere a broken store may say what it likes.
      if (folder.childCount > 0 || this.#pair?.source !== 'publicFolders')
        this.#mapped.set(folder.id, { targetId, path, byRole: roles.get(folder.id) ?? path });
    }
    if (this.#job.options.defaultFolderNames === 'source')
      for (const place of placed)
        if (place.folder.distinguished !== null)
          place.note =
            (await this.#followers.at(-1)?.nameDefault(place.folder, place.targetId, place.note)) ?? place.note;
    if (this.#tree) await this.#twins?.follow(placed, this.#tree, rows);
    await this.#record(placed, rows);
    this.result.permissions += await writePermissions(this.#job, placed, this.#addresses);
  }

  /** The counterpart on record, or the one that an earlier run was making and did not hear of. */
  async #standing(row: FolderRow, taken: ReadonlyMap<string, string>): Promise<TargetFolder | undefined> {
    const { making } = row.facts;
    const here = row.targetId === null ? undefined : this.#tree?.byId(row.targetId);
    if (here || !making) return here;
    const made = this.#tree?.child(making.parentId, making.name);
    if (!made || made.distinguished !== null || taken.has(made.id)) return undefined;
    return (await this.#owner(made.id)) === undefined ? made : undefined;
  }

  /**
   * The folder of the target that stands for this one already: by well-known name, else by name. One that is the counterpart
   * of another, on record or since a moment ago (`taken`), only by policy.
   */
  async #counterpart(
    folder: FolderInfo,
    parentId: string,
    taken: ReadonlyMap<string, string>,
  ): Promise<{ id: string; note: string } | undefined> {
    const tree = this.#tree;
    if (!tree) return undefined;
    const merge = this.#job.options.folderCollisions === 'merge';
    const wellKnown = folder.distinguished ? tree.byDistinguished(folder.distinguished) : undefined;
    if (wellKnown) return { id: wellKnown.id, note: '' };
    const same = tree.child(parentId, targetName(folder.name)) ?? tree.child(parentId, plainName(folder.name));
    if (!same) return undefined;
    // "Inbox" in a German mailbox is anybody's folder: the target's Inbox belongs to Posteingang.
    if (!merge && same.distinguished !== null && !(await this.#isNobodys(same.distinguished))) return undefined;
    const owner = taken.get(same.id) ?? (await this.#owner(same.id));
    if (owner === undefined || owner === folder.id) return { id: same.id, note: '' };
    return merge ? { id: same.id, note: TOGETHER } : undefined;
  }

  /** The source folder whose counterpart a target folder is by the record. */
  async #owner(targetId: string): Promise<string | undefined> {
    const { context, workload } = this.#job;
    const owners = await ownersOf(context.store, workload.id, targetId);
    return owners.find((id) => !this.#renewed || this.#inPlace.has(id));
  }

  /** Whether the source has no default folder of this kind; or it does not say so, and names are all there is. */
  async #isNobodys(distinguished: string): Promise<boolean> {
    const known = this.#ownDefaults.get(distinguished);
    if (known !== undefined) return known;
    const own = await this.#job.source.distinguished(distinguished, this.#job.context.signal);
    this.#ownDefaults.set(distinguished, own === undefined);
    return own === undefined;
  }

  async #record(placed: Placed[], rows?: Map<string, FolderRow>): Promise<void> {
    if (!this.#tree || !this.#pair) return;
    for (const { folder, part } of placed) {
      this.#seen.add(folder.id);
      this.#inPlace.add(folder.id);
      this.result.folders++;
      if (part === 'all') this.result.items += folder.itemCount;
    }
    await recordFolders(this.#job, { root: this.#pair.source, tree: this.#tree }, placed, rows);
  }
}

const ROOT_NAMES: Record<FolderRoot, string> = {
  mailbox: 'a mailbox',
  archive: 'an archive',
  recoverableItems: 'recoverable items',
  archiveRecoverableItems: 'recoverable items of an archive',
  publicFolders: 'public folders',
};

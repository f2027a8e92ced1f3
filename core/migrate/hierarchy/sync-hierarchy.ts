import { EwsError } from '../../exchange/ews/codes.ts';
import type { FolderInfo, FolderRoot, MailStore, NewFolder } from '../../exchange/mail-store.ts';
import {
  eachFolder,
  type FolderFacts,
  type FolderRow,
  folderFactsSchema,
  foldersBySource,
  insertFolders,
  type NewFolderRow,
  updateFolderRow,
} from '../../store/folders.ts';
import { fenced } from '../../store/queue.ts';
import type { HierarchyResult } from '../context.ts';
import type { Job, RootPair } from '../job.ts';
import { Follower } from './follow.ts';
import { removeGoneFolders } from './gone.ts';
import { folderFilter, freeName, joinPath, plainName, sameNameKey, targetName } from './names.ts';
import { AddressMap, permissionsHash, remapPermissions } from './permissions.ts';
import { readTargetTree, type TargetTree } from './target-tree.ts';

/** Folders that are looked up, created and recorded together. */
const GROUP = 200;

/**
 * Brings the target's folders in line with the source's: new ones are made, renamed and moved ones follow, permission
 * lists are remapped through the matches, and every folder is on record with its counterpart. Safe to run again; what is
 * right already is not written.
 */
export async function syncHierarchy(job: Job): Promise<HierarchyResult> {
  const run = new HierarchyRun(job);
  for (const pair of job.roots) await run.root(pair);
  await run.finish();
  return run.result;
}

interface Mapped {
  targetId: string;
  path: string;
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
  readonly #addresses: AddressMap;
  readonly #filter: (path: string) => boolean;
  /** Source folders that are in place, with their counterpart; only those that may have children. */
  readonly #mapped = new Map<string, Mapped>();
  readonly #seen = new Set<string>();
  #tree: TargetTree | undefined;
  readonly #followers: Follower[] = [];
  /** Target folders that are counterparts on record: no other source folder may take them. */
  readonly #onRecord = new Map<string, string>();
  #pair: RootPair | undefined;

  constructor(job: Job) {
    this.#job = job;
    this.#addresses = new AddressMap(job.context.store);
    this.#filter = folderFilter(job.options.filter.includeFolders, job.options.filter.excludeFolders);
  }

  async root(pair: RootPair): Promise<void> {
    const { source, target, options, context } = this.#job;
    this.#pair = pair;
    this.#tree = undefined;
    const below = pair.sourceBelow === '/' ? undefined : await findSourceFolder(source, pair, context.signal);
    for await (const row of eachFolder(context.store, this.#job.workload.id))
      if (row.targetId !== null && row.state !== 'gone') this.#onRecord.set(row.targetId, row.sourceId);
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
        this.#followers.push(new Follower(this.#job, this.#tree, this.result));
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

  async finish(): Promise<void> {
    const gone = await removeGoneFolders(this.#job, this.#seen);
    this.result.removed += gone.length;
    const targets = new Set(gone.flatMap((row) => (row.targetId === null ? [] : [row.targetId])));
    for (const follower of this.#followers) await follower.finish(targets);
  }

  get #follower(): Follower | undefined {
    return this.#followers.at(-1);
  }

  /** The root itself: its counterpart is the target's root, or the folder below which a subtree is put. */
  async #top(folder: FolderInfo): Promise<void> {
    const pair = this.#pair;
    const tree = this.#tree;
    if (!pair || !tree) return;
    let targetId = tree.rootId;
    const path = pair.sourceBelow;
    const names = [...pair.targetBelow.split('/'), ...(pair.sourceBelow === '/' ? [] : pair.sourceBelow.split('/'))];
    for (const name of names.filter(Boolean)) targetId = await this.#descend(targetId, name);
    this.#mapped.set(folder.id, { targetId, path });
    await this.#record([{ folder, path, targetId, note: '' }]);
  }

  async #descend(parentId: string, name: string): Promise<string> {
    const found = this.#tree?.child(parentId, name);
    if (found) return found.id;
    const id = await this.#createOne(parentId, { name, folderClass: '' });
    return id;
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
      const ready = open.filter((f) => f.parentId !== null && this.#mapped.has(f.parentId));
      open = open.filter((f) => !ready.includes(f));
      if (ready.length === 0) break;
      await this.#level(ready, rows);
    }
    // What hangs below a skipped folder is skipped with it.
    this.result.skipped += open.length;
    for (const folder of open) this.#seen.add(folder.id);
  }

  /** Folders whose parents are in place: found, created side by side, or followed in name and place. */
  async #level(folders: FolderInfo[], rows: Map<string, FolderRow>): Promise<void> {
    const placed: Placed[] = [];
    const missing = new Map<string, Wanted[]>();
    const claimed = new Set<string>();
    for (const folder of folders) {
      const parent = this.#mapped.get(folder.parentId ?? '');
      if (!parent) continue;
      const path = joinPath(parent.path, folder.name);
      this.#seen.add(folder.id);
      if (folder.search || !this.#takesPart(path)) {
        this.result.skipped++;
        continue;
      }
      const row = rows.get(folder.id);
      const found = row?.targetId ? this.#tree?.byId(row.targetId) : undefined;
      if (row && found) {
        await this.#follower?.follow(folder, row, parent.targetId);
        placed.push({ folder, path, targetId: found.id, note: row.facts.note });
        claimed.add(found.id);
        continue;
      }
      const known = this.#counterpart(folder, parent.targetId, claimed);
      if (known) {
        claimed.add(known.id);
        placed.push({ folder, path, targetId: known.id, note: known.note });
        continue;
      }
      const list = missing.get(parent.targetId) ?? [];
      list.push({ folder, path, name: targetName(folder.name) });
      missing.set(parent.targetId, list);
    }
    const created = await Promise.all([...missing].map(([parentId, wanted]) => this.#create(parentId, wanted)));
    placed.push(...created.flat());
    for (const { folder, targetId, path } of placed) this.#mapped.set(folder.id, { targetId, path });
    await this.#record(placed, rows);
    await this.#permissions(placed, rows);
  }

  #takesPart(path: string): boolean {
    return this.#filter(path);
  }

  /** The folder of the target that stands for this one already: by well-known name, else by name. */
  #counterpart(folder: FolderInfo, parentId: string, claimed: Set<string>): { id: string; note: string } | undefined {
    const tree = this.#tree;
    if (!tree) return undefined;
    const wellKnown = folder.distinguished ? tree.byDistinguished(folder.distinguished) : undefined;
    if (wellKnown) return { id: wellKnown.id, note: '' };
    const same = tree.child(parentId, targetName(folder.name)) ?? tree.child(parentId, plainName(folder.name));
    if (!same || (same.distinguished !== null && folder.distinguished === null && this.#isTaken(same.id)))
      return undefined;
    const owner = this.#onRecord.get(same.id);
    if (owner !== undefined && owner !== folder.id && this.#job.options.folderCollisions === 'rename') return undefined;
    if (!claimed.has(same.id)) return { id: same.id, note: '' };
    return this.#job.options.folderCollisions === 'merge'
      ? { id: same.id, note: 'put together with a folder of the same name' }
      : undefined;
  }

  #isTaken(targetId: string): boolean {
    for (const mapped of this.#mapped.values()) if (mapped.targetId === targetId) return true;
    return false;
  }

  async #create(parentId: string, wanted: Wanted[]): Promise<Placed[]> {
    const names = new Set<string>();
    const requests = wanted.map(({ folder, name }): NewFolder => {
      const free = freeName(name, (n) => names.has(sameNameKey(n)) || this.#tree?.child(parentId, n) !== undefined);
      names.add(sameNameKey(free));
      return { name: free, folderClass: folder.folderClass, hidden: folder.hidden };
    });
    const placed: Placed[] = [];
    const answers = await this.#job.target.createFolders(parentId, requests, this.#job.writing);
    for (const [index, answer] of answers.entries()) {
      const want = wanted[index];
      const request = requests[index];
      if (!want || !request) continue;
      const id = answer.ok ? answer.value : await this.#createOtherwise(parentId, request, answer.error);
      const renamed = request.name !== want.folder.name ? `named "${request.name}" in the target` : '';
      this.#remember(parentId, id, request);
      if (request.name !== want.name) this.#follower?.putOff(want.folder.id, id, want.name);
      placed.push({ folder: want.folder, path: want.path, targetId: id, note: renamed });
    }
    return placed;
  }

  #remember(parentId: string, id: string, request: NewFolder): void {
    this.result.created++;
    this.#tree?.add({
      id,
      parentId,
      name: request.name,
      folderClass: request.folderClass,
      distinguished: null,
      itemCount: 0,
    });
  }

  /** The server refused: the name is taken by something it did not list, or holds what it does not take. */
  async #createOtherwise(parentId: string, request: NewFolder, error: Error): Promise<string> {
    if (!(error instanceof EwsError)) throw error;
    if (error.code === 'ErrorFolderExists') return this.#takeOver(parentId, request);
    request.name = freeName(plainName(request.name), (n) => this.#tree?.child(parentId, n) !== undefined);
    return this.#createOne(parentId, request);
  }

  /** A folder of that name is there after all: made by a run that crashed before it was recorded, or unseen. */
  async #takeOver(parentId: string, request: NewFolder): Promise<string> {
    const { target, context, options } = this.#job;
    if (options.folderCollisions === 'merge' || this.#pair?.target !== 'publicFolders') {
      for await (const folder of target.folders(this.#pair?.target ?? 'mailbox', {
        signal: context.signal,
        below: parentId,
      }))
        if (folder.parentId === parentId && sameNameKey(folder.name) === sameNameKey(request.name)) return folder.id;
    }
    request.name = freeName(`${request.name} (2)`, (n) => this.#tree?.child(parentId, n) !== undefined);
    return this.#createOne(parentId, request);
  }

  async #createOne(parentId: string, request: NewFolder): Promise<string> {
    const [answer] = await this.#job.target.createFolders(parentId, [request], this.#job.writing);
    if (!answer?.ok) throw answer?.error ?? new Error('the server answered nothing');
    this.#remember(parentId, answer.value, request);
    this.result.created--;
    return answer.value;
  }

  /** Writes what is new or changed of these folders, in one transaction. */
  async #record(placed: Placed[], rows: Map<string, FolderRow> = new Map()): Promise<void> {
    const { context, workload } = this.#job;
    const now = await context.store.now();
    const fresh: NewFolderRow[] = [];
    const changed: { row: FolderRow; next: NewFolderRow }[] = [];
    const known =
      rows.size > 0
        ? rows
        : await foldersBySource(
            context.store,
            workload.id,
            placed.map((p) => p.folder.id),
          );
    for (const place of placed) {
      this.#seen.add(place.folder.id);
      this.result.folders++;
      this.result.items += place.folder.itemCount;
      const row = known.get(place.folder.id);
      const next = this.#rowOf(place, row);
      if (!row) fresh.push(next);
      else if (differs(row, next)) changed.push({ row, next });
    }
    if (fresh.length === 0 && changed.length === 0) return;
    await fenced(context.store, context.claim, async (trx) => {
      await insertFolders(context.store, trx, workload.id, fresh, now);
      for (const { row, next } of changed) {
        const { sourceId: _id, itemsTotal, ...update } = next;
        await updateFolderRow(trx, row.id, { ...update, itemsTotal: Math.max(itemsTotal, row.itemsTotal) }, now);
      }
    });
  }

  #rowOf(place: Placed, row: FolderRow | undefined): NewFolderRow {
    const { folder, path, targetId, note } = place;
    const kept = row?.facts ?? folderFactsSchema.parse({ name: folder.name, root: this.#pair?.source ?? 'mailbox' });
    const target = this.#tree?.byId(targetId);
    const emptied = row !== undefined && row.targetId !== targetId;
    const facts: FolderFacts = {
      ...kept,
      name: folder.name,
      targetName: target?.name ?? kept.targetName,
      targetParent: target?.parentId ?? kept.targetParent,
      distinguished: folder.distinguished,
      hidden: folder.hidden,
      changeKey: folder.changeKey,
      nextFingerprint: folder.fingerprint,
      targetItems: target?.itemCount ?? 0,
      sizeBytes: folder.sizeBytes,
      sourceItems: folder.itemCount + (folder.associatedCount ?? 0),
      note,
      extra: folder.extra,
      // Another counterpart than before: permissions have to be written anew.
      ...(emptied ? { permissionsHash: '', lostTarget: true } : {}),
    };
    return {
      sourceId: folder.id,
      sourceParent: folder.parentId,
      targetId,
      path,
      folderClass: folder.folderClass,
      state: row && row.state !== 'gone' ? row.state : 'planned',
      facts,
      itemsTotal: folder.itemCount,
    };
  }

  async #permissions(placed: Placed[], before: Map<string, FolderRow>): Promise<void> {
    const { options, context, workload, target, writing } = this.#job;
    if (!options.permissions) return;
    const withLists = placed.filter((p) => p.folder.permissions);
    if (withLists.length === 0) return;
    void before;
    const rows = await foldersBySource(
      context.store,
      workload.id,
      withLists.map((p) => p.folder.id),
    );
    for (const { folder, targetId } of withLists) {
      const row = rows.get(folder.id);
      if (!row || !folder.permissions) continue;
      const { permissions, orphans } = await remapPermissions(folder.permissions, this.#addresses);
      const hash = permissionsHash(permissions);
      if (hash === row.facts.permissionsHash) continue;
      let note = '';
      try {
        await target.updateFolder(targetId, { permissions }, writing);
        this.result.permissions++;
      } catch (error) {
        if (!(error instanceof EwsError)) throw error;
        note = `the target refused the permission list (${error.code})`;
      }
      const facts = {
        ...row.facts,
        permissionsHash: note === '' ? hash : '',
        orphans,
        note: note || row.facts.note,
      };
      const now = await context.store.now();
      await fenced(context.store, context.claim, (trx) => updateFolderRow(trx, row.id, { facts }, now));
    }
  }
}

interface Wanted {
  folder: FolderInfo;
  path: string;
  name: string;
}

interface Placed {
  folder: FolderInfo;
  path: string;
  targetId: string;
  note: string;
}

function differs(row: FolderRow, next: NewFolderRow): boolean {
  return (
    row.sourceParent !== next.sourceParent ||
    row.targetId !== next.targetId ||
    row.path !== next.path ||
    row.folderClass !== next.folderClass ||
    row.state !== next.state ||
    JSON.stringify(row.facts) !== JSON.stringify(next.facts)
  );
}

const ROOT_NAMES: Record<FolderRoot, string> = {
  mailbox: 'a mailbox',
  archive: 'an archive',
  recoverableItems: 'recoverable items',
  archiveRecoverableItems: 'recoverable items of an archive',
  publicFolders: 'public folders',
};

/** Walks down the path of a public-folder subtree in the source; its id. @throws SourceFolderMissing */
export async function findSourceFolder(source: MailStore, pair: RootPair, signal: AbortSignal): Promise<string> {
  const wanted = pair.sourceBelow.toLowerCase();
  const paths = new Map<string, string>();
  for await (const folder of source.folders(pair.source, { signal })) {
    const path = folder.parentId === null ? '/' : joinPath(paths.get(folder.parentId) ?? '/', folder.name);
    paths.set(folder.id, path);
    if (path.toLowerCase() === wanted) return folder.id;
  }
  throw new SourceFolderMissing(pair.sourceBelow);
}

/** The public folder a workload starts from is not there. */
export class SourceFolderMissing extends Error {
  override readonly name = 'SourceFolderMissing';
  constructor(path: string) {
    super(`there is no public folder ${path}`);
  }
}

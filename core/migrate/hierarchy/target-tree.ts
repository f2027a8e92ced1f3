import { IdSet } from '../../domain/id-set.ts';
import { isPassingCode } from '../../exchange/ews/codes.ts';
import type { FolderInfo, FolderRoot, MailStore } from '../../exchange/mail-store.ts';
import { sameNameKey } from './names.ts';

/** What is kept of a target folder: enough to find it by name and to see whether it was emptied. */
export interface TargetFolder {
  id: string;
  parentId: string | null;
  name: string;
  folderClass: string;
  distinguished: string | null;
  itemCount: number;
}

/** Reads parts of a tree that is too large to be held whole. */
interface Parts {
  children(parentIds: string[]): Promise<FolderInfo[]>;
  /** These folders as they are; those that are not there are left out. */
  folders(ids: string[]): Promise<FolderInfo[]>;
  /** Every folder of the root. */
  all(): AsyncIterable<FolderInfo>;
}

/**
 * The folders of one root of the target, by id, by parent and name, and by well-known name. A mailbox's are held whole. Of
 * public folders only those are held that the part under way needs: say with `need` which before asking for them, and
 * `forget` when a part is through.
 */
export class TargetTree {
  readonly rootId: string;
  readonly #byId = new Map<string, TargetFolder>();
  /** Subfolders by parent; of a tree that is read by parts a parent that is here has all of them here. */
  readonly #byName = new Map<string, Map<string, TargetFolder>>();
  readonly #distinguished = new Map<string, TargetFolder>();
  readonly #parts: Parts | undefined;
  /** Every folder there was, once one was not where it was expected. */
  #there: IdSet | undefined;

  constructor(rootId: string, parts?: Parts) {
    this.rootId = rootId;
    this.#parts = parts;
  }

  add(folder: TargetFolder): void {
    this.#byId.set(folder.id, folder);
    if (folder.distinguished) this.#distinguished.set(folder.distinguished, folder);
    if (folder.parentId === null) return;
    if (!this.#parts && !this.#byName.has(folder.parentId)) this.#byName.set(folder.parentId, new Map());
    this.#byName.get(folder.parentId)?.set(sameNameKey(folder.name), folder);
  }

  /** A folder that was made now: there is nothing below it. */
  made(folder: TargetFolder): void {
    this.add(folder);
    this.#there?.add(folder.id);
    if (this.#parts) this.#byName.set(folder.id, new Map());
  }

  remove(id: string): void {
    const folder = this.#byId.get(id);
    if (!folder) return;
    this.#byId.delete(id);
    if (folder.parentId !== null) this.#byName.get(folder.parentId)?.delete(sameNameKey(folder.name));
  }

  byId(id: string): TargetFolder | undefined {
    return this.#byId.get(id);
  }
  byDistinguished(name: string): TargetFolder | undefined {
    return this.#distinguished.get(name);
  }
  /** A subfolder by name; case and Unicode form do not count. */
  child(parentId: string, name: string): TargetFolder | undefined {
    return this.#byName.get(parentId)?.get(sameNameKey(name));
  }

  /** Sees to it that the subfolders of these parents are here, and then these folders, wherever in the tree they are. */
  async need(parentIds: Iterable<string>, ids: Iterable<string> = []): Promise<void> {
    if (!this.#parts) return;
    const parents = new Set(parentIds);
    const missing: string[] = [];
    for (const parent of parents) {
      const names = this.#byName.get(parent);
      if (!names) missing.push(parent);
      else {
        // What is needed now is let go last.
        this.#byName.delete(parent);
        this.#byName.set(parent, names);
      }
    }
    if (missing.length > 0) {
      const found = await this.#parts.children(missing);
      for (const parent of missing) this.#byName.set(parent, new Map());
      for (const folder of found) this.add(slim(folder));
    }
    await this.#needFolders(new Set([...ids].filter((id) => !this.#byId.has(id))));
  }

  /**
   * Folders that are not where they were expected: moved by people, or gone. Whether they are still in this tree only the
   * tree can say (what was deleted may be found by its id all the same), so it is gone through once.
   */
  async #needFolders(ids: ReadonlySet<string>): Promise<void> {
    if (!this.#parts || ids.size === 0) return;
    if (!this.#there) {
      this.#there = new IdSet();
      for await (const { id } of this.#parts.all()) this.#there.add(id);
    }
    const there = this.#there;
    const wanted = [...ids].filter((id) => there.has(id));
    if (wanted.length > 0) for (const folder of await this.#parts.folders(wanted)) this.add(slim(folder));
  }

  /** Lets go of what was needed first, where more than so many folders, and parents without any, are held. */
  forget(held: number): void {
    if (!this.#parts) return;
    for (const [parent, names] of this.#byName) {
      if (this.#byId.size + this.#byName.size <= held) return;
      for (const { id } of names.values()) if (id !== this.rootId) this.#byId.delete(id);
      this.#byName.delete(parent);
    }
    // What is left was found by its id alone.
    for (const [id, { parentId }] of this.#byId)
      if (id !== this.rootId && !this.#byName.has(parentId ?? '')) this.#byId.delete(id);
  }
}

/**
 * Opens a root of the target; undefined when the mailbox has no such root (no archive, for example). Public folders, of
 * which there may be very many, are read by parts.
 */
export async function readTargetTree(
  store: MailStore,
  root: FolderRoot,
  signal: AbortSignal,
): Promise<TargetTree | undefined> {
  if (root === 'publicFolders') {
    const top = await firstOf(store.folders(root, { signal }));
    if (!top) return undefined;
    const tree = new TargetTree(top.id, partsOf(store, root, signal));
    tree.add(slim(top));
    return tree;
  }
  let tree: TargetTree | undefined;
  for await (const folder of store.folders(root, { signal })) {
    tree ??= new TargetTree(folder.id);
    tree.add(slim(folder));
  }
  return tree;
}

function partsOf(store: MailStore, root: FolderRoot, signal: AbortSignal): Parts {
  return {
    children: (parentIds) => store.subfolders(parentIds, { signal }),
    folders: async (ids) =>
      (await store.getFolders(ids, { signal })).flatMap((one) => {
        if (one.ok) return [one.value];
        if (isPassingCode(one.error)) throw one.error;
        return [];
      }),
    all: () => store.folders(root, { signal }),
  };
}

async function firstOf<T>(all: AsyncIterable<T>): Promise<T | undefined> {
  for await (const one of all) return one;
  return undefined;
}

function slim(folder: FolderInfo): TargetFolder {
  const { id, parentId, name, folderClass, distinguished, itemCount } = folder;
  return { id, parentId, name, folderClass, distinguished, itemCount };
}

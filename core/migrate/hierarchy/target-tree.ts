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

/** The folders of one root of the target, by id, by parent and name, and by well-known name. */
export class TargetTree {
  readonly rootId: string;
  readonly #byId = new Map<string, TargetFolder>();
  readonly #byName = new Map<string, Map<string, TargetFolder>>();
  readonly #distinguished = new Map<string, TargetFolder>();

  constructor(rootId: string) {
    this.rootId = rootId;
  }

  add(folder: TargetFolder): void {
    this.#byId.set(folder.id, folder);
    if (folder.distinguished) this.#distinguished.set(folder.distinguished, folder);
    if (folder.parentId === null) return;
    let names = this.#byName.get(folder.parentId);
    if (!names) {
      names = new Map();
      this.#byName.set(folder.parentId, names);
    }
    names.set(sameNameKey(folder.name), folder);
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
  children(parentId: string): TargetFolder[] {
    return [...(this.#byName.get(parentId)?.values() ?? [])];
  }
}

/** Reads a root of the target; undefined when the mailbox has no such root (no archive, for example). */
export async function readTargetTree(
  store: MailStore,
  root: FolderRoot,
  signal: AbortSignal,
): Promise<TargetTree | undefined> {
  let tree: TargetTree | undefined;
  for await (const folder of store.folders(root, { signal })) {
    tree ??= new TargetTree(folder.id);
    tree.add(slim(folder));
  }
  return tree;
}

function slim(folder: FolderInfo): TargetFolder {
  const { id, parentId, name, folderClass, distinguished, itemCount } = folder;
  return { id, parentId, name, folderClass, distinguished, itemCount };
}

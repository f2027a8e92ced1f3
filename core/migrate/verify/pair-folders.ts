import type { FolderInfo } from '../../exchange/mail-store.ts';
import { joinPath, type Part, plainName, rolePath, sameNameKey, targetName } from '../hierarchy/names.ts';

export interface FolderPair {
  source: FolderInfo;
  path: string;
  /** Of a folder that only leads to others the items stay behind. */
  part: Part;
  /** Null where the target has no counterpart. */
  target: FolderInfo | null;
  /** The folder of the target's archive that takes what is old of it. */
  archive?: FolderInfo | undefined;
}

export interface FolderPairing {
  pairs: FolderPair[];
  /** Folders of the target that stand for none of the source. */
  extra: { folder: FolderInfo; path: string }[];
}

export interface PairingOptions {
  /** Which folders take part, and how; one that does not takes its subfolders with it. */
  takesPart(path: string, byRole: string): Part;
  /** Two source folders of one name are one folder in the target. */
  merge: boolean;
  rootPath: string;
  /** Counterparts on record, for folders that names cannot decide: collisions and renamed ones. */
  hint(sourceId: string): string | undefined;
}

/**
 * Puts the folders of both sides together: the root with the root, well-known folders by what they are, all others by
 * name below their parents. Parents come before children in `source`.
 */
export function pairFolders(source: FolderInfo[], target: FolderInfo[], options: PairingOptions): FolderPairing {
  const byId = new Map(target.map((f) => [f.id, f]));
  const byParent = Map.groupBy(target, (f) => f.parentId ?? '');
  const wellKnown = new Map(target.flatMap((f) => (f.distinguished ? [[f.distinguished, f]] : [])));
  const claimed = new Set<string>();
  const roles = new Set(source.flatMap((f) => (f.distinguished ? [f.distinguished] : [])));
  const mapped = new Map<string, { target: FolderInfo | null; path: string; byRole: string }>();
  const pairs: FolderPair[] = [];
  const [top] = source;
  const root = target[0];
  if (!top || !root) return { pairs, extra: [] };
  const { rootPath } = options;
  mapped.set(top.id, { target: root, path: rootPath, byRole: rootPath });
  claimed.add(root.id);
  pairs.push({ source: top, path: rootPath, part: options.takesPart(rootPath, rootPath), target: root });
  const ask = (folder: FolderInfo, parent: FolderInfo | null): FolderInfo | null => {
    const free = (f: FolderInfo | undefined): f is FolderInfo =>
      f !== undefined && (options.merge || !claimed.has(f.id));
    const known = folder.distinguished ? wellKnown.get(folder.distinguished) : undefined;
    if (free(known)) return known;
    const hinted = byId.get(options.hint(folder.id) ?? '');
    // What is on record counts only where the name agrees: a record that is wrong must not prove itself.
    if (free(hinted) && isNameOf(hinted.name, folder.name)) return hinted;
    if (!parent) return free(hinted) ? hinted : null;
    const names = [targetName(folder.name), plainName(folder.name)].map(sameNameKey);
    const children = byParent.get(parent.id) ?? [];
    // A default folder that the source has, too, is that one's counterpart, whatever its name.
    const anybodys = (f: FolderInfo): boolean =>
      options.merge || f.distinguished === null || !roles.has(f.distinguished);
    const named = children.find((f) => names.includes(sameNameKey(f.name)) && free(f) && anybodys(f));
    return named ?? (free(hinted) ? hinted : null);
  };
  for (const folder of source.slice(1)) {
    const parent = mapped.get(folder.parentId ?? '');
    if (!parent || folder.search) continue;
    const path = joinPath(parent.path, folder.name);
    const byRole = rolePath(parent.byRole, folder);
    const part = options.takesPart(path, byRole);
    if (part === 'none') continue;
    const found = ask(folder, parent.target);
    if (found) claimed.add(found.id);
    mapped.set(folder.id, { target: found, path, byRole });
    pairs.push({ source: folder, path, part, target: found });
  }
  return { pairs, extra: extras(target, claimed) };
}

/** Folders of the target without a counterpart that hold something. */
function extras(target: FolderInfo[], claimed: ReadonlySet<string>): { folder: FolderInfo; path: string }[] {
  const paths = new Map<string, string>();
  const extra: { folder: FolderInfo; path: string }[] = [];
  for (const folder of target) {
    const path = folder.parentId === null ? '/' : joinPath(paths.get(folder.parentId) ?? '/', folder.name);
    paths.set(folder.id, path);
    if (!claimed.has(folder.id) && !folder.search && folder.distinguished === null && folder.itemCount > 0)
      extra.push({ folder, path });
  }
  return extra;
}

/** Whether a folder of the target has the name of its original: as it is, plain, shortened, or with a number behind it. */
export function isNameOf(target: string, source: string): boolean {
  const names = [targetName(source), plainName(source)].map(sameNameKey);
  const key = sameNameKey(target);
  return names.includes(key) || names.includes(key.replace(/ \(\d+\)$/u, ''));
}

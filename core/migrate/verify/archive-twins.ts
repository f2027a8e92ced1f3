import type { FolderInfo, ItemInfo } from '../../exchange/mail-store.ts';
import { mayHaveTwin } from '../hierarchy/archive-twins.ts';
import { sameNameKey } from '../hierarchy/names.ts';
import { type FolderPair, isNameOf } from './pair-folders.ts';

/**
 * Finds the folders of the target's archive that take what is old of the mailbox's folders: by the names that those have in
 * the target; a record counts only where the name agrees.
 * @param archive folders of the target's archive, the root first
 * @returns ids of the folders found
 */
export function findTwins(
  pairs: readonly FolderPair[],
  archive: readonly FolderInfo[],
  hint: (sourceId: string) => string | undefined,
): Set<string> {
  const byId = new Map(archive.map((folder) => [folder.id, folder]));
  const byParent = Map.groupBy(archive, (folder) => folder.parentId ?? '');
  const found = new Map<string, FolderInfo>();
  const [root] = archive;
  const [top] = pairs;
  if (!root || !top) return new Set();
  found.set(top.source.id, root);
  const twins = new Set<string>();
  for (const pair of pairs.slice(1)) {
    const { source, target } = pair;
    const name = target?.name ?? source.name;
    const above = found.get(source.parentId ?? '');
    const hinted = byId.get(hint(source.id) ?? '');
    const twin =
      hinted && isNameOf(hinted.name, name)
        ? hinted
        : above && byParent.get(above.id)?.find((folder) => sameNameKey(folder.name) === sameNameKey(name));
    if (!twin) continue;
    found.set(source.id, twin);
    if (pair.part !== 'all' || !mayHaveTwin(source)) continue;
    pair.archive = twin;
    twins.add(twin.id);
  }
  return twins;
}

/** Pairs whose copies lie in the same folders of the target, directly or by way of others, are compared together. */
export function groupByPlace(pairs: readonly FolderPair[]): FolderPair[][] {
  const groupOf = new Map<string, FolderPair[]>();
  const groups = new Set<FolderPair[]>();
  for (const pair of pairs) {
    const places = [pair.target?.id ?? `missing ${pair.source.id}`, ...(pair.archive ? [pair.archive.id] : [])];
    const joined = new Set(places.flatMap((place) => groupOf.get(place) ?? []));
    for (const place of places) {
      const known = groupOf.get(place);
      if (known) groups.delete(known);
    }
    const group = [...joined, pair];
    groups.add(group);
    for (const one of group)
      for (const place of [one.target?.id ?? `missing ${one.source.id}`, one.archive?.id])
        if (place !== undefined) groupOf.set(place, group);
  }
  return [...groups];
}

/** What decides whether an item lies where it should: in the mailbox or in its archive. */
export interface Ages {
  /** Old enough for the archive by now: who is younger has nothing to do there. */
  isOldNow: (item: ItemInfo) => boolean;
  /** Old enough when the batch was made: who was, belongs there. */
  wasOld: (item: ItemInfo) => boolean;
}

/** Why a copy lies in the wrong one of the two; undefined where it does not. */
export function misplaced(ages: Ages, source: ItemInfo, isInArchive: boolean): string | undefined {
  if (isInArchive && !ages.isOldNow(source)) return 'is in the archive';
  if (!isInArchive && ages.wasOld(source)) return 'is not in the archive';
  return undefined;
}

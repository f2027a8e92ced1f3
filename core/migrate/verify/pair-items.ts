import type { ItemInfo } from '../../exchange/mail-store.ts';

export interface ItemPairing {
  pairs: { source: ItemInfo; target: ItemInfo }[];
  missing: ItemInfo[];
  /** Items of the target without a counterpart; `duplicate` where one with the same search key has one. */
  extra: { item: ItemInfo; duplicate: boolean }[];
}

/**
 * Puts the items of two folders together: by search key, then by message id with time, then by class, time and size.
 * Every item stands in at most one pair.
 */
export function pairItems(source: ItemInfo[], target: ItemInfo[]): ItemPairing {
  const pairs: ItemPairing['pairs'] = [];
  let open = source;
  let rest = target;
  for (const keyOf of KEYS) {
    const byKey = new Map<string, ItemInfo[]>();
    for (const item of rest) {
      const key = keyOf(item);
      if (key !== null) byKey.set(key, [...(byKey.get(key) ?? []), item]);
    }
    const taken = new Set<ItemInfo>();
    const left: ItemInfo[] = [];
    for (const item of open) {
      const key = keyOf(item);
      const candidates = key === null ? undefined : byKey.get(key);
      const match = candidates ? best(item, candidates) : undefined;
      if (!match || !candidates) {
        left.push(item);
        continue;
      }
      candidates.splice(candidates.indexOf(match), 1);
      taken.add(match);
      pairs.push({ source: item, target: match });
    }
    open = left;
    rest = rest.filter((item) => !taken.has(item));
    if (open.length === 0 || rest.length === 0) break;
  }
  const known = new Set(pairs.map((p) => p.target.searchKey).filter((key) => key !== null));
  return {
    pairs,
    missing: open,
    extra: rest.map((item) => ({ item, duplicate: item.searchKey !== null && known.has(item.searchKey) })),
  };
}

const when = (item: ItemInfo): number | null => item.received ?? item.sent ?? item.created;

const KEYS: ((item: ItemInfo) => string | null)[] = [
  (item) => item.searchKey,
  (item) => (item.messageId === null ? null : `${item.messageId}|${when(item)}`),
  (item) => `${item.itemClass.toLowerCase()}|${when(item)}|${item.associated}`,
];

/** Among several with one key, the one nearest in class and size: copies of an item share their search key. */
function best(item: ItemInfo, candidates: ItemInfo[]): ItemInfo | undefined {
  let found: ItemInfo | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const distance =
      Math.abs(candidate.size - item.size) +
      (candidate.itemClass.toLowerCase() === item.itemClass.toLowerCase() ? 0 : 1e9) +
      (candidate.associated === item.associated ? 0 : 1e12) +
      (when(candidate) === when(item) ? 0 : 1e6);
    if (distance < least) {
      least = distance;
      found = candidate;
    }
  }
  return found;
}

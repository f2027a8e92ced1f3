/** A folder as sharing out sees it: where it stands, and what it weighs. */
export interface Weighed {
  id: number;
  /** Path with `/` between names; what lies below a folder begins with its path. */
  path: string;
  items: number;
  bytes: number;
}

/** Bytes that cost about as much as the calls that one more item takes. */
const BYTES_AN_ITEM = 50_000;
/** A folder costs a listing even when it is empty; about a tenth of a call is made for an item. */
const ITEMS_A_FOLDER = 10;

export function weightOf({ items, bytes }: Pick<Weighed, 'items' | 'bytes'>): number {
  return ITEMS_A_FOLDER + items + bytes / BYTES_AN_ITEM;
}

/**
 * Shares folders out into at most `count` shares of about the same weight by items and bytes. Folders stay beside their
 * neighbours in the tree, so that a share is a run of subtrees and not a handful of folders from everywhere.
 * @returns ids of folders, no empty share
 */
export function shareOut(folders: readonly Weighed[], count: number): number[][] {
  const parted = folders.map((folder) => ({ folder, parts: folder.path.split('/') }));
  const inTreeOrder = parted.sort((a, b) => compareTree(a.parts, b.parts)).map(({ folder }) => folder);
  const total = inTreeOrder.reduce((sum, folder) => sum + weightOf(folder), 0);
  const shares: number[][] = [];
  let share: number[] = [];
  let weight = 0;
  let left = total;
  for (const folder of inTreeOrder) {
    const open = Math.max(1, count - shares.length);
    const own = weightOf(folder);
    // The end of a share is where it is nearest to its part of what is left.
    if (share.length > 0 && open > 1 && weight + own / 2 > (left + weight) / open) {
      shares.push(share);
      share = [];
      weight = 0;
    }
    share.push(folder.id);
    weight += own;
    left -= own;
  }
  if (share.length > 0) shares.push(share);
  return shares;
}

/** Parents before children, and a subtree before the next one. */
function compareTree(left: readonly string[], right: readonly string[]): number {
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    const [one = '', two = ''] = [left[at], right[at]];
    if (one !== two) return one < two ? -1 : 1;
  }
  return left.length - right.length;
}

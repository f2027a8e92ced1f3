import { eachFolderStat, type FolderStat, lastScan } from '../../store/public-folder-stats.ts';
import type { Store } from '../../store/store.ts';

/** What a subtree is in sum, to decide what to move. Sizes in bytes, times in ms. */
export interface Subtree {
  path: string;
  folders: number;
  items: number;
  bytes: number;
  /** The newest change in it; null where no server said. */
  changedAt: number | null;
  /** Owner of its top folder. */
  owner: string | null;
  mailEnabled: number;
  empty: boolean;
}

/** Sums of every subtree whose top lies at most so deep, largest first. Memory is what the answer takes. */
export async function subtrees(
  store: Store,
  options: { depth?: number; below?: string; limit?: number } = {},
): Promise<Subtree[]> {
  const scan = await lastScan(store);
  if (!scan) return [];
  const below = options.below === undefined || options.below === '/' ? '' : options.below.toLowerCase();
  const from = below === '' ? 0 : below.split('/').length - 1;
  const depth = from + (options.depth ?? 1);
  const found = new Map<string, Subtree>();
  for await (const stat of eachFolderStat(store, scan.scan)) {
    const path = stat.path.toLowerCase();
    if (below !== '' && path !== below && !path.startsWith(`${below}/`)) continue;
    const parts = stat.path.split('/');
    if (stat.depth < depth && stat.path !== '/') add(found, stat.path, stat, true);
    const top = stat.depth >= depth ? parts.slice(0, depth + 1).join('/') : undefined;
    if (top !== undefined) add(found, top, stat, stat.depth === depth);
  }
  const all = [...found.values()].map((one) => ({ ...one, empty: one.items === 0 }));
  return all
    .sort((a, b) => b.bytes - a.bytes || b.items - a.items || a.path.localeCompare(b.path))
    .slice(0, options.limit ?? 500);
}

function add(found: Map<string, Subtree>, path: string, stat: FolderStat, isTop: boolean): void {
  const sum = found.get(path) ?? {
    path,
    folders: 0,
    items: 0,
    bytes: 0,
    changedAt: null,
    owner: null,
    mailEnabled: 0,
    empty: true,
  };
  sum.folders++;
  sum.items += stat.items;
  sum.bytes += stat.bytes;
  sum.mailEnabled += stat.mailEnabled ? 1 : 0;
  if (stat.changedAt !== null) sum.changedAt = Math.max(sum.changedAt ?? 0, stat.changedAt);
  if (isTop) sum.owner = stat.owner;
  found.set(path, sum);
}

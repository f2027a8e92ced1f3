import type { FolderInfo, MailStore } from '../../exchange/mail-store.ts';
import { folderKey } from '../../store/folders.ts';
import { addFolderStats, type FolderStat, finishScan, type Scan } from '../../store/public-folder-stats.ts';
import type { Store } from '../../store/store.ts';

/** PidTagPfProxy: in a mail-enabled public folder the GUID of its object in the directory. */
const PF_PROXY = '671d0102';
const ROWS_A_WRITE = 1_000;

/** What is kept of a folder whose children are still to come: a tree of any size is walked in flat memory. */
interface Above {
  key: string;
  path: string;
  depth: number;
  left: number;
}

/**
 * Reads the whole tree of public folders into the store: items, bytes, last change and owner of each. Folders come from
 * many FindFolder calls side by side; only those whose children are still to come are held.
 */
export async function scanPublicFolders(
  store: Store,
  mail: MailStore,
  options: { signal?: AbortSignal | undefined; owners?: boolean; onProgress?: (folders: number) => void } = {},
): Promise<Scan> {
  const started = performance.now();
  const scan = await store.now();
  const above = new Map<string, Above>();
  const sums = { folders: 0, items: 0, bytes: 0 };
  let rows: FolderStat[] = [];
  const flush = async () => {
    await addFolderStats(store, scan, rows);
    rows = [];
    options.onProgress?.(sums.folders);
  };
  for await (const folder of mail.folders('publicFolders', { signal: options.signal, permissions: options.owners })) {
    options.signal?.throwIfAborted();
    const stat = statOf(folder, above);
    rows.push(stat);
    sums.folders++;
    sums.items += stat.items;
    sums.bytes += stat.bytes;
    if (rows.length >= ROWS_A_WRITE) await flush();
  }
  await flush();
  const done = { scan, at: await store.now(), ...sums, tookMs: Math.round(performance.now() - started) };
  await finishScan(store, done);
  return done;
}

function statOf(folder: FolderInfo, above: Map<string, Above>): FolderStat {
  const key = folderKey(folder.id);
  const parent = folder.parentId === null ? undefined : above.get(folder.parentId);
  if (parent && folder.parentId !== null) {
    parent.left--;
    if (parent.left <= 0) above.delete(folder.parentId);
  }
  const path = parent ? `${parent.path === '/' ? '' : parent.path}/${escaped(folder.name)}` : '/';
  const depth = parent ? parent.depth + 1 : 0;
  if (folder.childCount > 0) above.set(folder.id, { key, path, depth, left: folder.childCount });
  return {
    key,
    id: folder.id,
    parentKey: parent?.key ?? null,
    path,
    depth,
    folderClass: folder.folderClass,
    items: folder.itemCount,
    bytes: folder.sizeBytes ?? 0,
    changedAt: folder.changedAt ?? null,
    owner: folder.permissions?.entries.find(({ level }) => level === 'Owner')?.user ?? null,
    mailEnabled: folder.extra[PF_PROXY] !== undefined,
  };
}

const escaped = (name: string): string => name.replaceAll('%', '%25').replaceAll('/', '%2F');

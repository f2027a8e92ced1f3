import type { FolderInfo, FolderRoot, MailStore } from '../../exchange/mail-store.ts';

/** Every folder of a root, or below one of its folders, parents before children. */
export async function collect(
  store: MailStore,
  root: FolderRoot,
  signal: AbortSignal,
  permissions: boolean,
  below: string | undefined,
): Promise<FolderInfo[]> {
  const folders: FolderInfo[] = [];
  for await (const folder of store.folders(root, { signal, permissions, below })) folders.push(folder);
  return folders;
}

/** The folders below one, itself first, parents before children. */
export function subtree(folders: FolderInfo[], topId: string): FolderInfo[] {
  const inside = new Set<string>([topId]);
  const found: FolderInfo[] = [];
  for (const folder of folders) {
    if (folder.id === topId) found.push({ ...folder, parentId: null });
    else if (folder.parentId !== null && inside.has(folder.parentId)) {
      inside.add(folder.id);
      found.push(folder);
    }
  }
  return found;
}

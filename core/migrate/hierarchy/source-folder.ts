import type { FolderInfo, MailStore } from '../../exchange/mail-store.ts';
import type { RootPair } from '../job.ts';
import { joinPath } from './names.ts';

/** Walks down the path of a public-folder subtree in the source; its id. @throws SourceFolderMissing */
export async function findSourceFolder(source: MailStore, pair: RootPair, signal: AbortSignal): Promise<string> {
  const wanted = pair.sourceBelow.toLowerCase();
  // Folders on the way down; where the server lists level by level, only these are opened.
  const paths = new Map<string, string>();
  const opens = (folder: FolderInfo): boolean => {
    const parent = folder.parentId === null ? undefined : paths.get(folder.parentId);
    if (folder.parentId !== null && parent === undefined) return false;
    const path = parent === undefined ? '/' : joinPath(parent, folder.name);
    if (path !== '/' && !`${wanted}/`.startsWith(`${path.toLowerCase()}/`)) return false;
    paths.set(folder.id, path);
    return true;
  };
  for await (const folder of source.folders(pair.source, { signal, opens }))
    if (opens(folder) && paths.get(folder.id)?.toLowerCase() === wanted) return folder.id;
  throw new SourceFolderMissing(pair.sourceBelow);
}

/** The public folder a workload starts from is not there. */
export class SourceFolderMissing extends Error {
  override readonly name = 'SourceFolderMissing';
  constructor(path: string) {
    super(`there is no public folder ${path}`);
  }
}

import type { MailStore } from '../../exchange/mail-store.ts';
import type { RootPair } from '../job.ts';
import { joinPath } from './names.ts';

/** Walks down the path of a public-folder subtree in the source; its id. @throws SourceFolderMissing */
export async function findSourceFolder(source: MailStore, pair: RootPair, signal: AbortSignal): Promise<string> {
  const wanted = pair.sourceBelow.toLowerCase();
  const paths = new Map<string, string>();
  for await (const folder of source.folders(pair.source, { signal })) {
    const path = folder.parentId === null ? '/' : joinPath(paths.get(folder.parentId) ?? '/', folder.name);
    paths.set(folder.id, path);
    if (path.toLowerCase() === wanted) return folder.id;
  }
  throw new SourceFolderMissing(pair.sourceBelow);
}

/** The public folder a workload starts from is not there. */
export class SourceFolderMissing extends Error {
  override readonly name = 'SourceFolderMissing';
  constructor(path: string) {
    super(`there is no public folder ${path}`);
  }
}

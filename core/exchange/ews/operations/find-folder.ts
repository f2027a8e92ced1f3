import type { CallOptions, FolderInfo, Result } from '../../mail-store.ts';
import { folderIdXml } from '../ids.ts';
import { FOLDER_ELEMENTS, readFolder } from '../read-folder.ts';
import { bulk, messages, resultsOf, type Session } from '../run.ts';
import { child } from '../xml.ts';
import { nextOffset } from './paging.ts';

/** How often parents are asked for again that the server could not read for now. */
const ROUNDS = 3;

export interface FolderPage {
  folders: FolderInfo[];
  /** Offset of the next page; null on the last one. */
  next: number | null;
}

/** FindFolder: a page of subfolders for each parent, shallow or deep. Public folders know no deep traversal. */
export async function findFolder(
  session: Session,
  request: { parents: string[]; deep: boolean; offset: number; max: number; shape: string },
  options: CallOptions = {},
): Promise<Result<FolderPage>[]> {
  const again = { rounds: ROUNDS, signal: options.signal };
  return bulk(session, request.parents, (parents) => ask(session, { ...request, parents }, options), again);
}

async function ask(
  session: Session,
  request: Parameters<typeof findFolder>[1],
  options: CallOptions,
): Promise<Result<FolderPage>[]> {
  const ids = request.parents.map((id) => folderIdXml(id)).join('');
  const body = `<m:FindFolder Traversal="${request.deep ? 'Deep' : 'Shallow'}">${request.shape}<m:IndexedPageFolderView MaxEntriesReturned="${request.max}" Offset="${request.offset}" BasePoint="Beginning"/><m:ParentFolderIds>${ids}</m:ParentFolderIds></m:FindFolder>`;
  const found = await messages(
    session,
    { operation: 'FindFolder', body, repeatable: true, ...options },
    request.parents.length,
  );
  return resultsOf(found, request.parents.length, (message) => {
    const root = child(message, 'RootFolder');
    const folders = (child(root, 'Folders')?.children ?? [])
      .filter((node) => FOLDER_ELEMENTS.includes(node.name))
      .map(readFolder);
    return { folders, next: nextOffset(root, request.offset, folders.length) };
  });
}

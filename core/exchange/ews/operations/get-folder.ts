import type { CallOptions, FolderInfo, Result } from '../../mail-store.ts';
import { folderIdXml } from '../ids.ts';
import { FOLDER_ELEMENTS, readFolder } from '../read-folder.ts';
import { messages, resultsOf, type Session } from '../run.ts';
import { child } from '../xml.ts';

/** GetFolder: one answer for each id, in order. */
export async function getFolder(
  session: Session,
  ids: string[],
  shape: string,
  options: CallOptions = {},
): Promise<Result<FolderInfo>[]> {
  const body = `<m:GetFolder>${shape}<m:FolderIds>${ids.map((id) => folderIdXml(id)).join('')}</m:FolderIds></m:GetFolder>`;
  const found = await messages(session, { operation: 'GetFolder', body, repeatable: true, ...options }, ids.length);
  return resultsOf(found, ids.length, (message) => {
    const node = child(message, 'Folders')?.children.find((c) => FOLDER_ELEMENTS.includes(c.name));
    return readFolder(node ?? { name: 'Folder', attributes: {}, children: [], text: '' });
  });
}

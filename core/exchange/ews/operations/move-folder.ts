import type { CallOptions } from '../../mail-store.ts';
import { folderIdXml } from '../ids.ts';
import { message, type Session } from '../run.ts';

/** MoveFolder: below another parent; the folder keeps its id. */
export async function moveFolder(
  session: Session,
  id: string,
  parentId: string,
  options: CallOptions = {},
): Promise<void> {
  const body = `<m:MoveFolder><m:ToFolderId>${folderIdXml(parentId)}</m:ToFolderId><m:FolderIds>${folderIdXml(id)}</m:FolderIds></m:MoveFolder>`;
  await message(session, { operation: 'MoveFolder', body, repeatable: false, ...options });
}

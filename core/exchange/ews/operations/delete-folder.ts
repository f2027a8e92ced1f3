import type { CallOptions } from '../../mail-store.ts';
import { folderIdXml } from '../ids.ts';
import { message, type Session } from '../run.ts';

/** DeleteFolder: into the deleted items (`MoveToDeletedItems`) or for good (`SoftDelete`: recoverable). */
export async function deleteFolder(
  session: Session,
  id: string,
  type: 'MoveToDeletedItems' | 'SoftDelete' | 'HardDelete',
  options: CallOptions = {},
): Promise<void> {
  const body = `<m:DeleteFolder DeleteType="${type}"><m:FolderIds>${folderIdXml(id)}</m:FolderIds></m:DeleteFolder>`;
  await message(session, { operation: 'DeleteFolder', body, repeatable: false, ...options });
}

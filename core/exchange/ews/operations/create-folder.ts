import type { CallOptions, NewFolder } from '../../mail-store.ts';
import { folderIdXml } from '../ids.ts';
import { FolderTag, propertyXml } from '../properties.ts';
import { message, type Session } from '../run.ts';
import { child, escapeXml } from '../xml.ts';
import { folderElement } from './update-folder.ts';

/** CreateFolder: the new folder's id. @throws ErrorFolderExists when the name is taken. */
export async function createFolder(session: Session, folder: NewFolder, options: CallOptions = {}): Promise<string> {
  const element = folderElement(folder.folderClass);
  // The elements for calendar, contacts and tasks imply their class; a subclass has to be said all the same.
  const folderClass =
    folder.folderClass === '' ? '' : `<t:FolderClass>${escapeXml(folder.folderClass)}</t:FolderClass>`;
  const hidden = folder.hidden
    ? propertyXml({
        tag: `0x${FolderTag.hidden.tag.toString(16)}`,
        type: FolderTag.hidden.type,
        values: ['true'],
        multiple: false,
      })
    : '';
  const body = `<m:CreateFolder><m:ParentFolderId>${folderIdXml(folder.parentId)}</m:ParentFolderId><m:Folders><t:${element}>${folderClass}<t:DisplayName>${escapeXml(folder.name)}</t:DisplayName>${hidden}</t:${element}></m:Folders></m:CreateFolder>`;
  const answer = await message(session, { operation: 'CreateFolder', body, repeatable: false, ...options });
  return child(answer, 'Folders')?.children[0]?.children.find((c) => c.name === 'FolderId')?.attributes.Id ?? '';
}

import type { CallOptions, NewFolder, Result } from '../../mail-store.ts';
import { folderIdXml } from '../ids.ts';
import { FolderTag, propertyXml } from '../properties.ts';
import { messages, resultsOf, type Session } from '../run.ts';
import { child, escapeXml } from '../xml.ts';
import { folderElement } from './update-folder.ts';

/**
 * CreateFolder: folders below one parent, one id or error for each, in order. ErrorFolderExists says that a name is
 * taken.
 */
export async function createFolders(
  session: Session,
  parentId: string,
  folders: NewFolder[],
  options: CallOptions = {},
): Promise<Result<string>[]> {
  const body = `<m:CreateFolder><m:ParentFolderId>${folderIdXml(parentId)}</m:ParentFolderId><m:Folders>${folders.map(folderXml).join('')}</m:Folders></m:CreateFolder>`;
  const found = await messages(
    session,
    { operation: 'CreateFolder', body, repeatable: false, ...options },
    folders.length,
  );
  return resultsOf(
    found,
    folders.length,
    (answer) => child(answer, 'Folders')?.children[0]?.children.find((c) => c.name === 'FolderId')?.attributes.Id ?? '',
  );
}

function folderXml(folder: NewFolder): string {
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
  return `<t:${element}>${folderClass}<t:DisplayName>${escapeXml(folder.name)}</t:DisplayName>${hidden}</t:${element}>`;
}

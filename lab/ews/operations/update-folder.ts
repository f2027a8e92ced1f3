import { folderOf, needRight, Right } from '../access.ts';
import { EwsError } from '../errors.ts';
import { folderElement, folderIdXml } from '../folders/shape.ts';
import { readFolderUpdates } from '../folders/write.ts';
import { type Operation, responseMessages } from '../respond.ts';
import { fromStore } from '../store-errors.ts';
import { child } from '../xml/node.ts';
import { el } from '../xml/write.ts';

/** [MS-OXWSFOLD] 3.1.4.8. SetFolderField of folder:PermissionSet replaces the whole list. */
export const updateFolder: Operation = (request, call) => {
  const changes = child(request, 'FolderChanges')?.children ?? [];
  return responseMessages(call, { name: 'UpdateFolder', afterError: '<m:Folders/>' }, changes, (change) => {
    const folder = folderOf(call, change.children[0]);
    needRight(call, folder, Right.owner);
    const fields = readFolderUpdates(call, folder, child(change, 'Updates'));
    if (
      fields.displayName !== undefined &&
      folder.distinguished !== null &&
      !call.options.renamesDefaultFolders &&
      fields.displayName !== folder.displayName
    ) {
      throw new EwsError('ErrorAccessDenied', 'A distinguished folder cannot be renamed.');
    }
    const updated = fromStore(() => call.store.updateFolder(folder.id, fields));
    return el('m:Folders', el(folderElement(updated), folderIdXml(call, updated)));
  });
};

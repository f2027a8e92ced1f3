import { folderOf, isPublic, needRight, Right, targetFolderOf } from '../access.ts';
import { EwsError } from '../errors.ts';
import { folderElement, folderIdXml } from '../folders/shape.ts';
import { type Operation, responseMessages } from '../respond.ts';
import { fromStore } from '../store-errors.ts';
import { child } from '../xml/node.ts';
import { el } from '../xml/write.ts';

/** [MS-OXWSFOLD] 3.1.4.7. */
export const moveFolder: Operation = (request, call) => {
  const target = child(request, 'ToFolderId');
  const ids = child(request, 'FolderIds')?.children ?? [];
  return responseMessages(call, { name: 'MoveFolder', afterError: '<m:Folders/>' }, ids, (id) => {
    const parent = targetFolderOf(call, target);
    const folder = folderOf(call, id);
    needRight(call, folder, Right.owner);
    needRight(call, parent, Right.createSubfolder | Right.owner);
    if (folder.distinguished !== null)
      throw new EwsError('ErrorMoveCopyFailed', 'A distinguished folder cannot be moved.');
    if (isPublic(folder) !== isPublic(parent) || folder.mailboxId !== parent.mailboxId) {
      throw new EwsError('ErrorMoveCopyFailed', 'A folder cannot be moved between mailboxes.');
    }
    const moved = fromStore(() => call.store.moveFolder(folder.id, parent.id));
    return el('m:Folders', el(folderElement(moved), folderIdXml(call, moved)));
  });
};

import type { FolderRecord } from '../../model.ts';
import { folderOf, isPublic, needRight, Right } from '../access.ts';
import type { Call } from '../context.ts';
import { EwsError } from '../errors.ts';
import { type Operation, responseMessages } from '../respond.ts';
import { fromStore } from '../store-errors.ts';
import { child } from '../xml/node.ts';

/** [MS-OXWSFOLD] 3.1.4.3. */
export const deleteFolder: Operation = (request, call) => {
  const disposal = request.attributes.DeleteType;
  const ids = child(request, 'FolderIds')?.children ?? [];
  return responseMessages(call, { name: 'DeleteFolder' }, ids, (id) => {
    remove(call, folderOf(call, id), disposal);
    return '';
  });
};

function remove(call: Call, folder: FolderRecord, disposal: string | undefined): void {
  needRight(call, folder, Right.owner);
  if (folder.distinguished !== null || folder.parentId === null) {
    throw new EwsError('ErrorDeleteDistinguishedFolder', 'Distinguished folders cannot be deleted.');
  }
  if (disposal !== 'MoveToDeletedItems') {
    fromStore(() => call.store.deleteFolder(folder.id));
    return;
  }
  if (isPublic(folder)) {
    throw new EwsError('ErrorCannotDeleteObject', 'A public folder cannot be moved to Deleted Items.');
  }
  const bin = call.store.distinguished(folder.mailboxId, 'deleteditems');
  if (!bin) throw new EwsError('ErrorFolderNotFound', 'There is no Deleted Items folder.');
  fromStore(() => call.store.moveFolder(folder.id, bin.id));
}

import type { FolderRecord } from '../../model.ts';
import { folderOf, isPublic, needRight, Right } from '../access.ts';
import type { Call } from '../context.ts';
import { EwsError } from '../errors.ts';
import { Breath, type Operation, responseMessages } from '../respond.ts';
import { fromStore } from '../store-errors.ts';
import { child, toBoolean } from '../xml/node.ts';

const BATCH = 200;

/** [MS-OXWSFOLD] 3.1.4.4. Not for public folders, nor for calendars and search folders. */
export const emptyFolder: Operation = (request, call) => {
  const disposal = request.attributes.DeleteType;
  const subfolders = toBoolean(request.attributes.DeleteSubFolders) ?? false;
  const ids = child(request, 'FolderIds')?.children ?? [];
  return responseMessages(call, { name: 'EmptyFolder' }, ids, async (id) => {
    const folder = folderOf(call, id);
    needRight(call, folder, Right.deleteAll);
    if (isPublic(folder))
      throw new EwsError('ErrorInvalidOperation', 'EmptyFolder is not supported for public folders.');
    await empty(call, folder, disposal === 'MoveToDeletedItems' ? bin(call, folder) : undefined);
    if (!subfolders) return '';
    for (const below of call.store.children(folder.id, false)) {
      if (below.distinguished !== null) {
        throw new EwsError('ErrorDeleteDistinguishedFolder', 'Distinguished folders cannot be deleted.');
      }
      fromStore(() => call.store.deleteFolder(below.id));
    }
    return '';
  });
};

function bin(call: Call, folder: FolderRecord): FolderRecord | undefined {
  const deleted = call.store.distinguished(folder.mailboxId, 'deleteditems');
  return deleted?.id === folder.id ? undefined : deleted;
}

async function empty(call: Call, folder: FolderRecord, into: FolderRecord | undefined): Promise<void> {
  const breath = new Breath();
  for (;;) {
    const { items } = call.store.items({ folderId: folder.id, offset: 0, limit: BATCH });
    if (items.length === 0) return;
    call.store.transaction(() => {
      for (const item of items) {
        if (into) call.store.moveItem(item.id, into.id);
        else call.store.deleteItem(item.id);
      }
    });
    await breath.take();
  }
}

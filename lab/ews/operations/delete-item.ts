import type { FolderRecord, ItemRecord } from '../../model.ts';
import { isPublic, namedItem, needRight, Right } from '../access.ts';
import type { Call } from '../context.ts';
import { EwsError } from '../errors.ts';
import { needNamed, needSeries } from '../items/occurrence-view.ts';
import { removeOccurrence } from '../items/occurrence-write.ts';
import { type Operation, responseMessages } from '../respond.ts';
import { fromStore } from '../store-errors.ts';
import { child } from '../xml/node.ts';

/** [MS-OXWSCORE] 3.1.4.3: for good, into the recoverable items, or into Deleted Items. */
export const deleteItem: Operation = (request, call) => {
  const disposal = request.attributes.DeleteType;
  const ids = child(request, 'ItemIds')?.children ?? [];
  return responseMessages(call, { name: 'DeleteItem' }, ids, (id) => {
    const { item, folder, occurrence } = namedItem(call, id);
    needRight(call, folder, Right.deleteAll);
    if (occurrence) {
      const master = call.store.message(item.id);
      removeOccurrence(master, needNamed(needSeries(master), occurrence).original);
      fromStore(() => call.store.updateItem(item.id, master));
      return '';
    }
    remove(call, item, folder, disposal);
    return '';
  });
};

function remove(call: Call, item: ItemRecord, folder: FolderRecord, disposal: string | undefined): void {
  switch (disposal) {
    case 'HardDelete':
      fromStore(() => call.store.deleteItem(item.id));
      return;
    case 'SoftDelete':
    case 'MoveToDeletedItems': {
      if (isPublic(folder) && disposal === 'MoveToDeletedItems') {
        throw new EwsError('ErrorCannotDeleteObject', 'Items of public folders cannot be moved to Deleted Items.');
      }
      const bin = call.store.distinguished(
        folder.mailboxId,
        disposal === 'SoftDelete' ? 'recoverableitemsdeletions' : 'deleteditems',
      );
      // What is deleted within the bin leaves it for good.
      if (!bin || bin.id === folder.id) fromStore(() => call.store.deleteItem(item.id));
      else fromStore(() => call.store.moveItem(item.id, bin.id));
      return;
    }
    default:
      throw new EwsError('ErrorSchemaValidation', 'The DeleteType is not known.');
  }
}

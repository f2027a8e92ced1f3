import { folderOf, itemOf, needRight, ownMailbox, Right } from '../access.ts';
import { deliver } from '../deliver.ts';
import { asSent } from '../items/write.ts';
import { type Operation, responseMessages } from '../respond.ts';
import { fromStore } from '../store-errors.ts';
import { child, toBoolean } from '../xml/node.ts';

/** [MS-OXWSCORE] 3.1.4.8. */
export const sendItem: Operation = (request, call) => {
  const keep = toBoolean(request.attributes.SaveItemToFolder) ?? false;
  const target = child(request, 'SavedItemFolderId')?.children[0];
  const ids = child(request, 'ItemIds')?.children ?? [];
  return responseMessages(call, { name: 'SendItem' }, ids, (id) => {
    const { item, folder } = itemOf(call, id);
    needRight(call, folder, Right.editAll);
    const message = call.store.message(item.id);
    asSent(call, message);
    deliver(call, message);
    fromStore(() =>
      call.store.transaction(() => {
        const sent = target ? folderOf(call, target) : call.store.distinguished(ownMailbox(call).id, 'sentitems');
        if (keep && sent) call.store.createItem(sent.id, message);
        call.store.deleteItem(item.id);
      }),
    );
    return '';
  });
};

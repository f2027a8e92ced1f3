import { itemOf, needRight, Right, requirePublicFolderMailbox, targetFolderOf } from '../access.ts';
import { itemIdOnlyXml } from '../items/shape.ts';
import { ItemView } from '../items/view.ts';
import { type Operation, responseMessages } from '../respond.ts';
import { fromStore } from '../store-errors.ts';
import { child, textOf, toBoolean } from '../xml/node.ts';
import { el } from '../xml/write.ts';

/** [MS-OXWSCORE] 3.1.4.7. A moved item has a new id. */
export const moveItem: Operation = (request, call) => {
  const target = child(request, 'ToFolderId');
  const tell = toBoolean(textOf(request, 'ReturnNewItemIds')) ?? true;
  const ids = child(request, 'ItemIds')?.children ?? [];
  return responseMessages(call, { name: 'MoveItem', afterError: '<m:Items/>' }, ids, (id) => {
    const to = targetFolderOf(call, target);
    const { item, folder } = itemOf(call, id);
    needRight(call, folder, Right.deleteAll);
    needRight(call, to, Right.create);
    requirePublicFolderMailbox(call, to);
    const moved = fromStore(() => call.store.moveItem(item.id, to.id));
    return el('m:Items', tell ? itemIdOnlyXml(new ItemView(call, moved)) : '');
  });
};

import { checkItemFault, itemOf, needRight, Right, requirePublicFolderMailbox, targetFolderOf } from '../access.ts';
import { itemIdOnlyXml } from '../items/shape.ts';
import { ItemView } from '../items/view.ts';
import { type Operation, responseMessages } from '../respond.ts';
import { fromStore } from '../store-errors.ts';
import { child, textOf, toBoolean } from '../xml/node.ts';
import { el } from '../xml/write.ts';

/** [MS-OXWSCORE] 3.1.4.1. The copy keeps the search key of the original. */
export const copyItem: Operation = (request, call) => {
  const target = child(request, 'ToFolderId');
  const tell = toBoolean(textOf(request, 'ReturnNewItemIds')) ?? true;
  const ids = child(request, 'ItemIds')?.children ?? [];
  return responseMessages(call, { name: 'CopyItem', afterError: '<m:Items/>' }, ids, (id) => {
    const to = targetFolderOf(call, target);
    const { item } = itemOf(call, id);
    checkItemFault(call, item);
    needRight(call, to, Right.create);
    requirePublicFolderMailbox(call, to);
    const copied = fromStore(() => call.store.createItem(to.id, call.store.message(item.id), item.associated));
    return el('m:Items', tell ? itemIdOnlyXml(new ItemView(call, copied)) : '');
  });
};

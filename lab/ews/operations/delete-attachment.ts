import { needRight, Right } from '../access.ts';
import { EwsError } from '../errors.ts';
import { type Operation, responseMessages } from '../respond.ts';
import { fromStore } from '../store-errors.ts';
import { child } from '../xml/node.ts';
import { el } from '../xml/write.ts';
import { findAttachment } from './attachments.ts';

/** [MS-OXWSATT] 3.1.4.2. */
export const deleteAttachment: Operation = (request, call) => {
  const ids = child(request, 'AttachmentIds')?.children ?? [];
  return responseMessages(call, { name: 'DeleteAttachment' }, ids, (id) => {
    const { item, folder, root, parent, index, numbers } = findAttachment(call, id);
    needRight(call, folder, Right.editAll);
    if (numbers.length > 1)
      throw new EwsError('ErrorCannotDeleteObject', 'Attachments of attached items cannot be deleted.');
    parent.attachments.splice(index, 1);
    const updated = fromStore(() => call.store.updateItem(item.id, root));
    return el('m:RootItemId', '', { RootItemId: call.ids.item(updated.id), RootItemChangeKey: updated.changeKey });
  });
};

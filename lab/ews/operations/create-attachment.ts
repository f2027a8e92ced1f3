import { getNumber } from '../../../core/domain/mapi/bag.ts';
import { PidTag } from '../../../core/domain/mapi/tags.ts';
import { itemOf, needRight, Right } from '../access.ts';
import { attachmentIdXml } from '../items/attachments.ts';
import { newAttachmentOf } from '../items/write.ts';
import { type Operation, responseMessages } from '../respond.ts';
import { fromStore } from '../store-errors.ts';
import { child } from '../xml/node.ts';
import { el } from '../xml/write.ts';

/** [MS-OXWSATT] 3.1.4.1. */
export const createAttachment: Operation = (request, call) => {
  const parentId = child(request, 'ParentItemId');
  const nodes = child(request, 'Attachments')?.children ?? [];
  const kind = { name: 'CreateAttachment', afterError: '<m:Attachments/>' };
  return responseMessages(call, kind, nodes, async (node) => {
    const { item, folder } = itemOf(call, parentId);
    needRight(call, folder, Right.editAll);
    const attachment = await newAttachmentOf(call, node);
    const message = call.store.message(item.id);
    message.attachments.push(attachment);
    const updated = fromStore(() => call.store.updateItem(item.id, message));
    const number = getNumber(attachment, PidTag.AttachNumber) ?? message.attachments.length - 1;
    const name = attachment.embedded ? 't:ItemAttachment' : 't:FileAttachment';
    return el('m:Attachments', el(name, attachmentIdXml(call, item.id, [number], updated)));
  });
};

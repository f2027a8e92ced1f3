import { messageToMime } from '../../convert/mime-out.ts';
import { checkItemFault, itemOf } from '../access.ts';
import type { Call } from '../context.ts';
import { type ItemShape, itemXml, readItemShape } from '../items/shape.ts';
import { ItemView } from '../items/view.ts';
import { type Operation, responseMessages } from '../respond.ts';
import { child, type XmlNode } from '../xml/node.ts';
import { el } from '../xml/write.ts';

/** [MS-OXWSCORE] 3.1.4.4. */
export const getItem: Operation = (request, call) => {
  const shape = readItemShape(child(request, 'ItemShape'), true);
  const ids = child(request, 'ItemIds')?.children ?? [];
  return responseMessages(call, { name: 'GetItem', afterError: '<m:Items/>' }, ids, async (id) =>
    el('m:Items', itemXml(await viewOf(call, id, shape), shape)),
  );
};

async function viewOf(call: Call, id: XmlNode, shape: ItemShape): Promise<ItemView> {
  const { item } = itemOf(call, id);
  checkItemFault(call, item);
  const view = new ItemView(call, item);
  if (shape.uris.has('item:MimeContent')) view.mime = await messageToMime(view.message);
  return view;
}

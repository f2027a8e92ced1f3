import { checkItemFault, namedItem, type OccurrenceName } from '../access.ts';
import type { Call } from '../context.ts';
import { toMime } from '../items/mime.ts';
import { needNamed, needSeries, occurrenceView } from '../items/occurrence-view.ts';
import { type ItemShape, itemXml, readItemShape } from '../items/shape.ts';
import { ItemView } from '../items/view.ts';
import { type Operation, responseMessages } from '../respond.ts';
import { child, type XmlNode } from '../xml/node.ts';
import { el } from '../xml/write.ts';

/** [MS-OXWSCORE] 3.1.4.4. */
export const getItem: Operation = (request, call) => {
  const shape = readItemShape(child(request, 'ItemShape'), 'whole');
  const ids = child(request, 'ItemIds')?.children ?? [];
  return responseMessages(call, { name: 'GetItem', afterError: '<m:Items/>' }, ids, async (id) =>
    el('m:Items', itemXml(await viewOf(call, id, shape), shape)),
  );
};

async function viewOf(call: Call, id: XmlNode, shape: ItemShape): Promise<ItemView> {
  const { item, occurrence } = namedItem(call, id);
  checkItemFault(call, item);
  const master = new ItemView(call, item);
  const view = occurrence ? viewOfOccurrence(master, occurrence) : master;
  if (shape.uris.has('item:MimeContent')) view.mime = await toMime(view.message);
  return view;
}

function viewOfOccurrence(master: ItemView, name: OccurrenceName): ItemView {
  const series = needSeries(master.message);
  return occurrenceView(master.call, master.record, series, needNamed(series, name));
}

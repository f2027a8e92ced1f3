import { getBoolean, getBytes } from '../../../core/domain/mapi/bag.ts';
import type { MapiMessage } from '../../../core/domain/mapi/model.ts';
import { PidTag } from '../../../core/domain/mapi/tags.ts';
import type { Call, Chunk } from '../context.ts';
import { base64Stream } from '../http/answer.ts';
import { attachmentHead } from '../items/attachments.ts';
import { toMime } from '../items/mime.ts';
import { type ItemShape, itemXml, readItemShape } from '../items/shape.ts';
import { ItemView } from '../items/view.ts';
import { type Operation, responseMessages } from '../respond.ts';
import { child, type XmlNode } from '../xml/node.ts';
import { el, tx } from '../xml/write.ts';
import { type FoundAttachment, findAttachment } from './attachments.ts';

/** [MS-OXWSATT] 3.1.4.3. */
export const getAttachment: Operation = (request, call) => {
  const shape = readItemShape(withBase(child(request, 'AttachmentShape')), 'whole');
  const ids = child(request, 'AttachmentIds')?.children ?? [];
  const kind = { name: 'GetAttachment', afterError: '<m:Attachments/>' };
  return responseMessages(call, kind, ids, async (id) => {
    const found = findAttachment(call, id);
    const head = attachmentHead(call, found.item.id, found.numbers, found.attachment);
    const { embedded } = found.attachment;
    if (!embedded) return file(found, head);
    return el('m:Attachments', el('t:ItemAttachment', head + (await itemContent(call, found, embedded, shape))));
  });
};

/** An AttachmentShape is an ItemShape that always has everything. */
function withBase(node: XmlNode | undefined): XmlNode {
  const base: XmlNode = { ns: 't', name: 'BaseShape', attributes: {}, children: [], text: 'AllProperties' };
  return { ns: 'm', name: 'ItemShape', attributes: {}, text: '', children: [base, ...(node?.children ?? [])] };
}

function* file(found: FoundAttachment, head: string): Generator<Chunk> {
  const data = getBytes(found.attachment, PidTag.AttachDataBinary) ?? new Uint8Array();
  const photo = tx('t:IsContactPhoto', getBoolean(found.attachment, PidTag.AttachmentContactPhoto) ?? false);
  yield `<m:Attachments><t:FileAttachment>${head}${photo}<t:Content>`;
  yield* base64Stream([data]);
  yield '</t:Content></t:FileAttachment></m:Attachments>';
}

async function itemContent(
  call: Call,
  found: FoundAttachment,
  embedded: MapiMessage,
  shape: ItemShape,
): Promise<string> {
  const view = ItemView.embedded(call, embedded, { itemId: found.item.id, numbers: found.numbers });
  if (shape.uris.has('item:MimeContent')) view.mime = await toMime(embedded);
  const xml = itemXml(view, shape);
  // The schema has no distribution list inside an attachment: it goes as a plain item.
  return xml.startsWith('<t:DistributionList') ? '<t:Item/>' : xml;
}

import { getBoolean, getBytes, getNumber, getText, getTime, setProp, setTime } from '../../../core/domain/mapi/bag.ts';
import { AttachMethod, messageSize, newAttachment } from '../../../core/domain/mapi/message.ts';
import type { MapiAttachment, MapiMessage } from '../../../core/domain/mapi/model.ts';
import { PidTag } from '../../../core/domain/mapi/tags.ts';
import type { Call } from '../context.ts';
import { EwsError } from '../errors.ts';
import { dateTime } from '../xml/dates.ts';
import { child, textOf, toBoolean, type XmlNode } from '../xml/node.ts';
import { el, tx } from '../xml/write.ts';

/** An attachment of an item, with the number that its id carries. */
export interface Numbered {
  attachment: MapiAttachment;
  number: number;
}

/** Attachments as clients see them; the hidden ones that hold a calendar item's exceptions are not among them. */
export function visibleAttachments(message: MapiMessage): Numbered[] {
  return message.attachments
    .map((attachment, index) => ({ attachment, number: getNumber(attachment, PidTag.AttachNumber) ?? index }))
    .filter(({ attachment }) => !isException(attachment));
}

/** [MS-OXOCAL] 2.2.10.1.3: afException. */
export function isException(attachment: MapiAttachment): boolean {
  return ((getNumber(attachment, PidTag.AttachmentFlags) ?? 0) & 0x2) !== 0;
}

export function attachmentName(attachment: MapiAttachment): string {
  return (
    getText(attachment, PidTag.AttachLongFilename) ??
    getText(attachment, PidTag.DisplayName) ??
    getText(attachment, PidTag.AttachFilename) ??
    (attachment.embedded ? (getText(attachment.embedded, PidTag.Subject) ?? '') : '')
  );
}

export function attachmentIdXml(
  call: Call,
  itemId: string,
  numbers: number[],
  root?: { id: string; changeKey: string },
): string {
  return el('t:AttachmentId', '', {
    Id: call.ids.write({ kind: 'attachment', id: itemId, numbers }),
    RootItemId: root && call.ids.item(root.id),
    RootItemChangeKey: root?.changeKey,
  });
}

/** Elements common to all attachments, in the order of AttachmentType. */
export function attachmentHead(call: Call, itemId: string, numbers: number[], attachment: MapiAttachment): string {
  const modified = getTime(attachment, PidTag.LastModificationTime);
  const size = sizeOf(attachment);
  const contentId = getText(attachment, PidTag.AttachContentId);
  return (
    attachmentIdXml(call, itemId, numbers) +
    tx('t:Name', attachmentName(attachment)) +
    tx(
      't:ContentType',
      getText(attachment, PidTag.AttachMimeTag) ?? (attachment.embedded ? 'message/rfc822' : undefined),
    ) +
    tx('t:ContentId', contentId) +
    tx('t:ContentLocation', getText(attachment, PidTag.AttachContentLocation)) +
    tx('t:Size', size) +
    (modified === undefined ? '' : tx('t:LastModifiedTime', dateTime(modified))) +
    tx('t:IsInline', isInline(attachment))
  );
}

function sizeOf(attachment: MapiAttachment): number {
  if (attachment.embedded) return messageSize(attachment.embedded);
  return getNumber(attachment, PidTag.AttachSize) ?? getBytes(attachment, PidTag.AttachDataBinary)?.length ?? 0;
}

function isInline(attachment: MapiAttachment): boolean {
  if (attachment.embedded) return false;
  const flags = getNumber(attachment, PidTag.AttachFlags) ?? 0;
  // attRenderedInBody ([MS-OXCMSG] 2.2.2.18), or hidden for the body's sake.
  return (flags & 0x4) !== 0 || (getBoolean(attachment, PidTag.AttachmentHidden) ?? false);
}

/** The Attachments element of an item, without contents. */
export function attachmentsXml(call: Call, itemId: string, message: MapiMessage, outer: number[] = []): string {
  const list = visibleAttachments(message).map(({ attachment, number }) => {
    const head = attachmentHead(call, itemId, [...outer, number], attachment);
    if (attachment.embedded) return el('t:ItemAttachment', head);
    return el(
      't:FileAttachment',
      head + tx('t:IsContactPhoto', getBoolean(attachment, PidTag.AttachmentContactPhoto) ?? false),
    );
  });
  return list.length === 0 ? '' : el('t:Attachments', list.join(''));
}

/** An attachment from a FileAttachment or ItemAttachment element; `readItem` makes the message of the latter. */
export function readAttachment(node: XmlNode, readItem: (node: XmlNode) => MapiMessage, now: number): MapiAttachment {
  const name = textOf(node, 'Name') ?? '';
  const attachment = node.name === 'ItemAttachment' ? itemAttachment(node, readItem) : fileAttachment(node);
  if (name !== '' || !attachment.embedded) {
    setProp(attachment, PidTag.AttachLongFilename, name);
    setProp(attachment, PidTag.DisplayName, name);
  }
  setProp(attachment, PidTag.AttachMimeTag, nonEmpty(textOf(node, 'ContentType')));
  setProp(attachment, PidTag.AttachContentId, nonEmpty(textOf(node, 'ContentId')));
  setProp(attachment, PidTag.AttachContentLocation, nonEmpty(textOf(node, 'ContentLocation')));
  setTime(attachment, PidTag.CreationTime, now);
  setTime(attachment, PidTag.LastModificationTime, now);
  return attachment;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function fileAttachment(node: XmlNode): MapiAttachment {
  if (node.name !== 'FileAttachment') {
    throw new EwsError('ErrorInvalidOperation', `The attachment type '${node.name}' is not supported.`);
  }
  const content = child(node, 'Content')?.data ?? new Uint8Array();
  const attachment = newAttachment(AttachMethod.byValue);
  setProp(attachment, PidTag.AttachDataBinary, content);
  setProp(attachment, PidTag.AttachSize, content.length);
  setProp(attachment, PidTag.RenderingPosition, -1);
  const name = textOf(node, 'Name') ?? '';
  const dot = name.lastIndexOf('.');
  setProp(attachment, PidTag.AttachFilename, name);
  setProp(attachment, PidTag.AttachExtension, dot > 0 ? name.slice(dot) : undefined);
  if (toBoolean(textOf(node, 'IsInline'))) setProp(attachment, PidTag.AttachFlags, 0x4);
  if (toBoolean(textOf(node, 'IsContactPhoto'))) setProp(attachment, PidTag.AttachmentContactPhoto, true);
  return attachment;
}

const NOT_ITEMS = new Set([
  'AttachmentId',
  'Name',
  'ContentType',
  'ContentId',
  'ContentLocation',
  'Size',
  'LastModifiedTime',
  'IsInline',
]);

function itemAttachment(node: XmlNode, readItem: (node: XmlNode) => MapiMessage): MapiAttachment {
  const item = node.children.find((c) => !NOT_ITEMS.has(c.name));
  if (!item) throw new EwsError('ErrorInvalidItemForOperationCreateItem', 'The attached item is missing.');
  const attachment = newAttachment(AttachMethod.embeddedMessage);
  attachment.embedded = readItem(item);
  setProp(attachment, PidTag.RenderingPosition, -1);
  return attachment;
}

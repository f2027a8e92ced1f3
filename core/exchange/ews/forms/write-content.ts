import type { AttachmentContent, ExtendedProperty, MimeContent, TypedContent, TypedField } from '../../mail-store.ts';
import { base64Length, type Piece as WirePiece } from '../base64.ts';
import type { ItemXml } from '../operations/create-item.ts';
import { propertyXml } from '../properties.ts';
import { escapeXml } from '../xml.ts';
import { fieldOrder, writableElement } from './fields.ts';
import { propertyKey } from './read-content.ts';

/** A piece of an item: XML text, or bytes that go as base64. */
type Piece = string | { parts: Uint8Array[]; size: number };

/** What is left out of an item because the server refused it. */
export interface Leaving {
  fields: ReadonlySet<string>;
  properties: ReadonlySet<string>;
}
export const NOTHING: Leaving = { fields: new Set(), properties: new Set() };

/** The element of a new item, ready to be sent in pieces. */
export function itemXml(content: MimeContent | TypedContent, leaving: Leaving = NOTHING): ItemXml {
  const pieces = content.form === 'mime' ? mimePieces(content, leaving) : typedPieces(content, leaving);
  return {
    length: pieces.reduce(
      (sum, piece) => sum + (typeof piece === 'string' ? Buffer.byteLength(piece) : base64Length(piece.size)),
      0,
    ),
    pieces: (): Iterable<WirePiece> => pieces,
  };
}

function mimePieces(content: MimeContent, leaving: Leaving): Piece[] {
  const element = writableElement(content.element);
  return [
    `<t:${element}><t:MimeContent CharacterSet="UTF-8">`,
    { parts: content.parts, size: content.size },
    `</t:MimeContent>${classXml(content.itemClass)}`,
    ...ordered(element, content.fields, content.properties, [], leaving),
    `</t:${element}>`,
  ];
}

function typedPieces(content: TypedContent, leaving: Leaving): Piece[] {
  const element = writableElement(content.element);
  return [
    `<t:${element}>${classXml(content.itemClass)}`,
    ...ordered(element, content.fields, content.properties, content.attachments, leaving),
    `</t:${element}>`,
  ];
}

function classXml(itemClass: string): string {
  return itemClass === '' ? '' : `<t:ItemClass>${escapeXml(itemClass)}</t:ItemClass>`;
}

/** Fields, attachments and extended properties in the order of the schema. */
function ordered(
  element: string,
  fields: TypedField[],
  properties: ExtendedProperty[],
  attachments: AttachmentContent[],
  leaving: Leaving,
): Piece[] {
  const order = fieldOrder(element);
  const slots: { at: number; pieces: Piece[] }[] = fields
    .filter((field) => order.has(field.name) && !leaving.fields.has(field.name))
    .map((field) => ({ at: order.get(field.name) ?? 0, pieces: [field.xml] }));
  if (attachments.length > 0 && !leaving.fields.has('Attachments'))
    slots.push({
      at: order.get('Attachments') ?? 0,
      pieces: ['<t:Attachments>', ...attachments.flatMap((a) => attachmentPieces(a, leaving)), '</t:Attachments>'],
    });
  const carried = properties.filter((p) => !leaving.properties.has(propertyKey(p)));
  if (carried.length > 0)
    slots.push({ at: order.get('ExtendedProperty') ?? 0, pieces: [carried.map(propertyXml).join('')] });
  return slots.sort((a, b) => a.at - b.at).flatMap((slot) => slot.pieces);
}

function attachmentPieces(attachment: AttachmentContent, leaving: Leaving): Piece[] {
  const text = (name: string, value: string): string =>
    value === '' ? '' : `<t:${name}>${escapeXml(value)}</t:${name}>`;
  if (attachment.kind === 'item') {
    const { item } = attachment;
    const inner = item.form === 'mime' ? mimePieces(item, leaving) : typedPieces(item, leaving);
    return [`<t:ItemAttachment>${text('Name', attachment.name)}`, ...inner, '</t:ItemAttachment>'];
  }
  const photo = attachment.contactPhoto ? '<t:IsContactPhoto>true</t:IsContactPhoto>' : '';
  return [
    `<t:FileAttachment>${text('Name', attachment.name)}${text('ContentType', attachment.contentType)}${text('ContentId', attachment.contentId)}${text('ContentLocation', attachment.contentLocation)}<t:IsInline>${attachment.inline}</t:IsInline>${photo}<t:Content>`,
    { parts: attachment.parts, size: attachment.size },
    '</t:Content></t:FileAttachment>',
  ];
}

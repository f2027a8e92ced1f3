import type {
  AttachmentContent,
  ExtendedProperty,
  ItemRef,
  MimeContent,
  Result,
  TypedContent,
  TypedField,
} from '../../mail-store.ts';
import { EwsError } from '../codes.ts';
import { getAttachments } from '../operations/get-attachment.ts';
import { getItem } from '../operations/get-item.ts';
import { extendedProperties, fieldUri } from '../properties.ts';
import type { Session } from '../run.ts';
import { booleanOf, child, numberOf, textOf, writeXml, type XmlNode } from '../xml.ts';
import { carriedUris } from './carried-properties.ts';
import { fieldOrder, writableElement } from './fields.ts';
import { readExceptions } from './read-exceptions.ts';
import { type ReadOptions, typedShape } from './typed-shape.ts';

/** Embedded messages nest so deep; what lies deeper is a loss that is told. */
export const MAX_DEPTH = 10;

/** Typed fields that stand beside MIME, since its headers lose them or servers read them differently. */
const BESIDE_MIME = ['Sensitivity', 'Categories', 'Importance'];

/** Items as MIME, with the properties beside it that MIME cannot carry. */
export async function readMime(
  session: Session,
  items: ItemRef[],
  options: ReadOptions,
): Promise<Result<MimeContent>[]> {
  const fields = ['item:ItemClass', ...BESIDE_MIME.map((name) => `item:${name}`)].map(fieldUri).join('');
  return byElement(items, async (element, group) => {
    const shape = `<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:IncludeMimeContent>true</t:IncludeMimeContent><t:AdditionalProperties>${fields}${carriedUris(element, options.extra)}</t:AdditionalProperties></m:ItemShape>`;
    const found = await getItem(
      session,
      group.map((i) => i.id),
      shape,
      { ...options, blobs: ['MimeContent'] },
    );
    return found.map((answer): Result<MimeContent> => {
      if (!answer.ok) return answer;
      const node = answer.value;
      const mime = child(node, 'MimeContent')?.blob;
      if (!mime || mime.size === 0)
        return { ok: false, error: new EwsError('ErrorUnsupportedMimeConversion', 'the server gave no MIME') };
      return {
        ok: true,
        value: {
          form: 'mime',
          element: writableElement(node.name),
          itemClass: textOf(node, 'ItemClass') ?? '',
          parts: mime.parts,
          size: mime.size,
          fields: typedFields(node, BESIDE_MIME),
          properties: extendedProperties(node),
        },
      };
    });
  });
}

/** Items by their typed properties, with attachments and the exceptions of a series. */
export async function readTyped(
  session: Session,
  items: ItemRef[],
  options: ReadOptions,
  depth = 0,
): Promise<Result<TypedContent>[]> {
  return byElement(items, async (element, group) => {
    const found = await getItem(
      session,
      group.map((i) => i.id),
      typedShape(element, options.extra),
      options,
    );
    const contents: Result<TypedContent>[] = [];
    for (const answer of found) {
      if (answer.ok) contents.push(await settled(() => typedContent(session, answer.value, options, depth)));
      else contents.push(answer);
    }
    return contents;
  });
}

/** A typed item from its element; attachments are fetched. */
export async function typedContent(
  session: Session,
  node: XmlNode,
  options: ReadOptions,
  depth: number,
): Promise<TypedContent> {
  const fields = typedFields(node);
  const attachments = await readAttachments(session, node, options, depth);
  return {
    form: 'typed',
    element: writableElement(node.name),
    itemClass: textOf(node, 'ItemClass') ?? '',
    fields,
    size:
      fields.reduce((sum, field) => sum + field.xml.length, 0) + attachments.reduce((sum, one) => sum + one.size, 0),
    properties: extendedProperties(node),
    attachments,
    exceptions:
      node.name === 'CalendarItem'
        ? await readExceptions(session, node, options, (occurrence) => typedContent(session, occurrence, options, 1))
        : null,
  };
}

/** The writable fields of an element in schema order, without attachments and extended properties. */
function typedFields(node: XmlNode, only?: string[]): TypedField[] {
  const order = fieldOrder(node.name);
  const wanted = node.children.filter(
    (c) =>
      order.has(c.name) &&
      c.name !== 'Attachments' &&
      c.name !== 'ExtendedProperty' &&
      c.name !== 'MimeContent' &&
      c.name !== 'ItemClass' &&
      // Its properties are carried one by one; set after them it would clear some.
      c.name !== 'Flag' &&
      (only === undefined || only.includes(c.name)),
  );
  wanted.sort((a, b) => (order.get(a.name) ?? 0) - (order.get(b.name) ?? 0));
  return wanted.map((c) => ({ name: c.name, xml: writeXml(writable(c)) }));
}

/** Ids inside fields mean nothing in another store. */
const INNER_READ_ONLY = new Set(['ItemId', 'LastResponseTime']);
function writable(node: XmlNode): XmlNode {
  return {
    ...node,
    children: node.children.filter((c) => !INNER_READ_ONLY.has(c.name)).map(writable),
  };
}

async function readAttachments(
  session: Session,
  node: XmlNode,
  options: ReadOptions,
  depth: number,
): Promise<AttachmentContent[]> {
  const listed = child(node, 'Attachments')?.children ?? [];
  const ids = listed.flatMap((a) => child(a, 'AttachmentId')?.attributes.Id ?? []);
  if (ids.length === 0 || depth > MAX_DEPTH) return [];
  const contents: AttachmentContent[] = [];
  // Few at a time: each may be large.
  for (let at = 0; at < ids.length; at += 10) {
    const found = await getAttachments(session, ids.slice(at, at + 10), carriedUris('Message', options.extra), options);
    for (const [index, answer] of found.entries()) {
      if (!answer.ok) throw answer.error;
      contents.push(await attachmentContent(session, answer.value, listed[at + index] ?? answer.value, options, depth));
    }
  }
  return contents;
}

async function attachmentContent(
  session: Session,
  node: XmlNode,
  listed: XmlNode,
  options: ReadOptions,
  depth: number,
): Promise<AttachmentContent> {
  const name = textOf(node, 'Name') ?? textOf(listed, 'Name') ?? '';
  if (node.name === 'ItemAttachment') {
    const inner = node.children.find((c) => isItem(c));
    const item = await typedContent(
      session,
      inner ?? { name: 'Message', attributes: {}, children: [], text: '' },
      options,
      depth + 1,
    );
    return { kind: 'item', name, item, size: item.size };
  }
  const blob = child(node, 'Content')?.blob ?? { parts: [], size: 0, truncated: false };
  if (blob.truncated) throw new EwsError('ErrorInternalServerTransientError', 'an attachment breaks off');
  return {
    kind: 'file',
    name,
    contentType: textOf(node, 'ContentType') ?? textOf(listed, 'ContentType') ?? '',
    contentId: textOf(node, 'ContentId') ?? textOf(listed, 'ContentId') ?? '',
    contentLocation: textOf(node, 'ContentLocation') ?? '',
    inline: booleanOf(node, 'IsInline') ?? booleanOf(listed, 'IsInline') ?? false,
    contactPhoto: booleanOf(node, 'IsContactPhoto') ?? booleanOf(listed, 'IsContactPhoto') ?? false,
    parts: blob.parts,
    size: blob.size || (numberOf(listed, 'Size') ?? 0),
  };
}

const ITEM_ELEMENTS = new Set([
  'Item',
  'Message',
  'CalendarItem',
  'Contact',
  'DistributionList',
  'Task',
  'PostItem',
  'MeetingMessage',
  'MeetingRequest',
  'MeetingResponse',
  'MeetingCancellation',
]);
function isItem(node: XmlNode): boolean {
  return ITEM_ELEMENTS.has(node.name);
}

/** Asks for items of one element together: the properties beside them depend on it. Answers keep their order. */
async function byElement<T>(
  items: ItemRef[],
  read: (element: string, group: ItemRef[]) => Promise<Result<T>[]>,
): Promise<Result<T>[]> {
  const results: Result<T>[] = [];
  const indexed = items.map((item, index) => ({ item, index }));
  for (const [element, group] of Map.groupBy(indexed, ({ item }) => item.element)) {
    const found = await read(
      element,
      group.map(({ item }) => item),
    );
    for (const [at, { index }] of group.entries()) {
      const answer = found[at];
      if (answer) results[index] = answer;
    }
  }
  return results;
}

/** What one item throws is that item's failure; a failed connection is everybody's. */
async function settled<T>(work: () => Promise<T>): Promise<Result<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    if (error instanceof EwsError) return { ok: false, error };
    throw error;
  }
}

/** Properties by their address, for comparing two lists. */
export function propertyKey(property: ExtendedProperty): string {
  return property.tag ?? `${property.set}/${property.name ?? property.id}`;
}

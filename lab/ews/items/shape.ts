import { EwsError } from '../errors.ts';
import { type ExtendedField, extendedPropertyXml } from '../extended.ts';
import { type FieldPath, fieldPath, pathXml } from '../paths.ts';
import { type Comparable, comparableOf } from '../restriction.ts';
import { child, textOf, toBoolean, type XmlNode } from '../xml/node.ts';
import { el } from '../xml/write.ts';
import type { Field, ReadOptions } from './field.ts';
import { EXTENDED_PLACE } from './fields-item.ts';
import { type ItemKind, KINDS, kindOf } from './kinds.ts';
import type { ItemView } from './view.ts';

export type BaseShape = 'IdOnly' | 'Default' | 'AllProperties';

/** What of items an answer shows. */
export interface ItemShape {
  base: BaseShape;
  uris: ReadonlySet<string>;
  extended: readonly ExtendedField[];
  options: ReadOptions;
  /** GetItem shows whole items; FindItem and SyncFolderItems leave out what a list cannot have. */
  whole: boolean;
}

/** Shown only when asked for by name. */
const BY_NAME_ONLY = new Set([
  'item:MimeContent',
  'item:TextBody',
  'item:UniqueBody',
  'item:NormalizedBody',
  'item:Preview',
  'item:StoreEntryId',
  'item:InstanceKey',
  'calendar:StartWallClock',
  'calendar:EndWallClock',
  'calendar:StartTimeZoneId',
  'calendar:EndTimeZoneId',
]);
/** Asking for these in a list is an error. */
const NOT_IN_LISTS = new Set([
  'item:MimeContent',
  'item:Body',
  'item:Attachments',
  'item:UniqueBody',
  'item:NormalizedBody',
  'item:TextBody',
  'message:ToRecipients',
  'message:CcRecipients',
  'message:BccRecipients',
  'message:ReplyTo',
  'calendar:RequiredAttendees',
  'calendar:OptionalAttendees',
  'calendar:Resources',
  'calendar:Recurrence',
  'calendar:FirstOccurrence',
  'calendar:LastOccurrence',
  'calendar:ModifiedOccurrences',
  'calendar:DeletedOccurrences',
  'distributionlist:Members',
  'task:Recurrence',
]);

function asBase(text: string | undefined): BaseShape {
  if (text === 'IdOnly' || text === 'Default' || text === 'AllProperties') return text;
  throw new EwsError('ErrorSchemaValidation', 'The BaseShape is not known.');
}

/**
 * Reads an ItemShape element. `use` says for which operation: `list` (FindItem) refuses what a list cannot show, `sync`
 * shows it where it is asked for by name, `whole` (GetItem) always. Throws ErrorInvalidPropertyRequest.
 */
export function readItemShape(node: XmlNode | undefined, use: 'list' | 'sync' | 'whole'): ItemShape {
  const whole = use === 'whole';
  const uris = new Set<string>();
  const extended: ExtendedField[] = [];
  const indexes = new Map<string, Set<string>>();
  for (const added of child(node, 'AdditionalProperties')?.children ?? []) {
    const path = fieldPath(added);
    if (path.kind === 'extended') extended.push(path.field);
    else if (path.uri.startsWith('folder:') || (use === 'list' && NOT_IN_LISTS.has(path.uri))) {
      throw new EwsError('ErrorInvalidPropertyRequest', 'The property is not valid for this operation.', {
        xml: pathXml(path),
      });
    } else if (path.kind === 'uri') uris.add(path.uri);
    else {
      const set = indexes.get(path.uri) ?? new Set();
      indexes.set(path.uri, set.add(path.index));
    }
  }
  if (toBoolean(textOf(node, 'IncludeMimeContent'))) {
    if (use === 'list')
      throw new EwsError('ErrorInvalidPropertyRequest', 'MimeContent is not valid for this operation.');
    uris.add('item:MimeContent');
  }
  const bodyType = textOf(node, 'BodyType');
  const maxBody = Number(textOf(node, 'MaximumBodySize') ?? 0);
  return {
    base: asBase(textOf(node, 'BaseShape')),
    uris,
    extended,
    whole,
    options: {
      bodyType: bodyType === 'HTML' || bodyType === 'Text' ? bodyType : 'Best',
      maxBody: maxBody > 0 ? maxBody : undefined,
      indexes,
    },
  };
}

function shown(field: Field, kind: ItemKind, shape: ItemShape): boolean {
  if (field.uri === 'item:ItemId' || shape.uris.has(field.uri)) return true;
  if (field.dictionary?.uris.some((uri) => shape.options.indexes.has(uri))) return true;
  if (field.detail && !shape.whole) return false;
  if (shape.base === 'Default') return kind.defaults.includes(field.uri);
  return shape.base === 'AllProperties' && !BY_NAME_ONLY.has(field.uri);
}

/** Fields a shape shows of a kind; worked out once for a list. */
const chosen = new WeakMap<ItemShape, Map<ItemKind, Field[]>>();

function fieldsFor(kind: ItemKind, shape: ItemShape): Field[] {
  let byKind = chosen.get(shape);
  if (!byKind) {
    byKind = new Map();
    chosen.set(shape, byKind);
  }
  let fields = byKind.get(kind);
  if (!fields) {
    fields = kind.fields.filter((f) => (f === EXTENDED_PLACE ? shape.extended.length > 0 : shown(f, kind, shape)));
    byKind.set(kind, fields);
  }
  return fields;
}

/** Elements of an item that a shape asks for, in the order of the schema. */
export function itemContent(view: ItemView, kind: ItemKind, shape: ItemShape): string {
  let inner = '';
  for (const field of fieldsFor(kind, shape)) {
    if (field === EXTENDED_PLACE) {
      for (const extended of shape.extended) inner += extendedPropertyXml(extended, view.prop(extended.ref));
    } else if (field.read) inner += field.read(view, shape.options);
  }
  return inner;
}

/** An item as an element. */
export function itemXml(view: ItemView, shape: ItemShape): string {
  const kind = kindOf(view.record.itemClass);
  return el(`t:${kind.element}`, itemContent(view, kind, shape));
}

/** An item of a list as an element; nothing for one that went while the list was made. */
export function showItem(view: ItemView, shape: ItemShape): string {
  try {
    return itemXml(view, shape);
  } catch (error) {
    if (error instanceof EwsError && error.code === 'ErrorItemNotFound') return '';
    throw error;
  }
}

/** Element with the item's id alone, as the answers of writing operations have it. */
export function itemIdOnlyXml(view: ItemView): string {
  return itemXml(view, ID_ONLY);
}

const ID_ONLY: ItemShape = {
  base: 'IdOnly',
  uris: new Set(),
  extended: [],
  whole: false,
  options: { bodyType: 'Best', maxBody: undefined, indexes: new Map() },
};

/** All fields by URI; where kinds share a URI the field is the same for every purpose but its element. */
const BY_URI = new Map<string, Field[]>();
for (const kind of Object.values(KINDS)) {
  for (const field of kind.fields) {
    if (field.uri === '') continue;
    const list = BY_URI.get(field.uri) ?? [];
    if (!list.includes(field)) list.push(field);
    BY_URI.set(field.uri, list);
  }
}
const BY_INDEX_URI = new Map<string, Field>();
for (const field of BY_URI.values()) {
  for (const f of field) for (const uri of f.dictionary?.uris ?? []) BY_INDEX_URI.set(uri, f);
}

/** The field of a kind with this URI. */
export function fieldOf(kind: ItemKind, path: FieldPath): Field | undefined {
  if (path.kind === 'uri') return kind.fields.find((f) => f.uri === path.uri);
  if (path.kind === 'indexed') return kind.fields.find((f) => f.dictionary?.uris.includes(path.uri));
  return undefined;
}

/** A property of an item as restrictions and sort orders compare it; throws ErrorUnsupportedPathForQuery. */
export function itemComparable(view: ItemView, path: FieldPath): Comparable | undefined {
  if (path.kind === 'extended') {
    const property = view.prop(path.field.ref);
    return property && comparableOf(property.type, property.value);
  }
  if (path.kind === 'indexed') {
    const dictionary = BY_INDEX_URI.get(path.uri)?.dictionary;
    if (!dictionary) throw unsupported(path);
    return dictionary.compare(view, path.uri, path.index);
  }
  const fields = BY_URI.get(path.uri);
  if (!fields) {
    // Known to the schema, but nothing of the lab has it.
    if (!path.uri.startsWith('folder:')) return undefined;
    throw unsupported(path);
  }
  const field = kindOf(view.record.itemClass).fields.find((f) => f.uri === path.uri);
  if (!field) return undefined;
  if (!field.compare) throw unsupported(path);
  return field.compare(view);
}

function unsupported(path: FieldPath): EwsError {
  return new EwsError('ErrorUnsupportedPathForQuery', 'The property can not be used with this type of restriction.', {
    xml: pathXml(path),
  });
}

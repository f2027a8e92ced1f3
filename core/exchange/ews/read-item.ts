import type { ItemInfo } from '../mail-store.ts';
import { extendedProperties, fieldUri, ItemTag, tagUri, tagValue } from './properties.ts';
import type { Session } from './run.ts';
import { booleanOf, child, numberOf, readTime, textOf, timeOf, type XmlNode } from './xml.ts';

/**
 * How much is asked of an item: `list` for pairing and comparing, `sync` for what the ledger keeps, `check` for whether a
 * written item is what was sent. Lists are long, so each asks for no more than it needs.
 */
export type ItemDetail = 'list' | 'sync' | 'check';

export function itemShape(detail: ItemDetail, { client }: Session): string {
  const fields = client.lessOfItems ? PLAIN : SHAPES[detail];
  const known = client.speaks('Exchange2010') ? fields : fields.filter((field) => field !== IS_ASSOCIATED);
  return `<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>${known.join('')}</t:AdditionalProperties></m:ItemShape>`;
}

const IS_ASSOCIATED = fieldUri('item:IsAssociated');
/** For servers that know no extended properties in a list: what EWS has names for in every class. */
const PLAIN = [
  fieldUri('item:ItemClass'),
  fieldUri('item:Size'),
  fieldUri('item:DateTimeReceived'),
  fieldUri('item:DateTimeSent'),
  fieldUri('item:DateTimeCreated'),
];

const SHAPES: Record<ItemDetail, string[]> = {
  list: [
    fieldUri('item:ItemClass'),
    fieldUri('item:Size'),
    fieldUri('item:ParentFolderId'),
    IS_ASSOCIATED,
    ...Object.values(ItemTag).map(tagUri),
  ],
  sync: [
    fieldUri('item:ItemClass'),
    fieldUri('item:Size'),
    IS_ASSOCIATED,
    fieldUri('item:DateTimeReceived'),
    fieldUri('item:DateTimeCreated'),
    tagUri(ItemTag.searchKey),
  ],
  check: [fieldUri('item:ItemClass'), tagUri(ItemTag.searchKey)],
};

const MSGFLAG_READ = 0x01;
const MSGFLAG_ASSOCIATED = 0x40;

/** Reads an item element of any class. */
export function readItem(node: XmlNode): ItemInfo {
  const properties = extendedProperties(node);
  const flagsText = tagValue(properties, ItemTag.flags);
  const flags = flagsText === undefined ? null : Number(flagsText);
  const searchKey = tagValue(properties, ItemTag.searchKey);
  const time = (tag: (typeof ItemTag)[keyof typeof ItemTag]): number | null => {
    return readTime(tagValue(properties, tag)) ?? null;
  };
  return {
    id: child(node, 'ItemId')?.attributes.Id ?? '',
    changeKey: child(node, 'ItemId')?.attributes.ChangeKey ?? '',
    folderId: child(node, 'ParentFolderId')?.attributes.Id ?? null,
    itemClass: textOf(node, 'ItemClass') ?? '',
    element: node.name,
    associated: booleanOf(node, 'IsAssociated') ?? (flags !== null && (flags & MSGFLAG_ASSOCIATED) !== 0),
    size: numberOf(node, 'Size') ?? 0,
    searchKey: searchKey === undefined ? null : Buffer.from(searchKey, 'base64').toString('hex'),
    messageId: tagValue(properties, ItemTag.messageId) ?? textOf(node, 'InternetMessageId') ?? null,
    received: time(ItemTag.received) ?? timeOf(node, 'DateTimeReceived') ?? null,
    sent: time(ItemTag.sent) ?? timeOf(node, 'DateTimeSent') ?? null,
    created: time(ItemTag.created) ?? timeOf(node, 'DateTimeCreated') ?? null,
    modified: time(ItemTag.modified) ?? timeOf(node, 'LastModifiedTime') ?? null,
    flags,
    read: flags === null ? (booleanOf(node, 'IsRead') ?? null) : (flags & MSGFLAG_READ) !== 0,
  };
}

import type { ExtendedProperty } from '../mail-store.ts';
import { child, children, escapeXml, type XmlNode } from './xml.ts';

/** A property tag as EWS asks for it: 16-bit id and EWS type name. */
export interface TagType {
  tag: number;
  type: string;
}

/** Folder properties that EWS has no field for. */
export const FolderTag = {
  /** PidTagAttributeHidden */
  hidden: { tag: 0x10f4, type: 'Boolean' },
  /** PidTagMessageSizeExtended */
  size: { tag: 0x0e08, type: 'Long' },
  /** PidTagLocalCommitTimeMax: the last change of anything in the folder. */
  lastCommit: { tag: 0x670a, type: 'SystemTime' },
  /** PidTagDeletedCountTotal */
  deletedCount: { tag: 0x670b, type: 'Integer' },
  /** PidTagFolderType: 2 is a search folder. */
  folderType: { tag: 0x3601, type: 'Integer' },
  /** PidTagAssociatedContentCount */
  associatedCount: { tag: 0x3617, type: 'Integer' },
  /** PidTagReplicaList: which mailbox holds the content of a public folder. */
  replicaList: { tag: 0x6698, type: 'Binary' },
  /** PidTagPfProxy: in a mail-enabled public folder the GUID of its object in the directory. */
  pfProxy: { tag: 0x671d, type: 'Binary' },
  comment: { tag: 0x3004, type: 'String' },
  lastModified: { tag: 0x3008, type: 'SystemTime' },
} as const satisfies Record<string, TagType>;

/** Item properties that identify and date an item, for every class alike. */
export const ItemTag = {
  searchKey: { tag: 0x300b, type: 'Binary' },
  messageId: { tag: 0x1035, type: 'String' },
  flags: { tag: 0x0e07, type: 'Integer' },
  received: { tag: 0x0e06, type: 'SystemTime' },
  sent: { tag: 0x0039, type: 'SystemTime' },
  created: { tag: 0x3007, type: 'SystemTime' },
  modified: { tag: 0x3008, type: 'SystemTime' },
} as const satisfies Record<string, TagType>;

const hex = (tag: number): string => `0x${tag.toString(16).padStart(4, '0')}`;

export function tagUri({ tag, type }: TagType): string {
  return `<t:ExtendedFieldURI PropertyTag="${hex(tag)}" PropertyType="${type}"/>`;
}

export function fieldUri(uri: string): string {
  return `<t:FieldURI FieldURI="${uri}"/>`;
}

/** The way a property is addressed, with its attributes in the order in which people read them. */
export function propertyUri(property: ExtendedProperty): string {
  const type = property.multiple ? `${property.type}Array` : property.type;
  if (property.tag !== undefined) return `<t:ExtendedFieldURI PropertyTag="${property.tag}" PropertyType="${type}"/>`;
  const which =
    property.name === undefined ? `PropertyId="${property.id}"` : `PropertyName="${escapeXml(property.name)}"`;
  return `<t:ExtendedFieldURI PropertySetId="${property.set}" ${which} PropertyType="${type}"/>`;
}

export function propertyXml(property: ExtendedProperty): string {
  const values = property.values.map((value) => `<t:Value>${escapeXml(value)}</t:Value>`).join('');
  const content = property.multiple ? `<t:Values>${values}</t:Values>` : values;
  return `<t:ExtendedProperty>${propertyUri(property)}${content}</t:ExtendedProperty>`;
}

const DISTINGUISHED_SETS: Record<string, string> = {
  Meeting: '6ed8da90-450b-101b-98da-00aa003f1305',
  Appointment: '00062002-0000-0000-c000-000000000046',
  Common: '00062008-0000-0000-c000-000000000046',
  PublicStrings: '00020329-0000-0000-c000-000000000046',
  Address: '00062004-0000-0000-c000-000000000046',
  InternetHeaders: '00020386-0000-0000-c000-000000000046',
  CalendarAssistant: '11000e07-b51b-40d6-af21-caa85edab1d0',
  UnifiedMessaging: '4442858e-a9e3-4e80-b900-317a210cc15b',
  Task: '00062003-0000-0000-c000-000000000046',
  Sharing: '00062040-0000-0000-c000-000000000046',
};

/** Reads the ExtendedProperty elements of an item or folder. */
export function extendedProperties(node: XmlNode): ExtendedProperty[] {
  return children(node, 'ExtendedProperty').flatMap((property) => {
    const uri = child(property, 'ExtendedFieldURI');
    if (!uri) return [];
    const { PropertyTag, PropertySetId, DistinguishedPropertySetId, PropertyId, PropertyName, PropertyType } =
      uri.attributes;
    const type = PropertyType ?? 'String';
    const multiple = type.endsWith('Array');
    const many = child(property, 'Values');
    const values = (many ? children(many, 'Value') : children(property, 'Value')).map((v) => v.text);
    return [
      {
        ...(PropertyTag === undefined ? {} : { tag: normalTag(PropertyTag) }),
        ...(PropertyTag === undefined
          ? { set: (PropertySetId ?? DISTINGUISHED_SETS[DistinguishedPropertySetId ?? ''] ?? '').toLowerCase() }
          : {}),
        ...(PropertyId === undefined ? {} : { id: Number(PropertyId) }),
        ...(PropertyName === undefined ? {} : { name: PropertyName }),
        type: multiple ? type.slice(0, -'Array'.length) : type,
        values,
        multiple,
      },
    ];
  });
}

/** Servers write tags as hex of any length or as decimal. */
function normalTag(text: string): string {
  const value = Number(text);
  return Number.isInteger(value) ? hex(value) : text.toLowerCase();
}

/** First value of a tag in a list that was read. */
export function tagValue(properties: ExtendedProperty[], { tag }: TagType): string | undefined {
  const wanted = hex(tag);
  return properties.find((p) => p.tag === wanted)?.values[0];
}

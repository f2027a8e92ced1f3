/**
 * Items as bags of MAPI properties ([MS-OXCDATA] 2.11). The lab keeps items in this shape and `verify` compares in it,
 * so what EWS has no name for still survives and is still compared.
 */

/** Property types of [MS-OXCDATA] 2.11.1 that a message store carries. */
export const PropType = {
  Integer16: 0x0002,
  Integer32: 0x0003,
  Floating32: 0x0004,
  Floating64: 0x0005,
  Currency: 0x0006,
  FloatingTime: 0x0007,
  ErrorCode: 0x000a,
  Boolean: 0x000b,
  Object: 0x000d,
  Integer64: 0x0014,
  String8: 0x001e,
  String: 0x001f,
  Time: 0x0040,
  Guid: 0x0048,
  ServerId: 0x00fb,
  Binary: 0x0102,
  MultipleInteger16: 0x1002,
  MultipleInteger32: 0x1003,
  MultipleFloating32: 0x1004,
  MultipleFloating64: 0x1005,
  MultipleCurrency: 0x1006,
  MultipleFloatingTime: 0x1007,
  MultipleInteger64: 0x1014,
  MultipleString8: 0x101e,
  MultipleString: 0x101f,
  MultipleTime: 0x1040,
  MultipleGuid: 0x1048,
  MultipleBinary: 0x1102,
} as const;
export type PropType = (typeof PropType)[keyof typeof PropType];

/**
 * A property value by type: Integer16/32, Floating32/64 and ErrorCode are numbers; Integer64, Currency and Time
 * (FILETIME, 100 ns since 1601-01-01 UTC) are bigints; String is text; String8, Binary, ServerId are bytes; Guid is the
 * lower-case text form without braces; Multiple… are arrays of these.
 */
export type PropScalar = number | bigint | boolean | string | Uint8Array;
export type PropValue = PropScalar | PropScalar[];

/** The name of a property whose id is at or above 0x8000 ([MS-OXPROPS] 1.3.2): a set and a number or a string. */
export type PropName = { set: string; id: number } | { set: string; name: string };

/** One property. `id` is the 16-bit property id; named properties carry `name`, and their id means nothing outside one store. */
export interface Property {
  id: number;
  type: PropType;
  name?: PropName;
  value: PropValue;
}

/** A bag of properties, found by id or by name. Order is kept, and each key stands once. */
export interface PropertyBag {
  properties: Property[];
}

export interface MapiAttachment extends PropertyBag {
  /** Present when PidTagAttachMethod is 5 (embedded message). */
  embedded?: MapiMessage;
}

/** A whole item: its own properties, its recipients (PidTagRecipientType 1 To, 2 Cc, 3 Bcc) and its attachments. */
export interface MapiMessage extends PropertyBag {
  recipients: PropertyBag[];
  attachments: MapiAttachment[];
}

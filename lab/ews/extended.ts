import {
  type Property,
  type PropName,
  type PropScalar,
  PropType,
  type PropValue,
} from '../../core/domain/mapi/model.ts';
import type { PropRef } from '../../core/domain/mapi/ref.ts';
import { PropSet } from '../../core/domain/mapi/sets.ts';
import { filetimeToMs, msToFiletime } from '../../core/domain/mapi/time.ts';
import { EwsError } from './errors.ts';
import { dateTime, parseDateTime } from './xml/dates.ts';
import { child, childrenOf, type XmlNode } from './xml/node.ts';
import { el, tx } from './xml/write.ts';

/** Extended properties: MAPI properties by number or name, with EWS's names of types ([MS-OXWSXPROP]). */

/** t:MapiPropertyTypeType to the types of MAPI. */
const TYPES: Record<string, PropType> = {
  ApplicationTime: PropType.FloatingTime,
  ApplicationTimeArray: PropType.MultipleFloatingTime,
  Binary: PropType.Binary,
  BinaryArray: PropType.MultipleBinary,
  Boolean: PropType.Boolean,
  CLSID: PropType.Guid,
  CLSIDArray: PropType.MultipleGuid,
  Currency: PropType.Currency,
  CurrencyArray: PropType.MultipleCurrency,
  Double: PropType.Floating64,
  DoubleArray: PropType.MultipleFloating64,
  Float: PropType.Floating32,
  FloatArray: PropType.MultipleFloating32,
  Integer: PropType.Integer32,
  IntegerArray: PropType.MultipleInteger32,
  Long: PropType.Integer64,
  LongArray: PropType.MultipleInteger64,
  Short: PropType.Integer16,
  ShortArray: PropType.MultipleInteger16,
  SystemTime: PropType.Time,
  SystemTimeArray: PropType.MultipleTime,
  String: PropType.String,
  StringArray: PropType.MultipleString,
};

const SETS: Record<string, string> = {
  Meeting: PropSet.Meeting,
  Appointment: PropSet.Appointment,
  Common: PropSet.Common,
  PublicStrings: PropSet.PublicStrings,
  Address: PropSet.Address,
  InternetHeaders: PropSet.InternetHeaders,
  CalendarAssistant: PropSet.CalendarAssistant,
  UnifiedMessaging: PropSet.UnifiedMessaging,
  Task: PropSet.Task,
  Sharing: PropSet.Sharing,
};

/** An ExtendedFieldURI, read. */
export interface ExtendedField {
  ref: PropRef;
  /** The element to repeat in answers. */
  uri: string;
}

const MULTIPLE = 0x1000;
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Reads an ExtendedFieldURI; throws ErrorInvalidExtendedProperty. */
export function extendedField(node: XmlNode): ExtendedField {
  const a = node.attributes;
  const type = TYPES[a.PropertyType ?? ''];
  if (type === undefined) throw invalid();
  const uri = el('t:ExtendedFieldURI', '', {
    DistinguishedPropertySetId: a.DistinguishedPropertySetId,
    PropertySetId: a.PropertySetId,
    PropertyTag: a.PropertyTag,
    PropertyName: a.PropertyName,
    PropertyId: a.PropertyId,
    PropertyType: a.PropertyType,
  });
  if (a.PropertyTag !== undefined) {
    const id = /^0x/i.test(a.PropertyTag) ? Number.parseInt(a.PropertyTag, 16) : Number(a.PropertyTag);
    if (!Number.isInteger(id) || id < 1 || id > 0xffff || a.PropertySetId || a.DistinguishedPropertySetId)
      throw invalid();
    // Named properties have numbers of their own in each store: they are asked for by name.
    if (id >= 0x8000) throw invalid();
    return { ref: { id, type }, uri };
  }
  if (a.PropertySetId !== undefined && !GUID.test(a.PropertySetId)) throw invalid();
  const set = a.PropertySetId?.toLowerCase() ?? SETS[a.DistinguishedPropertySetId ?? ''];
  if (set === undefined) throw invalid();
  let name: PropName;
  if (a.PropertyName !== undefined) name = { set, name: a.PropertyName };
  else if (a.PropertyId !== undefined && Number.isInteger(Number(a.PropertyId)))
    name = { set, id: Number(a.PropertyId) };
  else throw invalid();
  return { ref: { id: 0x8000, type, name }, uri };
}

function invalid(): EwsError {
  return new EwsError('ErrorInvalidExtendedProperty', 'The extended property is not valid.');
}

/** An ExtendedProperty element, or nothing when the property is missing or of another type. */
export function extendedPropertyXml(
  field: ExtendedField,
  property: Pick<Property, 'type' | 'value'> | undefined,
): string {
  if (!property || !sameKind(property.type, field.ref.type)) return '';
  const { value } = property;
  const inner = Array.isArray(value)
    ? el('t:Values', value.map((v) => tx('t:Value', scalarText(v, property.type & ~MULTIPLE))).join(''))
    : tx('t:Value', scalarText(value, property.type));
  // A list without members cannot be written: Values needs one.
  return Array.isArray(value) && value.length === 0 ? '' : el('t:ExtendedProperty', field.uri + inner);
}

const TEXTS = new Set<number>([PropType.String, PropType.String8]);

function sameKind(stored: number, asked: number): boolean {
  if (stored === asked) return true;
  const multiple = (stored & MULTIPLE) === (asked & MULTIPLE);
  return multiple && TEXTS.has(stored & ~MULTIPLE) && TEXTS.has(asked & ~MULTIPLE);
}

function scalarText(value: PropScalar, type: number): string {
  if (value instanceof Uint8Array) {
    if (type === PropType.String8) return new TextDecoder('windows-1252').decode(value);
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
  }
  if (typeof value === 'bigint' && type === PropType.Time) return filetimeText(value);
  if (typeof value === 'number' && type === PropType.Floating32) return String(Math.fround(value));
  return String(value);
}

function filetimeText(filetime: bigint): string {
  const ms = filetimeToMs(filetime);
  // Beyond what a date can be, such as 4501-01-01 "never", stays within Date; only nonsense falls back.
  return Math.abs(ms) <= 8.64e15 ? dateTime(ms) : dateTime(0);
}

/** Reads the value of an ExtendedProperty element; throws ErrorInvalidExtendedPropertyValue. */
export function extendedValue(field: ExtendedField, node: XmlNode): PropValue {
  const { type } = field.ref;
  const values = child(node, 'Values');
  if ((type & MULTIPLE) !== 0) return childrenOf(values, 'Value').map((v) => parseScalar(v.text, type & ~MULTIPLE));
  const value = child(node, 'Value');
  if (!value) throw wrongValue();
  return parseScalar(value.text, type);
}

function parseScalar(text: string, type: number): PropScalar {
  switch (type) {
    case PropType.String:
    case PropType.String8:
      return text;
    case PropType.Boolean: {
      const flag = text.trim().toLowerCase();
      if (flag === 'true' || flag === '1') return true;
      if (flag === 'false' || flag === '0') return false;
      throw wrongValue();
    }
    case PropType.Binary: {
      const compact = text.replace(/\s+/g, '');
      if (!/^[A-Za-z0-9+/]*={0,2}$/.test(compact) || compact.length % 4 !== 0) throw wrongValue();
      return Uint8Array.from(Buffer.from(compact, 'base64'));
    }
    case PropType.Guid:
      if (!GUID.test(text.trim())) throw wrongValue();
      return text.trim().toLowerCase();
    case PropType.Time:
      return msToFiletime(parseDateTime(text));
    case PropType.Integer64:
    case PropType.Currency:
      return parseInteger(text);
    case PropType.Integer32:
    case PropType.Integer16: {
      const number = Number(parseInteger(text));
      const limit = type === PropType.Integer32 ? 2 ** 31 : 2 ** 15;
      if (number < -limit || number >= limit) throw wrongValue();
      return number;
    }
    default: {
      const number = Number(text.trim());
      if (text.trim() === '' || Number.isNaN(number)) throw wrongValue();
      return number;
    }
  }
}

function parseInteger(text: string): bigint {
  if (!/^\s*[+-]?\d{1,19}\s*$/.test(text)) throw wrongValue();
  const value = BigInt(text.trim());
  if (BigInt.asIntN(64, value) !== value) throw wrongValue();
  return value;
}

function wrongValue(): EwsError {
  return new EwsError('ErrorInvalidExtendedPropertyValue', 'The extended property value is not valid.');
}

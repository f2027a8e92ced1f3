import { hash } from 'node:crypto';
import { propKey } from './bag.ts';
import { guidToBytes } from './guid.ts';
import { type Property, type PropertyBag, type PropScalar, PropType } from './model.ts';
import { PidTag } from './tags.ts';
import { COMPARED_FLAGS, isVolatile } from './volatile.ts';

/** A property in the one form in which two of them are compared. */
export interface CanonicalProperty {
  key: string;
  type: number;
  /** Bytes of all values; length of a single value without its terminator. */
  size: number;
  /** The bytes themselves up to 64, their SHA-256 beyond. */
  value: Buffer;
}

const MESSAGE_FLAGS = propKey(PidTag.MessageFlags);

/** The properties of a bag that are compared, by key in a fixed order. */
export function canonicalProperties(bag: PropertyBag): CanonicalProperty[] {
  const properties: CanonicalProperty[] = [];
  for (const property of bag.properties) {
    const key = propKey(property);
    if (!isVolatile(key)) properties.push(canonicalProperty(key, property));
  }
  return properties.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

function canonicalProperty(key: string, property: Property): CanonicalProperty {
  const { type, value } = property;
  if (key === MESSAGE_FLAGS && typeof value === 'number') {
    return shorten(key, type, canonicalScalar(value & COMPARED_FLAGS, type));
  }
  if (!Array.isArray(value)) return shorten(key, type, canonicalScalar(value, type));
  const parts: Uint8Array[] = [];
  for (const one of value) {
    const bytes = canonicalScalar(one, type & 0xfff);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    parts.push(length, bytes);
  }
  return shorten(key, type, Buffer.concat(parts));
}

export const KEPT_WHOLE = 64;

function shorten(key: string, type: number, bytes: Buffer): CanonicalProperty {
  const value = bytes.length <= KEPT_WHOLE ? bytes : hash('sha256', bytes, 'buffer');
  return { key, type, size: bytes.length, value };
}

/** Bytes of one value, as the stream has them but without the terminator of a string. */
export function canonicalScalar(value: PropScalar, type: number): Buffer {
  if (typeof value === 'string') {
    return type === PropType.Guid ? Buffer.from(guidToBytes(value)) : Buffer.from(value, 'utf16le');
  }
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.length);
  const bytes = Buffer.alloc(8);
  if (typeof value === 'bigint') bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
  else if (typeof value === 'boolean') return Buffer.from([value ? 1 : 0]);
  else if (type === PropType.Integer16 || type === PropType.Integer32 || type === PropType.ErrorCode) {
    bytes.writeInt32LE(value | 0);
    return bytes.subarray(0, 4);
  } else bytes.writeDoubleLE(value);
  return bytes;
}

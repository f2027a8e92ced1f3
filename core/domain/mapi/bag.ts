import { type Property, type PropertyBag, type PropName, PropType, type PropValue } from './model.ts';
import type { PropRef } from './ref.ts';
import { propSetName } from './sets.ts';
import { filetimeToMs, msToFiletime } from './time.ts';

function sameName(a: PropName, b: PropName): boolean {
  if (a.set !== b.set) return false;
  return 'id' in a ? 'id' in b && a.id === b.id : 'name' in b && a.name === b.name;
}

function indexOf(bag: PropertyBag, ref: PropRef): number {
  const name = ref.name;
  if (name) return bag.properties.findIndex((p) => p.name !== undefined && sameName(p.name, name));
  return bag.properties.findIndex((p) => p.name === undefined && p.id === ref.id);
}

/** The property itself, whatever type it is stored with. */
export function findProp(bag: PropertyBag, ref: PropRef): Property | undefined {
  return bag.properties[indexOf(bag, ref)];
}

export function hasProp(bag: PropertyBag, ref: PropRef): boolean {
  return indexOf(bag, ref) >= 0;
}

/** Sets a property in place, or adds it at the end; `undefined` removes it. */
export function setProp(bag: PropertyBag, ref: PropRef, value: PropValue | undefined): void {
  const at = indexOf(bag, ref);
  if (value === undefined) {
    if (at >= 0) bag.properties.splice(at, 1);
    return;
  }
  const property: Property = ref.name
    ? { id: ref.id, type: ref.type, name: ref.name, value }
    : { id: ref.id, type: ref.type, value };
  if (at >= 0) bag.properties[at] = property;
  else bag.properties.push(property);
}

/** Removes a property; true when there was one. */
export function removeProp(bag: PropertyBag, ref: PropRef): boolean {
  const at = indexOf(bag, ref);
  if (at >= 0) bag.properties.splice(at, 1);
  return at >= 0;
}

/** Sets a time property from ms since the epoch; `undefined` removes it. */
export function setTime(bag: PropertyBag, ref: PropRef, ms: number | undefined): void {
  setProp(bag, ref, ms === undefined ? undefined : msToFiletime(ms));
}

export function getValue(bag: PropertyBag, ref: PropRef): PropValue | undefined {
  return findProp(bag, ref)?.value;
}

/** Text; bytes of a String8 are read as Windows-1252, the code page of stores that name none. */
export function getText(bag: PropertyBag, ref: PropRef): string | undefined {
  const property = findProp(bag, ref);
  if (typeof property?.value === 'string') return property.value;
  if (property?.type === PropType.String8 && property.value instanceof Uint8Array) {
    return new TextDecoder('windows-1252').decode(property.value);
  }
  return undefined;
}

export function getNumber(bag: PropertyBag, ref: PropRef): number | undefined {
  const value = getValue(bag, ref);
  return typeof value === 'number' ? value : undefined;
}

export function getBigint(bag: PropertyBag, ref: PropRef): bigint | undefined {
  const value = getValue(bag, ref);
  return typeof value === 'bigint' ? value : undefined;
}

export function getBoolean(bag: PropertyBag, ref: PropRef): boolean | undefined {
  const value = getValue(bag, ref);
  return typeof value === 'boolean' ? value : undefined;
}

/** A time property in ms since the epoch. */
export function getTime(bag: PropertyBag, ref: PropRef): number | undefined {
  const property = findProp(bag, ref);
  if (property?.type !== PropType.Time || typeof property.value !== 'bigint') return undefined;
  return filetimeToMs(property.value);
}

export function getBytes(bag: PropertyBag, ref: PropRef): Uint8Array | undefined {
  const value = getValue(bag, ref);
  return value instanceof Uint8Array ? value : undefined;
}

export function getTexts(bag: PropertyBag, ref: PropRef): string[] | undefined {
  const value = getValue(bag, ref);
  if (!Array.isArray(value)) return undefined;
  return value.filter((v) => typeof v === 'string');
}

export function getByteArrays(bag: PropertyBag, ref: PropRef): Uint8Array[] | undefined {
  const value = getValue(bag, ref);
  if (!Array.isArray(value)) return undefined;
  return value.filter((v) => v instanceof Uint8Array);
}

/** The key under which a property stands once in its bag: four hex digits, or `set/0xNNNN`, or `set/name`. */
export function propKey(p: { id: number; name?: PropName | undefined }): string {
  if (!p.name) return p.id.toString(16).padStart(4, '0');
  return 'id' in p.name ? `${p.name.set}/0x${p.name.id.toString(16).padStart(4, '0')}` : `${p.name.set}/${p.name.name}`;
}

/** A property's key for people: `0x0037` or `PSETID_Appointment/0x8216`. */
export function propLabel(p: { id: number; name?: PropName | undefined }): string {
  const key = propKey(p);
  return p.name ? propSetName(p.name.set) + key.slice(p.name.set.length) : `0x${key}`;
}

/** Bytes of a value as they would stand in a store, without lengths and headers; for sizes. */
export function valueSize(value: PropValue): number {
  if (typeof value === 'string') return value.length * 2 + 2;
  if (value instanceof Uint8Array) return value.length;
  if (Array.isArray(value)) return value.reduce<number>((sum, v) => sum + valueSize(v), 0);
  return typeof value === 'boolean' ? 2 : typeof value === 'bigint' ? 8 : 4;
}

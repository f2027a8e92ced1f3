import { isAscii, isUtf8 } from 'node:buffer';
import { Attribute, type BerReader, type Entry } from 'ldapts';
import type { Attributes, DirectoryProblem } from '../domain/recipient.ts';
import { attributeName, BINARY_ATTRIBUTES, valueForm } from './attributes.ts';
import { decodeValue } from './values.ts';

/** A range of values the server kept back: `member;range=0-1499` ([MS-ADTS] 3.1.1.3.1.3.3). */
export interface OpenRange {
  attribute: string;
  next: number;
}

export interface PlainEntry {
  dn: string;
  attributes: Attributes;
  open: OpenRange[];
}

/** Their values stay bytes, even when they happen to be text. */
const KEPT_AS_BYTES: ReadonlySet<string> = new Set(BINARY_ATTRIBUTES);

const RANGE = /^([^;]+);range=(\d+)-(\d+|\*)$/i;

/** What ldapts read of an entry, before it makes an object of it. */
export interface RawEntry {
  name: string;
  attributes: { type: string; values: (string | Buffer)[]; parsedBuffers: Buffer[] }[];
  toObject(requested: string[], asBytes: string[]): Entry;
}

/**
 * ldapts' own way looks at each of the hundred attributes that were asked for, in every entry; what an entry does not
 * have is left out here. `this` is ldapts' entry.
 */
export function asEntry(this: RawEntry, _requested: string[], asBytes: string[]): Entry {
  const entry: Entry = { dn: this.name };
  for (const { type, values, parsedBuffers } of this.attributes) {
    if (values.some((value) => typeof value !== 'string')) entry[type] = parsedBuffers;
    // Text without a view of its bytes is ASCII.
    else if (!asBytes.includes(type)) entry[type] = values as string[];
    else entry[type] = (values as string[]).map((value, i) => parsedBuffers[i] ?? Buffer.from(value, 'latin1'));
  }
  return entry;
}

/** The tag of a value, and of the set that an attribute's values stand in (RFC 4511 4.1.7). */
const [OCTET_STRING, SET] = [0x04, 0x31];

/**
 * Reads an attribute as ldapts does, text by text: its decoder, made for any text, takes a third of the time of a page,
 * while most values are ASCII.
 */
Attribute.prototype.parse = function parse(this: Attribute, reader: BerReader): void {
  reader.readSequence();
  this.type = reader.readString() ?? '';
  if (reader.peek() !== SET || !reader.readSequence(SET)) return;
  const end = reader.offset + reader.length;
  const asBytes = KEPT_AS_BYTES.has(this.type) || /;binary$/i.test(this.type);
  const set = reader.remainingBuffer.subarray(0, end - reader.offset);
  if (!asBytes && isAscii(set) && readShort(set, this.values as string[])) {
    reader.offset = end;
    return;
  }
  const values = this.values as (string | Buffer)[];
  while (reader.offset < end) {
    const bytes = reader.readString(OCTET_STRING, true) ?? Buffer.alloc(0);
    this.parsedBuffers.push(bytes);
    if (asBytes) values.push(bytes);
    else if (isAscii(bytes)) values.push(bytes.toString('latin1'));
    else values.push(isUtf8(bytes) ? bytes.toString('utf8') : bytes);
  }
};

/**
 * Reads values of up to 127 bytes, which is what almost all are, without a view on each of them. `set` is ASCII, so that
 * no length in it has the bit of longer ones. @returns false, with nothing read, when a value is not as it should be
 */
function readShort(set: Buffer, values: string[]): boolean {
  for (let at = 0; at < set.length; ) {
    const length = set[at + 1];
    if (set[at] !== OCTET_STRING || length === undefined || at + 2 + length > set.length) {
      values.length = 0;
      return false;
    }
    values.push(set.toString('latin1', at + 2, at + 2 + length));
    at += 2 + length;
  }
  return true;
}

/** ldapts' entry as text values under the schema's names; problems are added to `problems`. */
export function plainEntry(entry: Entry, problems: DirectoryProblem[]): PlainEntry {
  const attributes = Object.create(null) as Attributes;
  const open: OpenRange[] = [];
  for (const key in entry) {
    if (key === 'dn') continue;
    const raw = entry[key];
    if (raw === undefined || (Array.isArray(raw) && raw.length === 0)) continue;
    let name = key;
    if (key.includes(';')) {
      const range = RANGE.exec(key);
      name = range?.[1] ?? key;
      if (range && range[3] !== '*') open.push({ attribute: attributeName(name), next: Number(range[3]) + 1 });
    }
    name = attributeName(name);
    const before = attributes[name];
    const texts = plainValues(name, raw, entry.dn, problems);
    attributes[name] = before ? [...before, ...texts] : texts;
  }
  return { dn: entry.dn, attributes, open };
}

function plainValues(
  name: string,
  raw: string | string[] | Buffer | Buffer[],
  dn: string,
  problems: DirectoryProblem[],
): string[] {
  if (typeof raw === 'string') return [raw];
  const list: (string | Buffer)[] = Array.isArray(raw) ? raw : [raw];
  const form = valueForm(name);
  return list.map((value) => {
    if (typeof value === 'string') return value;
    if (form !== 'text') return decodeValue(value, form);
    if (isUtf8(value)) return value.toString('utf8');
    problems.push({ dn, reason: `${name} holds bytes that are no text (UTF-8); they are kept as base64` });
    return `base64:${value.toString('base64')}`;
  });
}

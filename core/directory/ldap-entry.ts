import { isAscii, isUtf8 } from 'node:buffer';
import { Attribute, type BerReader, type Entry } from 'ldapts';
import type { Attributes, DirectoryProblem } from '../domain/recipient.ts';
import { attributeName, valueForm } from './attributes.ts';
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
    const bytes = asBytes.includes(type) || values.some((value) => typeof value !== 'string');
    entry[type] = bytes ? parsedBuffers : (values as string[]);
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
  const binary = /;binary$/i.test(this.type);
  if (reader.peek() !== SET || !reader.readSequence(SET)) return;
  const end = reader.offset + reader.length;
  const values = this.values as (string | Buffer)[];
  while (reader.offset < end) {
    const bytes = reader.readString(OCTET_STRING, true) ?? Buffer.alloc(0);
    this.parsedBuffers.push(bytes);
    if (binary) values.push(bytes);
    else if (isAscii(bytes)) values.push(bytes.toString('latin1'));
    else values.push(isUtf8(bytes) ? bytes.toString('utf8') : bytes);
  }
};

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

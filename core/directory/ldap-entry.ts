import type { Entry } from 'ldapts';
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

function isUtf8(bytes: Buffer): boolean {
  return Buffer.from(bytes.toString('utf8'), 'utf8').equals(bytes);
}

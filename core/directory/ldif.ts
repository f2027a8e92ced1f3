import type { Attributes } from '../domain/recipient.ts';
import { attributeName, valueForm } from './attributes.ts';
import { linesOf, textOf } from './text-stream.ts';
import { decodeValue } from './values.ts';

/** A record of an export, or what was wrong with it. */
export type FileRecord = { dn: string; attributes: Attributes } | { dn: string; problem: string };

/**
 * The records of an LDIF file (RFC 2849) as ldifde writes it: folded and base64 lines, UTF-8 or UTF-16, either line end.
 * A record that cannot be read is told of by its line, and the next one is read. Values by reference (`attr:< file:…`)
 * are never fetched: an export is data, not instructions.
 */
export async function* readLdif(file: string): AsyncGenerator<FileRecord> {
  let record: Line[] = [];
  let comment = false;
  for await (const { text, line, cut } of linesOf(textOf(file))) {
    if (text.startsWith(' ')) {
      const last = record.at(-1);
      if (!comment && last) last.parts.push(text.slice(1));
      continue;
    }
    comment = text.startsWith('#');
    if (comment) continue;
    if (text.trim() === '') {
      if (record.length > 0) yield* recordOf(record);
      record = [];
      continue;
    }
    record.push({ parts: [text], line, cut });
  }
  if (record.length > 0) yield* recordOf(record);
}

/** A line with its continuations. */
interface Line {
  parts: string[];
  line: number;
  cut: boolean;
}

function* recordOf(lines: Line[]): Generator<FileRecord> {
  const [first] = lines;
  if (!first) return;
  if (/^version:/i.test(first.parts[0] ?? '') && lines.length === 1) return;
  const body = /^version:/i.test(first.parts[0] ?? '') ? lines.slice(1) : lines;
  let dn = '';
  try {
    const [top, ...rest] = body;
    const heading = top && parseLine(top);
    if (heading?.name.toLowerCase() !== 'dn') throw new BadRecord('it does not begin with dn:');
    dn = heading.bytes.toString('utf8');
    const parsed = rest.map(parseLine);
    const type = parsed.find((l) => l.name.toLowerCase() === 'changetype');
    const change = type?.bytes.toString('utf8').trim().toLowerCase();
    if (change !== undefined && change !== 'add') throw new BadRecord(`it is a change (${change}), not an object`);
    yield { dn, attributes: attributesOf(parsed) };
  } catch (error) {
    const at = `line ${first.line}`;
    const reason = error instanceof BadRecord ? error.message : String(error);
    yield { dn: dn === '' ? `(${at})` : dn, problem: `the record at ${at} was left out: ${reason}` };
  }
}

class BadRecord extends Error {}

interface ParsedLine {
  name: string;
  bytes: Buffer;
}

function parseLine({ parts, line, cut }: Line): ParsedLine {
  if (cut) throw new BadRecord(`line ${line} is too long`);
  const text = parts.join('');
  const colon = text.indexOf(':');
  if (colon <= 0) throw new BadRecord(`line ${line} has no attribute name`);
  const name = text.slice(0, colon);
  if (!/^[A-Za-z0-9][A-Za-z0-9.-]*(?:;[A-Za-z0-9=*-]+)*$/.test(name)) {
    throw new BadRecord(`line ${line} has no valid attribute name`);
  }
  const kind = text[colon + 1];
  if (kind === '<') throw new BadRecord(`line ${line} refers to another file, which is never read`);
  if (kind !== ':') return { name, bytes: Buffer.from(text.slice(colon + 1).replace(/^ +/, ''), 'utf8') };
  const base64 = text.slice(colon + 2).replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(base64) || base64.length % 4 === 1) {
    throw new BadRecord(`line ${line} is no valid base64`);
  }
  return { name, bytes: Buffer.from(base64, 'base64') };
}

function attributesOf(lines: readonly ParsedLine[]): Attributes {
  const attributes = Object.create(null) as Attributes;
  for (const { name, bytes } of lines) {
    const key = attributeName(name);
    if (key.toLowerCase() === 'changetype') continue;
    const list = attributes[key] ?? [];
    list.push(textValue(key, bytes));
    attributes[key] = list;
  }
  return attributes;
}

/** GUIDs and SIDs come as bytes, but some tools write them as text; anything that is no UTF-8 is kept as base64. */
function textValue(name: string, bytes: Buffer): string {
  const form = valueForm(name);
  const text = bytes.toString('utf8');
  const isText = Buffer.from(text, 'utf8').equals(bytes);
  if (form === 'text') return isText ? text : `base64:${bytes.toString('base64')}`;
  if (form === 'guid' && isText && /^\{?[0-9a-f]{8}-[0-9a-f-]{27}\}?$/i.test(text)) return text.replace(/[{}]/g, '');
  if (form === 'sid' && isText && /^S-1-/i.test(text)) return text;
  return decodeValue(bytes, form);
}

import { BerWriter } from 'ldapts';
import { constructed, Elements, integer, MalformedBer, octets, primitive, toBoolean, toInteger, utf8 } from './ber.ts';
import { type Filter, readFilter } from './filter.ts';
import type { Modification } from './modify.ts';

/** LDAP messages (RFC 4511 4) off and onto the wire. */

export interface Control {
  oid: string;
  critical: boolean;
  value: Buffer | undefined;
}

export interface SearchRequest {
  kind: 'search';
  base: string;
  scope: 'base' | 'one' | 'sub';
  sizeLimit: number;
  timeLimit: number;
  typesOnly: boolean;
  filter: Filter;
  attributes: string[];
}

export type Request =
  | { kind: 'bind'; version: number; name: string; password: Buffer | undefined }
  | { kind: 'unbind' }
  | SearchRequest
  | { kind: 'modify'; dn: string; changes: Modification[] }
  | { kind: 'add'; dn: string; attributes: { name: string; values: Buffer[] }[] }
  | { kind: 'delete'; dn: string }
  | { kind: 'rename'; dn: string; newRdn: string; newSuperior: string | undefined }
  | { kind: 'compare'; dn: string; attribute: string; value: Buffer }
  | { kind: 'abandon'; id: number }
  | { kind: 'extended'; oid: string };

export interface Message {
  id: number;
  request: Request;
  controls: Control[];
}

/** Tags of the responses. */
export const ResponseTag = {
  bind: 0x61,
  entry: 0x64,
  done: 0x65,
  reference: 0x73,
  modify: 0x67,
  add: 0x69,
  delete: 0x6b,
  rename: 0x6d,
  compare: 0x6f,
  extended: 0x78,
} as const;

/** Reads one whole message. @throws MalformedBer */
export function readMessage(bytes: Buffer): Message {
  const body = new Elements(new Elements(bytes).expect(0x30));
  const id = body.integer();
  if (id < 0) throw new MalformedBer('a negative message id');
  const { tag, content } = body.next();
  const request = readRequest(tag, content);
  const controls: Control[] = [];
  const list = body.optional(0xa0);
  if (list) {
    const each = new Elements(list);
    while (!each.done) controls.push(readControl(new Elements(each.expect(0x30))));
  }
  return { id, request, controls };
}

function readControl(elements: Elements): Control {
  const oid = elements.text();
  const critical = elements.optional(0x01);
  return { oid, critical: critical !== undefined && toBoolean(critical), value: elements.optional(0x04) };
}

function readRequest(tag: number, content: Buffer): Request {
  const inner = new Elements(content);
  switch (tag) {
    case 0x60: {
      const version = inner.integer();
      const name = inner.text();
      return { kind: 'bind', version, name, password: inner.optional(0x80) };
    }
    case 0x42:
      return { kind: 'unbind' };
    case 0x63:
      return readSearch(inner);
    case 0x66:
      return { kind: 'modify', dn: inner.text(), changes: readChanges(new Elements(inner.expect(0x30))) };
    case 0x68:
      return { kind: 'add', dn: inner.text(), attributes: readAttributes(new Elements(inner.expect(0x30))) };
    case 0x4a:
      return { kind: 'delete', dn: utf8(content) };
    case 0x6c: {
      const dn = inner.text();
      const newRdn = inner.text();
      // deleteOldRdn: AD knows only true.
      inner.boolean();
      const superior = inner.optional(0x80);
      return { kind: 'rename', dn, newRdn, newSuperior: superior && utf8(superior) };
    }
    case 0x6e: {
      const dn = inner.text();
      const assertion = new Elements(inner.expect(0x30));
      return { kind: 'compare', dn, attribute: assertion.text(), value: assertion.expect(0x04) };
    }
    case 0x50:
      return { kind: 'abandon', id: toInteger(content) };
    case 0x77:
      return { kind: 'extended', oid: inner.text(0x80) };
    default:
      throw new MalformedBer(`operation 0x${tag.toString(16)}`);
  }
}

function readSearch(inner: Elements): SearchRequest {
  const base = inner.text();
  const scope = (['base', 'one', 'sub'] as const)[inner.integer(0x0a)];
  if (!scope) throw new MalformedBer('a search scope that does not exist');
  inner.expect(0x0a); // derefAliases: AD has no aliases
  const sizeLimit = inner.integer();
  const timeLimit = inner.integer();
  const typesOnly = inner.boolean();
  const filter = readFilter(inner);
  const list = new Elements(inner.expect(0x30));
  const attributes: string[] = [];
  while (!list.done) attributes.push(list.text());
  return { kind: 'search', base, scope, sizeLimit, timeLimit, typesOnly, filter, attributes };
}

function readChanges(list: Elements): Modification[] {
  const changes: Modification[] = [];
  while (!list.done) {
    const change = new Elements(list.expect(0x30));
    const operation = (['add', 'delete', 'replace'] as const)[change.integer(0x0a)];
    if (!operation) throw new MalformedBer('a modification that does not exist');
    const { name, values } = readAttribute(new Elements(change.expect(0x30)));
    changes.push({ operation, attribute: name, values });
  }
  return changes;
}

function readAttributes(list: Elements): { name: string; values: Buffer[] }[] {
  const attributes: { name: string; values: Buffer[] }[] = [];
  while (!list.done) attributes.push(readAttribute(new Elements(list.expect(0x30))));
  return attributes;
}

function readAttribute(elements: Elements): { name: string; values: Buffer[] } {
  const name = elements.text();
  const set = new Elements(elements.expect(0x31));
  const values: Buffer[] = [];
  while (!set.done) values.push(set.expect(0x04));
  return { name, values };
}

// Answers

export interface Answer {
  code: number;
  matchedDn?: string;
  message?: string;
  referrals?: readonly string[];
  controls?: { oid: string; value: Buffer }[];
  /** responseName and responseValue of an extended answer. */
  extended?: { oid?: string; value?: Buffer };
}

export function writeAnswer(id: number, tag: number, answer: Answer): Buffer {
  const parts = [
    integer(answer.code, 0x0a),
    octets(answer.matchedDn ?? ''),
    octets(answer.message ?? ''),
    ...(answer.referrals?.length ? [constructed(0xa3, ...answer.referrals.map((uri) => octets(uri)))] : []),
    ...(answer.extended?.oid === undefined ? [] : [octets(answer.extended.oid, 0x8a)]),
    ...(answer.extended?.value === undefined ? [] : [primitive(0x8b, answer.extended.value)]),
  ];
  return message(id, constructed(tag, ...parts), answer.controls ?? []);
}

export interface AnsweredAttribute {
  name: string;
  values: Buffer[];
}

/** Entries are what answers consist of, so one is written into one buffer that is large enough from the start. */
export function writeEntry(id: number, dn: string, attributes: readonly AnsweredAttribute[]): Buffer {
  let size = 64 + 3 * dn.length;
  for (const { name, values } of attributes) {
    size += 20 + name.length;
    for (const value of values) size += 8 + value.length;
  }
  const writer = new BerWriter({ size });
  writer.startSequence();
  writer.writeInt(id);
  writer.startSequence(ResponseTag.entry);
  writer.writeString(dn);
  writer.startSequence();
  for (const { name, values } of attributes) {
    writer.startSequence();
    writer.writeString(name);
    writer.startSequence(0x31);
    for (const value of values) writer.writeBuffer(value, 0x04);
    writer.endSequence();
    writer.endSequence();
  }
  writer.endSequence();
  writer.endSequence();
  writer.endSequence();
  return writer.buffer;
}

export function writeReference(id: number, uris: readonly string[]): Buffer {
  return message(id, constructed(ResponseTag.reference, ...uris.map((uri) => octets(uri))), []);
}

function message(id: number, operation: Buffer, controls: readonly { oid: string; value: Buffer }[]): Buffer {
  const list = controls.map(({ oid, value }) => constructed(0x30, octets(oid), octets(value)));
  return constructed(0x30, integer(id), operation, ...(list.length > 0 ? [constructed(0xa0, ...list)] : []));
}

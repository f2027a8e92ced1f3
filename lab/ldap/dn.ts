/** Distinguished names as text (RFC 4514), as far as Active Directory has them: one attribute in each RDN. */

export interface Rdn {
  /** Upper case: CN, OU, DC. */
  type: string;
  value: string;
}

/** The text is no distinguished name. */
export class InvalidDn extends Error {}

/** Parses a DN, leftmost RDN first; the empty DN is an empty list. @throws InvalidDn */
export function parseDn(text: string): Rdn[] {
  const rdns: Rdn[] = [];
  let at = 0;
  if (text.trim() === '') return rdns;
  for (;;) {
    const equals = text.indexOf('=', at);
    if (equals < 0) throw new InvalidDn(`no "=" after position ${at}`);
    const type = text.slice(at, equals).trim().toUpperCase();
    if (!/^([A-Z][A-Z0-9-]*|\d+(\.\d+)+)$/.test(type)) throw new InvalidDn('an attribute type is missing or wrong');
    const { value, end } = readValue(text, equals + 1);
    rdns.push({ type, value });
    if (end >= text.length) return rdns;
    if (text[end] === '+') throw new InvalidDn('an RDN of several values');
    at = end + 1;
  }
}

/** The usual value: nothing in it is escaped, and a separator or the end follows. */
const plainValue = /^[^\\",;+]+(?=[,;+]|$)/;

function readValue(text: string, start: number): { value: string; end: number } {
  let at = start;
  while (text[at] === ' ') at += 1;
  if (text[at] === '"') return readQuoted(text, at + 1);
  const plain = plainValue.exec(text.slice(at));
  if (plain?.[0]) return { value: plain[0].replace(/ +$/, ''), end: at + plain[0].length };
  const bytes: number[] = [];
  // Spaces before the next separator do not count, an escaped one does.
  let keep = 0;
  while (at < text.length && text[at] !== ',' && text[at] !== ';' && text[at] !== '+') {
    const escaped = text[at] === '\\';
    const { code, next } = readCharacter(text, at);
    bytes.push(...code);
    if (escaped || text[at] !== ' ') keep = bytes.length;
    at = next;
  }
  const value = Buffer.from(bytes.slice(0, keep)).toString('utf8');
  if (value === '') throw new InvalidDn('an RDN without a value');
  return { value, end: at };
}

function readQuoted(text: string, start: number): { value: string; end: number } {
  const bytes: number[] = [];
  let at = start;
  while (at < text.length && text[at] !== '"') {
    const { code, next } = readCharacter(text, at);
    bytes.push(...code);
    at = next;
  }
  if (text[at] !== '"') throw new InvalidDn('a quotation mark is not closed');
  at += 1;
  while (text[at] === ' ') at += 1;
  if (at < text.length && text[at] !== ',' && text[at] !== ';') throw new InvalidDn('text after a quoted value');
  return { value: Buffer.from(bytes).toString('utf8'), end: at };
}

function readCharacter(text: string, at: number): { code: number[]; next: number } {
  if (text[at] !== '\\') {
    const point = String.fromCodePoint(text.codePointAt(at) ?? 0xfffd);
    return { code: [...Buffer.from(point, 'utf8')], next: at + point.length };
  }
  const hex = /^[0-9a-fA-F]{2}/.exec(text.slice(at + 1, at + 3))?.[0];
  if (hex) return { code: [Number.parseInt(hex, 16)], next: at + 3 };
  const next = text.codePointAt(at + 1);
  if (next === undefined) throw new InvalidDn('a backslash at the end');
  const point = String.fromCodePoint(next);
  return { code: [...Buffer.from(point, 'utf8')], next: at + 1 + point.length };
}

/** The value of an RDN, escaped for a DN. */
export function escapeRdnValue(value: string): string {
  const inner = value
    .replace(/[\\,+"<>;]/g, (c) => `\\${c}`)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a tombstone's name holds a line feed, written \0A.
    .replace(/[\u0000-\u001f]/g, (c) => `\\${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
  return inner.replace(/^[ #]/, (c) => `\\${c}`).replace(/(?<!\\) $/, '\\ ');
}

export function formatRdn(rdn: Rdn): string {
  return `${rdn.type}=${escapeRdnValue(rdn.value)}`;
}

export function formatDn(rdns: readonly Rdn[]): string {
  return rdns.map(formatRdn).join(',');
}

/** What two RDNs under one parent may not have in common. */
export function rdnKey(rdn: Rdn): string {
  return `${rdn.type}=${rdn.value.toLowerCase()}`;
}

/** A DN in the one form in which equal DNs are equal text; unparsable text is compared as it is. */
export function dnKey(text: string): string {
  try {
    return parseDn(text).map(rdnKey).join(',');
  } catch {
    return text.toLowerCase();
  }
}

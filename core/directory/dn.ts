/** Distinguished names as text (RFC 4514), taken apart and put together again without loss. */

export interface Ava {
  type: string;
  value: string;
}
/** One component, usually one attribute; several are joined by `+`. */
export type Rdn = Ava[];

/** A name that is not one. */
export class DnSyntaxError extends Error {}

const HEX_PAIR = /^[0-9a-fA-F]{2}/;

/**
 * Takes a DN apart, outermost component last.
 * @throws DnSyntaxError
 */
export function parseDn(text: string): Rdn[] {
  if (text.trim() === '') return [];
  const rdns: Rdn[] = [];
  let rdn: Rdn = [];
  let at = 0;
  for (;;) {
    const equals = text.indexOf('=', at);
    if (equals < 0) throw new DnSyntaxError(`no "=" after position ${at}`);
    const type = text.slice(at, equals).trim();
    if (!/^(?:[A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)*)$/.test(type))
      throw new DnSyntaxError(`"${type}" names no attribute`);
    const { value, end } = readValue(text, equals + 1);
    rdn.push({ type, value });
    const separator = text[end];
    if (separator === '+') {
      at = end + 1;
      continue;
    }
    rdns.push(rdn);
    if (separator === undefined) return rdns;
    rdn = [];
    at = end + 1;
  }
}

function readValue(text: string, start: number): { value: string; end: number } {
  let at = start;
  while (text[at] === ' ') at++;
  if (text[at] === '"') return readQuoted(text, at + 1);
  const bytes: Buffer[] = [];
  let trailing = 0;
  while (at < text.length) {
    const c = text.charAt(at);
    if (c === ',' || c === '+' || c === ';') break;
    if (c === '\\') {
      const escaped = readEscape(text, at);
      bytes.push(escaped.bytes);
      at = escaped.end;
      trailing = 0;
      continue;
    }
    const point = String.fromCodePoint(text.codePointAt(at) ?? 0);
    bytes.push(Buffer.from(point, 'utf8'));
    trailing = c === ' ' ? trailing + 1 : 0;
    at += point.length;
  }
  // Spaces before a separator do not belong to the value; escaped ones do.
  const value = bytes.slice(0, bytes.length - trailing);
  return { value: Buffer.concat(value).toString('utf8'), end: at };
}

function readQuoted(text: string, start: number): { value: string; end: number } {
  const bytes: Buffer[] = [];
  let at = start;
  for (;;) {
    if (at >= text.length) throw new DnSyntaxError('a quoted value does not end');
    const c = text.charAt(at);
    if (c === '"') break;
    if (c === '\\') {
      const escaped = readEscape(text, at);
      bytes.push(escaped.bytes);
      at = escaped.end;
      continue;
    }
    const point = String.fromCodePoint(text.codePointAt(at) ?? 0);
    bytes.push(Buffer.from(point, 'utf8'));
    at += point.length;
  }
  at++;
  while (text[at] === ' ') at++;
  const next = text[at];
  if (next !== undefined && next !== ',' && next !== '+' && next !== ';')
    throw new DnSyntaxError('text follows a quoted value');
  return { value: Buffer.concat(bytes).toString('utf8'), end: at };
}

function readEscape(text: string, at: number): { bytes: Buffer; end: number } {
  const hex = HEX_PAIR.exec(text.slice(at + 1, at + 3));
  if (hex) return { bytes: Buffer.from(hex[0], 'hex'), end: at + 3 };
  const point = text.codePointAt(at + 1);
  if (point === undefined) throw new DnSyntaxError('a backslash ends the name');
  const char = String.fromCodePoint(point);
  return { bytes: Buffer.from(char, 'utf8'), end: at + 1 + char.length };
}

/**
 * A value as it may stand in a DN. Separators are written as hex pairs, because parts of the way (ldapts' modifyDN) cut
 * at a comma without looking for what escapes it.
 */
export function escapeRdnValue(value: string): string {
  return (
    value
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is escaped
      .replace(/[\u0000-\u001f"+,;<>\\=\u007f]/g, (c) => `\\${c.charCodeAt(0).toString(16).padStart(2, '0')}`)
      .replace(/^[ #]/, (c) => (c === ' ' ? '\\20' : '\\23'))
      .replace(/ $/, '\\20')
  );
}

export function formatRdn(rdn: Rdn): string {
  return rdn.map((a) => `${a.type}=${escapeRdnValue(a.value)}`).join('+');
}

export function formatDn(rdns: readonly Rdn[]): string {
  return rdns.map(formatRdn).join(',');
}

/** `CN=value,parent` with the value escaped. */
export function childDn(type: string, value: string, parent: string): string {
  const rdn = `${type}=${escapeRdnValue(value)}`;
  return parent === '' ? rdn : `${rdn},${parent}`;
}

/** The form in which two DNs are the same: types and values without case, one space for many. */
export function dnKey(dn: string): string {
  try {
    return parseDn(dn)
      .map((rdn) =>
        rdn
          .map(
            (a) =>
              `${a.type.toLowerCase()}=${escapeRdnValue(a.value.normalize('NFC').toLowerCase().replace(/ +/g, ' '))}`,
          )
          .sort()
          .join('+'),
      )
      .join(',');
  } catch {
    return dn.trim().toLowerCase();
  }
}

/** The DN of the container, '' at the top. */
export function parentDn(dn: string): string {
  return formatDn(parseDn(dn).slice(1));
}

/** The value of the first component: `Anna` of `CN=Anna,OU=…`. */
export function rdnValue(dn: string): string {
  try {
    return parseDn(dn)[0]?.[0]?.value ?? '';
  } catch {
    return dn;
  }
}

/** Whether `dn` is `base` or lies below it. */
export function isBelow(dn: string, base: string): boolean {
  const a = dnKey(dn);
  const b = dnKey(base);
  return b === '' || a === b || a.endsWith(`,${b}`);
}

/** `source.test` of `DC=source,DC=test`. */
export function dnsDomain(dn: string): string {
  try {
    return parseDn(dn)
      .flatMap((rdn) => rdn.filter((a) => a.type.toLowerCase() === 'dc').map((a) => a.value))
      .join('.');
  } catch {
    return '';
  }
}

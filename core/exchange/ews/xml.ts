/** Small XML helpers. Names are local names: servers choose their prefixes as they like. */

/** A parsed element. `blob` holds decoded base64 for elements that were named as blobs. */
export interface XmlNode {
  name: string;
  attributes: Record<string, string>;
  children: XmlNode[];
  text: string;
  blob?: Blob;
}

/** Decoded base64 in the pieces it came in; `truncated` when the server ended it by its truncation mark. */
export interface Blob {
  parts: Uint8Array[];
  /** Bytes over all parts. */
  size: number;
  truncated: boolean;
}

/** Characters that XML 1.0 cannot carry, even as references. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters meant
export const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/gu;
const SPECIAL = /[&<>"'\r\n\t]/g;
const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\r': '&#xD;',
  '\n': '&#xA;',
  '\t': '&#x9;',
};

/** Text for element content or an attribute. Lone surrogates and forbidden characters become U+FFFD. */
export function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(FORBIDDEN, '\ufffd')
    .replace(SPECIAL, (c) => ESCAPES[c] ?? c);
}

export function child(node: XmlNode | undefined, ...path: string[]): XmlNode | undefined {
  let at = node;
  for (const name of path) at = at?.children.find((c) => c.name === name);
  return at;
}

export function children(node: XmlNode | undefined, name: string): XmlNode[] {
  return node?.children.filter((c) => c.name === name) ?? [];
}

/** Text of a descendant by path, undefined where there is none. */
export function textOf(node: XmlNode | undefined, ...path: string[]): string | undefined {
  return child(node, ...path)?.text;
}

/** A whole number, or undefined. */
export function numberOf(node: XmlNode | undefined, ...path: string[]): number | undefined {
  const text = textOf(node, ...path);
  if (text === undefined || !/^\s*-?\d+\s*$/.test(text)) return undefined;
  return Number(text);
}

export function booleanOf(node: XmlNode | undefined, ...path: string[]): boolean | undefined {
  const text = textOf(node, ...path)?.trim();
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  return undefined;
}

/** ms since the epoch of an xs:dateTime; one without a zone is taken as UTC, as Exchange means it. */
export function timeOf(node: XmlNode | undefined, ...path: string[]): number | undefined {
  return readTime(textOf(node, ...path));
}

/** The same of a text. Offsets without a colon, as ISO 8601 has them, too, are read as well. */
export function readTime(text: string | undefined): number | undefined {
  const trimmed = text?.trim().replace(/([+-]\d\d)(\d\d)$/u, '$1:$2');
  if (!trimmed) return undefined;
  const zoned = /T.*(?:Z|[+-]\d\d:\d\d)$/iu.test(trimmed) ? trimmed : `${trimmed}Z`;
  const ms = Date.parse(zoned);
  return Number.isNaN(ms) ? undefined : ms;
}

/** xs:dateTime of ms since the epoch, UTC. */
export function xmlTime(ms: number): string {
  return new Date(ms).toISOString();
}

/** Writes a parsed element again, with one prefix for every element. */
export function writeXml(node: XmlNode, prefix = 't'): string {
  const attributes = Object.entries(node.attributes)
    .filter(([name]) => !name.startsWith('xmlns') && !name.includes(':'))
    .map(([name, value]) => ` ${name}="${escapeXml(value)}"`)
    .join('');
  const inner =
    node.children.length > 0 ? node.children.map((c) => writeXml(c, prefix)).join('') : escapeXml(node.text);
  return inner === ''
    ? `<${prefix}:${node.name}${attributes}/>`
    : `<${prefix}:${node.name}${attributes}>${inner}</${prefix}:${node.name}>`;
}

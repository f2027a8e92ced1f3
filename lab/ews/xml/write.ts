import type { XmlNode } from './node.ts';

/** Characters that XML 1.0 cannot carry in any form (2.2 Char), lone surrogates included. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to find
const ILLEGAL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu;
const NEEDS_CARE = /[&<>"\r\t\n]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to find
const MAYBE_ILLEGAL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/;

function legal(text: string): string {
  return MAYBE_ILLEGAL.test(text) ? text.replace(ILLEGAL, '\ufffd') : text;
}

/** Text as element content. What XML cannot carry becomes U+FFFD; a carriage return survives as a reference. */
export function esc(text: string): string {
  const safe = legal(text);
  if (!NEEDS_CARE.test(safe)) return safe;
  return safe.replace(/[&<>\r]/g, (c) => (c === '&' ? '&amp;' : c === '<' ? '&lt;' : c === '>' ? '&gt;' : '&#xD;'));
}

/** Text as an attribute value in double quotes; white space other than a blank survives as references. */
export function escAttribute(text: string): string {
  const safe = legal(text);
  if (!NEEDS_CARE.test(safe)) return safe;
  return safe.replace(/[&<>"\r\n\t]/g, (c) => {
    switch (c) {
      case '&':
        return '&amp;';
      case '<':
        return '&lt;';
      case '>':
        return '&gt;';
      case '"':
        return '&quot;';
      default:
        return `&#x${c.charCodeAt(0).toString(16).toUpperCase()};`;
    }
  });
}

export type Attributes = Record<string, string | number | boolean | undefined | null>;

function attributesText(attributes: Attributes | undefined): string {
  if (!attributes) return '';
  let out = '';
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null) continue;
    out += ` ${name}="${escAttribute(String(value))}"`;
  }
  return out;
}

/** An element around ready-made XML. */
export function el(name: string, inner: string, attributes?: Attributes): string {
  const open = `<${name}${attributesText(attributes)}`;
  return inner === '' ? `${open}/>` : `${open}>${inner}</${name}>`;
}

/** An element around text; nothing at all where the value is missing. */
export function tx(name: string, value: string | number | boolean | undefined | null, attributes?: Attributes): string {
  if (value === undefined || value === null) return '';
  return el(name, typeof value === 'string' ? esc(value) : String(value), attributes);
}

/** A parsed element written again, with this server's prefixes and in one form whatever the client wrote. */
export function writeNode(node: XmlNode): string {
  const name = node.ns.length > 3 || node.ns === '' ? node.name : `${node.ns}:${node.name}`;
  const inner = node.children.length > 0 ? node.children.map(writeNode).join('') : esc(node.text);
  return el(name, inner, node.attributes);
}

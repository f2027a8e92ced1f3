/*
 * An address of Exchange's own kind (legacyExchangeDN) where only SMTP goes: IMCEAEX-<address>@domain. "/" is written
 * "_", every octet but letters, digits, "-" and "=" is "+" and two hex digits ([MS-OXCMAIL] "IMCEA Encapsulation").
 */

/** An encapsulated address, as it stands in a bounce message. */
const ENCAPSULATED = /IMCEAEX(?:-|\+2D)([A-Za-z0-9_+=./!#$%&'*?^`{|}~()-]+)@[A-Za-z0-9.-]+/gi;

/** All encapsulated Exchange addresses of a text, still encoded, each once. */
export function encapsulatedIn(text: string): string[] {
  const found = new Map<string, string>();
  for (const match of text.matchAll(ENCAPSULATED)) {
    const encoded = match[1] ?? '';
    // Anything but a legacyExchangeDN begins otherwise, in either encoding.
    if (/^(?:_|\+2F|\/)o(?:=|\+3D)/i.test(encoded)) found.set(encoded.toLowerCase(), encoded);
  }
  return [...found.values()];
}

/** Octets that are no UTF-8 come from a server that wrote them in its code page. */
function textOfOctets(octets: readonly number[]): string {
  const bytes = Uint8Array.from(octets);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

function unescaped(encoded: string, slash: boolean): string {
  const octets: number[] = [];
  for (let i = 0; i < encoded.length; i++) {
    const hex = encoded[i] === '+' ? /^[0-9a-f]{2}/i.exec(encoded.slice(i + 1, i + 3))?.[0] : undefined;
    if (hex !== undefined) {
      octets.push(Number.parseInt(hex, 16));
      i += 2;
    } else octets.push(...new TextEncoder().encode(encoded[i] === '_' && slash ? '/' : encoded[i]));
  }
  return textOfOctets(octets);
}

/**
 * The legacyExchangeDNs that an encoded address may stand for, the likeliest first. A server that wrote it into
 * `Original-Recipient` has encoded every `+` and `=` once more (xtext, RFC 3461 4), so that two layers come off.
 */
export function decodeImceaex(encoded: string): string[] {
  const once = unescaped(encoded, true);
  if (!/\+2B[0-9A-F]{2}/i.test(encoded)) return [once];
  return [...new Set([unescaped(unescaped(encoded, false), true), once])];
}

/** As Exchange writes a legacyExchangeDN. */
export function encodeImceaex(legacyDn: string): string {
  let out = '';
  for (const byte of new TextEncoder().encode(legacyDn)) {
    const c = String.fromCharCode(byte);
    if (c === '/') out += '_';
    else if (/[A-Za-z0-9=-]/.test(c)) out += c;
    else out += `+${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return out;
}

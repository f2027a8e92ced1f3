import { dnKey } from './dn.ts';
import type { Syntax } from './schema.ts';

/**
 * Values in memory are strings: text as it is, octets one character a byte (latin1). Each syntax says how a value comes
 * off the wire, when two values are equal and which comes first.
 */

export function isBinary(syntax: Syntax): boolean {
  return syntax === 'octets' || syntax === 'sid' || syntax === 'descriptor';
}

export function toBytes(syntax: Syntax, value: string): Buffer {
  return Buffer.from(value, isBinary(syntax) ? 'latin1' : 'utf8');
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A value written by a client; undefined when its bytes are not of the syntax. */
export function fromBytes(syntax: Syntax, bytes: Uint8Array): string | undefined {
  if (syntax === 'sid') {
    const text = Buffer.from(bytes).toString('latin1');
    if (/^S-1-/i.test(text)) return parseSid(text);
    return isSid(bytes) ? text : undefined;
  }
  if (isBinary(syntax)) return Buffer.from(bytes).toString('latin1');
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    return undefined;
  }
  return checkText(syntax, text);
}

function checkText(syntax: Syntax, text: string): string | undefined {
  switch (syntax) {
    case 'integer': {
      const n = Number(text);
      return /^-?\d+$/.test(text) && n >= -2147483648 && n <= 4294967295 ? String(n | 0) : undefined;
    }
    case 'large':
      return /^-?\d{1,19}$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text)
        ? String(BigInt(text))
        : undefined;
    case 'boolean':
      return text === 'TRUE' || text === 'FALSE' ? text : undefined;
    case 'time':
      return /^\d{14}(\.\d+)?Z$/.test(text) ? `${text.slice(0, 14)}.0Z` : undefined;
    default:
      return text;
  }
}

/** Equal values have equal keys. */
export function valueKey(syntax: Syntax, value: string): string {
  switch (syntax) {
    case 'string':
    case 'exact':
    case 'class':
      return value.toLowerCase();
    case 'dn':
      return dnKey(value);
    default:
      return value;
  }
}

/** Below 0 when a comes before b. */
export function compareValues(syntax: Syntax, a: string, b: string): number {
  if (syntax === 'integer') return Number(a) - Number(b);
  if (syntax === 'large') {
    const [x, y] = [BigInt(a), BigInt(b)];
    return x < y ? -1 : x > y ? 1 : 0;
  }
  const [x, y] = [valueKey(syntax, a), valueKey(syntax, b)];
  return x < y ? -1 : x > y ? 1 : 0;
}

/** An assertion value of a filter in the value's own form; undefined makes the assertion undefined. */
export function fromAssertion(syntax: Syntax, bytes: Uint8Array): string | undefined {
  if (syntax === 'octets' && bytes.length === 36) {
    const guid = parseGuid(Buffer.from(bytes).toString('latin1'));
    if (guid) return Buffer.from(guid, 'hex').toString('latin1');
  }
  return fromBytes(syntax, bytes);
}

/** `AABBCCDD-…` to the hex of the 16 bytes as Windows keeps them; undefined when it is no GUID. */
export function parseGuid(text: string): string | undefined {
  const hex = /^\{?([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})\}?$/i.exec(text);
  if (!hex) return undefined;
  const [, a = '', b = '', c = '', d = '', e = ''] = hex;
  return (
    [a, b, c]
      .map((part) => part.match(/../g)?.reverse().join('') ?? '')
      .join('')
      .toLowerCase() + (d + e).toLowerCase()
  );
}

/** The hex of 16 bytes as Windows writes a GUID. */
export function formatGuid(hex: string): string {
  const swap = (from: number, to: number) => hex.slice(from, to).match(/../g)?.reverse().join('') ?? '';
  return `${swap(0, 8)}-${swap(8, 12)}-${swap(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

function isSid(bytes: Uint8Array): boolean {
  return bytes.length >= 8 && bytes[0] === 1 && bytes.length === 8 + 4 * (bytes[1] ?? 0);
}

/** `S-1-5-21-…` as its bytes, one character a byte ([MS-DTYP] 2.4.2.2); undefined when it is no SID. */
export function parseSid(text: string): string | undefined {
  const match = /^S-1-(\d+)((?:-\d+){1,15})$/i.exec(text);
  if (!match?.[2]) return undefined;
  const parts = match[2].slice(1).split('-').map(Number);
  if (parts.some((part) => part > 0xffffffff)) return undefined;
  const bytes = Buffer.alloc(8 + 4 * parts.length);
  bytes[0] = 1;
  bytes[1] = parts.length;
  bytes.writeUIntBE(Number(match[1]), 2, 6);
  for (const [i, part] of parts.entries()) bytes.writeUInt32LE(part, 8 + 4 * i);
  return bytes.toString('latin1');
}

/** The bytes of a SID, one character each, as text. */
export function formatSid(value: string): string {
  const bytes = Buffer.from(value, 'latin1');
  const parts = Array.from({ length: bytes[1] ?? 0 }, (_, i) => bytes.readUInt32LE(8 + 4 * i));
  return ['S', bytes[0], bytes.readUIntBE(2, 6), ...parts].join('-');
}

/** ms since the epoch as GeneralizedTime in AD's form: 20260131120000.0Z. */
export function formatTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace(/[-:T]/g, '')}.0Z`;
}

/** 100 ns since 1601, as large-integer times are kept. */
export function fileTime(ms: number): string {
  return String(BigInt(ms) * 10000n + 116444736000000000n);
}

/** Binary directory values in the text form that people and the database use, and back. */

/** objectGUID, 16 bytes mixed-endian ([MS-DTYP] 2.3.4.2), as `xxxxxxxx-xxxx-…`; undefined when it is not 16 bytes. */
export function guidText(bytes: Buffer): string | undefined {
  if (bytes.length !== 16) return undefined;
  const hex = (from: number, to: number, reverse: boolean) => {
    const part = Buffer.from(bytes.subarray(from, to));
    return (reverse ? part.reverse() : part).toString('hex');
  };
  return [hex(0, 4, true), hex(4, 6, true), hex(6, 8, true), hex(8, 10, false), hex(10, 16, false)].join('-');
}

/** The 16 bytes of a GUID's text, with or without braces; undefined when it is none. */
export function guidBytes(text: string): Buffer | undefined {
  const found = /^\{?([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})\}?$/i.exec(text.trim());
  if (!found) return undefined;
  const part = (n: number) => Buffer.from(found[n] ?? '', 'hex');
  return Buffer.concat([part(1).reverse(), part(2).reverse(), part(3).reverse(), part(4), part(5)]);
}

/** A SID as `S-1-5-21-…` ([MS-DTYP] 2.4.2.2); undefined when the bytes are no SID. */
export function sidText(bytes: Buffer): string | undefined {
  const count = bytes[1];
  if (bytes[0] !== 1 || count === undefined || count > 15 || bytes.length !== 8 + 4 * count) return undefined;
  const authority = bytes.readUIntBE(2, 6);
  const parts = Array.from({ length: count }, (_, i) => bytes.readUInt32LE(8 + 4 * i));
  return ['S', '1', authority >= 2 ** 32 ? `0x${authority.toString(16)}` : authority, ...parts].join('-');
}

/** The bytes of a SID's text; undefined when it is none. */
export function sidBytes(text: string): Buffer | undefined {
  const found = /^S-1-(\d+|0x[0-9a-f]+)((?:-\d+){0,15})$/i.exec(text.trim());
  if (!found) return undefined;
  const parts = (found[2] ?? '').split('-').slice(1).map(Number);
  if (parts.some((p) => p > 0xffff_ffff)) return undefined;
  const bytes = Buffer.alloc(8 + 4 * parts.length);
  bytes[0] = 1;
  bytes[1] = parts.length;
  bytes.writeUIntBE(Number(found[1]), 2, 6);
  parts.forEach((p, i) => {
    bytes.writeUInt32LE(p, 8 + 4 * i);
  });
  return bytes;
}

/** `20251122053222.0Z` (GeneralizedTime) in ms since the epoch. */
export function generalizedTime(text: string): number | undefined {
  const found = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(?:[.,](\d+))?(Z|[+-]\d{4})?$/.exec(text.trim());
  if (!found) return undefined;
  const [, y, mo, d, h, mi, s = '0', , zone = 'Z'] = found;
  const utc = Date.UTC(Number(y), Number(mo) - 1, Number(d), Number(h), Number(mi), Number(s));
  if (zone === 'Z') return utc;
  const offset = (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3, 5))) * 60_000;
  return zone.startsWith('+') ? utc - offset : utc + offset;
}

/** How the values of an attribute are kept as text. */
export type ValueForm = 'text' | 'guid' | 'sid' | 'base64';

/** Bytes as text of a form; bytes that do not fit the form become base64 with the prefix `base64:`. */
export function decodeValue(bytes: Buffer, form: ValueForm): string {
  switch (form) {
    case 'guid':
      return guidText(bytes) ?? `base64:${bytes.toString('base64')}`;
    case 'sid':
      return sidText(bytes) ?? `base64:${bytes.toString('base64')}`;
    case 'base64':
      return bytes.toString('base64');
    case 'text':
      return bytes.toString('utf8');
  }
}

/** The bytes to write for a text of a form. */
export function encodeValue(text: string, form: ValueForm): Buffer {
  if (form !== 'text' && text.startsWith('base64:')) return Buffer.from(text.slice('base64:'.length), 'base64');
  switch (form) {
    case 'guid':
      return guidBytes(text) ?? Buffer.from(text, 'base64');
    case 'sid':
      return sidBytes(text) ?? Buffer.from(text, 'base64');
    case 'base64':
      return Buffer.from(text, 'base64');
    case 'text':
      return Buffer.from(text, 'utf8');
  }
}

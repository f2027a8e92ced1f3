/** Lower-case text form of the 16 bytes of a GUID, first three fields little-endian ([MS-DTYP] 2.3.4.2). */
export function guidToText(bytes: Uint8Array): string {
  let hex = '';
  for (const at of [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15]) {
    hex += (bytes[at] ?? 0).toString(16).padStart(2, '0');
  }
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const PATTERN = /^\{?([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})\}?$/i;

/** The 16 bytes of a GUID in text form, with or without braces. Throws RangeError when it is none. */
export function guidToBytes(text: string): Uint8Array {
  const parts = PATTERN.exec(text);
  if (!parts) throw new RangeError(`not a GUID: ${text.slice(0, 60)}`);
  const hex = parts.slice(1).join('');
  const bytes = new Uint8Array(16);
  [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15].forEach((at, index) => {
    bytes[at] = Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16);
  });
  return bytes;
}

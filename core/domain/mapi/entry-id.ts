/** Address entry ids of [MS-OXCDATA] 2.2.5 and lists of them ([MS-OXCDATA] 2.3). */

const ONE_OFF = Buffer.from('812b1fa4bea310199d6e00dd010f5402', 'hex');
const ADDRESS_BOOK = Buffer.from('dca740c8c042101ab4b908002b2fe182', 'hex');
const WRAPPED = Buffer.from('c091add3519dcf11a4a900aa0047faa4', 'hex');

export interface OneOffAddress {
  name: string;
  addressType: string;
  address: string;
}

const utf16 = (text: string): Buffer => Buffer.from(`${text}\0`, 'utf16le');

/** A One-Off EntryID in Unicode ([MS-OXCDATA] 2.2.5.1): a recipient that no address book holds. */
export function oneOffEntryId(name: string, address: string, addressType = 'SMTP'): Uint8Array {
  // Version 0, then: MAE, no rich text, Unicode.
  const versionAndFlags = Buffer.from([0x00, 0x00, 0x01, 0x90]);
  return Uint8Array.from(
    Buffer.concat([Buffer.alloc(4), ONE_OFF, versionAndFlags, utf16(name), utf16(addressType), utf16(address)]),
  );
}

/** Reads a One-Off EntryID; undefined for another kind or damaged bytes. */
export function readOneOffEntryId(bytes: Uint8Array): OneOffAddress | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.length < 24 || !view.subarray(4, 20).equals(ONE_OFF)) return undefined;
  const unicode = (view.readUInt16LE(22) & 0x8000) !== 0;
  const texts = (unicode ? view.subarray(24).toString('utf16le') : view.subarray(24).toString('latin1')).split('\0');
  const [name, addressType, address] = texts;
  return name === undefined || addressType === undefined || address === undefined
    ? undefined
    : { name, addressType, address };
}

/** An Address Book EntryID ([MS-OXCDATA] 2.2.5.2) of a mail user by its legacyExchangeDN. */
export function addressBookEntryId(legacyDn: string): Uint8Array {
  const numbers = Buffer.alloc(8);
  numbers.writeUInt32LE(1, 0);
  return Uint8Array.from(
    Buffer.concat([Buffer.alloc(4), ADDRESS_BOOK, numbers, Buffer.from(`${legacyDn}\0`, 'latin1')]),
  );
}

/** The legacyExchangeDN in an Address Book EntryID; undefined for another kind. */
export function readAddressBookEntryId(bytes: Uint8Array): string | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.length < 29 || !view.subarray(4, 20).equals(ADDRESS_BOOK)) return undefined;
  return view.subarray(28).toString('latin1').replace(/\0.*$/s, '');
}

/** A WrappedEntryId ([MS-OXOCNTC] 2.2.2.4.1) as members of distribution lists have them; type 0 is a one-off. */
export function wrapEntryId(entryId: Uint8Array, type: number): Uint8Array {
  return Uint8Array.from(Buffer.concat([Buffer.alloc(4), WRAPPED, Uint8Array.of(type), entryId]));
}

/** The entry id inside a WrappedEntryId; the bytes themselves when they are not wrapped. */
export function unwrapEntryId(bytes: Uint8Array): Uint8Array {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return view.length > 21 && view.subarray(4, 20).equals(WRAPPED) ? bytes.subarray(21) : bytes;
}

/** A FlatEntryList ([MS-OXCDATA] 2.3.3), as PidTagReplyRecipientEntries holds it. */
export function flatEntryList(entries: readonly Uint8Array[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const entry of entries) {
    const size = Buffer.alloc(4);
    size.writeUInt32LE(entry.length);
    parts.push(size, entry, Buffer.alloc((4 - (entry.length % 4)) % 4));
  }
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(8);
  head.writeUInt32LE(entries.length, 0);
  head.writeUInt32LE(body.length, 4);
  return Uint8Array.from(Buffer.concat([head, body]));
}

/** Entries of a FlatEntryList; as many as the bytes hold. */
export function readFlatEntryList(bytes: Uint8Array): Uint8Array[] {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const out: Uint8Array[] = [];
  const count = view.length >= 8 ? view.readUInt32LE(0) : 0;
  let at = 8;
  for (let i = 0; i < count && at + 4 <= view.length; i++) {
    const size = view.readUInt32LE(at);
    if (at + 4 + size > view.length) break;
    out.push(bytes.subarray(at + 4, at + 4 + size));
    at += 4 + size + ((4 - (size % 4)) % 4);
  }
  return out;
}

/** PidTagSearchKey of a recipient ([MS-OXCPROPS]): type and address in capitals, with a null. */
export function addressSearchKey(addressType: string, address: string): Uint8Array {
  return Uint8Array.from(Buffer.from(`${addressType}:${address}\0`.toUpperCase(), 'latin1'));
}

import { createHash } from 'node:crypto';
import { EwsError } from './errors.ts';

/**
 * Ids as clients see them: opaque base64 that names the organisation, the kind of object and its id in the store. As with
 * Exchange, one object has more than one spelling: exports answer with another one than was asked with, so clients must
 * map answers by position.
 */

export type EntryId =
  | { kind: 'folder'; id: string }
  | { kind: 'item'; id: string }
  /** An occurrence of a recurring item, by the start of its original day, ms since the epoch. */
  | { kind: 'occurrence'; id: string; start: number }
  /** An attachment: the item's id, then attachment numbers from the outside in. */
  | { kind: 'attachment'; id: string; numbers: number[] };

const LETTER = { folder: 'f', item: 'i', occurrence: 'o', attachment: 'a' } as const;
// First bytes that give the look of Exchange's ids: AAMk and AQMk.
const SPELLINGS = { usual: [0x00, 0x03, 0x24], other: [0x01, 0x03, 0x24] } as const;

export type IdFormat = 'EwsLegacyId' | 'EwsId' | 'EntryId' | 'HexEntryId' | 'StoreId' | 'OwaId';

export class IdCodec {
  readonly #organisation: Buffer;

  constructor(organisation: string) {
    this.#organisation = createHash('sha256').update(organisation).digest().subarray(0, 4);
  }

  write(entry: EntryId, spelling: keyof typeof SPELLINGS = 'usual'): string {
    return this.#bytes(entry, SPELLINGS[spelling]).toString('base64');
  }

  /** Reads an id; throws ErrorInvalidIdMalformed when it is none of ours, ErrorInvalidId when another organisation's. */
  read(text: string): EntryId {
    const bytes = Buffer.from(text, 'base64');
    if (bytes.length < 9 || bytes.toString('base64') !== text) throw malformed();
    const [first = 0, second, third] = bytes;
    if (first > 1 || second !== 0x03 || third !== 0x24) throw malformed();
    if (!bytes.subarray(3, 7).equals(this.#organisation)) {
      throw new EwsError('ErrorInvalidId', 'The Id is invalid.');
    }
    return parse(bytes.subarray(7).toString('utf8'));
  }

  folder(id: string): string {
    return this.write({ kind: 'folder', id });
  }

  item(id: string): string {
    return this.write({ kind: 'item', id });
  }

  /** Writes an entry in one of ConvertId's formats. */
  format(entry: EntryId, format: IdFormat): string {
    switch (format) {
      case 'EwsId':
      case 'EwsLegacyId':
        return this.write(entry);
      case 'OwaId':
        return encodeURIComponent(this.write(entry));
      case 'EntryId':
        return this.#bytes(entry, [0, 0, 0]).toString('base64');
      case 'HexEntryId':
        return this.#bytes(entry, [0, 0, 0]).toString('hex').toUpperCase();
      case 'StoreId':
        return this.#bytes(entry, [0, 0, 1]).toString('base64');
    }
  }

  /** Reads an id in one of ConvertId's formats; throws ErrorInvalidIdMalformed. */
  parse(text: string, format: IdFormat): EntryId {
    if (format === 'EwsId' || format === 'EwsLegacyId') return this.read(text);
    if (format === 'OwaId') return this.read(decode(text));
    const bytes = Buffer.from(text, format === 'HexEntryId' ? 'hex' : 'base64');
    if (bytes.length < 9 || bytes[0] !== 0 || bytes[1] !== 0 || bytes[2] !== (format === 'StoreId' ? 1 : 0)) {
      throw malformed();
    }
    bytes.set(SPELLINGS.usual, 0);
    return this.read(bytes.toString('base64'));
  }

  /** The id as PidTagEntryId, PidTagParentEntryId and the like show it. */
  entryBytes(entry: EntryId): Buffer {
    return this.#bytes(entry, [0, 0, 0]);
  }

  #bytes(entry: EntryId, head: readonly number[]): Buffer {
    let text = LETTER[entry.kind] + entry.id;
    if (entry.kind === 'occurrence') text += `\0${entry.start}`;
    if (entry.kind === 'attachment') text += `\0${entry.numbers.join('.')}`;
    return Buffer.concat([Buffer.from(head), this.#organisation, Buffer.from(text, 'utf8')]);
  }
}

function parse(text: string): EntryId {
  const [id = '', tail] = text.slice(1).split('\0');
  if (id === '') throw malformed();
  switch (text[0]) {
    case 'f':
      return { kind: 'folder', id };
    case 'i':
      return { kind: 'item', id };
    case 'o': {
      const start = Number(tail);
      if (!Number.isSafeInteger(start)) throw malformed();
      return { kind: 'occurrence', id, start };
    }
    case 'a': {
      const numbers = (tail ?? '').split('.').map(Number);
      if (!numbers.every((n) => Number.isSafeInteger(n) && n >= 0)) throw malformed();
      return { kind: 'attachment', id, numbers };
    }
    default:
      throw malformed();
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw malformed();
  }
}

function malformed(): EwsError {
  return new EwsError('ErrorInvalidIdMalformed', 'Id is malformed.');
}

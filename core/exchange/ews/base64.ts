/**
 * Base64 in pieces, both ways, so that a large item is held once, decoded, and never as one string.
 */

/** What Exchange writes at the end of a stream it could not finish; the item has to be fetched again. */
const TRUNCATION_MARK = '=== Truncated Data ===';
const SPACE = /\s+/g;

/**
 * Takes base64 text in pieces of any size and keeps the decoded bytes in blocks that grow: text is decoded straight into
 * them, and nothing is put together as a string.
 */
export class Base64Decoder {
  readonly #blocks: Buffer[] = [];
  #block: Buffer = Buffer.alloc(0);
  #used = 0;
  /** Characters that wait: a remainder of the last group of four, and enough to see the truncation mark. */
  #held = '';
  size = 0;
  truncated = false;

  /** The decoded bytes, once `end` was called. */
  get parts(): Uint8Array[] {
    return this.#used > 0 ? [...this.#blocks, this.#block.subarray(0, this.#used)] : this.#blocks;
  }

  write(text: string): void {
    const clean = text.includes('\n') || text.includes(' ') ? text.replace(SPACE, '') : text;
    if (this.#held.length + clean.length <= KEEP) {
      this.#held += clean;
      return;
    }
    // What waits is decoded with as few of the new characters as complete its last group.
    const borrow = Math.min(clean.length, (4 - (this.#held.length % 4)) % 4);
    const last = clean.length - borrow - ((clean.length - borrow) % 4);
    const free = Math.max(0, last - KEEP - (4 - (KEEP % 4)));
    if (free === 0 || borrow === clean.length) {
      const all = this.#held + clean;
      const take = (all.length - KEEP) & ~3;
      this.#decode(all.slice(0, take));
      this.#held = all.slice(take);
      return;
    }
    this.#decode(this.#held + clean.slice(0, borrow));
    this.#decode(clean.slice(borrow, borrow + free));
    this.#held = clean.slice(borrow + free);
  }

  end(): void {
    let rest = this.#held.replace(SPACE, '');
    this.#held = '';
    const mark = rest.indexOf(MARK_SQUEEZED);
    if (mark >= 0) {
      this.truncated = true;
      rest = rest.slice(0, mark);
    }
    this.#decode(rest);
  }

  #decode(text: string): void {
    if (text === '') return;
    const most = Math.ceil((text.length / 4) * 3);
    if (this.#used + most > this.#block.length) this.#grow(most);
    const bytes = this.#block.write(text, this.#used, 'base64');
    this.#used += bytes;
    this.size += bytes;
  }

  #grow(least: number): void {
    if (this.#used > 0) this.#blocks.push(this.#block.subarray(0, this.#used));
    this.#block = Buffer.allocUnsafeSlow(Math.max(least, Math.min(MAX_BLOCK, Math.max(MIN_BLOCK, this.size))));
    this.#used = 0;
  }
}

const MARK_SQUEEZED = TRUNCATION_MARK.replace(SPACE, '');
const KEEP = TRUNCATION_MARK.length + 4;
const MIN_BLOCK = 8 * 1024;
const MAX_BLOCK = 1024 * 1024;

/** Length of the base64 text of so many bytes. */
export function base64Length(size: number): number {
  return Math.ceil(size / 3) * 4;
}

/** Text and bytes in the order in which they are to be sent. */
export type Piece = string | { parts: Iterable<Uint8Array> };

/**
 * Puts texts and the base64 of bytes together into chunks for the wire. Base64 is written into the chunk as it is made:
 * no large string is built and nothing is encoded twice. A chunk is good until the next one is asked for.
 */
export function* wireChunks(pieces: Iterable<Piece>): Generator<Buffer> {
  const chunk = Buffer.allocUnsafeSlow(CHUNK);
  let used = 0;
  for (const piece of pieces) {
    if (typeof piece === 'string') {
      const bytes = Buffer.byteLength(piece);
      if (used + bytes > CHUNK && used > 0) {
        yield chunk.subarray(0, used);
        used = 0;
      }
      if (bytes > CHUNK) yield Buffer.from(piece);
      else used += chunk.write(piece, used);
      continue;
    }
    for (const group of wholeGroups(piece.parts)) {
      if (used + base64Length(group.length) > CHUNK) {
        yield chunk.subarray(0, used);
        used = 0;
      }
      used += chunk.write(toBase64(group), used, 'latin1');
    }
  }
  if (used > 0) yield chunk.subarray(0, used);
}

const CHUNK = 128 * 1024;
/** Bytes that are turned into base64 at once; a multiple of three. */
const GROUP = 24 * 1024;

/** The same bytes in pieces whose lengths, but for the last, are multiples of three. */
function* wholeGroups(parts: Iterable<Uint8Array>): Generator<Uint8Array> {
  let rest: Uint8Array = new Uint8Array(0);
  for (const part of parts) {
    let at = 0;
    if (rest.length > 0) {
      at = Math.min(3 - rest.length, part.length);
      rest = Buffer.concat([rest, part.subarray(0, at)]);
      if (rest.length < 3) continue;
      yield rest;
    }
    const whole = at + Math.floor((part.length - at) / 3) * 3;
    for (; at < whole; at += GROUP) yield part.subarray(at, Math.min(at + GROUP, whole));
    rest = part.subarray(whole);
  }
  if (rest.length > 0) yield rest;
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/**
 * Base64 in pieces, both ways, so that a large item is held once, decoded, and never as one string.
 */

/** What Exchange writes at the end of a stream it could not finish; the item has to be fetched again. */
const TRUNCATION_MARK = '=== Truncated Data ===';
const SPACE = /\s+/g;

/** Takes base64 text in pieces of any size and keeps the decoded bytes in pieces. */
export class Base64Decoder {
  readonly parts: Uint8Array[] = [];
  size = 0;
  truncated = false;
  /** Characters that wait: a remainder of the last group of four, and enough to see the truncation mark. */
  #held = '';

  write(text: string): void {
    const all = this.#held + (text.includes('\n') || text.includes(' ') ? squeeze(text) : text);
    const keep = TRUNCATION_MARK.length + 4;
    if (all.length <= keep) {
      this.#held = all;
      return;
    }
    const take = (all.length - keep) & ~3;
    this.#decode(all.slice(0, take));
    this.#held = all.slice(take);
  }

  end(): void {
    let rest = this.#held;
    this.#held = '';
    const mark = rest.indexOf(TRUNCATION_MARK.replace(SPACE, ''));
    if (mark >= 0) {
      this.truncated = true;
      rest = rest.slice(0, mark);
    }
    this.#decode(rest.replace(SPACE, ''));
  }

  #decode(text: string): void {
    if (text === '') return;
    const bytes = Buffer.from(text, 'base64');
    this.size += bytes.length;
    this.parts.push(bytes);
  }
}

function squeeze(text: string): string {
  return text.replace(SPACE, '');
}

/** Length of the base64 text of so many bytes. */
export function base64Length(size: number): number {
  return Math.ceil(size / 3) * 4;
}

/** Base64 text of bytes in pieces, in pieces of at most about 64 KiB. */
export function* encodeBase64(parts: Iterable<Uint8Array>): Generator<string> {
  const PIECE = 48 * 1024;
  let rest: Uint8Array = new Uint8Array(0);
  for (const part of parts) {
    let at = 0;
    if (rest.length > 0) {
      const need = Math.min(3 - rest.length, part.length);
      rest = Buffer.concat([rest, part.subarray(0, need)]);
      at = need;
      if (rest.length < 3) continue;
      yield toBase64(rest);
    }
    const whole = at + Math.floor((part.length - at) / 3) * 3;
    for (; at < whole; at += PIECE) yield toBase64(part.subarray(at, Math.min(at + PIECE, whole)));
    rest = part.subarray(whole);
  }
  if (rest.length > 0) yield toBase64(rest);
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** Thrown when text that should be base64 is not. */
export class Base64Error extends Error {
  constructor() {
    super('The text is no base64.');
    this.name = 'Base64Error';
  }
}

const SMALL = 4 * 1024 * 1024;

/**
 * Decodes base64 as it arrives, so that neither the text nor a second copy of the bytes is ever held: small content is
 * gathered in pieces, large content goes straight into one buffer of the size the request can still hold.
 */
export class Base64Sink {
  readonly #limit: number;
  #pieces: Buffer[] = [];
  #gathered = 0;
  #large: Buffer | undefined;
  #carry = '';
  #ended = false;

  /** @param limit no more bytes than this can come (from Content-Length), undefined when unknown */
  constructor(limit: number | undefined) {
    this.#limit = limit ?? 0;
  }

  write(text: string): void {
    let run = this.#carry === '' ? text : this.#carry + text;
    if (/[\s]/.test(run)) run = run.replace(/\s+/g, '');
    const whole = run.length - (run.length % 4);
    this.#carry = run.slice(whole);
    if (whole === 0) return;
    this.#decode(whole === run.length ? run : run.slice(0, whole));
  }

  /** The bytes; throws Base64Error when the text was not base64. */
  end(): Uint8Array {
    if (this.#carry !== '') throw new Base64Error();
    if (this.#large) return this.#large.subarray(0, this.#gathered);
    const [only] = this.#pieces;
    return this.#pieces.length === 1 && only ? only : Buffer.concat(this.#pieces);
  }

  #decode(run: string): void {
    if (this.#ended) throw new Base64Error();
    const padding = run.endsWith('==') ? 2 : run.endsWith('=') ? 1 : 0;
    this.#ended = padding > 0;
    const expected = (run.length / 4) * 3 - padding;
    const piece = Buffer.from(run, 'base64');
    // Node skips what is no base64 and stops at padding, so a wrong alphabet shows in the length.
    if (piece.length !== expected || run.includes('-') || run.includes('_')) throw new Base64Error();
    this.#keep(piece);
  }

  #keep(piece: Buffer): void {
    const total = this.#gathered + piece.length;
    if (!this.#large && total > SMALL) {
      this.#large = Buffer.allocUnsafeSlow(Math.max(this.#limit, total * 2));
      let at = 0;
      for (const old of this.#pieces) at += old.copy(this.#large, at);
      this.#pieces = [];
    }
    if (this.#large) {
      if (total > this.#large.length) {
        const wider = Buffer.allocUnsafeSlow(total * 2);
        this.#large.copy(wider, 0, 0, this.#gathered);
        this.#large = wider;
      }
      piece.copy(this.#large, this.#gathered);
    } else {
      this.#pieces.push(piece);
    }
    this.#gathered = total;
  }
}

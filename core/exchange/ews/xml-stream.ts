import { StringDecoder } from 'node:string_decoder';
import sax from 'sax';
import { Base64Decoder } from './base64.ts';
import type { XmlNode } from './xml.ts';

/**
 * Reads an EWS answer as it arrives: elements named as records are handed over as small trees as soon as they close,
 * everything outside them is forgotten, and elements named as blobs are decoded from base64 in pieces. So the answer of
 * a bulk export is never held as text.
 *
 * The text of a blob goes past sax: it is found by its closing `<` in the bytes, which is what makes the difference
 * between the speed of sax (tens of MB/s) and that of the wire.
 */
export interface XmlStreamOptions {
  /** Local names of elements that are handed over when they close. Nested records belong to the outer one. */
  records: ReadonlySet<string>;
  /** Local names of elements with base64 content. */
  blobs?: ReadonlySet<string>;
  onRecord(node: XmlNode): void;
}

const LESS_THAN = 0x3c;
const AMPERSAND = 0x26;
/** No text outside a blob is longer than this in one node: a hostile server must not fill the memory. */
const MAX_TEXT = 64 * 1024 * 1024;
const MAX_DEPTH = 400;

export class XmlStream {
  readonly #parser = sax.parser(true, { position: false });
  readonly #decoder = new StringDecoder('utf8');
  readonly #options: XmlStreamOptions;
  /** Open elements inside a record, outermost first. */
  readonly #open: XmlNode[] = [];
  #depth = 0;
  #blob: Base64Decoder | undefined;
  #raw = false;
  #sawRoot = false;
  #failure: Error | undefined;

  constructor(options: XmlStreamOptions) {
    this.#options = options;
    this.#parser.onopentag = (tag) => this.#openTag(tag as sax.Tag);
    this.#parser.onclosetag = () => this.#closeTag();
    this.#parser.ontext = (text) => this.#text(text);
    this.#parser.oncdata = (text) => this.#text(text);
    this.#parser.onerror = (error) => {
      this.#failure ??= error;
    };
  }

  /** True when the document's last element has closed. */
  get complete(): boolean {
    return this.#sawRoot && this.#depth === 0 && this.#failure === undefined;
  }

  /** @throws Error when what came is not well formed. */
  write(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let at = 0;
    while (at < bytes.length) {
      if (this.#raw) at = this.#rawText(bytes, at);
      else at = this.#markup(bytes, at);
      if (this.#failure) throw this.#failure;
    }
  }

  /** @throws Error when the document is not complete. */
  end(): void {
    if (!this.complete) throw new Error('the answer ends before its last element');
  }

  /** Feeds markup to sax up to the end of the next start tag of a blob, or to the end of the bytes. */
  #markup(bytes: Buffer, from: number): number {
    if (!this.#options.blobs) {
      this.#parser.write(this.#decoder.write(bytes.subarray(from)));
      return bytes.length;
    }
    let search = from;
    for (;;) {
      const close = bytes.indexOf('>', search, 'latin1');
      if (close < 0) {
        this.#parser.write(this.#decoder.write(bytes.subarray(from)));
        return bytes.length;
      }
      if (this.#mayOpenBlob(bytes, from, close)) {
        this.#parser.write(this.#decoder.write(bytes.subarray(from, close + 1)));
        this.#raw = this.#blob !== undefined;
        return close + 1;
      }
      search = close + 1;
    }
  }

  /** Cheap test on the bytes before a `>`: does a blob's name stand in this tag? A tag cut by a chunk says yes. */
  #mayOpenBlob(bytes: Buffer, from: number, close: number): boolean {
    const open = bytes.lastIndexOf(LESS_THAN, close);
    if (open < from) return true;
    if (bytes[open + 1] === 0x2f || bytes[close - 1] === 0x2f) return false;
    const tag = bytes.toString('latin1', open + 1, Math.min(close, open + 80));
    const name = /^(?:[^\s:>]+:)?([^\s:>]+)/.exec(tag)?.[1] ?? '';
    return this.#options.blobs?.has(name) ?? false;
  }

  /** Base64 up to the next markup; from a character reference on, sax reads the rest of the blob. */
  #rawText(bytes: Buffer, from: number): number {
    const open = bytes.indexOf(LESS_THAN, from);
    let end = open < 0 ? bytes.length : open;
    const reference = bytes.subarray(from, end).indexOf(AMPERSAND);
    if (reference >= 0) end = from + reference;
    if (end > from) this.#blob?.write(bytes.toString('latin1', from, end));
    if (open >= 0 || reference >= 0) this.#raw = false;
    return end;
  }

  #openTag(tag: sax.Tag): void {
    this.#sawRoot = true;
    this.#depth++;
    if (this.#depth > MAX_DEPTH) {
      this.#failure ??= new Error(`elements are nested deeper than ${MAX_DEPTH}`);
      return;
    }
    const name = localName(tag.name);
    const parent = this.#open.at(-1);
    if (!parent && !this.#options.records.has(name)) return;
    const node: XmlNode = { name, attributes: tag.attributes as Record<string, string>, children: [], text: '' };
    parent?.children.push(node);
    this.#open.push(node);
    if (this.#options.blobs?.has(name)) this.#blob = new Base64Decoder();
  }

  #closeTag(): void {
    this.#depth--;
    const node = this.#open.pop();
    if (!node) return;
    if (this.#blob && this.#options.blobs?.has(node.name)) {
      this.#blob.end();
      node.blob = { parts: this.#blob.parts, size: this.#blob.size, truncated: this.#blob.truncated };
      this.#blob = undefined;
      this.#raw = false;
    }
    if (node.children.length > 0) node.text = '';
    if (this.#open.length === 0) this.#options.onRecord(node);
  }

  #text(text: string): void {
    if (this.#blob) {
      this.#blob.write(text);
      return;
    }
    const node = this.#open.at(-1);
    if (!node) return;
    if (node.text.length + text.length > MAX_TEXT) this.#failure ??= new Error('a text is longer than 64 MiB');
    else node.text += text;
  }
}

function localName(name: string): string {
  const colon = name.indexOf(':');
  return colon < 0 ? name : name.slice(colon + 1);
}

/** Parses a small document whole: the trees of the named records, in order. @throws Error when not well formed. */
export function parseRecords(text: string | Uint8Array, ...names: string[]): XmlNode[] {
  const found: XmlNode[] = [];
  const stream = new XmlStream({ records: new Set(names), onRecord: (node) => found.push(node) });
  stream.write(typeof text === 'string' ? Buffer.from(text) : text);
  stream.end();
  return found;
}

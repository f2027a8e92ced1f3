import { StringDecoder } from 'node:string_decoder';
import sax from 'sax';
import { Base64Error, Base64Sink } from './base64.ts';
import { NAMESPACES, type XmlNode } from './node.ts';

/** What a request may hold before it is refused. */
export interface XmlLimits {
  depth: number;
  elements: number;
  /** Characters of text outside base64 elements. */
  text: number;
}
export const REQUEST_LIMITS: XmlLimits = { depth: 64, elements: 400_000, text: 64 * 1024 * 1024 };

/** Thrown for what is not well-formed, has a document type, or goes beyond the limits. */
export class XmlError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'XmlError';
  }
}

const PREFIX = new Map<string, string>(Object.entries(NAMESPACES).map(([prefix, uri]) => [uri, prefix]));
const BASE64_ELEMENTS = new Set(['Data', 'MimeContent', 'Content', 'ContactPhoto']);

// Only the five entities of XML itself; the package's types leave this option out.
const PARSER_OPTIONS: sax.SAXOptions & { strictEntities: boolean } = {
  xmlns: true,
  position: false,
  strictEntities: true,
};

const GT = 0x3e;
const LT = 0x3c;
const AMP = 0x26;

/**
 * A request as a tree, read while it arrives. Document types are refused, so no entity is ever expanded. The content of
 * base64 elements goes from the bytes of the wire to the sink without passing the tokenizer, which would look at each
 * character.
 */
export class XmlReader {
  readonly #parser = sax.parser(true, PARSER_OPTIONS);
  readonly #limits: XmlLimits;
  readonly #decoder = new StringDecoder('utf8');
  readonly #stack: XmlNode[] = [];
  #root: XmlNode | undefined;
  #texts: string[] = [];
  #textLength = 0;
  #elements = 0;
  #sink: Base64Sink | undefined;
  /** The tokenizer stands right after the start tag of a base64 element, so what comes is its content. */
  #rawAhead = false;
  /** Bytes of the request that may still come, for sizing large content. */
  #remaining: number | undefined;

  constructor(options: { limits?: XmlLimits; contentLength?: number | undefined } = {}) {
    this.#limits = options.limits ?? REQUEST_LIMITS;
    this.#remaining = options.contentLength;
    const parser = this.#parser;
    parser.ondoctype = () => {
      throw new XmlError('A document type is not accepted.');
    };
    parser.onprocessinginstruction = (pi) => {
      if (pi.name.toLowerCase() !== 'xml') throw new XmlError('A processing instruction is not accepted.');
    };
    parser.onerror = (error) => {
      Object.assign(parser, { error: null });
      throw new XmlError(error.message.split('\n')[0] ?? 'The XML is not well-formed.');
    };
    parser.onopentag = (tag) => this.#open(tag as sax.QualifiedTag);
    parser.ontext = (text) => this.#text(text);
    parser.oncdata = (text) => this.#text(text);
    parser.onclosetag = () => this.#close();
  }

  /** Takes the next bytes of the request; throws XmlError. */
  write(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let at = 0;
    while (at < bytes.length) {
      if (this.#rawAhead) {
        at = this.#raw(bytes, at);
        if (at >= bytes.length) break;
      }
      // Up to the end of the next tag, so that content which follows it can take the short way.
      const end = bytes.indexOf(GT, at);
      const stop = end < 0 ? bytes.length : end + 1;
      this.#tokenize(bytes.subarray(at, stop));
      at = stop;
    }
    if (this.#remaining !== undefined) this.#remaining = Math.max(0, this.#remaining - bytes.length);
  }

  /** The whole tree; throws XmlError when the document is not complete. */
  end(): XmlNode {
    this.#tokenize(Buffer.alloc(0));
    const rest = this.#decoder.end();
    if (rest !== '' || this.#stack.length > 0 || !this.#root) throw new XmlError('The document ends too early.');
    try {
      this.#parser.close();
    } catch (error) {
      throw asXmlError(error);
    }
    return this.#root;
  }

  #tokenize(bytes: Buffer): void {
    try {
      const text = this.#decoder.write(bytes);
      if (text !== '') this.#parser.write(text);
    } catch (error) {
      throw asXmlError(error);
    }
  }

  /** Base64 straight from the wire until the next tag or entity; answers where it stopped. */
  #raw(bytes: Buffer, from: number): number {
    let stop = bytes.indexOf(LT, from);
    if (stop < 0) stop = bytes.length;
    const amp = bytes.subarray(from, stop).indexOf(AMP);
    if (amp >= 0) stop = from + amp;
    try {
      if (stop > from) this.#sink?.write(bytes.toString('latin1', from, stop));
    } catch (error) {
      throw asXmlError(error);
    }
    if (stop < bytes.length) this.#rawAhead = false;
    return stop;
  }

  #open(tag: sax.QualifiedTag): void {
    this.#elements += 1;
    if (this.#elements > this.#limits.elements) throw new XmlError('The request has too many elements.');
    if (this.#stack.length >= this.#limits.depth) throw new XmlError('The request is nested too deeply.');
    const attributes: Record<string, string> = {};
    for (const attribute of Object.values(tag.attributes)) {
      if (attribute.prefix !== 'xmlns' && attribute.name !== 'xmlns') attributes[attribute.local] = attribute.value;
    }
    const node: XmlNode = {
      ns: PREFIX.get(tag.uri) ?? tag.uri,
      name: tag.local,
      attributes,
      children: [],
      text: '',
    };
    const parent = this.#stack.at(-1);
    if (parent) parent.children.push(node);
    else if (this.#root) throw new XmlError('The document has two roots.');
    else this.#root = node;
    this.#stack.push(node);
    this.#texts = [];
    this.#sink =
      node.ns === 't' && BASE64_ELEMENTS.has(node.name)
        ? new Base64Sink(this.#remaining === undefined ? undefined : Math.ceil(this.#remaining * 0.75))
        : undefined;
    this.#rawAhead = this.#sink !== undefined;
  }

  #text(text: string): void {
    if (this.#sink) {
      this.#sink.write(text);
      return;
    }
    this.#textLength += text.length;
    if (this.#textLength > this.#limits.text) throw new XmlError('The request has too much text.');
    this.#texts.push(text);
  }

  #close(): void {
    const node = this.#stack.pop();
    if (!node) return;
    if (this.#sink) {
      node.data = this.#sink.end();
      this.#sink = undefined;
      this.#rawAhead = false;
    } else if (node.children.length === 0) {
      node.text = this.#texts.length === 1 ? (this.#texts[0] ?? '') : this.#texts.join('');
    }
    this.#texts = [];
  }
}

function asXmlError(error: unknown): XmlError {
  if (error instanceof XmlError) return error;
  if (error instanceof Base64Error) return new XmlError(error.message);
  return new XmlError('The XML is not well-formed.');
}

/** A whole document at once; throws XmlError. */
export function parseXml(document: string | Uint8Array, limits?: XmlLimits): XmlNode {
  const bytes = typeof document === 'string' ? Buffer.from(document, 'utf8') : document;
  const reader = new XmlReader({ contentLength: bytes.length, ...(limits && { limits }) });
  reader.write(bytes);
  return reader.end();
}

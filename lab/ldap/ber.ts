import { BerReader, BerWriter } from 'ldapts';

/**
 * BER as LDAP restricts it (RFC 4511 5.1): definite lengths only. The bytes are read and written by ldapts's reader and
 * writer; what stands here adds the bounds they leave to the caller, because a server reads what strangers send.
 */

/** The bytes are no BER that LDAP allows; the connection is closed with a notice of disconnection. */
export class MalformedBer extends Error {}

export interface Element {
  tag: number;
  content: Buffer;
}

/** Reads the elements of one constructed value, each checked to lie wholly inside it. */
export class Elements {
  private readonly reader: BerReader;
  constructor(content: Buffer) {
    this.reader = new BerReader(content);
  }

  get done(): boolean {
    return this.reader.remain <= 0;
  }

  /** The tag of the next element, or undefined at the end. */
  get tag(): number | undefined {
    return this.reader.peek() ?? undefined;
  }

  next(): Element {
    const tag = this.reader.peek();
    if (tag === null) throw new MalformedBer('an element is missing');
    if ((tag & 0x1f) === 0x1f) throw new MalformedBer('a tag of several bytes');
    const start = lengthAt(this.reader, this.reader.offset + 1);
    if (start === undefined || this.reader.length > this.reader.buffer.length - start)
      throw new MalformedBer('an element is longer than what holds it');
    const end = start + this.reader.length;
    this.reader.offset = end;
    return { tag, content: this.reader.buffer.subarray(start, end) };
  }

  expect(tag: number): Buffer {
    const element = this.next();
    if (element.tag !== tag)
      throw new MalformedBer(`tag 0x${element.tag.toString(16)} where 0x${tag.toString(16)} belongs`);
    return element.content;
  }

  optional(tag: number): Buffer | undefined {
    return this.tag === tag ? this.next().content : undefined;
  }

  text(tag = 0x04): string {
    return utf8(this.expect(tag));
  }
  integer(tag = 0x02): number {
    return toInteger(this.expect(tag));
  }
  boolean(tag = 0x01): boolean {
    return toBoolean(this.expect(tag));
  }
}

/** An INTEGER or ENUMERATED of at most four bytes. */
export function toInteger(content: Buffer): number {
  if (content.length < 1 || content.length > 4) throw new MalformedBer(`an integer of ${content.length} bytes`);
  return content.readIntBE(0, content.length);
}

export function toBoolean(content: Buffer): boolean {
  if (content.length !== 1) throw new MalformedBer(`a boolean of ${content.length} bytes`);
  return content[0] !== 0;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
export function utf8(content: Uint8Array): string {
  try {
    return decoder.decode(content);
  } catch {
    throw new MalformedBer('text that is not UTF-8');
  }
}

/**
 * The whole length in bytes of the LDAP message at the start of the buffer, or undefined while its header is incomplete.
 * @throws MalformedBer when these bytes cannot begin an LDAP message.
 */
export function messageLength(buffer: Buffer): number | undefined {
  if (buffer.length < 1) return undefined;
  if (buffer[0] !== 0x30) throw new MalformedBer('not an LDAP message');
  const reader = new BerReader(buffer);
  const start = lengthAt(reader, 1);
  return start === undefined ? undefined : start + reader.length;
}

function lengthAt(reader: BerReader, offset: number): number | undefined {
  let start: number | null;
  try {
    start = reader.readLength(offset);
  } catch (cause) {
    throw new MalformedBer('a length LDAP does not allow', { cause });
  }
  if (start === null) return undefined;
  // Four length bytes with the top bit set come back negative.
  if (reader.length < 0) throw new MalformedBer('a length beyond 2 GB');
  return start;
}

/** One element from parts already encoded. */
export function constructed(tag: number, ...parts: Uint8Array[]): Buffer {
  return primitive(
    tag,
    parts.length === 1 && parts[0]
      ? Buffer.from(parts[0].buffer, parts[0].byteOffset, parts[0].length)
      : Buffer.concat(parts),
  );
}

export function primitive(tag: number, content: Buffer): Buffer {
  const writer = new BerWriter({ size: content.length + 8 });
  writer.writeBuffer(content, tag);
  return writer.buffer;
}

export function octets(value: string | Buffer, tag = 0x04): Buffer {
  return primitive(tag, typeof value === 'string' ? Buffer.from(value, 'utf8') : value);
}

export function integer(value: number, tag = 0x02): Buffer {
  const writer = new BerWriter({ size: 8 });
  writer.writeInt(value, tag);
  return writer.buffer;
}

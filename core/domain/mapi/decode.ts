import { createHash, type Hash } from 'node:crypto';
import { propKey } from './bag.ts';
import { CodecError, type CodecFailure } from './codec-error.ts';
import { decodeCodePage } from './codepages.ts';
import { guidToText } from './guid.ts';
import {
  type MapiAttachment,
  type MapiMessage,
  type Property,
  type PropertyBag,
  type PropScalar,
  PropType,
  type PropValue,
} from './model.ts';
import { ExportStreamScanner, failure, type ScanHandler, type ScannedProperty, ScanStop } from './scan.ts';
import { CODE_PAGE_STRING, isMetaProperty, Marker, MULTI_VALUE, markerName } from './stream-format.ts';

export type DecodeResult =
  | { ok: true; message: MapiMessage /** Opcodes of frames that were passed over. */; unknownFrames: number[] }
  | CodecFailure;

/** Real items nest a few levels; a hostile stream must not exhaust the stack of what walks the message later. */
const MAX_DEPTH = 64;

/**
 * Reads an export stream as a message, following the grammar of [MS-OXCFXICS] 2.2.4.3.15. Values are copied out of the
 * stream only where they cross two buffers. Never throws for what the bytes say.
 */
export function decodeExportStream(bytes: Uint8Array): DecodeResult {
  const builder = new MessageBuilder(bytes.length);
  const scanner = new ExportStreamScanner(builder);
  scanner.push(bytes);
  const end = scanner.end();
  if (!end.ok) return end;
  if (!builder.complete) return failure('truncated', bytes.length, 'a recipient, attachment or message is not closed');
  return { ok: true, message: builder.message, unknownFrames: builder.unknownFrames };
}

/**
 * Reads a stream that came in pieces, for comparison only: values above `hashAbove` bytes are replaced by their SHA-256,
 * so that an item of any size is read in flat memory. Two items are equal in this form exactly when they are equal.
 */
export function decodeForComparison(parts: Iterable<Uint8Array>, hashAbove = 64 * 1024): DecodeResult {
  const builder = new MessageBuilder(Number.MAX_SAFE_INTEGER, hashAbove);
  const scanner = new ExportStreamScanner(builder);
  for (const part of parts) scanner.push(part);
  const end = scanner.end();
  if (!end.ok) return end;
  if (!builder.complete) return failure('truncated', end.bytes, 'a recipient, attachment or message is not closed');
  return { ok: true, message: builder.message, unknownFrames: builder.unknownFrames };
}

/** The message of a stream that must be sound. Throws CodecError. */
export function decodeOrThrow(bytes: Uint8Array): MapiMessage {
  const result = decodeExportStream(bytes);
  if (!result.ok) throw new CodecError(result);
  return result.message;
}

type Level = { keys: Map<string | number, number> } & (
  | { kind: 'message'; bag: MapiMessage }
  | { kind: 'recipient'; bag: PropertyBag }
  | { kind: 'attachment'; bag: MapiAttachment }
);

class MessageBuilder implements ScanHandler {
  readonly message: MapiMessage = { properties: [], recipients: [], attachments: [] };
  readonly unknownFrames: number[] = [];
  readonly #levels: Level[] = [{ kind: 'message', bag: this.message, keys: new Map() }];
  readonly #maxValue: number;
  readonly #hashAbove: number;
  #hash: Hash | undefined;
  #property: ScannedProperty | undefined;
  #values: PropScalar[] = [];
  #want = 0;
  #have = 0;
  #value: Uint8Array = new Uint8Array(0);

  constructor(maxValue: number, hashAbove = Number.POSITIVE_INFINITY) {
    this.#maxValue = maxValue;
    this.#hashAbove = hashAbove;
  }

  get complete(): boolean {
    return this.#levels.length === 1;
  }

  unknownFrame(opcode: number): void {
    this.unknownFrames.push(opcode);
  }

  marker(marker: number): void {
    const level = this.#top();
    switch (marker) {
      case Marker.startRecip: {
        if (level.kind !== 'message') break;
        const bag: PropertyBag = { properties: [] };
        level.bag.recipients.push(bag);
        this.#open({ kind: 'recipient', bag, keys: new Map() });
        return;
      }
      case Marker.newAttach: {
        if (level.kind !== 'message') break;
        const bag: MapiAttachment = { properties: [] };
        level.bag.attachments.push(bag);
        this.#open({ kind: 'attachment', bag, keys: new Map() });
        return;
      }
      case Marker.startEmbed: {
        if (level.kind !== 'attachment' || level.bag.embedded) break;
        const bag: MapiMessage = { properties: [], recipients: [], attachments: [] };
        level.bag.embedded = bag;
        this.#open({ kind: 'message', bag, keys: new Map() });
        return;
      }
      case Marker.endToRecip:
        if (level.kind === 'recipient') {
          this.#close();
          return;
        }
        break;
      case Marker.endAttach:
        if (level.kind === 'attachment') {
          this.#close();
          return;
        }
        break;
      case Marker.endEmbed:
        if (level.kind === 'message' && this.#levels.length > 1) {
          this.#close();
          return;
        }
        break;
      case Marker.fxErrorInfo:
        throw new ScanStop('partialItem', 'the server reports that it could not read a part of the item');
      default:
        break;
    }
    throw new ScanStop('unexpectedMarker', `the marker ${markerName(marker)} stands where none may`);
  }

  property(property: ScannedProperty): void {
    this.#property = property;
    this.#values = [];
  }

  value(length: number): void {
    if (length > this.#maxValue) throw new ScanStop('truncated', `a value claims ${length} bytes, more than there are`);
    this.#want = length;
    this.#have = 0;
    this.#hash = length > this.#hashAbove ? createHash('sha256') : undefined;
    if (length === 0) this.#add(new Uint8Array(0));
  }

  data(bytes: Uint8Array): void {
    if (this.#hash) {
      this.#hash.update(bytes);
      this.#have += bytes.length;
      if (this.#have === this.#want) this.#add(this.#hash.digest());
      return;
    }
    if (this.#have === 0 && bytes.length === this.#want) {
      this.#add(bytes);
      return;
    }
    if (this.#have === 0) this.#value = new Uint8Array(this.#want);
    this.#value.set(bytes, this.#have);
    this.#have += bytes.length;
    if (this.#have === this.#want) this.#add(this.#value);
  }

  endProperty(): void {
    const property = this.#property;
    if (!property || isMetaProperty(property.id)) return;
    const value = property.multiple ? this.#values : this.#values[0];
    if (value === undefined) throw new ScanStop('badValue', 'a property without a value');
    put(this.#top(), toProperty(property, value));
  }

  #add(bytes: Uint8Array): void {
    this.#values.push(readScalar(this.#property?.scalar ?? 0, bytes));
  }

  #top(): Level {
    const level = this.#levels.at(-1);
    if (!level) throw new ScanStop('unexpectedMarker', 'more ends than starts');
    return level;
  }

  #open(level: Level): void {
    if (this.#levels.length > MAX_DEPTH) throw new ScanStop('tooDeep', 'messages are nested too deep');
    this.#levels.push(level);
  }

  #close(): void {
    this.#levels.pop();
  }
}

/** A key stands once in a bag: the later value wins, as when properties are set one after the other. */
function put(level: Level, property: Property): void {
  const key = property.name ? propKey(property) : property.id;
  const at = level.keys.get(key);
  if (at !== undefined) {
    level.bag.properties[at] = property;
    return;
  }
  level.keys.set(key, level.bag.properties.length);
  level.bag.properties.push(property);
}

function toProperty(scanned: ScannedProperty, value: PropValue): Property {
  const first = Array.isArray(value) ? value[0] : value;
  const type = propType(scanned, first);
  return scanned.name ? { id: scanned.id, type, name: scanned.name, value } : { id: scanned.id, type, value };
}

function propType(scanned: ScannedProperty, first: PropScalar | undefined): PropType {
  let scalar: number = scanned.scalar;
  if (scalar & CODE_PAGE_STRING) scalar = first instanceof Uint8Array ? PropType.String8 : PropType.String;
  return ((scanned.multiple ? MULTI_VALUE : 0) | scalar) as PropType;
}

/** One value from its bytes; String8 stays bytes, strings of a known code page become text. */
export function readScalar(scalar: number, bytes: Uint8Array): PropScalar {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  switch (scalar) {
    case PropType.Integer16:
      return view.readInt16LE();
    case PropType.Boolean:
      return view.readUInt16LE() !== 0;
    case PropType.Integer32:
      return view.readInt32LE();
    case PropType.ErrorCode:
      return view.readUInt32LE();
    case PropType.Floating32:
      return view.readFloatLE();
    case PropType.Floating64:
    case PropType.FloatingTime:
      return view.readDoubleLE();
    case PropType.Currency:
    case PropType.Integer64:
      return view.readBigInt64LE();
    case PropType.Time:
      return view.readBigUInt64LE();
    case PropType.Guid:
      return guidToText(bytes);
    case PropType.String:
      return utf16(view);
    case PropType.String8:
      return bytes.at(-1) === 0 ? bytes.subarray(0, -1) : bytes;
    default:
      return scalar & CODE_PAGE_STRING ? codePageText(scalar & ~CODE_PAGE_STRING, view) : bytes;
  }
}

/** Every code unit is kept, also lone surrogates; one null at the end is the terminator. */
function utf16(view: Buffer): string {
  if (view.length % 2 !== 0) throw new ScanStop('badValue', 'a Unicode string of an odd number of bytes');
  const text = view.toString('utf16le');
  return text.endsWith('\0') ? text.slice(0, -1) : text;
}

function codePageText(page: number, view: Buffer): PropScalar {
  if (page === 1200) return utf16(view);
  const bytes = view.at(-1) === 0 ? view.subarray(0, -1) : view;
  return decodeCodePage(page, bytes) ?? bytes;
}

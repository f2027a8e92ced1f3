import type { CodecFailure, CodecReason } from './codec-error.ts';
import { guidToText } from './guid.ts';
import type { PropName } from './model.ts';
import { Frame, fixedSize, isMarker, splitType } from './stream-format.ts';

/** A property as it stands in a stream, before its values. */
export interface ScannedProperty {
  id: number;
  /** The type as written: PropType, or 0x8000 with a code page. */
  rawType: number;
  /** The scalar type, without the multi-value flag. */
  scalar: number;
  multiple: boolean;
  name?: PropName;
  /** Number of values: 1, or the count of a multi-valued property. */
  count: number;
}

/** What a scan tells. Views of bytes are good only during the call. */
export interface ScanHandler {
  marker(marker: number): void;
  property(property: ScannedProperty): void;
  /** Starts one value of the current property, of so many bytes. */
  value(length: number): void;
  /** The next piece of the current value; large values come in as many pieces as they arrive in. */
  data(bytes: Uint8Array): void;
  endProperty(): void;
  /** A frame with an opcode that is not known; its data is passed over. */
  unknownFrame?(opcode: number, length: number): void;
}

export type ScanResult = { ok: true; bytes: number } | CodecFailure;

/** Thrown inside the scan and by handlers; never leaves this file and decode.ts. */
export class ScanStop extends Error {
  readonly reason: CodecReason;
  constructor(reason: CodecReason, detail: string) {
    super(detail);
    this.reason = reason;
  }
}

const HEADER_FRAMES: readonly number[] = [Frame.config, Frame.isInterfaceOk, Frame.tellPartnerVersion];
const MAX_HEADER_FRAME = 0x10000;
const MAX_NAME = 0x1000;
const TRUNCATED_NOTE = '=== Truncated Data ===';

/**
 * Reads an export stream in pieces of any size, one call of `push` a piece, and tells a handler what it meets. Keeps a
 * few bytes between calls whatever the size of the item, so 150 MB pass through in flat memory. The frames are as
 * observed in exports; inside them stands [MS-OXCFXICS] 2.2.4, where an element may cross from one TransferBuffer to the
 * next.
 */
export class ExportStreamScanner {
  readonly #elements: ElementScanner;
  readonly #handler: ScanHandler;
  readonly #head = new Uint8Array(8);
  readonly #headView = new DataView(this.#head.buffer);
  #headHave = 0;
  #opcode = 0;
  #frameLeft = 0;
  #frames = 0;
  #buffers = 0;
  #consumed = 0;
  #tail = '';
  #failure: CodecFailure | undefined;

  constructor(handler: ScanHandler) {
    this.#handler = handler;
    this.#elements = new ElementScanner(handler);
  }

  /** Takes the next bytes. After a failure further bytes are passed over; `end` tells what it was. */
  push(bytes: Uint8Array): void {
    this.#tail = (this.#tail + latin1(bytes.subarray(-TRUNCATED_NOTE.length))).slice(-TRUNCATED_NOTE.length);
    if (this.#failure) return;
    let at = 0;
    try {
      while (at < bytes.length) {
        const piece = this.#frameLeft > 0 ? this.#body(bytes, at) : this.#frameHead(bytes, at);
        at += piece;
        this.#consumed += piece;
      }
    } catch (error) {
      if (!(error instanceof ScanStop)) throw error;
      const inside = this.#frameLeft > 0 && this.#opcode === Frame.transferBuffer ? this.#elements.position : 0;
      this.#failure = failure(error.reason, this.#consumed + inside, error.message);
    }
  }

  /** Says whether the whole stream was sound. Call once, after the last `push`. */
  end(): ScanResult {
    if (!this.#failure) {
      try {
        this.#checkEnd();
        return { ok: true, bytes: this.#consumed };
      } catch (error) {
        if (!(error instanceof ScanStop)) throw error;
        this.#failure = failure(error.reason, this.#consumed, error.message);
      }
    }
    if (this.#tail === TRUNCATED_NOTE) {
      return failure('truncatedByServer', this.#failure.offset, 'the server says that it cut the data');
    }
    return this.#failure;
  }

  #checkEnd(): void {
    if (this.#frames === 0) throw new ScanStop('notAnExportStream', 'the data is empty');
    if (this.#headHave > 0 || this.#frameLeft > 0) throw new ScanStop('truncated', 'the data ends inside a frame');
    if (this.#buffers === 0) throw new ScanStop('truncated', 'the data holds no properties');
    this.#elements.end();
  }

  #frameHead(bytes: Uint8Array, at: number): number {
    const take = Math.min(8 - this.#headHave, bytes.length - at);
    this.#head.set(bytes.subarray(at, at + take), this.#headHave);
    this.#headHave += take;
    if (this.#headHave < 8) return take;
    this.#headHave = 0;
    this.#opcode = this.#headView.getUint32(0, true);
    this.#frameLeft = this.#headView.getUint32(4, true);
    if (this.#frames++ === 0 && this.#opcode !== Frame.config) {
      throw new ScanStop('notAnExportStream', `it begins with frame ${this.#opcode} instead of a configuration`);
    }
    if (this.#opcode === Frame.transferBuffer) this.#buffers++;
    else if (!HEADER_FRAMES.includes(this.#opcode)) this.#handler.unknownFrame?.(this.#opcode, this.#frameLeft);
    else if (this.#frameLeft > MAX_HEADER_FRAME) {
      throw new ScanStop('badValue', `frame ${this.#opcode} claims ${this.#frameLeft} bytes`);
    }
    return take;
  }

  #body(bytes: Uint8Array, at: number): number {
    const take = Math.min(this.#frameLeft, bytes.length - at);
    if (this.#opcode === Frame.transferBuffer) this.#elements.push(bytes, at, at + take);
    this.#frameLeft -= take;
    return take;
  }
}

type Step = 'tag' | 'nameHead' | 'nameId' | 'nameText' | 'count' | 'length' | 'fixed' | 'variable';

/** The inside of the TransferBuffers: markers and property values ([MS-OXCFXICS] 2.2.4.1). */
export class ElementScanner {
  readonly #handler: ScanHandler;
  /** An atom (tag, length, fixed value) that crosses two pieces is put together here. */
  readonly #carry = new Uint8Array(32);
  #carried = 0;
  #src: Uint8Array = this.#carry;
  #srcAt = 0;
  #start = 0;
  #at = 0;
  #step: Step = 'tag';
  #property: ScannedProperty = { id: 0, rawType: 0, scalar: 0, multiple: false, count: 0 };
  #nameSet = '';
  #nameText = '';
  #valuesLeft = 0;
  #left = 0;

  constructor(handler: ScanHandler) {
    this.#handler = handler;
  }

  /** Bytes of the last `push` that were read; for the place of a failure. */
  get position(): number {
    return this.#at - this.#start;
  }

  push(bytes: Uint8Array, from: number, to: number): void {
    this.#start = from;
    this.#at = from;
    while (this.#at < to) {
      if (this.#step === 'variable') this.#variable(bytes, to);
      else if (!this.#atom(bytes, to, this.#need())) return;
      else this.#take();
    }
  }

  end(): void {
    if (this.#step !== 'tag' || this.#carried > 0) throw new ScanStop('truncated', 'the data ends inside a property');
  }

  #need(): number {
    switch (this.#step) {
      case 'nameHead':
        return 17;
      case 'nameText':
        return 2;
      case 'fixed':
        return this.#left;
      default:
        return 4;
    }
  }

  #atom(bytes: Uint8Array, to: number, need: number): boolean {
    const have = to - this.#at;
    if (this.#carried === 0 && have >= need) {
      this.#src = bytes;
      this.#srcAt = this.#at;
      this.#at += need;
      return true;
    }
    const take = Math.min(need - this.#carried, have);
    this.#carry.set(bytes.subarray(this.#at, this.#at + take), this.#carried);
    this.#at += take;
    this.#carried += take;
    if (this.#carried < need) return false;
    this.#src = this.#carry;
    this.#srcAt = 0;
    this.#carried = 0;
    return true;
  }

  #u16(offset = 0): number {
    const at = this.#srcAt + offset;
    return (this.#src[at] ?? 0) | ((this.#src[at + 1] ?? 0) << 8);
  }

  #u32(): number {
    return (this.#u16() | (this.#u16(2) << 16)) >>> 0;
  }

  #take(): void {
    switch (this.#step) {
      case 'tag':
        this.#tag(this.#u32());
        return;
      case 'nameHead': {
        this.#nameSet = guidToText(this.#src.subarray(this.#srcAt, this.#srcAt + 16));
        const kind = this.#src[this.#srcAt + 16];
        if (kind !== 0 && kind !== 1) throw new ScanStop('badValue', `a property name of kind ${kind}`);
        this.#nameText = '';
        this.#step = kind === 0 ? 'nameId' : 'nameText';
        return;
      }
      case 'nameId':
        this.#property.name = { set: this.#nameSet, id: this.#u32() };
        this.#values();
        return;
      case 'nameText':
        this.#nameUnit(this.#u16());
        return;
      case 'count':
        this.#count(this.#u32());
        return;
      case 'length':
        this.#left = this.#u32();
        this.#handler.value(this.#left);
        if (this.#left === 0) this.#nextValue();
        else this.#step = 'variable';
        return;
      case 'fixed':
        this.#handler.value(this.#left);
        this.#handler.data(this.#src.subarray(this.#srcAt, this.#srcAt + this.#left));
        this.#nextValue();
        return;
      case 'variable':
        return;
    }
  }

  #tag(value: number): void {
    if (isMarker(value)) {
      this.#handler.marker(value);
      return;
    }
    const rawType = value & 0xffff;
    const id = value >>> 16;
    const type = splitType(rawType);
    if (!type) throw new ScanStop('unknownType', `property 0x${hex(id)} has the unknown type 0x${hex(rawType)}`);
    this.#property = { id, rawType, ...type, count: 1 };
    if (id >= 0x8000) this.#step = 'nameHead';
    else this.#values();
  }

  #nameUnit(unit: number): void {
    if (unit === 0) {
      this.#property.name = { set: this.#nameSet, name: this.#nameText };
      this.#values();
    } else {
      this.#nameText += String.fromCharCode(unit);
      if (this.#nameText.length > MAX_NAME) throw new ScanStop('badValue', 'a property name without an end');
    }
  }

  #values(): void {
    if (this.#property.multiple) {
      this.#step = 'count';
      return;
    }
    this.#handler.property(this.#property);
    this.#valuesLeft = 1;
    this.#startValue();
  }

  #count(count: number): void {
    this.#property.count = count;
    this.#handler.property(this.#property);
    this.#valuesLeft = count;
    if (count === 0) this.#finish();
    else this.#startValue();
  }

  #startValue(): void {
    this.#left = fixedSize(this.#property.scalar) ?? 0;
    this.#step = this.#left > 0 ? 'fixed' : 'length';
  }

  #variable(bytes: Uint8Array, to: number): void {
    const take = Math.min(this.#left, to - this.#at);
    this.#handler.data(bytes.subarray(this.#at, this.#at + take));
    this.#at += take;
    this.#left -= take;
    if (this.#left === 0) this.#nextValue();
  }

  #nextValue(): void {
    if (--this.#valuesLeft > 0) this.#startValue();
    else this.#finish();
  }

  #finish(): void {
    this.#handler.endProperty();
    this.#step = 'tag';
  }
}

const hex = (value: number): string => value.toString(16).padStart(4, '0');

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

export function failure(reason: CodecReason, offset: number, detail: string): CodecFailure {
  return { ok: false, reason, offset, detail };
}

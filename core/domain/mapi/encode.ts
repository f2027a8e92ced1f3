import { propKey } from './bag.ts';
import { guidToBytes } from './guid.ts';
import {
  type MapiAttachment,
  type MapiMessage,
  type Property,
  type PropertyBag,
  type PropScalar,
  PropType,
} from './model.ts';
import { Frame, FX_DEL_PROP, fixedSize, Marker, MULTI_VALUE, UNICODE_STRING } from './stream-format.ts';
import { PidTag } from './tags.ts';

/** Bytes of one TransferBuffer as Exchange fills them (the size seen in exports of Exchange Online). */
export const TRANSFER_BUFFER_BYTES = 0x7bc0;

/** The three frames before the data: Config, IsInterfaceOk with IID_IMessage, TellPartnerVersion, as observed in exports. */
const PREAMBLE = Uint8Array.from(
  Buffer.from(
    '0100000008000000' +
      '0000000001000000' +
      '0300000018000000' +
      '010000000703020000000000c00000000000004600240080' +
      '0400000006000000' +
      '020f02860100',
    'hex',
  ),
);

/**
 * Writes a message as the export stream of ExportItems. Values of 64 KB and more are not copied before the one copy
 * into the result. Throws RangeError when a value does not fit its type; that is a defect of the caller.
 */
export function encodeExportStream(message: MapiMessage): Uint8Array {
  const writer = new StreamWriter();
  writer.messageContent(message);
  return frame(writer.finish());
}

/** Cuts element bytes into TransferBuffer frames behind the preamble. */
function frame(pieces: { bytes: Uint8Array[]; total: number }): Uint8Array {
  const buffers = Math.max(1, Math.ceil(pieces.total / TRANSFER_BUFFER_BYTES));
  const out = new Uint8Array(PREAMBLE.length + buffers * 8 + pieces.total);
  const view = new DataView(out.buffer);
  out.set(PREAMBLE);
  let at = PREAMBLE.length;
  let left = 0;
  let toGo = pieces.total;
  const open = () => {
    left = Math.min(TRANSFER_BUFFER_BYTES, toGo);
    view.setUint32(at, Frame.transferBuffer, true);
    view.setUint32(at + 4, left, true);
    at += 8;
  };
  if (toGo === 0) open();
  for (const piece of pieces.bytes) {
    for (let from = 0; from < piece.length; ) {
      if (left === 0) open();
      const take = Math.min(left, piece.length - from);
      out.set(piece.subarray(from, from + take), at);
      at += take;
      from += take;
      left -= take;
      toGo -= take;
    }
  }
  return out;
}

const NO_COPY_FROM = 0x10000;

/** Gathers elements: small ones in growing blocks, large values as they are. */
class StreamWriter {
  readonly #pieces: Uint8Array[] = [];
  #total = 0;
  #block = Buffer.allocUnsafe(4096);
  #at = 0;
  /** One id a name inside one stream; which one means nothing elsewhere. */
  readonly #namedIds = new Map<string, number>();

  finish(): { bytes: Uint8Array[]; total: number } {
    this.#flush();
    return { bytes: this.#pieces, total: this.#total };
  }

  /** messageContent of [MS-OXCFXICS] 2.2.4.3.15: properties, recipients, attachments. */
  messageContent(message: MapiMessage): void {
    this.#bag(message);
    this.#u32(FX_DEL_PROP);
    this.#u32((PidTag.MessageRecipients.id << 16) | PropType.Object);
    for (const recipient of message.recipients) {
      this.#u32(Marker.startRecip);
      this.#bag(recipient);
      this.#u32(Marker.endToRecip);
    }
    this.#u32(FX_DEL_PROP);
    this.#u32((PidTag.MessageAttachments.id << 16) | PropType.Object);
    for (const attachment of message.attachments) this.#attachment(attachment);
  }

  #attachment(attachment: MapiAttachment): void {
    this.#u32(Marker.newAttach);
    this.#bag(attachment);
    if (attachment.embedded) {
      this.#u32(Marker.startEmbed);
      this.messageContent(attachment.embedded);
      this.#u32(Marker.endEmbed);
    }
    this.#u32(Marker.endAttach);
  }

  #bag(bag: PropertyBag): void {
    for (const property of bag.properties) this.#property(property);
  }

  #property(property: Property): void {
    const id = property.name ? this.#namedId(property) : property.id;
    const rawType = property.type === PropType.String ? UNICODE_STRING : property.type;
    this.#u16(rawType);
    this.#u16(id);
    if (property.name) {
      this.#bytes(guidToBytes(property.name.set));
      if ('id' in property.name) {
        this.#u8(0);
        this.#u32(property.name.id);
      } else {
        this.#u8(1);
        this.#text(property.name.name);
      }
    } else if (id >= 0x8000) {
      throw new RangeError(`property 0x${id.toString(16)} is in the range of named properties and has no name`);
    }
    if (!(property.type & MULTI_VALUE)) {
      if (Array.isArray(property.value)) throw misfit(property);
      this.#scalar(property, property.type, property.value);
      return;
    }
    if (!Array.isArray(property.value)) throw misfit(property);
    this.#u32(property.value.length);
    for (const value of property.value) this.#scalar(property, property.type & ~MULTI_VALUE, value);
  }

  #namedId(property: Property): number {
    const key = propKey(property);
    let id = this.#namedIds.get(key);
    if (id === undefined) {
      id = 0x8000 + this.#namedIds.size;
      this.#namedIds.set(key, id);
    }
    return id;
  }

  #scalar(property: Property, type: number, value: PropScalar): void {
    if (fixedSize(type) === 0) {
      this.#variable(property, type, value);
      return;
    }
    if (typeof value === 'number') this.#number(property, type, value);
    else if (typeof value === 'bigint' && fixedSize(type) === 8) {
      this.#room(8);
      this.#block.writeBigUInt64LE(BigInt.asUintN(64, value), this.#at);
      this.#at += 8;
    } else if (typeof value === 'boolean' && type === PropType.Boolean) this.#u16(value ? 1 : 0);
    else if (typeof value === 'string' && type === PropType.Guid) this.#bytes(guidToBytes(value));
    else throw misfit(property);
  }

  #number(property: Property, type: number, value: number): void {
    this.#room(8);
    switch (type) {
      case PropType.Integer16:
        this.#u16(value & 0xffff);
        return;
      case PropType.Integer32:
      case PropType.ErrorCode:
        this.#u32(value);
        return;
      case PropType.Floating32:
        this.#at = this.#block.writeFloatLE(value, this.#at);
        return;
      case PropType.Floating64:
      case PropType.FloatingTime:
        this.#at = this.#block.writeDoubleLE(value, this.#at);
        return;
      default:
        throw misfit(property);
    }
  }

  #variable(property: Property, type: number, value: PropScalar): void {
    if (type === PropType.String) {
      if (typeof value !== 'string') throw misfit(property);
      this.#u32(value.length * 2 + 2);
      this.#text(value);
      return;
    }
    if (!(value instanceof Uint8Array)) throw misfit(property);
    const terminated = type === PropType.String8;
    this.#u32(value.length + (terminated ? 1 : 0));
    this.#bytes(value);
    if (terminated) this.#u8(0);
  }

  #text(value: string): void {
    this.#room(value.length * 2 + 2);
    this.#at += this.#block.write(value, this.#at, 'utf16le');
    this.#u16(0);
  }

  #bytes(value: Uint8Array): void {
    if (value.length >= NO_COPY_FROM) {
      this.#flush();
      this.#pieces.push(value);
      this.#total += value.length;
      return;
    }
    this.#room(value.length);
    this.#block.set(value, this.#at);
    this.#at += value.length;
  }

  #u8(value: number): void {
    this.#room(1);
    this.#block[this.#at++] = value;
  }

  #u16(value: number): void {
    this.#room(2);
    this.#block[this.#at++] = value;
    this.#block[this.#at++] = value >>> 8;
  }

  #u32(value: number): void {
    this.#room(4);
    this.#block.writeUInt32LE(value >>> 0, this.#at);
    this.#at += 4;
  }

  #room(bytes: number): void {
    if (this.#block.length - this.#at >= bytes) return;
    this.#flush();
    this.#block = Buffer.allocUnsafe(Math.max(16_384, bytes));
  }

  #flush(): void {
    if (this.#at === 0) return;
    this.#pieces.push(this.#block.subarray(0, this.#at));
    this.#total += this.#at;
    this.#block = this.#block.subarray(this.#at);
    this.#at = 0;
  }
}

function misfit(property: Property): RangeError {
  return new RangeError(
    `the value of property ${propKey(property)} does not fit its type 0x${property.type.toString(16)}`,
  );
}

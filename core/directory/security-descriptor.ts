import { encodeValue, sidText } from './values.ts';

/** An entry of an access control list: whose it is, and its bytes. */
export interface AccessEntry {
  /** Empty where the entry's form is not known; such an entry is never taken off. */
  sid: string;
  /** Allow, deny and their object forms ([MS-DTYP] 2.4.4.1). */
  type: number;
  mask: number;
  bytes: Buffer;
}

const SELF_RELATIVE = 0x8000;
const DACL_PRESENT = 0x0004;
/** Types whose SID follows the mask at once. */
const PLAIN = new Set([0, 1, 2, 3]);
/** Types with object GUIDs before the SID, as their flags say. */
const OBJECT = new Set([5, 6, 7, 8]);

/** The entries of a self-relative security descriptor's DACL ([MS-DTYP] 2.4.6); undefined when it is none. */
export function daclEntries(descriptor: Buffer): AccessEntry[] | undefined {
  const acl = daclAt(descriptor);
  if (acl === undefined) return undefined;
  const { offset, size } = acl;
  const count = descriptor.readUInt16LE(offset + 4);
  const entries: AccessEntry[] = [];
  let at = offset + 8;
  for (let i = 0; i < count; i++) {
    if (at + 8 > offset + size) return undefined;
    const length = descriptor.readUInt16LE(at + 2);
    if (length < 8 || at + length > offset + size) return undefined;
    const bytes = descriptor.subarray(at, at + length);
    entries.push({ sid: sidOf(bytes), type: bytes[0] ?? 0, mask: bytes.readUInt32LE(4), bytes });
    at += length;
  }
  return entries;
}

function daclAt(descriptor: Buffer): { offset: number; size: number } | undefined {
  if (descriptor.length < 20 || descriptor[0] !== 1) return undefined;
  const control = descriptor.readUInt16LE(2);
  const offset = descriptor.readUInt32LE(16);
  if (!(control & SELF_RELATIVE) || !(control & DACL_PRESENT) || offset === 0) return undefined;
  if (offset + 8 > descriptor.length) return undefined;
  const size = descriptor.readUInt16LE(offset + 2);
  return size < 8 || offset + size > descriptor.length ? undefined : { offset, size };
}

function sidOf(entry: Buffer): string {
  const type = entry[0] ?? 255;
  let at = 8;
  if (OBJECT.has(type)) {
    if (entry.length < 12) return '';
    const flags = entry.readUInt32LE(8);
    at = 12 + (flags & 1 ? 16 : 0) + (flags & 2 ? 16 : 0);
  } else if (!PLAIN.has(type)) return '';
  const count = entry[at + 1];
  if (count === undefined || at + 8 + 4 * count > entry.length) return '';
  return sidText(entry.subarray(at, at + 8 + 4 * count)) ?? '';
}

/**
 * The descriptor without the entries that `remove` picks; everything else keeps its bytes.
 * @returns undefined when the descriptor cannot be read or nothing is picked
 */
export function withoutEntries(descriptor: Buffer, remove: (entry: AccessEntry) => boolean): Buffer | undefined {
  const entries = daclEntries(descriptor);
  const acl = daclAt(descriptor);
  if (!entries || !acl) return undefined;
  const kept = entries.filter((e) => e.sid === '' || !remove(e));
  if (kept.length === entries.length) return undefined;
  return withList(
    descriptor,
    acl,
    kept.map((e) => e.bytes),
  );
}

/** The right to send as somebody: rights GUID ab721a54-1e2f-11d0-9819-00aa0040529b ([MS-ADTS] 5.1.3.2.1). */
const SEND_AS_GUID = Buffer.from('541a72ab2f1ed011981900aa0040529b', 'hex');
const ALLOW_OBJECT = 5;
const CONTROL_ACCESS = 0x100;
const OBJECT_TYPE_PRESENT = 1;
const INHERITED = 0x10;
/** Lists with object entries have this revision ([MS-DTYP] 2.4.5). */
const REVISION_DS = 4;

/** Whether an entry gives its holder, and nobody by inheritance, the right to send as the object. */
function isSendAs({ type, mask, bytes }: AccessEntry): boolean {
  if (type !== ALLOW_OBJECT || (mask & CONTROL_ACCESS) === 0 || ((bytes[1] ?? 0) & INHERITED) !== 0) return false;
  return (bytes.readUInt32LE(8) & OBJECT_TYPE_PRESENT) !== 0 && bytes.subarray(12, 28).equals(SEND_AS_GUID);
}

/** SIDs of those who may send as the object by entries of its own; undefined when the descriptor cannot be read. */
export function sendAsSids(descriptor: Buffer): string[] | undefined {
  const entries = daclEntries(descriptor);
  return entries && [...new Set(entries.filter(isSendAs).map(({ sid }) => sid))].filter((sid) => sid !== '');
}

/**
 * The descriptor with the right to send as the object given to some and taken from others; every other entry stays. New
 * entries stand before the first inherited one, where Windows wants them.
 * @returns undefined when the descriptor cannot be read
 */
export function withSendAs(
  descriptor: Buffer,
  change: { add: readonly string[]; remove: readonly string[] },
): Buffer | undefined {
  const entries = daclEntries(descriptor);
  const acl = daclAt(descriptor);
  if (!entries || !acl) return undefined;
  const gone = new Set(change.remove);
  const kept = entries.filter((entry) => !(gone.has(entry.sid) && isSendAs(entry))).map(({ bytes }) => bytes);
  const first = kept.findIndex((bytes) => ((bytes[1] ?? 0) & INHERITED) !== 0);
  kept.splice(first < 0 ? kept.length : first, 0, ...change.add.map(sendAsEntry));
  return withList(descriptor, acl, kept, REVISION_DS);
}

function sendAsEntry(sid: string): Buffer {
  const holder = encodeValue(sid, 'sid');
  const head = Buffer.alloc(12);
  head.writeUInt8(ALLOW_OBJECT, 0);
  head.writeUInt16LE(12 + SEND_AS_GUID.length + holder.length, 2);
  head.writeUInt32LE(CONTROL_ACCESS, 4);
  head.writeUInt32LE(OBJECT_TYPE_PRESENT, 8);
  return Buffer.concat([head, SEND_AS_GUID, holder]);
}

/** The descriptor with another list of entries in place of its DACL's. */
function withList(
  descriptor: Buffer,
  acl: { offset: number; size: number },
  entries: readonly Buffer[],
  revision?: number,
): Buffer {
  const body = Buffer.concat(entries);
  const header = Buffer.from(descriptor.subarray(acl.offset, acl.offset + 8));
  if (revision !== undefined) header.writeUInt8(Math.max(revision, header[0] ?? 0), 0);
  header.writeUInt16LE(8 + body.length, 2);
  header.writeUInt16LE(entries.length, 4);
  const list = Buffer.concat([header, body]);
  const shrunk = acl.size - list.length;
  const out = Buffer.concat([descriptor.subarray(0, acl.offset), list, descriptor.subarray(acl.offset + acl.size)]);
  // Owner, group and SACL that lie behind the list move up.
  for (const pointer of [4, 8, 12]) {
    const offset = out.readUInt32LE(pointer);
    if (offset > acl.offset) out.writeUInt32LE(offset - shrunk, pointer);
  }
  return out;
}

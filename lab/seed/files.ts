import { deflateSync } from 'node:zlib';
import type { FileSpec } from '../convert/attachments.ts';
import { Random } from './random.ts';

/** Random bytes made once; files are pieces of them, so that megabytes cost nothing. */
const POOL_BYTES = 4 << 20;
let pool: Buffer | undefined;

/** Bytes that do not compress and are the same for the same random stream. */
export function poolBytes(random: Random, length: number): Uint8Array {
  pool ??= new Random('file pool').bytes(POOL_BYTES);
  const from = random.int(0, POOL_BYTES - 1);
  if (from + length <= POOL_BYTES) return pool.subarray(from, from + length);
  const out = Buffer.allocUnsafe(length);
  for (let at = 0; at < length; ) {
    const start = (from + at) % POOL_BYTES;
    at += pool.copy(out, at, start, Math.min(POOL_BYTES, start + length - at));
  }
  // Two long files with one beginning must still differ.
  if (length >= 4) out.writeUInt32LE(random.int(0, 0xffffffff), length - 4);
  return out;
}

const KINDS: readonly { mimeType: string; extension: string; head: string }[] = [
  { mimeType: 'application/pdf', extension: 'pdf', head: '%PDF-1.7\n' },
  {
    mimeType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    extension: 'xlsx',
    head: 'PK\x03\x04',
  },
  {
    mimeType: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    extension: 'docx',
    head: 'PK\x03\x04',
  },
  { mimeType: 'image/jpeg', extension: 'jpg', head: '\xff\xd8\xff\xe0' },
  { mimeType: 'application/zip', extension: 'zip', head: 'PK\x03\x04' },
  { mimeType: 'application/octet-stream', extension: 'bin', head: '' },
];
const STEMS = [
  'Angebot',
  'Zeichnung_rev3',
  'Übersicht 2026',
  'scan0001',
  '見積書',
  'Facture n°12',
  'photo',
  'Mappe1',
  'contract (final)',
  'отчёт',
];

/** An attached file of so many bytes. */
export function randomFile(random: Random, length: number): FileSpec {
  const kind = random.pick(KINDS);
  const data = Buffer.from(poolBytes(random, Math.max(1, length)));
  data.write(kind.head, 0, 'latin1');
  return { name: `${random.pick(STEMS)}.${kind.extension}`, mimeType: kind.mimeType, data: Uint8Array.from(data) };
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  let crc = 0xffffffff;
  for (const byte of body) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  out.writeUInt32BE((crc ^ 0xffffffff) >>> 0, body.length + 4);
  return out;
}

/** A square picture in one colour that every program opens. */
export function pngPicture(side: number, red: number, green: number, blue: number): Uint8Array {
  const row = Buffer.alloc(1 + side * 3);
  for (let x = 0; x < side; x++) row.set([red, green, blue], 1 + x * 3);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const pixels = deflateSync(Buffer.concat(Array.from({ length: side }, () => row)));
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  return Uint8Array.from(
    Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))]),
  );
}

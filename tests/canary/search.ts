import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { inflateRawSync, inflateSync } from 'node:zlib';

/** A text that must stand nowhere, and what it is, for the message when it does. */
export interface Canary {
  what: string;
  text: string;
}

export interface Leak {
  /** Which canary, never its text. */
  what: string;
  form: string;
  file: string;
  offset: number;
}

/** A canary as bytes in every form that a program might have written it in. */
function formsOf({ text }: Canary): [form: string, bytes: Buffer][] {
  const utf8 = Buffer.from(text, 'utf8');
  const wide = Buffer.from(text, 'utf16le');
  const big = Buffer.from(wide).swap16();
  const json = JSON.stringify(text).slice(1, -1);
  const forms: [string, Buffer][] = [
    ['plain', utf8],
    ['UTF-16LE', wide],
    ['UTF-16BE', big],
    ['URL-encoded', Buffer.from(encodeURIComponent(text))],
    ['form-encoded', Buffer.from(new URLSearchParams({ x: text }).toString().slice(2))],
    ['JSON', Buffer.from(json)],
    ['XML', Buffer.from(text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;'))],
    ['hex', Buffer.from(utf8.toString('hex'))],
    ['HEX', Buffer.from(utf8.toString('hex').toUpperCase())],
    ['hex of UTF-16', Buffer.from(wide.toString('hex'))],
  ];
  for (const [name, bytes] of [
    ['base64', utf8],
    ['base64 of UTF-16', wide],
  ] as const) {
    for (let shift = 0; shift < 3; shift++) forms.push([`${name} +${shift}`, base64Middle(bytes, shift)]);
  }
  return forms;
}

/** The letters that base64 gives for these bytes wherever they begin in a longer text: those it shares with neighbours go. */
function base64Middle(bytes: Buffer, shift: number): Buffer {
  const letters = Buffer.concat([Buffer.alloc(shift), bytes])
    .toString('base64')
    .replace(/=+$/, '');
  const first = Math.ceil((shift * 8) / 6);
  const last = Math.floor(((shift + bytes.length) * 8) / 6);
  return Buffer.from(letters.slice(first, last));
}

/** Looks for canaries in every file below some folders, in the parts of ZIP files and PDFs too. */
export function findLeaks(canaries: readonly Canary[], folders: readonly string[], spared: readonly RegExp[]): Leak[] {
  const wanted = canaries.map((canary) => ({ what: canary.what, forms: formsOf(canary) }));
  const leaks: Leak[] = [];
  for (const folder of folders) {
    for (const file of filesBelow(folder)) {
      if (spared.some((one) => one.test(relative(folder, file)))) continue;
      for (const [part, bytes] of partsOf(readFileSync(file))) {
        for (const { what, forms } of wanted) {
          for (const [form, needle] of forms) {
            const offset = bytes.indexOf(needle);
            if (offset >= 0) leaks.push({ what, form, file: `${relative(folder, file)}${part}`, offset });
          }
        }
      }
    }
  }
  return leaks;
}

export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
}

function* partsOf(bytes: Buffer): Generator<[part: string, bytes: Buffer]> {
  yield ['', bytes];
  if (bytes.subarray(0, 4).equals(Buffer.from('PK\x03\x04', 'latin1'))) yield* zipEntries(bytes);
  if (bytes.subarray(0, 5).toString('latin1') === '%PDF-') yield* pdfStreams(bytes);
}

/** Entries of a ZIP file by its central directory (APPNOTE 4.3.12). */
function* zipEntries(bytes: Buffer): Generator<[string, Buffer]> {
  const end = bytes.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left--) {
    const [packed, nameLength] = [bytes.readUInt32LE(at + 20), bytes.readUInt16LE(at + 28)];
    const name = bytes.toString('utf8', at + 46, at + 46 + nameLength);
    const local = bytes.readUInt32LE(at + 42);
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const data = bytes.subarray(start, start + packed);
    yield [`!${name}`, bytes.readUInt16LE(at + 10) === 8 ? inflateRawSync(data) : data];
    at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
}

function* pdfStreams(bytes: Buffer): Generator<[string, Buffer]> {
  for (let at = 0, count = 1; ; count++) {
    const start = bytes.indexOf('stream\n', at);
    const end = bytes.indexOf('endstream', start);
    if (start < 0 || end < 0) return;
    try {
      yield [`!stream ${count}`, inflateSync(bytes.subarray(start + 7, end))];
    } catch {
      // Not packed: it was searched as it stands.
    }
    at = end + 9;
  }
}

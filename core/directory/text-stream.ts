import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { DirectoryFileError } from './errors.ts';

/** Encodings that directory exports come in: ldifde and csvde write UTF-16 with -u, the code page without. */
type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

/** The text of a file, piece by piece, without its byte order mark. */
export async function* textOf(file: string): AsyncGenerator<string> {
  const encoding = await encodingOf(file);
  const decoder = new TextDecoder(encoding);
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 18 })) {
    const text = decoder.decode(chunk as Buffer, { stream: true });
    if (text !== '') yield text;
  }
  const rest = decoder.decode();
  if (rest !== '') yield rest;
}

const SNIFFED_BYTES = 65_536;

async function encodingOf(file: string): Promise<Encoding> {
  let bytes: Buffer;
  try {
    const handle = await open(file, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(SNIFFED_BYTES), 0, SNIFFED_BYTES, 0);
      bytes = buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw new DirectoryFileError(
      {
        tried: `read the export ${file}`,
        happened: `The file cannot be read (${error instanceof Error && 'code' in error ? String(error.code) : 'unknown'}).`,
        next: 'Check its name and its rights.',
      },
      { cause: error },
    );
  }
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  if (bytes[0] === 0xef && bytes[1] === 0xbb) return 'utf-8';
  // Without a mark: every second byte of Latin text in UTF-16 is zero.
  const zeros = (odd: number) => bytes.filter((b, i) => i % 2 === odd && b === 0).length;
  if (zeros(1) > bytes.length / 4) return 'utf-16le';
  if (zeros(0) > bytes.length / 4) return 'utf-16be';
  return isUtf8(bytes) ? 'utf-8' : 'windows-1252';
}

/** The last character may be cut in half by the end of what was read. */
function isUtf8(bytes: Buffer): boolean {
  for (let cut = 0; cut < 4; cut++) {
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, bytes.length - cut));
      return true;
    } catch {
      // Try again without the last byte.
    }
  }
  return false;
}

/** Lines without their ends, with their numbers from 1. A line longer than `max` characters is cut and flagged. */
export async function* linesOf(
  pieces: AsyncIterable<string>,
  max = 64 * 1024 * 1024,
): AsyncGenerator<{ text: string; line: number; cut: boolean }> {
  let rest: string[] = [];
  let length = 0;
  let line = 0;
  let cut = false;
  const take = () => {
    const text = rest.join('');
    rest = [];
    length = 0;
    const was = cut;
    cut = false;
    line++;
    return { text: text.endsWith('\r') ? text.slice(0, -1) : text, line, cut: was };
  };
  const keep = (text: string) => {
    if (length + text.length > max) {
      cut = true;
      return;
    }
    rest.push(text);
    length += text.length;
  };
  for await (const piece of pieces) {
    let at = 0;
    for (let end = piece.indexOf('\n', at); end >= 0; end = piece.indexOf('\n', at)) {
      keep(piece.slice(at, end));
      yield take();
      at = end + 1;
    }
    if (at < piece.length) keep(piece.slice(at));
  }
  if (length > 0 || cut) yield take();
}

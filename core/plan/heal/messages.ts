import { createReadStream } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { UsageError } from '../../domain/errors.ts';

/** A message of a file, or why it could not be read. */
export type FoundMessage = { where: string; raw: Uint8Array } | { where: string; problem: string };

/** Bounces are short; what is longer is kept out of memory, in bytes. */
const LONGEST = 20 * 1024 * 1024;

/** The messages of a file (one message, or an mbox of many) or of a folder with all below it, one after another. */
export async function* messagesIn(path: string): AsyncGenerator<FoundMessage> {
  let kind: 'folder' | 'file';
  try {
    kind = (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch (cause) {
    const next = 'Give an .eml file, an mbox file, or a folder with such files.';
    throw new UsageError({ tried: `read the messages of ${path}`, happened: 'It cannot be read.', next }, { cause });
  }
  if (kind === 'file') yield* messagesOfFile(path);
  else for (const file of await filesBelow(path)) yield* messagesOfFile(file);
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

async function* messagesOfFile(file: string): AsyncGenerator<FoundMessage> {
  const start = await firstBytes(file);
  if (start.subarray(0, 4).equals(Buffer.from([0xd0, 0xcf, 0x11, 0xe0]))) {
    yield { where: file, problem: "it is Outlook's .msg form; save it as .eml" };
  } else if (start.toString('latin1').startsWith('From ')) yield* messagesOfMbox(file);
  else if ((await stat(file)).size > LONGEST) yield { where: file, problem: 'it is longer than 20 MB, and no bounce' };
  else yield { where: file, raw: await wholeOf(file) };
}

async function firstBytes(file: string): Promise<Buffer> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(5), 0, 5, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function wholeOf(file: string): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of createReadStream(file)) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

/** mbox (RFC 4155): a message begins behind a line "From …"; a line of its own that looks so has ">" before it. */
async function* messagesOfMbox(file: string): AsyncGenerator<FoundMessage> {
  let lines: string[] = [];
  let length = 0;
  let number = 0;
  const taken = (): FoundMessage | undefined => {
    if (number === 0) return undefined;
    const where = `${file}, message ${number}`;
    if (length > LONGEST) return { where, problem: 'it is longer than 20 MB, and no bounce' };
    return { where, raw: Buffer.from(lines.join('\r\n'), 'latin1') };
  };
  let blank = true;
  for await (const line of createInterface({
    input: createReadStream(file, 'latin1'),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    if (blank && line.startsWith('From ')) {
      const message = taken();
      if (message) yield message;
      [lines, length] = [[], 0];
      number++;
      blank = false;
      continue;
    }
    blank = line === '';
    length += line.length + 2;
    if (length <= LONGEST) lines.push(line.replace(/^>(>*From )/, '$1'));
  }
  const last = taken();
  if (last) yield last;
}

import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Fault } from '../../faults.ts';
import type { Chunk } from '../context.ts';

const PIECE = 64 * 1024;
const BASE64_PIECE = 3 * 256 * 1024;

const XML_HEADERS = {
  'Content-Type': 'text/xml; charset=utf-8',
  'Cache-Control': 'private',
  Server: 'Microsoft-IIS/10.0',
};

/** Bytes that come in pieces as base64 in pieces, so that a large item is never held as text. */
export function* base64Stream(pieces: Iterable<Uint8Array>): Generator<string> {
  let rest: Buffer = Buffer.alloc(0);
  for (const piece of pieces) {
    const view = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    const bytes = rest.length === 0 ? view : Buffer.concat([rest, view]);
    // Base64 turns three bytes into four signs: what is left over begins the next piece.
    const whole = bytes.length - (bytes.length % 3);
    for (let at = 0; at < whole; at += BASE64_PIECE)
      yield bytes.toString('base64', at, Math.min(at + BASE64_PIECE, whole));
    rest = bytes.subarray(whole);
  }
  if (rest.length > 0) yield rest.toString('base64');
}

/** The client went away while it was answered. */
export class ClientGoneError extends Error {
  constructor() {
    super('The client closed the connection.');
    this.name = 'ClientGoneError';
  }
}

/**
 * Sends an answer as it is made, in pieces that fit the wire, and never faster than the client takes it. The status goes
 * out with the first piece, so an error before that can still choose another one.
 */
export async function sendStream(
  response: ServerResponse,
  status: number,
  chunks: AsyncIterable<Chunk>,
): Promise<void> {
  let text = '';
  for await (const chunk of chunks) {
    if (typeof chunk === 'string' && text.length + chunk.length < PIECE) {
      text += chunk;
      continue;
    }
    if (!response.headersSent) response.writeHead(status, XML_HEADERS);
    if (text !== '') await write(response, text);
    text = '';
    if (typeof chunk === 'string' && chunk.length < PIECE) text = chunk;
    else await write(response, chunk);
  }
  if (response.headersSent) {
    response.end(text);
    return;
  }
  sendText(response, status, text);
}

/** Sends a whole answer with its length. */
export function sendText(response: ServerResponse, status: number, text: string | Buffer): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { ...XML_HEADERS, 'Content-Length': Buffer.byteLength(text) });
  response.end(text);
}

/** Writes a piece and waits until there is room for the next; throws ClientGoneError. */
async function write(response: ServerResponse, chunk: Chunk): Promise<void> {
  if (response.destroyed) throw new ClientGoneError();
  if (response.write(chunk)) return;
  await new Promise<void>((resolve, reject) => {
    const drained = () => {
      response.off('close', closed);
      resolve();
    };
    const closed = () => {
      response.off('drain', drained);
      reject(new ClientGoneError());
    };
    response.once('drain', drained);
    response.once('close', closed);
  });
}

/** Sends an answer with the trouble ordered for it; the answer is gathered first, since these faults need its length. */
export async function sendFaulty(response: ServerResponse, chunks: AsyncIterable<Chunk>, fault: Fault): Promise<void> {
  const pieces: Buffer[] = [];
  for await (const chunk of chunks) pieces.push(Buffer.from(chunk));
  const whole = Buffer.concat(pieces);
  switch (fault.kind) {
    case 'truncate':
      return sendText(response, 200, whole.subarray(0, Math.floor(whole.length * fault.fraction)));
    case 'drop':
      if (fault.when === 'middle') {
        response.writeHead(200, { ...XML_HEADERS, 'Content-Length': whole.length });
        await new Promise((resolve) => response.write(whole.subarray(0, Math.ceil(whole.length / 2)), resolve));
      }
      response.socket?.destroy();
      return;
    case 'slow':
      response.writeHead(200, { ...XML_HEADERS, 'Content-Length': whole.length });
      return drip(response, whole, fault.bytesPerSecond);
    default:
      return sendText(response, 200, whole);
  }
}

async function drip(response: ServerResponse, whole: Buffer, bytesPerSecond: number): Promise<void> {
  const step = Math.max(1, Math.floor(bytesPerSecond / 10));
  for (let at = 0; at < whole.length; at += step) {
    if (response.destroyed) return;
    await write(response, whole.subarray(at, at + step));
    await delay(100);
  }
  response.end();
}

import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

const HEADER = 8;
const PRELOGIN = 0x12;
/** Size of a packet before another one was agreed on ([MS-TDS] 2.2.3.1.3). */
const PACKET = 4096;

/** Carries a TLS handshake inside TDS pre-login packets, as SQL Server wants it before version 8 ([MS-TDS] 2.2.6.5). */
export class TdsTunnel extends Duplex {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
    socket.on('data', (chunk) => this.#take(chunk));
    socket.once('end', () => this.push(null));
    socket.once('error', (error) => this.destroy(error));
    socket.once('close', () => this.destroy());
    socket.resume();
  }

  #take(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    while (this.#received.length >= HEADER) {
      const length = this.#received.readUInt16BE(2);
      if (length < HEADER) {
        this.destroy(new Error('the answer is not TDS'));
        return;
      }
      if (this.#received.length < length) return;
      this.push(this.#received.subarray(HEADER, length));
      this.#received = this.#received.subarray(length);
    }
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    for (let at = 0; at < chunk.length; at += PACKET - HEADER) {
      const part = chunk.subarray(at, at + PACKET - HEADER);
      const last = at + part.length >= chunk.length;
      const header = Buffer.from([PRELOGIN, last ? 1 : 0, 0, 0, 0, 0, 0, 0]);
      header.writeUInt16BE(part.length + HEADER, 2);
      this.#socket.write(Buffer.concat([header, part]));
    }
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}

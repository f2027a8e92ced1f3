import type { ClientRequest, IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { TransplantError } from '../../domain/errors.ts';
import { AnswerTimedOut, ConnectionLost, ExchangeUnreachable } from '../errors.ts';
import { connectTls, type Destination } from './tls.ts';

/** A request body that can be sent again: its length in bytes and its pieces, each good until the next is asked for. */
export interface Body {
  length: number;
  pieces(): Iterable<Uint8Array>;
}

export function textBody(text: string): Body {
  const bytes = Buffer.from(text, 'utf8');
  return { length: bytes.length, pieces: () => [bytes] };
}

export interface LaneRequest {
  method: 'GET' | 'POST';
  path: string;
  headers: OutgoingHttpHeaders;
  body: Body;
  /** ms without a byte after which the answer counts as late. */
  idleTimeoutMs: number;
  signal?: AbortSignal | undefined;
  /** Called before each piece is written and throws when writing must stop, such as for a lost lease. */
  guard?: (() => void) | undefined;
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  stream: IncomingMessage;
  socket: TLSSocket;
}

/**
 * One kept-alive connection and what was agreed on it. NTLM authenticates a connection, not a request, so everything of
 * one sign-in has to go through one lane.
 */
export class Lane {
  readonly #agent: Agent;
  readonly #to: Destination;
  #authenticated: TLSSocket | undefined;
  #socket: TLSSocket | undefined;
  /** performance.now() when the last answer was read. */
  lastUsed = 0;

  constructor(to: Destination) {
    this.#to = to;
    this.#agent = new Agent({ keepAlive: true, maxSockets: 1, maxFreeSockets: 1 });
    this.#agent.createConnection = (_options, ready) => {
      connectTls(to).then(
        (socket) => {
          this.#socket = socket;
          ready?.(null, socket);
        },
        // Node's types leave out that an error comes without a socket.
        (error: Error) => (ready as ((error: Error) => void) | undefined)?.(error),
      );
      return undefined as unknown as Duplex;
    };
  }

  /** Whether the connection that stands has been signed in. */
  get authenticated(): boolean {
    return this.#authenticated !== undefined && this.#authenticated === this.#socket && !this.#authenticated.destroyed;
  }

  markAuthenticated(socket: TLSSocket): void {
    this.#authenticated = socket;
  }

  forgetAuthentication(): void {
    this.#authenticated = undefined;
  }

  close(): void {
    this.#agent.destroy();
  }

  /**
   * Sends one request; resolves when the answer's head is there. The caller reads the stream to its end.
   * @throws ExchangeUnreachable before anything was sent, ConnectionLost or AnswerTimedOut after.
   */
  send(request: LaneRequest): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    // From the moment on in which the last byte may have gone: a server carries out nothing that it has not got whole.
    let sent = false;
    const http = httpsRequest({
      agent: this.#agent,
      host: this.#to.host,
      port: this.#to.port,
      method: request.method,
      path: request.path,
      headers: { ...request.headers, 'content-length': request.body.length },
      ...(request.signal ? { signal: request.signal } : {}),
    });
    http.setTimeout(request.idleTimeoutMs, () => http.destroy(this.#late(request.idleTimeoutMs)));
    http.once('response', (stream) => {
      resolve({
        status: stream.statusCode ?? 0,
        headers: stream.headers,
        stream,
        socket: stream.socket as TLSSocket,
      });
    });
    http.on('error', (error) => reject(request.signal?.aborted ? request.signal.reason : this.#failed(error, sent)));
    const atLast = (): void => {
      sent = true;
    };
    writeBody(http, request, atLast).catch((error: Error) => {
      http.destroy(error);
      reject(error);
    });
    return promise;
  }

  #late(ms: number): AnswerTimedOut {
    return new AnswerTimedOut({
      tried: `get an answer from ${this.#to.host}`,
      happened: `Nothing came for ${Math.round(ms / 1000)} s.`,
      next: 'The request is repeated where that is safe; if it persists, look at the load of the server.',
    });
  }

  #failed(error: Error, sent: boolean): Error {
    if (error instanceof TransplantError) return error;
    const text = {
      tried: `ask ${this.#to.host}`,
      happened: `The connection broke (${'code' in error ? String(error.code) : error.message}).`,
      next: 'The request is repeated where that is safe; if it persists, look at the network between here and the server.',
    };
    return sent ? new ConnectionLost(text, { cause: error }) : new ExchangeUnreachable(text, { cause: error });
  }
}

/**
 * Writes piece by piece; each is on its way before the next is made. The promise resolves with the last one; `atLast` is
 * called before the bytes that make the request whole are handed over, since the break of a connection may be heard of
 * before it is heard that they went.
 */
async function writeBody(http: ClientRequest, request: LaneRequest, atLast: () => void): Promise<void> {
  let left = request.body.length;
  for (const piece of request.body.pieces()) {
    if (http.destroyed) return;
    request.guard?.();
    left -= piece.length;
    if (left <= 0) atLast();
    await written(http, piece);
  }
  if (http.destroyed) return;
  request.guard?.();
  atLast();
  http.end();
}

/** Resolves when the piece was handed over, or the request is over. */
function written(http: ClientRequest, piece: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      http.off('close', done);
      resolve();
    };
    http.on('close', done);
    http.write(piece, done);
  });
}

import { connect, type Socket } from 'node:net';
import { clientHello, type HelloAnswer, parseAnswer, TLS_VERSIONS, type TlsVersion } from './hello.ts';
import { NoTlsOffered, type Preamble, speakPreamble } from './start-tls.ts';
import { suiteFacts } from './suites.ts';

export interface TlsEndpoint {
  host: string;
  port: number;
  preamble: Preamble;
  /** Name to ask for and to check the certificate against; `host` when absent. */
  serverName?: string;
}

/** Whether a server takes one version of TLS, with the reason. */
export type VersionOutcome =
  | { outcome: 'accepted'; suite: string; bits: number; weak?: string }
  | { outcome: 'refused'; how: string }
  /** The question got no answer, so nothing is known: never to be read as a refusal. */
  | { outcome: 'unknown'; why: string };

export interface TlsProbe {
  reachable: boolean;
  /** False when something answered that is not TLS. */
  tls: boolean;
  versions: Record<TlsVersion, VersionOutcome>;
}

/** Alerts by which a server says that it does not speak the version or any suite of it (RFC 8446 6.2). */
const ALERT_NAMES: Record<number, string> = {
  40: 'handshake_failure',
  47: 'illegal_parameter',
  70: 'protocol_version',
  71: 'insufficient_security',
  80: 'internal_error',
  112: 'unrecognized_name',
};

/**
 * Asks a server for each version of TLS by itself, side by side, on one connection each; the handshake stops at the
 * server's first answer, so no credential and nothing of the content is ever sent.
 * @param timeoutMs limit for the whole probe, in ms
 */
export async function probeTls(endpoint: TlsEndpoint, timeoutMs: number): Promise<TlsProbe> {
  const names = Object.keys(TLS_VERSIONS) as TlsVersion[];
  const answers = await Promise.all(names.map((version) => askOneVersion(endpoint, version, timeoutMs)));
  const versions = Object.fromEntries(names.map((name, i) => [name, answers[i]?.version])) as Record<
    TlsVersion,
    VersionOutcome
  >;
  return {
    reachable: answers.some((a) => a.reachable),
    tls: answers.some((a) => a.tls),
    versions,
  };
}

interface OneAnswer {
  reachable: boolean;
  tls: boolean;
  version: VersionOutcome;
}

async function askOneVersion(endpoint: TlsEndpoint, version: TlsVersion, timeoutMs: number): Promise<OneAnswer> {
  const reader = new SocketReader(connect({ host: endpoint.host, port: endpoint.port }), timeoutMs);
  let reachable = false;
  try {
    await reader.connected();
    reachable = true;
    await speakPreamble(endpoint.preamble, reader.socket, () => reader.read());
    const hello = clientHello(version, endpoint.serverName ?? endpoint.host);
    reader.socket.write(endpoint.preamble === 'tds' ? inTdsPacket(hello) : hello);
    const answer = await firstAnswer(reader, version, endpoint.preamble);
    return { reachable, tls: answer.kind === 'accepted' || answer.kind === 'refused', version: describe(answer) };
  } catch (error) {
    if (error instanceof NoTlsOffered)
      return { reachable, tls: false, version: { outcome: 'unknown', why: error.message } };
    if (error instanceof ClosedByServer && error.afterHello) {
      return {
        reachable,
        tls: true,
        version: { outcome: 'refused', how: 'the server closed the connection on this offer' },
      };
    }
    return {
      reachable,
      tls: false,
      version: { outcome: 'unknown', why: error instanceof Error ? error.message : String(error) },
    };
  } finally {
    reader.socket.destroy();
  }
}

function describe(answer: HelloAnswer): VersionOutcome {
  switch (answer.kind) {
    case 'accepted': {
      const { name, bits, weak } = suiteFacts(answer.suite);
      return { outcome: 'accepted', suite: name, bits, ...(weak ? { weak } : {}) };
    }
    case 'refused':
      return {
        outcome: 'refused',
        how:
          answer.alert === undefined
            ? `the server answered with version 0x${(answer.version ?? 0).toString(16).padStart(4, '0')}`
            : `alert ${ALERT_NAMES[answer.alert] ?? answer.alert}`,
      };
    case 'notTls':
      return { outcome: 'unknown', why: 'the answer is not TLS' };
    case 'incomplete':
      return { outcome: 'unknown', why: 'the answer broke off' };
  }
}

async function firstAnswer(reader: SocketReader, version: TlsVersion, preamble: Preamble): Promise<HelloAnswer> {
  let bytes = Buffer.alloc(0);
  reader.helloSent = true;
  for (;;) {
    bytes = Buffer.concat([bytes, await reader.read()]);
    const answer = parseAnswer(preamble === 'tds' ? bytes.subarray(8) : bytes, version);
    if (answer.kind !== 'incomplete') return answer;
  }
}

/** TLS inside TDS travels in pre-login packets ([MS-TDS] 2.2.6.5). */
function inTdsPacket(bytes: Buffer): Buffer {
  const header = Buffer.from([0x12, 0x01, 0, 0, 0, 0, 0, 0]);
  header.writeUInt16BE(bytes.length + 8, 2);
  return Buffer.concat([header, bytes]);
}

class ClosedByServer extends Error {
  readonly afterHello: boolean;
  constructor(afterHello: boolean) {
    super('the server closed the connection');
    this.afterHello = afterHello;
  }
}

/** Reads a socket chunk by chunk under one time limit for everything. */
class SocketReader {
  readonly socket: Socket;
  helloSent = false;
  readonly #deadline: AbortSignal;
  readonly #timeoutMs: number;
  constructor(socket: Socket, timeoutMs: number) {
    this.socket = socket;
    this.#timeoutMs = timeoutMs;
    this.#deadline = AbortSignal.timeout(timeoutMs);
    socket.on('error', () => undefined);
  }

  connected(): Promise<void> {
    return this.#wait('connect', () => undefined);
  }

  read(): Promise<Buffer> {
    const waiting = this.socket.read() as Buffer | null;
    if (waiting) return Promise.resolve(waiting);
    return this.#wait('readable', () => (this.socket.read() as Buffer | null) ?? undefined, true);
  }

  #wait<T>(event: 'connect' | 'readable', take: () => T | undefined, needsValue = false): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const done = (): void => {
        this.socket.off(event, onEvent).off('error', onError).off('close', onClose);
        this.#deadline.removeEventListener('abort', onTimeout);
      };
      const onEvent = (): void => {
        const value = take();
        if (needsValue && value === undefined) return;
        done();
        resolve(value as T);
      };
      const onError = (error: NodeJS.ErrnoException): void => {
        done();
        reject(error.code === 'ECONNRESET' ? new ClosedByServer(this.helloSent) : error);
      };
      const onClose = (): void => {
        done();
        reject(new ClosedByServer(this.helloSent));
      };
      const onTimeout = (): void => {
        done();
        reject(new Error(`no answer within ${this.#timeoutMs} ms`));
      };
      this.socket.on(event, onEvent).on('error', onError).on('close', onClose);
      this.#deadline.addEventListener('abort', onTimeout, { once: true });
      if (this.#deadline.aborted) onTimeout();
      else if (this.socket.destroyed) onClose();
    });
  }
}

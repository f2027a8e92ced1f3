import type { Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { BerReader, BerWriter } from 'ldapts';
import { DirectoryTlsError } from './errors.ts';
import { settle, type Trust, tlsOptions } from './tls.ts';

/*
 * StartTLS (RFC 4511 4.14) is done here, before ldapts sees the connection: ldapts' own startTLS does not notice when
 * the secured connection is closed, and would send the login before the certificate could be held against a pin.
 */
const START_TLS_OID = '1.3.6.1.4.1.1466.20037';
const EXTENDED_REQUEST = 0x77;
const EXTENDED_RESPONSE = 0x78;
const REQUEST_NAME = 0x80;
const MAX_ANSWER_BYTES = 16_384;

/**
 * Asks for TLS on an open connection and agrees on it.
 * @throws DirectoryTlsError when the server does not offer it
 */
export async function startTls(socket: Socket, host: string, trust: Trust, timeoutMs: number): Promise<TLSSocket> {
  socket.write(request());
  const code = await answer(socket, host, timeoutMs);
  if (code !== 0) {
    socket.destroy();
    throw refused(host, `the server answered with LDAP error ${code}`);
  }
  return settle(connect({ ...tlsOptions(host, trust), socket }), host, trust, timeoutMs);
}

function request(): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(1);
  writer.startSequence(EXTENDED_REQUEST);
  writer.writeString(START_TLS_OID, REQUEST_NAME);
  writer.endSequence();
  writer.endSequence();
  return writer.buffer;
}

function answer(socket: Socket, host: string, timeoutMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const done = (end: () => void) => {
      clearTimeout(timer);
      socket.off('data', onData);
      socket.off('close', onClose);
      socket.off('error', onError);
      end();
    };
    const onData = (data: Buffer) => {
      received = Buffer.concat([received, data]);
      try {
        const code = resultCodeOf(received);
        if (code !== undefined) done(() => resolve(code));
        else if (received.length > MAX_ANSWER_BYTES) throw new Error('the answer is too long');
      } catch (error) {
        socket.destroy();
        done(() => reject(refused(host, error instanceof Error ? error.message : String(error))));
      }
    };
    const onError = (error: Error) => done(() => reject(error));
    const onClose = () => done(() => reject(refused(host, 'the connection was closed')));
    const timer = setTimeout(() => {
      socket.destroy();
      done(() => reject(refused(host, 'no answer came in time')));
    }, timeoutMs);
    socket.on('data', onData);
    socket.on('close', onClose);
    socket.on('error', onError);
  });
}

/** The result code, as soon as the whole answer has come. */
function resultCodeOf(bytes: Buffer): number | undefined {
  const reader = new BerReader(bytes);
  if (reader.readSequence() === null || reader.remain < reader.length) return undefined;
  reader.readInt();
  if (reader.readSequence(EXTENDED_RESPONSE) === null) return undefined;
  return reader.readEnumeration() ?? undefined;
}

function refused(host: string, why: string): DirectoryTlsError {
  return new DirectoryTlsError({
    tried: `secure the connection to ${host} by StartTLS`,
    happened: `The server does not offer it (${why}).`,
    next: 'Use ldaps:// instead; a login is never sent in the clear.',
  });
}

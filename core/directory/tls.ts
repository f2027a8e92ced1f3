import { createHash } from 'node:crypto';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect, getCACertificates, type TLSSocket } from 'node:tls';
import { pinsFor } from '../domain/forest.ts';
import { DirectoryCertificateError } from './errors.ts';

/** What a server's certificate is held against. */
export interface Trust {
  /** SHA-256 over the certificate's DER, lower-case hex, or HOST=hex. Where a host has pins, nothing else counts. */
  pins: readonly string[];
  /** PEM of authorities accepted beside the system's. */
  caPem?: string | undefined;
  /** Certificate and key (PEM) we show, for SASL EXTERNAL. */
  client?: { certPem: string; keyPem: string } | undefined;
}

/** TLS options for a server: 1.2 or newer; verified by authority unless certificates are pinned. */
export function tlsOptions(host: string, trust: Trust): ConnectionOptions {
  return {
    minVersion: 'TLSv1.2',
    // Over an existing socket (StartTLS) this is what the certificate's names are compared with.
    host,
    ...(isIP(host) ? {} : { servername: host }),
    rejectUnauthorized: pinsFor(trust.pins, host).length === 0,
    ...(trust.caPem === undefined ? {} : { ca: [...getCACertificates('default'), trust.caPem] }),
    ...(trust.client ? { cert: trust.client.certPem, key: trust.client.keyPem } : {}),
  };
}

/** Opens a TLS connection and checks the certificate before anything is sent over it. */
export async function connectTls(
  address: { host: string; port: number },
  trust: Trust,
  timeoutMs: number,
): Promise<TLSSocket> {
  const socket = connect({ ...tlsOptions(address.host, trust), port: address.port });
  return settle(socket, address.host, trust, timeoutMs);
}

/** Waits until TLS is agreed, and checks the certificate. */
export async function settle(socket: TLSSocket, host: string, trust: Trust, timeoutMs: number): Promise<TLSSocket> {
  await opened(socket, 'secureConnect', timeoutMs);
  try {
    checkPin(socket, host, trust);
  } catch (error) {
    socket.destroy();
    throw error;
  }
  return socket;
}

/** Opens a bare TCP connection, for StartTLS and sealed logins. */
export async function connectPlain(address: { host: string; port: number }, timeoutMs: number): Promise<Socket> {
  return opened(connectTcp({ host: address.host, port: address.port }), 'connect', timeoutMs);
}

function opened<S extends Socket>(socket: S, event: 'connect' | 'secureConnect', timeoutMs: number): Promise<S> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(
      () => fail(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })),
      timeoutMs,
    );
    socket.once('error', fail);
    const closed = () => fail(Object.assign(new Error('closed while connecting'), { code: 'ECONNRESET' }));
    socket.once('close', closed);
    socket.once(event, () => {
      clearTimeout(timer);
      socket.off('close', closed);
      socket.off('error', fail);
      socket.setNoDelay(true);
      resolve(socket);
    });
  });
}

/** @throws DirectoryCertificateError when certificates are pinned and this is another one */
export function checkPin(socket: TLSSocket, host: string, trust: Trust): void {
  const pins = pinsFor(trust.pins, host);
  if (pins.length === 0) return;
  const { raw } = socket.getPeerCertificate();
  const actual = raw ? createHash('sha256').update(raw).digest('hex') : '';
  if (pins.includes(actual)) return;
  throw new DirectoryCertificateError({
    tried: `connect to ${host}`,
    happened: `Its certificate has the fingerprint ${actual || '(none)'}, which is not the pinned one.`,
    next: 'If the certificate was renewed, compare the fingerprint on the server and pin the new one; otherwise somebody may be in between.',
  });
}

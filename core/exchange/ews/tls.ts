import { request as httpRequest } from 'node:http';
import type { Socket } from 'node:net';
import * as tls from 'node:tls';
import { TransplantError } from '../../domain/errors.ts';
import { pinsFor } from '../../domain/forest.ts';
import { CertificateRejected, ExchangeUnreachable, TlsTooOld } from '../errors.ts';

/** Whom to trust: the system's CAs, a CA of one's own in PEM, or one certificate by its SHA-256 fingerprint (hex). */
export interface TlsTrust {
  ca?: string | undefined;
  pin?: string | undefined;
  /** Certificates that are accepted although no authority vouches for them; others need one. */
  pins?: readonly string[] | undefined;
}

export interface Destination extends TlsTrust {
  host: string;
  port: number;
  /** IP address of the host, where it was looked up and judged before; the certificate still has to be the host's. */
  address?: string | undefined;
  /** HTTP proxy as `http://host:port`; the tunnel to the server is TLS all the same. */
  proxy?: string | undefined;
  /** ms until the connection must stand. */
  connectTimeoutMs: number;
}

/** Hex in lower case without separators. */
export function normalisePin(pin: string): string {
  return pin.replace(/[^0-9a-f]/giu, '').toLowerCase();
}

/** Contexts of destinations with a CA of their own: to parse its certificates costs more than a handshake. */
const contexts = new WeakMap<Destination, tls.SecureContext>();

function contextOf(to: Destination): tls.SecureContext {
  let context = contexts.get(to);
  if (!context) {
    context = tls.createSecureContext({ ca: to.ca, minVersion: 'TLSv1.2' });
    contexts.set(to, context);
  }
  return context;
}

/**
 * Opens a verified TLS connection (1.2 or 1.3): nothing is sent before the certificate has been found trusted.
 * @throws CertificateRejected, TlsTooOld, ExchangeUnreachable
 */
export async function connectTls(to: Destination): Promise<tls.TLSSocket> {
  const tunnel = to.proxy === undefined ? undefined : await openTunnel(to, to.proxy);
  return new Promise((resolve, reject) => {
    const pin = to.pin === undefined ? undefined : normalisePin(to.pin);
    const pins = pinsFor(to.pins ?? [], to.host).map(normalisePin);
    const socket = tls.connect({
      host: to.address ?? to.host,
      port: to.port,
      ...(tunnel ? { socket: tunnel } : {}),
      servername: isAddress(to.host) ? '' : to.host,
      minVersion: 'TLSv1.2',
      ALPNProtocols: ['http/1.1'],
      // With a pin the fingerprint decides below, before anything is written; without one the chain and name decide.
      rejectUnauthorized: pin === undefined && pins.length === 0,
      ...(to.ca === undefined ? {} : { secureContext: contextOf(to) }),
    });
    const fail = (error: Error): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(error instanceof TransplantError ? error : connectError(to, error));
    };
    const timer = setTimeout(() => fail(timedOut(to)), to.connectTimeoutMs);
    socket.once('error', fail);
    socket.once('secureConnect', () => {
      clearTimeout(timer);
      const found = normalisePin(socket.getPeerCertificate().fingerprint256 ?? '');
      if (pin !== undefined && found !== pin) {
        fail(wrongPin(to, found));
        return;
      }
      if (pin === undefined && pins.length > 0 && !socket.authorized && !pins.includes(found)) {
        fail(wrongPin(to, found));
        return;
      }
      socket.off('error', fail);
      socket.setNoDelay(true);
      resolve(socket);
    });
  });
}

function isAddress(host: string): boolean {
  return /^[\d.]+$/.test(host) || host.includes(':');
}

async function openTunnel(to: Destination, proxy: string): Promise<Socket> {
  const url = new URL(proxy);
  const user = decodeURIComponent(url.username);
  const login = user === '' ? undefined : `${user}:${decodeURIComponent(url.password)}`;
  const authority = `${to.host.includes(':') ? `[${to.host}]` : to.host}:${to.port}`;
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      host: url.hostname,
      port: url.port === '' ? 8080 : Number(url.port),
      method: 'CONNECT',
      path: authority,
      timeout: to.connectTimeoutMs,
      headers: {
        host: authority,
        ...(login ? { 'proxy-authorization': `Basic ${Buffer.from(login).toString('base64')}` } : {}),
      },
    });
    request.once('connect', (response, socket) => {
      if (response.statusCode === 200) resolve(socket as Socket);
      else {
        socket.destroy();
        reject(proxyError(to, url, `The proxy answered with status ${response.statusCode}.`));
      }
    });
    request.once('timeout', () => request.destroy(new Error('it did not answer in time')));
    request.once('error', (error) => reject(proxyError(to, url, `The proxy failed: ${error.message}.`)));
    request.end();
  });
}

function proxyError(to: Destination, proxy: URL, happened: string): ExchangeUnreachable {
  return new ExchangeUnreachable({
    tried: `connect to ${to.host}:${to.port} through the proxy ${proxy.host}`,
    happened,
    next: 'Check the proxy of this forest and whether it allows CONNECT to that port.',
  });
}

function wrongPin(to: Destination, found: string): CertificateRejected {
  return new CertificateRejected({
    tried: `connect to ${to.host}:${to.port}`,
    happened: `The server showed another certificate than the pinned one (SHA-256 ${found}).`,
    next: 'Find out why it changed; if the change is right, set the new fingerprint with: transplant forest add … --pin',
  });
}

function timedOut(to: Destination): ExchangeUnreachable {
  return new ExchangeUnreachable({
    tried: `connect to ${to.host}:${to.port}`,
    happened: `No connection stood after ${Math.round(to.connectTimeoutMs / 1000)} s.`,
    next: 'Check name, port and firewall: transplant preflight ports lists what must be open.',
  });
}

const CERTIFICATE_CODES =
  /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|HOSTNAME_MISMATCH|ALTNAME_INVALID|DEPTH_ZERO/u;
const OLD_TLS = /PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|WRONG_VERSION_NUMBER|NO_PROTOCOLS|HANDSHAKE_FAILURE/u;

function connectError(to: Destination, cause: Error): TransplantError {
  const code = 'code' in cause ? String(cause.code) : '';
  const tried = `connect to ${to.host}:${to.port}`;
  if (CERTIFICATE_CODES.test(code))
    return new CertificateRejected(
      {
        tried,
        happened: `The server's certificate is not trusted: ${cause.message}.`,
        next: 'Give the CA with --ca FILE, or the certificate itself with --pin SHA256 when it is self-signed.',
      },
      { cause },
    );
  if (OLD_TLS.test(code))
    return new TlsTooOld(
      {
        tried,
        happened: `TLS 1.2 or 1.3 could not be agreed on (${code}).`,
        next: 'Enable TLS 1.2 on the server; older versions and plain HTTP are refused.',
      },
      { cause },
    );
  return new ExchangeUnreachable(
    {
      tried,
      happened: `${cause.message}.`,
      next: 'Check name, port and firewall: transplant preflight ports lists what must be open.',
    },
    { cause },
  );
}

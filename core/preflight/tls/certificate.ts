import { X509Certificate } from 'node:crypto';
import { connect as connectTcp, isIP } from 'node:net';
import { connect as connectTls, getCACertificates, type TLSSocket } from 'node:tls';
import { addressOf, type Endpoint } from '../endpoints.ts';
import { NoTlsOffered, speakPreamble } from './start-tls.ts';
import { TdsTunnel } from './tds-tunnel.ts';

/** What a server shows of itself in the handshake, and what is to be thought of it. Times are ms since the epoch. */
export interface CertificateFacts {
  subject: string;
  issuer: string;
  names: string[];
  validFrom: number;
  validTo: number;
  /** SHA-256 over the DER bytes, lower-case hex. */
  fingerprint: string;
  /** Subjects from the server's certificate up to the last one that was sent or found. */
  chain: string[];
  key: string;
  selfSigned: boolean;
  /** Whether the name that was asked for stands in the certificate. */
  nameFits: boolean;
  /** Undefined when an authority of the system's, or of the forest's, vouches for it; else why not (OpenSSL's word). */
  untrusted: string | undefined;
  pinned: boolean;
  /** Where its revocation can be looked up: CRL distribution points and OCSP responders. */
  revocation: string[];
  protocol: string;
}

/**
 * Makes one handshake and looks at the certificate. Nothing is sent over the connection; old versions and weak ciphers
 * are taken too, because the certificate of such a server is to be seen as well.
 * @param timeoutMs limit for everything, in ms
 * @throws NoTlsOffered, or the error of the connection or the handshake
 */
export async function probeCertificate(endpoint: Endpoint, timeoutMs: number): Promise<CertificateFacts> {
  const socket = await handshake(endpoint, timeoutMs);
  try {
    return await factsOf(socket, endpoint);
  } finally {
    socket.destroy();
  }
}

async function handshake(endpoint: Endpoint, timeoutMs: number): Promise<TLSSocket> {
  const tcp = connectTcp({ host: endpoint.host, port: endpoint.port });
  const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>();
  const timer = setTimeout(() => {
    tcp.destroy();
    reject(Object.assign(new Error(`no answer within ${timeoutMs} ms`), { code: 'ETIMEDOUT' }));
  }, timeoutMs);
  tcp.on('error', reject);
  tcp.on('close', () => reject(new Error('the server closed the connection')));
  tcp.once('connect', () => {
    speakPreamble(endpoint.preamble, tcp, () => nextChunk(tcp)).then(() => {
      const secure = connectTls({
        socket: endpoint.preamble === 'tds' ? new TdsTunnel(tcp) : tcp,
        // Over an existing socket this is what the certificate's names are compared with.
        host: endpoint.host,
        ...(isIP(endpoint.host) ? {} : { servername: endpoint.host }),
        minVersion: 'TLSv1',
        ciphers: 'ALL:@SECLEVEL=0',
        rejectUnauthorized: false,
        ...(endpoint.caPem === undefined ? {} : { ca: [...getCACertificates('default'), endpoint.caPem] }),
      });
      secure.on('error', reject);
      secure.once('secureConnect', () => resolve(secure));
    }, reject);
  });
  try {
    return await promise;
  } catch (error) {
    tcp.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function nextChunk(socket: ReturnType<typeof connectTcp>): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const take = (chunk: Buffer): void => {
    socket.pause();
    resolve(chunk);
  };
  socket.once('data', take);
  socket.once('close', () => reject(new NoTlsOffered('other', 'the server closed the connection')));
  socket.resume();
  return promise.finally(() => socket.off('data', take));
}

async function factsOf(socket: TLSSocket, endpoint: Endpoint): Promise<CertificateFacts> {
  const peer = socket.getPeerCertificate(true);
  if (!peer.raw) throw new Error('the server shows no certificate');
  const certificate = new X509Certificate(peer.raw);
  const chain: string[] = [];
  for (let at = peer; at?.raw; at = at.issuerCertificate) {
    chain.push(oneLine(new X509Certificate(at.raw).subject));
    if (at.issuerCertificate === at || at.issuerCertificate?.fingerprint256 === at.fingerprint256) break;
  }
  const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey;
  const fingerprint = normal(certificate.fingerprint256);
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    names: namesOf(certificate),
    validFrom: Date.parse(certificate.validFrom),
    validTo: Date.parse(certificate.validTo),
    fingerprint,
    chain,
    key: `${asymmetricKeyType ?? 'key'} ${asymmetricKeyDetails?.modulusLength ?? asymmetricKeyDetails?.namedCurve ?? ''}`.trim(),
    selfSigned: certificate.checkIssued(certificate),
    nameFits: fits(certificate, endpoint.host),
    untrusted: chainError(socket),
    pinned: endpoint.pins.includes(fingerprint),
    revocation: await revocationOf(peer.raw),
    protocol: socket.getProtocol() ?? '',
  };
}

/** The name is judged apart (`nameFits`), and so is the time: what is left is whether anybody vouches for the chain. */
function chainError(socket: TLSSocket): string | undefined {
  const error = socket.authorizationError as Error | string | undefined | null;
  if (!error) return undefined;
  const code = typeof error === 'string' ? error : 'code' in error ? String(error.code) : error.message;
  return code === 'ERR_TLS_CERT_ALTNAME_INVALID' ? undefined : code;
}

/** As clients compare: the alternative names alone count where there are any (RFC 6125 6.4.4). */
function fits(certificate: X509Certificate, host: string): boolean {
  if (isIP(host)) return certificate.checkIP(host) !== undefined;
  return certificate.checkHost(host, { subject: 'default' }) !== undefined;
}

function namesOf(certificate: X509Certificate): string[] {
  const names = (certificate.subjectAltName ?? '').split(', ').flatMap((part) => {
    const name = /^(?:DNS|IP Address):(.+)$/.exec(part)?.[1];
    return name ? [name] : [];
  });
  const common = /^CN=(.+)$/m.exec(certificate.subject)?.[1];
  return names.length > 0 || common === undefined ? names : [common];
}

async function revocationOf(der: Buffer): Promise<string[]> {
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  const certificate = new x509.X509Certificate(new Uint8Array(der));
  const found: string[] = [];
  const points = certificate.getExtension(x509.CRLDistributionPointsExtension);
  for (const point of points?.distributionPoints ?? []) {
    for (const name of point.distributionPoint?.fullName ?? []) {
      const url = name.uniformResourceIdentifier;
      if (url) found.push(`CRL ${url}`);
    }
  }
  const access = certificate.getExtension(x509.AuthorityInfoAccessExtension);
  for (const responder of access?.ocsp ?? []) found.push(`OCSP ${responder.value}`);
  return found;
}

const oneLine = (name: string): string => name.split('\n').join(', ');
const normal = (fingerprint: string): string => fingerprint.replaceAll(':', '').toLowerCase();
export const shownEndpoint = (endpoint: Endpoint): string => `${endpoint.service} ${addressOf(endpoint)}`;

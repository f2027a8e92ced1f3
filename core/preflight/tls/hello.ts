import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';

/** Protocol versions on the wire (RFC 2246, 4346, 5246, 8446). */
export const TLS_VERSIONS = { 'TLS 1.0': 0x0301, 'TLS 1.1': 0x0302, 'TLS 1.2': 0x0303, 'TLS 1.3': 0x0304 } as const;
export type TlsVersion = keyof typeof TLS_VERSIONS;

/**
 * Suites offered up to TLS 1.2: everything a server of the last twenty years may insist on, strong and weak, because the
 * question is what the server takes and not what we would use. Our own TLS library may refuse to offer an old version
 * at all, so a refusal seen through it proves nothing about the server; these bytes always offer it.
 */
const LEGACY_SUITES = [
  0xc02f, 0xc02b, 0xc030, 0xc02c, 0xcca8, 0xcca9, 0x009e, 0x009f, 0xc027, 0xc023, 0xc028, 0xc024, 0xc013, 0xc009,
  0xc014, 0xc00a, 0x0067, 0x006b, 0x0033, 0x0039, 0x009c, 0x009d, 0x003c, 0x003d, 0x002f, 0x0035, 0xc012, 0xc008,
  0x0016, 0x000a, 0x0005, 0x0004,
];
const TLS13_SUITES = [0x1301, 0x1302, 0x1303];

const u16 = (n: number): Buffer => Buffer.from([(n >> 8) & 0xff, n & 0xff]);
const withLength16 = (body: Buffer): Buffer => Buffer.concat([u16(body.length), body]);
const list16 = (values: readonly number[]): Buffer => withLength16(Buffer.concat(values.map(u16)));
const extension = (type: number, body: Buffer): Buffer => Buffer.concat([u16(type), withLength16(body)]);

/** The record that opens a handshake offering exactly one version (RFC 5246 7.4.1.2, RFC 8446 4.1.2). */
export function clientHello(version: TlsVersion, host: string): Buffer {
  const wire = TLS_VERSIONS[version];
  const modern = version === 'TLS 1.3';
  const legacyVersion = modern ? 0x0303 : wire;
  const suites = modern ? TLS13_SUITES : [...LEGACY_SUITES, 0x00ff];
  const body = Buffer.concat([
    u16(legacyVersion),
    randomBytes(32),
    modern ? Buffer.concat([Buffer.from([32]), randomBytes(32)]) : Buffer.from([0]),
    list16(suites),
    Buffer.from([1, 0]),
    withLength16(Buffer.concat(extensions(version, host))),
  ]);
  const handshake = Buffer.concat([Buffer.from([1, 0]), u16(body.length), body]);
  // The record layer says 1.0 whatever is offered, as every client does for the sake of old servers.
  return Buffer.concat([Buffer.from([22]), u16(0x0301), withLength16(handshake)]);
}

function extensions(version: TlsVersion, host: string): Buffer[] {
  const all: Buffer[] = [];
  if (isIP(host) === 0) {
    const name = Buffer.from(host, 'latin1');
    all.push(extension(0, withLength16(Buffer.concat([Buffer.from([0]), withLength16(name)]))));
  }
  all.push(extension(10, list16([29, 23, 24, 25])), extension(11, Buffer.from([1, 0])));
  // TLS 1.0 and 1.1 know no signature algorithms; some old servers close on the extension.
  if (version === 'TLS 1.2' || version === 'TLS 1.3') {
    all.push(
      extension(
        13,
        list16([0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0807, 0x0401, 0x0501, 0x0601, 0x0201, 0x0203]),
      ),
    );
  }
  if (version === 'TLS 1.3') {
    all.push(extension(43, Buffer.concat([Buffer.from([2]), u16(0x0304)])));
    // Any 32 bytes are a valid X25519 public key, and the handshake goes no further than the server's answer.
    all.push(extension(51, withLength16(Buffer.concat([u16(29), withLength16(randomBytes(32))]))));
    all.push(extension(45, Buffer.from([1, 1])));
  }
  return all;
}

/** What a server said to one hello. */
export type HelloAnswer =
  | { kind: 'accepted'; version: number; suite: number }
  /** An alert, or a hello with another version than the one offered: the server does not speak this version. */
  | { kind: 'refused'; alert?: number; version?: number }
  | { kind: 'notTls' }
  | { kind: 'incomplete' };

/** The random value that turns a TLS 1.3 ServerHello into a HelloRetryRequest (RFC 8446 4.1.3); the version is accepted all the same. */
const MIN_SERVER_HELLO = 38;

/** Reads the server's first record; `incomplete` asks for more bytes. */
export function parseAnswer(bytes: Uint8Array, offered: TlsVersion): HelloAnswer {
  const b = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (b.length === 0) return { kind: 'incomplete' };
  const type = b.readUInt8(0);
  if ((type !== 21 && type !== 22) || (b.length > 1 && b.readUInt8(1) !== 3)) return { kind: 'notTls' };
  if (b.length < 5) return { kind: 'incomplete' };
  if (type === 21) return b.length < 7 ? { kind: 'incomplete' } : { kind: 'refused', alert: b.readUInt8(6) };
  if (b.length < 9) return { kind: 'incomplete' };
  if (b.readUInt8(5) !== 2) return { kind: 'notTls' };
  const bodyLength = b.readUIntBE(6, 3);
  const body = b.subarray(9, 9 + bodyLength);
  if (bodyLength < MIN_SERVER_HELLO) return { kind: 'notTls' };
  if (body.length < bodyLength) return { kind: 'incomplete' };
  const sessionLength = body.readUInt8(34);
  if (bodyLength < 35 + sessionLength + 3) return { kind: 'notTls' };
  const suite = body.readUInt16BE(35 + sessionLength);
  const version = selectedVersion(body, 35 + sessionLength + 3) ?? body.readUInt16BE(0);
  return version === TLS_VERSIONS[offered] ? { kind: 'accepted', version, suite } : { kind: 'refused', version };
}

/** The supported_versions extension of a ServerHello, which alone says TLS 1.3 (RFC 8446 4.2.1). */
function selectedVersion(body: Buffer, start: number): number | undefined {
  if (body.length < start + 2) return undefined;
  const end = Math.min(body.length, start + 2 + body.readUInt16BE(start));
  for (let at = start + 2; at + 4 <= end; ) {
    const type = body.readUInt16BE(at);
    const length = body.readUInt16BE(at + 2);
    if (type === 43 && length === 2 && at + 6 <= end) return body.readUInt16BE(at + 4);
    at += 4 + length;
  }
  return undefined;
}

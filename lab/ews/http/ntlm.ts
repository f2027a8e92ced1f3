import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import md4 from 'js-md4';

/** Flags of [MS-NLMP] 2.2.2.5 that this server looks at or offers. */
const Flag = {
  unicode: 0x1,
  requestTarget: 0x4,
  sign: 0x10,
  seal: 0x20,
  ntlm: 0x200,
  alwaysSign: 0x8000,
  targetTypeDomain: 0x10000,
  extendedSessionSecurity: 0x80000,
  targetInfo: 0x800000,
  version: 0x2000000,
  key128: 0x20000000,
  keyExchange: 0x40000000,
  key56: 0x80000000,
} as const;

/** AvId of [MS-NLMP] 2.2.2.1. */
const Av = {
  end: 0,
  computer: 1,
  domain: 2,
  dnsComputer: 3,
  dnsDomain: 4,
  flags: 6,
  timestamp: 7,
  channelBindings: 10,
};

const SIGNATURE = Buffer.from('NTLMSSP\0', 'latin1');
const MIC_AT = 72;

/** NTOWFv1: MD4 of the password in UTF-16LE ([MS-NLMP] 3.3.1). */
export function ntHash(password: string): Uint8Array {
  return new Uint8Array(md4.arrayBuffer(Buffer.from(password, 'utf16le')));
}

const hmac = (key: Uint8Array, ...parts: Uint8Array[]): Buffer => {
  const h = createHmac('md5', key);
  for (const part of parts) h.update(part);
  return h.digest();
};

function rc4(key: Uint8Array, data: Uint8Array): Uint8Array {
  const s = Uint8Array.from({ length: 256 }, (_, i) => i);
  const at = (i: number) => s[i & 255] ?? 0;
  for (let i = 0, j = 0; i < 256; i++) {
    j = (j + at(i) + (key[i % key.length] ?? 0)) & 255;
    [s[i], s[j]] = [at(j), at(i)];
  }
  let i = 0;
  let j = 0;
  return data.map((byte) => {
    i = (i + 1) & 255;
    j = (j + at(i)) & 255;
    [s[i], s[j]] = [at(j), at(i)];
    return byte ^ at(at(i) + at(j));
  });
}

/** Number of an NTLM message (1 negotiate, 2 challenge, 3 authenticate); undefined when it is none. */
export function ntlmMessageType(message: Uint8Array): number | undefined {
  const bytes = Buffer.from(message);
  if (bytes.length < 12 || !bytes.subarray(0, 8).equals(SIGNATURE)) return undefined;
  return bytes.readUInt32LE(8);
}

export interface NtlmChallenge {
  negotiate: Uint8Array;
  /** The CHALLENGE_MESSAGE as sent; its server challenge stands at offset 24. */
  message: Uint8Array;
}

/** Answers a NEGOTIATE_MESSAGE ([MS-NLMP] 2.2.1.2). */
export function ntlmChallenge(
  negotiate: Uint8Array,
  server: { domain: string; computer: string; dnsDomain: string; dnsComputer: string },
  now: number,
): NtlmChallenge {
  const target = Buffer.from(server.domain, 'utf16le');
  const time = Buffer.alloc(8);
  time.writeBigUInt64LE(BigInt(now) * 10_000n + 116_444_736_000_000_000n);
  const info = Buffer.concat([
    avPair(Av.domain, target),
    avPair(Av.computer, Buffer.from(server.computer, 'utf16le')),
    avPair(Av.dnsDomain, Buffer.from(server.dnsDomain, 'utf16le')),
    avPair(Av.dnsComputer, Buffer.from(server.dnsComputer, 'utf16le')),
    avPair(Av.timestamp, time),
    avPair(Av.end, Buffer.alloc(0)),
  ]);
  const asked = Buffer.from(negotiate).readUInt32LE(12);
  const optional = Flag.sign | Flag.seal | Flag.key128 | Flag.key56 | Flag.keyExchange;
  const flags =
    Flag.unicode |
    Flag.requestTarget |
    Flag.ntlm |
    Flag.alwaysSign |
    Flag.targetTypeDomain |
    Flag.extendedSessionSecurity |
    Flag.targetInfo |
    Flag.version |
    (asked & optional);
  const head = Buffer.alloc(56);
  SIGNATURE.copy(head, 0);
  head.writeUInt32LE(2, 8);
  writeField(head, 12, target.length, 56);
  head.writeUInt32LE(flags >>> 0, 20);
  randomBytes(8).copy(head, 24);
  writeField(head, 40, info.length, 56 + target.length);
  // Version ([MS-NLMP] 2.2.2.10): Windows Server 2019, NTLMSSP revision 15.
  head.set([10, 0, 0x63, 0x45, 0, 0, 0, 15], 48);
  return { negotiate: Uint8Array.from(negotiate), message: Buffer.concat([head, target, info]) };
}

export type NtlmRefusal =
  | 'malformed'
  | 'unknownUser'
  | 'oldVersion'
  | 'wrongPassword'
  | 'badIntegrity'
  | 'channelBinding';

/**
 * Checks an AUTHENTICATE_MESSAGE ([MS-NLMP] 3.2.5.1.2). Only NTLMv2 is accepted. Where a channel binding is asked for
 * (Extended Protection), the client must have bound itself to this TLS channel.
 *
 * @param hashOf NT hash of a user, undefined where there is none
 */
export function ntlmVerify(
  challenge: NtlmChallenge,
  message: Uint8Array,
  hashOf: (user: string, domain: string) => Uint8Array | undefined,
  channelBinding?: Uint8Array,
): { user: string; domain: string } | { refused: NtlmRefusal } {
  const bytes = Buffer.from(message);
  const fields = readAuthenticate(bytes);
  if (!fields) return { refused: 'malformed' };
  const { user, domain, response, sessionKey, flags } = fields;
  // 16 bytes of proof and at least 28 of the client's blob; a 24-byte answer is NTLMv1.
  if (response.length < 44) return { refused: 'oldVersion' };
  const hash = hashOf(user, domain);
  if (!hash) return { refused: 'unknownUser' };
  const responseKey = hmac(hash, Buffer.from(user.toUpperCase() + domain, 'utf16le'));
  const blob = response.subarray(16);
  const proof = hmac(responseKey, Buffer.from(challenge.message).subarray(24, 32), blob);
  if (!timingSafeEqual(proof, response.subarray(0, 16))) return { refused: 'wrongPassword' };
  const pairs = avPairs(blob.subarray(28));
  if (((pairs.get(Av.flags)?.readUInt32LE(0) ?? 0) & 2) !== 0) {
    const base = hmac(responseKey, proof);
    const exported = (flags & Flag.keyExchange) !== 0 ? rc4(base, sessionKey) : base;
    const unsigned = Buffer.from(bytes);
    unsigned.fill(0, MIC_AT, MIC_AT + 16);
    const mic = hmac(exported, challenge.negotiate, challenge.message, unsigned);
    if (bytes.length < MIC_AT + 16 || !timingSafeEqual(mic, bytes.subarray(MIC_AT, MIC_AT + 16))) {
      return { refused: 'badIntegrity' };
    }
  }
  if (channelBinding) {
    const bound = pairs.get(Av.channelBindings);
    if (bound?.length !== 16 || !timingSafeEqual(bound, channelBinding)) return { refused: 'channelBinding' };
  }
  return { user, domain };
}

interface AuthenticateFields {
  user: string;
  domain: string;
  response: Buffer;
  sessionKey: Buffer;
  flags: number;
}

function readAuthenticate(bytes: Buffer): AuthenticateFields | undefined {
  if (ntlmMessageType(bytes) !== 3 || bytes.length < 64) return undefined;
  const field = (at: number): Buffer | undefined => {
    const length = bytes.readUInt16LE(at);
    const offset = bytes.readUInt32LE(at + 4);
    return offset + length <= bytes.length ? bytes.subarray(offset, offset + length) : undefined;
  };
  const response = field(20);
  const domain = field(28);
  const user = field(36);
  const sessionKey = field(52);
  if (!response || !domain || !user || !sessionKey) return undefined;
  const flags = bytes.readUInt32LE(60);
  const encoding = (flags & Flag.unicode) !== 0 ? 'utf16le' : 'latin1';
  return { user: user.toString(encoding), domain: domain.toString(encoding), response, sessionKey, flags };
}

function writeField(into: Buffer, at: number, length: number, offset: number): void {
  into.writeUInt16LE(length, at);
  into.writeUInt16LE(length, at + 2);
  into.writeUInt32LE(offset, at + 4);
}

function avPair(id: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(id, 0);
  head.writeUInt16LE(value.length, 2);
  return Buffer.concat([head, value]);
}

function avPairs(bytes: Buffer): Map<number, Buffer> {
  const pairs = new Map<number, Buffer>();
  for (let at = 0; at + 4 <= bytes.length; ) {
    const id = bytes.readUInt16LE(at);
    const length = bytes.readUInt16LE(at + 2);
    if (id === Av.end || at + 4 + length > bytes.length) break;
    pairs.set(id, bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return pairs;
}

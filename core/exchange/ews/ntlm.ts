import { createHash, createHmac, randomBytes } from 'node:crypto';
import md4 from 'js-md4';

/**
 * NTLMv2 ([MS-NLMP]) with channel binding: the hash of the server's certificate goes into the answer, so a server with
 * Extended Protection accepts it and nobody between can use it. NTLMv1 and LM are never sent.
 */

const SIGNATURE = Buffer.from('NTLMSSP\0', 'latin1');
const Flag = {
  unicode: 0x00000001,
  requestTarget: 0x00000004,
  ntlm: 0x00000200,
  alwaysSign: 0x00008000,
  extendedSecurity: 0x00080000,
  targetInfo: 0x00800000,
  version: 0x02000000,
  key128: 0x20000000,
} as const;
const FLAGS =
  Flag.unicode |
  Flag.requestTarget |
  Flag.ntlm |
  Flag.alwaysSign |
  Flag.extendedSecurity |
  Flag.targetInfo |
  Flag.version |
  Flag.key128;
/** Windows 10 and NTLMSSP_REVISION_W2K3, as clients of today say it. */
const VERSION = Buffer.from([10, 0, 0x63, 0x45, 0, 0, 0, 15]);

/** Ids of the pairs in the target information ([MS-NLMP] 2.2.2.1). */
const Av = { eol: 0, flags: 6, timestamp: 7, targetName: 9, channelBindings: 10 } as const;

export interface NtlmLogin {
  user: string;
  domain: string;
  password: string;
  workstation?: string;
}

/** `DOMAIN\user` is split; a user principal name stays whole with an empty domain. */
export function splitLogin(user: string): { user: string; domain: string } {
  const slash = user.indexOf('\\');
  return slash < 0 ? { user, domain: '' } : { domain: user.slice(0, slash), user: user.slice(slash + 1) };
}

/** Type 1: NEGOTIATE_MESSAGE. */
export function negotiateMessage(): Buffer {
  const message = Buffer.alloc(40);
  SIGNATURE.copy(message);
  message.writeUInt32LE(1, 8);
  message.writeUInt32LE(FLAGS >>> 0, 12);
  VERSION.copy(message, 32);
  return message;
}

export interface Challenge {
  flags: number;
  serverChallenge: Buffer;
  targetInfo: Buffer;
}

/** Reads a type 2 message; undefined when it is none. */
export function readChallenge(message: Buffer): Challenge | undefined {
  if (message.length < 48 || !message.subarray(0, 8).equals(SIGNATURE) || message.readUInt32LE(8) !== 2)
    return undefined;
  const length = message.readUInt16LE(40);
  const offset = message.readUInt32LE(44);
  if (offset + length > message.length) return undefined;
  return {
    flags: message.readUInt32LE(20),
    serverChallenge: Buffer.from(message.subarray(24, 32)),
    targetInfo: Buffer.from(message.subarray(offset, offset + length)),
  };
}

const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le');
const hmac = (key: Buffer, ...data: Uint8Array[]): Buffer => {
  const mac = createHmac('md5', key);
  for (const part of data) mac.update(part);
  return mac.digest();
};

/**
 * The value of MsvAvChannelBindings for a TLS server certificate: MD5 over a gss_channel_bindings_struct with
 * `tls-server-end-point:` and the certificate's SHA-256 (RFC 5929 4.1; certificates signed with SHA-384 or SHA-512 use
 * that hash, which `hash` names).
 */
export function channelBindings(certificate: Uint8Array, hash = 'sha256'): Buffer {
  const application = Buffer.concat([
    Buffer.from('tls-server-end-point:', 'latin1'),
    createHash(hash).update(certificate).digest(),
  ]);
  const header = Buffer.alloc(20);
  header.writeUInt32LE(application.length, 16);
  return createHash('md5').update(header).update(application).digest();
}

interface Pair {
  id: number;
  value: Buffer;
}

function readPairs(info: Buffer): Pair[] {
  const pairs: Pair[] = [];
  let at = 0;
  while (at + 4 <= info.length) {
    const id = info.readUInt16LE(at);
    const length = info.readUInt16LE(at + 2);
    if (id === Av.eol || at + 4 + length > info.length) break;
    pairs.push({ id, value: info.subarray(at + 4, at + 4 + length) });
    at += 4 + length;
  }
  return pairs;
}

function writePairs(pairs: Pair[]): Buffer {
  const parts = pairs.map(({ id, value }) => {
    const head = Buffer.alloc(4);
    head.writeUInt16LE(id, 0);
    head.writeUInt16LE(value.length, 2);
    return Buffer.concat([head, value]);
  });
  return Buffer.concat([...parts, Buffer.alloc(4)]);
}

export interface AuthenticateInput {
  login: NtlmLogin;
  negotiate: Buffer;
  challenge: Buffer;
  bindings?: Buffer;
  /** Host of the service, for `HTTP/host` as the target's name. */
  host: string;
  /** For tests against the worked example of [MS-NLMP] 4.2.4. */
  clientChallenge?: Buffer;
}

/** Type 3: AUTHENTICATE_MESSAGE. @throws Error when the challenge is none. */
export function authenticateMessage(input: AuthenticateInput): Buffer {
  const challenge = readChallenge(input.challenge);
  if (!challenge) throw new Error('the NTLM challenge cannot be read');
  const { login } = input;
  const pairs = readPairs(challenge.targetInfo).filter(
    (p) => p.id !== Av.channelBindings && p.id !== Av.targetName && p.id !== Av.flags,
  );
  const stamp = pairs.find((p) => p.id === Av.timestamp)?.value;
  const integrity = Buffer.from([2, 0, 0, 0]);
  if (stamp) pairs.push({ id: Av.flags, value: integrity });
  pairs.push({ id: Av.channelBindings, value: input.bindings ?? Buffer.alloc(16) });
  pairs.push({ id: Av.targetName, value: utf16(`HTTP/${input.host}`) });
  const { ntProof, response } = ntlmV2(login, challenge, writePairs(pairs), {
    stamp: stamp ?? fileTime(Date.now()),
    client: input.clientChallenge ?? randomBytes(8),
  });
  // Where the server named a time, the LM response is zeros ([MS-NLMP] 3.1.5.1.2).
  const message = assemble(login, Buffer.alloc(24), response, challenge.flags);
  if (stamp) {
    const mic = hmac(ntProof.sessionKey, input.negotiate, input.challenge, message);
    mic.copy(message, 72);
  }
  return message;
}

/** NTOWFv2: the key of a password ([MS-NLMP] 3.3.2). */
export function responseKey(login: Pick<NtlmLogin, 'user' | 'domain' | 'password'>): Buffer {
  const passwordHash = Buffer.from(md4.arrayBuffer(utf16(login.password)));
  return hmac(passwordHash, utf16(login.user.toUpperCase() + login.domain));
}

function ntlmV2(
  login: NtlmLogin,
  challenge: Challenge,
  targetInfo: Buffer,
  fresh: { stamp: Buffer; client: Buffer },
): { ntProof: { sessionKey: Buffer }; response: Buffer } {
  const key = responseKey(login);
  const temp = Buffer.concat([
    Buffer.from([1, 1, 0, 0, 0, 0, 0, 0]),
    fresh.stamp,
    fresh.client,
    Buffer.alloc(4),
    targetInfo,
    Buffer.alloc(4),
  ]);
  const proof = hmac(key, challenge.serverChallenge, temp);
  return { ntProof: { sessionKey: hmac(key, proof) }, response: Buffer.concat([proof, temp]) };
}

function assemble(login: NtlmLogin, lm: Buffer, nt: Buffer, serverFlags: number): Buffer {
  const HEAD = 88;
  const fields = [
    lm,
    nt,
    utf16(login.domain),
    utf16(login.user),
    utf16(login.workstation ?? ''),
    Buffer.alloc(0),
  ] as const;
  const head = Buffer.alloc(HEAD);
  SIGNATURE.copy(head);
  head.writeUInt32LE(3, 8);
  let offset = HEAD;
  fields.forEach((field, index) => {
    const at = 12 + index * 8;
    head.writeUInt16LE(field.length, at);
    head.writeUInt16LE(field.length, at + 2);
    head.writeUInt32LE(offset, at + 4);
    offset += field.length;
  });
  head.writeUInt32LE((serverFlags & FLAGS) >>> 0, 60);
  VERSION.copy(head, 64);
  return Buffer.concat([head, ...fields]);
}

function fileTime(ms: number): Buffer {
  const stamp = Buffer.alloc(8);
  stamp.writeBigUInt64LE((BigInt(ms) + 11_644_473_600_000n) * 10_000n);
  return stamp;
}

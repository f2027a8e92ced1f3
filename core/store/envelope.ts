import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';

/** Bytes of an AES-256 key, of a GCM nonce and of a GCM tag (NIST SP 800-38D). */
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** An X25519 public key without its SPKI header (RFC 8410). */
const X25519_BYTES = 32;
const FORMAT = 1;

export interface Sealed {
  nonce: Uint8Array;
  /** Ciphertext with the tag at its end. */
  ciphertext: Uint8Array;
}

export const newDataKey = () => randomBytes(KEY_BYTES);

/** AES-256-GCM with `context` as associated data: it opens only with the same context. */
export function seal(key: Uint8Array, plaintext: Uint8Array, context: readonly string[]): Sealed {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(associated(context));
  return { nonce, ciphertext: Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]) };
}

/** @throws Error when the key, the context or a single bit is another one */
export function unseal(key: Uint8Array, { nonce, ciphertext }: Sealed, context: readonly string[]): Buffer {
  if (nonce.length !== NONCE_BYTES || ciphertext.length < TAG_BYTES) throw new Error('a sealed value is cut off');
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(associated(context));
  const end = ciphertext.length - TAG_BYTES;
  decipher.setAuthTag(ciphertext.subarray(end));
  return Buffer.concat([decipher.update(ciphertext.subarray(0, end)), decipher.final()]);
}

/** Each part with its length, so that ["a", "bc"] and ["ab", "c"] differ. */
function associated(context: readonly string[]): Buffer {
  return Buffer.from(JSON.stringify(context), 'utf8');
}

/**
 * Wraps a data key to a machine's public key: X25519 with an ephemeral key, HKDF-SHA256 (RFC 5869), AES-256-GCM, as in
 * ECIES. Layout: format (1), ephemeral public key (32), nonce (12), wrapped key (32), tag (16).
 */
export function wrapKey(dataKey: Uint8Array, publicKeyPem: string, context: readonly string[]): Buffer {
  const theirs = createPublicKey(publicKeyPem);
  const ephemeral = generateKeyPairSync('x25519');
  const ours = rawPublic(ephemeral.publicKey);
  const secret = diffieHellman({ privateKey: ephemeral.privateKey, publicKey: theirs });
  const { nonce, ciphertext } = seal(wrappingKey(secret, ours, rawPublic(theirs)), dataKey, context);
  return Buffer.concat([Buffer.of(FORMAT), ours, nonce, ciphertext]);
}

/** @throws Error when it was wrapped for another key or context, or altered */
export function unwrapKey(wrapped: Uint8Array, privateKey: KeyObject, context: readonly string[]): Buffer {
  const bytes = Buffer.from(wrapped);
  const length = 1 + X25519_BYTES + NONCE_BYTES + KEY_BYTES + TAG_BYTES;
  if (bytes.length !== length || bytes[0] !== FORMAT) throw new Error('a wrapped key of an unknown format');
  const theirs = bytes.subarray(1, 1 + X25519_BYTES);
  const publicKey = createPublicKey({
    format: 'jwk',
    key: { kty: 'OKP', crv: 'X25519', x: theirs.toString('base64url') },
  });
  const key = wrappingKey(diffieHellman({ privateKey, publicKey }), theirs, rawPublic(createPublicKey(privateKey)));
  const at = 1 + X25519_BYTES;
  const sealed = { nonce: bytes.subarray(at, at + NONCE_BYTES), ciphertext: bytes.subarray(at + NONCE_BYTES) };
  return unseal(key, sealed, context);
}

function wrappingKey(secret: Buffer, ephemeral: Buffer, recipient: Buffer): Buffer {
  const salt = Buffer.concat([ephemeral, recipient]);
  return Buffer.from(hkdfSync('sha256', secret, salt, 'transplant data key', KEY_BYTES));
}

function rawPublic(key: KeyObject): Buffer {
  const { x } = key.export({ format: 'jwk' });
  return Buffer.from(x ?? '', 'base64url');
}

/** A keyed mark over parts, to recognise what a holder of the data key has approved. */
export function mark(dataKey: Uint8Array, parts: readonly string[]): Buffer {
  const key = Buffer.from(hkdfSync('sha256', dataKey, '', 'transplant approval', KEY_BYTES));
  return createHmac('sha256', key).update(associated(parts)).digest();
}

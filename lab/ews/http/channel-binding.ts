import { createHash, type X509Certificate } from 'node:crypto';

/**
 * The MD5 of gss_channel_bindings_struct for `tls-server-end-point` (RFC 5929 4, [MS-NLMP] 2.2.2.1 MsvAvChannelBindings):
 * addresses empty, application data the prefix and the certificate's digest with the digest of its own signature, MD5
 * and SHA-1 raised to SHA-256.
 */
export function endPointBinding(certificate: X509Certificate): Uint8Array {
  const algorithm = /sha(384|512)/i.exec(certificate.signatureAlgorithm ?? '')?.[0].toLowerCase() ?? 'sha256';
  const data = Buffer.concat([
    Buffer.from('tls-server-end-point:', 'latin1'),
    createHash(algorithm).update(certificate.raw).digest(),
  ]);
  const struct = Buffer.alloc(20 + data.length);
  struct.writeUInt32LE(data.length, 16);
  data.copy(struct, 20);
  return createHash('md5').update(struct).digest();
}

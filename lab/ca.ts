import 'reflect-metadata';
import { type webcrypto, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';

/** A key and its certificate, PEM. */
export interface Credential {
  key: string;
  cert: string;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const day = 86_400_000;

/** The SHA-256 fingerprint of a PEM certificate, 64 lower-case hex digits: what `--pin` takes. */
export function fingerprint(pem: string): string {
  return new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase();
}

/** The lab's own certificate authority, kept in a folder as `ca.pem` and `ca.key`. */
export class LabCa {
  private readonly dir: string;
  private readonly certificate: x509.X509Certificate;
  private readonly keys: webcrypto.CryptoKeyPair;
  /** Path of the CA's certificate, for clients. */
  readonly file: string;

  private constructor(dir: string, certificate: x509.X509Certificate, keys: webcrypto.CryptoKeyPair) {
    this.dir = dir;
    this.certificate = certificate;
    this.keys = keys;
    this.file = join(dir, 'ca.pem');
  }

  /** Opens the CA of a folder; makes a new one where there is none or it ends within a week. */
  static async open(dir: string, name: string): Promise<LabCa> {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const [certFile, keyFile] = [join(dir, 'ca.pem'), join(dir, 'ca.key')];
    if (existsSync(certFile) && existsSync(keyFile)) {
      const certificate = new x509.X509Certificate(readFileSync(certFile, 'utf8'));
      if (certificate.notAfter.getTime() > Date.now() + 7 * day) {
        const privateKey = await importKey(readFileSync(keyFile, 'utf8'));
        const publicKey = await certificate.publicKey.export(algorithm, ['verify']);
        return new LabCa(dir, certificate, { privateKey, publicKey });
      }
    }
    const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: serial(),
      name: `CN=${name}, O=Transplant lab`,
      notBefore: new Date(Date.now() - day),
      notAfter: new Date(Date.now() + 730 * day),
      signingAlgorithm: algorithm,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    writeWhole(keyFile, await exportKey(keys.privateKey), 0o600);
    writeWhole(certFile, pem(certificate), 0o644);
    return new LabCa(dir, certificate, keys);
  }

  get pem(): string {
    return pem(this.certificate);
  }

  /**
   * A server certificate for names and addresses, kept in the folder under `id` and used again while it is of this CA,
   * names the same hosts and lasts at least a week. The PEM holds the CA's certificate after it.
   */
  async server(id: string, hosts: readonly string[]): Promise<Credential> {
    const [certFile, keyFile] = [join(this.dir, `${id}.pem`), join(this.dir, `${id}.key`)];
    if (existsSync(certFile) && existsSync(keyFile)) {
      const cert = readFileSync(certFile, 'utf8');
      if (await this.isOurs(cert, hosts)) return { cert, key: readFileSync(keyFile, 'utf8') };
    }
    const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: serial(),
      subject: `CN=${hosts[0] ?? 'localhost'}, O=Transplant lab`,
      issuer: this.certificate.subject,
      notBefore: new Date(Date.now() - day),
      notAfter: new Date(Math.min(Date.now() + 365 * day, this.certificate.notAfter.getTime())),
      signingAlgorithm: algorithm,
      publicKey: keys.publicKey,
      signingKey: this.keys.privateKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(hosts.map((value) => ({ type: isIP(value) ? 'ip' : 'dns', value }))),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
        await x509.AuthorityKeyIdentifierExtension.create(this.certificate),
      ],
    });
    const credential = { key: await exportKey(keys.privateKey), cert: `${pem(certificate)}${this.pem}` };
    writeWhole(keyFile, credential.key, 0o600);
    writeWhole(certFile, credential.cert, 0o644);
    return credential;
  }

  private async isOurs(cert: string, hosts: readonly string[]): Promise<boolean> {
    const certificate = new X509Certificate(cert);
    const lasts = new Date(certificate.validTo).getTime() > Date.now() + 7 * day;
    const names = hosts.every((host) => (isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host)));
    return lasts && names && certificate.verify(new X509Certificate(this.pem).publicKey);
  }
}

function serial(): string {
  // Positive and never zero at the front, as DER's integers need it.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}

function pem(certificate: x509.X509Certificate): string {
  return `${certificate.toString('pem').trim()}\n`;
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return `${x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`;
}

async function importKey(text: string): Promise<webcrypto.CryptoKey> {
  const [der] = x509.PemConverter.decode(text);
  if (!der) throw new Error('the key file of the CA holds no key');
  return crypto.subtle.importKey('pkcs8', der, algorithm, true, ['sign']);
}

/** A file that is there is whole: written beside and renamed. */
function writeWhole(file: string, text: string, mode: number): void {
  writeFileSync(`${file}.new`, text, { mode });
  renameSync(`${file}.new`, file);
}

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RECIPIENT_ATTRIBUTES } from '../../core/directory/attributes.ts';

/** OpenLDAP's server with the attributes that discovery reads, filled offline. */
export interface Slapd {
  url: string;
  caFile: string;
  ca: string;
  baseDn: string;
  user: string;
  password: string;
  /** Certificate and key of a client that may sign in by SASL EXTERNAL as `user`. */
  client: { certPem: string; keyPem: string };
  pid: number;
  stop(): Promise<void>;
}

const PASSWORD = 'bench-secret';
/** Attributes that OpenLDAP brings itself, or that stand in core.schema. */
const HERE = new Set(
  'objectClass cn sn givenName initials title description telephoneNumber facsimileTelephoneNumber streetAddress postOfficeBox l st postalCode c physicalDeliveryOfficeName mail member'
    .split(' ')
    .map((name) => name.toLowerCase()),
);
const BINARY = new Set([
  'objectGUID',
  'objectSid',
  'msExchMailboxGuid',
  'msExchArchiveGUID',
  'msExchMasterAccountSid',
  'msExchMailboxSecurityDescriptor',
  'sIDHistory',
]);

/** What Active Directory's classes may have, as a schema that slapd reads; OIDs are private ones. */
function schema(): string {
  const attributes = [...RECIPIENT_ATTRIBUTES, 'objectCategory', 'nETBIOSName'].filter(
    (a) => !HERE.has(a.toLowerCase()),
  );
  const lines = attributes.map((name, i) => {
    const syntax = BINARY.has(name)
      ? 'EQUALITY octetStringMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.40'
      : 'EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15';
    return `attributetype ( 1.3.6.1.4.1.99999.1.${i + 1} NAME '${name}' ${syntax} )`;
  });
  const may = [...attributes, ...HERE].filter((name) => name !== 'objectClass' && name !== 'objectclass').join(' $ ');
  const classes = ['user', 'contact', 'group', 'computer', 'publicFolder', 'msExchDynamicDistributionList'].map(
    (name, i) => `objectclass ( 1.3.6.1.4.1.99999.2.${i + 1} NAME '${name}' SUP top STRUCTURAL MAY ( ${may} ) )`,
  );
  return [...lines, ...classes].join('\n');
}

export interface SlapdOptions {
  /** What it holds; the entry itself is made. */
  base: string;
  /** Further entries as LDIF, one after the other, loaded before it starts. */
  entries: Iterable<string>;
  /** A loopback address of its own, for servers on one port. */
  host?: string;
  port?: number;
}

/** Starts a server. Suites that call it are declared with `describeWith(['slapd', 'openssl'], …)`. */
export async function startSlapd({ base, entries, host = '127.0.0.1', port }: SlapdOptions): Promise<Slapd> {
  const folder = mkdtempSync(join(tmpdir(), 'transplant-slapd-'));
  mkdirSync(join(folder, 'db'));
  certificates(folder, host);
  writeFileSync(join(folder, 'ad.schema'), schema());
  writeFileSync(join(folder, 'slapd.conf'), configuration(folder, base));
  await writeLdif(join(folder, 'entries.ldif'), base, entries);
  ended(spawnSync('slapadd', ['-q', '-f', join(folder, 'slapd.conf'), '-l', join(folder, 'entries.ldif')]));
  const url = `ldaps://${host}:${port ?? (await freePort())}`;
  const child = spawn('slapd', ['-f', join(folder, 'slapd.conf'), '-h', url, '-d', '0'], { stdio: 'ignore' });
  const stop = async () => {
    const exit = once(child, 'exit');
    if (child.exitCode === null && child.kill()) await exit;
    rmSync(folder, { recursive: true, force: true });
  };
  const caFile = join(folder, 'ca.pem');
  for (let tries = 0; !answers(url, caFile); tries++) {
    if (tries === 100 || child.exitCode !== null) {
      await stop();
      throw new Error('slapd does not answer');
    }
    await sleep(100);
  }
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  const client = { certPem: read('client.pem'), keyPem: read('client.key') };
  const user = `cn=reader,${base}`;
  return { url, caFile, ca: read('ca.pem'), baseDn: base, user, password: PASSWORD, client, pid: child.pid ?? 0, stop };
}

function configuration(folder: string, base: string): string {
  return `
include /etc/ldap/schema/core.schema
include ${join(folder, 'ad.schema')}
moduleload back_mdb
TLSCACertificateFile ${join(folder, 'ca.pem')}
TLSCertificateFile ${join(folder, 'server.pem')}
TLSCertificateKeyFile ${join(folder, 'server.key')}
TLSVerifyClient try
authz-regexp "cn=reader" "cn=reader,${base}"
sizelimit unlimited
defaultsearchbase "${base}"
database mdb
suffix "${base}"
rootdn "cn=reader,${base}"
rootpw ${PASSWORD}
directory ${join(folder, 'db')}
maxsize 4294967296
dbnosync
index objectClass eq
`;
}

/** An authority of its own, and the server's and a client's certificate by it. */
function certificates(folder: string, host: string): void {
  const openssl = (...args: string[]) => ended(spawnSync('openssl', args, { cwd: folder }));
  const key = ['-newkey', 'rsa:2048', '-nodes'];
  openssl('req', '-x509', ...key, '-days', '2', '-subj', '/CN=bench authority', '-keyout', 'ca.key', '-out', 'ca.pem');
  writeFileSync(join(folder, 'server.ext'), `subjectAltName=IP:${host}`);
  writeFileSync(join(folder, 'client.ext'), 'extendedKeyUsage=clientAuth');
  for (const [name, subject] of [['server', `/CN=${host}`] as const, ['client', '/CN=reader'] as const]) {
    openssl('req', ...key, '-subj', subject, '-keyout', `${name}.key`, '-out', `${name}.csr`);
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-days',
      '2',
      '-extfile',
      `${name}.ext`,
      '-out',
      `${name}.pem`,
    );
  }
}

function ended(run: { status: number | null; stderr: Buffer; error?: Error | undefined }): void {
  if (run.error) throw run.error;
  if (run.status !== 0) throw new Error(run.stderr.toString().slice(-2000));
}

async function writeLdif(file: string, base: string, ldif: Iterable<string>): Promise<void> {
  const out = createWriteStream(file);
  const dc = /^dc=([^,]*)/i.exec(base)?.[1] ?? 'x';
  out.write(`dn: ${base}\nobjectClass: top\nobjectClass: organization\nobjectClass: dcObject\no: bench\ndc: ${dc}\n\n`);
  for (const entry of ldif) if (!out.write(`${entry}\n\n`)) await once(out, 'drain');
  out.end();
  await once(out, 'finish');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address ? address.port : 0;
}

function answers(url: string, ca: string): boolean {
  const env = { ...process.env, LDAPTLS_CACERT: ca };
  return spawnSync('ldapsearch', ['-x', '-H', url, '-s', 'base', '-b', '', '1.1'], { env }).status === 0;
}

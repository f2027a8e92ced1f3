import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Certificates by OpenSSL's own commands, as an administrator makes them. */
export class Certificates {
  readonly dir = mkdtempSync(join(tmpdir(), 'transplant-tls-'));

  #run(args: string[]): void {
    const { status, stderr } = spawnSync('openssl', args, { cwd: this.dir, encoding: 'utf8' });
    if (status !== 0) throw new Error(`openssl ${args.join(' ')}: ${stderr}`);
  }

  /** An authority; its certificate is NAME.pem. */
  authority(name: string): string {
    this.#run([
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '365',
      '-subj',
      `/CN=${name}`,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.pem`,
    ]);
    return readFileSync(join(this.dir, `${name}.pem`), 'utf8');
  }

  /** A certificate for names like `IP:127.0.0.1` or `DNS:mail.example`; without an authority it is self-signed. */
  issue(
    name: string,
    options: { names: string; authority?: string; from?: string; to?: string; extra?: string[] },
  ): { cert: string; key: string } {
    const { authority, names, from, to, extra = [] } = options;
    const key = ['-newkey', 'rsa:2048', '-nodes', '-subj', `/CN=${name}`, '-keyout', `${name}.key`];
    if (authority && from && to) {
      this.#run(['req', '-new', ...key, '-out', `${name}.csr`]);
      this.#sign(name, authority, names, ['-startdate', from, '-enddate', to]);
    } else {
      const signing = authority ? ['-CA', `${authority}.pem`, '-CAkey', `${authority}.key`] : [];
      const extensions = [`subjectAltName=${names}`, 'basicConstraints=critical,CA:FALSE', ...extra];
      const added = extensions.flatMap((text) => ['-addext', text]);
      this.#run(['req', '-x509', ...key, '-days', '200', ...signing, ...added, '-out', `${name}.pem`]);
    }
    return { cert: join(this.dir, `${name}.pem`), key: join(this.dir, `${name}.key`) };
  }

  /** `openssl ca` is the command of OpenSSL 3.0 that takes dates. */
  #sign(name: string, authority: string, names: string, dates: string[]): void {
    const config = [
      '[ca]',
      'default_ca = own',
      '[own]',
      `new_certs_dir = ${this.dir}`,
      `database = ${join(this.dir, 'index.txt')}`,
      'rand_serial = yes',
      'default_md = sha256',
      'policy = any',
      'x509_extensions = leaf',
      '[any]',
      'commonName = supplied',
      '[leaf]',
      'basicConstraints = critical,CA:FALSE',
      `subjectAltName = ${names}`,
    ];
    writeFileSync(join(this.dir, 'ca.conf'), config.join('\n'));
    writeFileSync(join(this.dir, 'index.txt'), '');
    const by = ['-cert', `${authority}.pem`, '-keyfile', `${authority}.key`];
    this.#run([
      'ca',
      '-batch',
      '-notext',
      '-config',
      'ca.conf',
      ...by,
      ...dates,
      '-in',
      `${name}.csr`,
      '-out',
      `${name}.pem`,
    ]);
  }

  close(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** `openssl s_server` on a free port, with the versions that `flags` name. */
export async function opensslServer(
  certificate: { cert: string; key: string },
  flags: string[] = [],
  at: { host?: string; port?: number } = {},
): Promise<{ port: number; stop(): void }> {
  const host = at.host ?? '127.0.0.1';
  const port = at.port ?? (await freePort());
  const args = [
    's_server',
    '-accept',
    `${host}:${port}`,
    '-cert',
    certificate.cert,
    '-key',
    certificate.key,
    '-quiet',
    ...flags,
  ];
  const server = spawn('openssl', args, { stdio: ['pipe', 'ignore', 'pipe'] });
  let said = '';
  server.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const deadline = performance.now() + 10_000;
  while (!(await answers(host, port))) {
    if (server.exitCode !== null || performance.now() > deadline)
      throw new Error(`openssl s_server did not start: ${said}`);
  }
  return { port, stop: () => server.kill('SIGKILL') };
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => setTimeout(() => resolve(false), 20));
  });
}

/** A port that nothing listens on at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

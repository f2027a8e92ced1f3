import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ALL_ROWS } from '../../core/preflight/ports/attempts.ts';
import { writePortHosts } from '../../core/preflight/ports/hosts.ts';
import { type Forest, startForests } from '../support/forests.ts';
import { describeWith } from '../support/parts.ts';
import { Certificates } from './tls-servers.ts';
import { find, makeWorld, sambaConfig, type World } from './world.ts';

const SECRET = { user: 'svc-secret-7f3a', password: 'N3ver-leave-5b1d!' };

/** Every form in which a name or a password may be hidden in bytes. */
function traces(bytes: Buffer): string[] {
  const forms = (text: string): [string, Buffer][] => {
    const joined = `${SECRET.user}@source.test:${SECRET.password}`;
    return [
      ['plain', Buffer.from(text)],
      ['utf-16', Buffer.from(text, 'utf16le')],
      ['base64', Buffer.from(Buffer.from(text).toString('base64').replace(/=+$/, ''))],
      ['basic', Buffer.from(Buffer.from(joined).toString('base64'))],
      ['hex', Buffer.from(Buffer.from(text).toString('hex'))],
    ];
  };
  return [SECRET.user, SECRET.password].flatMap((text) =>
    forms(text).flatMap(([name, form]) => (bytes.includes(form) ? [`${text} as ${name}`] : [])),
  );
}

/** A machine that takes everything on the ports of the table and keeps what it is told. */
class Recorder {
  readonly heard: { from: string; bytes: Buffer }[] = [];
  readonly #close: (() => void)[] = [];

  async listen(host: string, ports: { port: number; protocol: 'tcp' | 'udp' }[]): Promise<void> {
    await Promise.all(
      ports.map(({ port, protocol }) => (protocol === 'tcp' ? this.tcp(host, port) : this.#udp(host, port))),
    );
  }

  /** @param lure what it says first, to make a client go on */
  tcp(host: string, port: number, lure = ''): Promise<number> {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      if (lure) socket.write(lure);
      socket.on('data', (bytes) => this.heard.push({ from: `tcp ${host}:${port}`, bytes }));
    });
    this.#close.push(() => server.close());
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        const address = server.address();
        resolve(typeof address === 'object' && address ? address.port : port);
      });
    });
  }

  /** A TLS server that says `answer` to whatever it is asked, and keeps what came through the encryption. */
  tls(host: string, credentials: { key: Buffer; cert: Buffer }, answer: string): Promise<number> {
    const server = createTlsServer(credentials, (socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (bytes) => {
        this.heard.push({ from: `tls ${host}`, bytes });
        if (answer) socket.end(answer);
      });
    });
    server.on('tlsClientError', () => undefined);
    this.#close.push(() => server.close());
    return new Promise((resolve) => {
      server.listen(0, host, () => {
        const address = server.address();
        resolve(typeof address === 'object' && address ? address.port : 0);
      });
    });
  }

  #udp(host: string, port: number): Promise<void> {
    const socket = createSocket('udp4');
    socket.on('message', (bytes) => this.heard.push({ from: `udp ${host}:${port}`, bytes }));
    this.#close.push(() => socket.close());
    return new Promise((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(port, host, resolve);
    });
  }

  close(): void {
    for (const close of this.#close.splice(0)) close();
  }
}

describe('credentials', () => {
  const certificates = new Certificates();
  const recorders: Recorder[] = [];
  let world: World | undefined;
  const recorder = (): Recorder => {
    const made = new Recorder();
    recorders.push(made);
    return made;
  };
  afterEach(async () => {
    await world?.close();
    for (const one of recorders.splice(0)) one.close();
  });
  afterAll(() => certificates.close());
  const logins = { source: { any: { user: `${SECRET.user}@source.test`, password: SECRET.password } } };

  it('never reach a server whose certificate is not trusted, nor one that offers no encryption', async () => {
    const ear = recorder();
    const own = certificates.issue('own', { names: 'IP:127.0.0.1' });
    const credentials = { key: readFileSync(own.key), cert: readFileSync(own.cert) };
    const ews = await ear.tls(
      '127.0.0.1',
      credentials,
      'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n',
    );
    const ldap = await ear.tcp('127.0.0.1', 0);
    world = await makeWorld(
      [
        {
          name: 'source',
          role: 'source',
          config: { ewsUrl: `https://127.0.0.1:${ews}/EWS/Exchange.asmx`, ldapUrl: `ldap://127.0.0.1:${ldap}` },
        },
      ],
      logins,
    );
    const { results } = await world.run({ groups: ['accounts', 'exchange', 'tls', 'ports'], limitMs: 800 });
    expect(find(results, 'exchange.connect').finding.outcome).toBe('failed');
    expect(find(results, 'accounts.directory').finding.outcome).toBe('failed');
    expect(ear.heard.length).toBeGreaterThan(0);
    expect(ear.heard.flatMap(({ from, bytes }) => traces(bytes).map((trace) => `${from}: ${trace}`))).toEqual([]);
  });

  it('do not follow a redirect to another host', async () => {
    const ear = recorder();
    certificates.authority('authority');
    const good = certificates.issue('good', { names: 'IP:127.0.0.1,IP:127.0.3.9', authority: 'authority' });
    const credentials = { key: readFileSync(good.key), cert: readFileSync(good.cert) };
    const stranger = recorder();
    const elsewhere = await stranger.tls(
      '127.0.3.9',
      credentials,
      'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n',
    );
    const ews = await ear.tls(
      '127.0.0.1',
      credentials,
      `HTTP/1.1 302 Found\r\nLocation: https://127.0.3.9:${elsewhere}/EWS/Exchange.asmx\r\nContent-Length: 0\r\n\r\n`,
    );
    world = await makeWorld(
      [
        {
          name: 'source',
          role: 'source',
          config: {
            ewsUrl: `https://127.0.0.1:${ews}/EWS/Exchange.asmx`,
            caPem: readFileSync(`${certificates.dir}/authority.pem`, 'utf8'),
          },
        },
      ],
      logins,
    );
    await world.run({ groups: ['accounts', 'exchange', 'tls'], limitMs: 1000 });
    expect(ear.heard.length).toBeGreaterThan(0);
    expect(stranger.heard).toEqual([]);
  });
});

describe('the code of preflight', () => {
  it('has no operation that changes anything', () => {
    const root = fileURLToPath(new URL('../../core/preflight/', import.meta.url));
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.ts') && !file.endsWith('.test.ts'),
    );
    expect(files.length).toBeGreaterThan(40);
    const operations = new Set<string>();
    for (const file of files) {
      const text = readFileSync(`${root}${file}`, 'utf8');
      for (const [, name] of text.matchAll(/operation: '(\w+)'/g)) operations.add(name ?? '');
      expect(text, file).not.toMatch(/client\.(?:add|modify|modifyDN|del|exop)\(/);
      expect(text, file).not.toMatch(/<m:(?:Create|Update|Delete|Move|Copy|Empty|Upload|Send|Add|Remove|Set)/);
    }
    expect([...operations].sort()).toEqual(['FindFolder', 'FindItem', 'GetFolder']);
  });
});

describeWith(['samba', 'ldb-tools', 'ldapsearch', 'openssl'], 'a whole preflight against a real forest', () => {
  let samba: Forest;
  let stop: (() => Promise<void>) | undefined;
  let world: World;
  const ear = new Recorder();
  /** A machine that is no part of the project: it stands for an end of the matrix, and is never signed in to. */
  const STRANGER = '127.0.3.7';

  beforeAll(async () => {
    const started = await startForests(['source']);
    ({ source: samba } = started.forests);
    stop = started.stop;
    const user = `dn: CN=${SECRET.user},CN=Users,${samba.baseDn}\nobjectClass: user\nsAMAccountName: ${SECRET.user}\nuserPrincipalName: ${SECRET.user}@source.test\nuserAccountControl: 512\nunicodePwd:: ${Buffer.from(`"${SECRET.password}"`, 'utf16le').toString('base64')}\n`;
    ldap('ldapadd', [], user);
    world = await makeWorld([{ name: 'source', role: 'source', config: sambaConfig(samba) }], {
      source: { any: { user: `${SECRET.user}@source.test`, password: SECRET.password } },
    });
    const ports = ALL_ROWS.filter(({ from, portTo }) => from === 'console' && portTo === undefined).flatMap(
      ({ protocols, port }) => protocols.map((protocol) => ({ port, protocol })),
    );
    const more = [123, 137, 138, 464].map((port) => ({ port, protocol: 'udp' as const }));
    const unique = new Map(
      [...ports, ...more, { port: 464, protocol: 'tcp' as const }].map((one) => [`${one.protocol} ${one.port}`, one]),
    );
    await ear.listen(STRANGER, [...unique.values()]);
  }, 180_000);
  afterAll(async () => {
    ear.close();
    await world?.close();
    await stop?.();
  });

  function ldap(program: string, args: string[], input = ''): string {
    const { status, stdout, stderr } = spawnSync(
      program,
      ['-x', '-H', samba.url, '-D', samba.administrator, '-w', samba.password, ...args],
      { input, encoding: 'utf8', maxBuffer: 200_000_000, env: { ...process.env, LDAPTLS_REQCERT: 'never' } },
    );
    if (status !== 0) throw new Error(`${program}: ${stderr}`);
    return stdout;
  }

  /** Everything there is, tombstones too, without what a logon itself leaves behind. */
  function snapshot(): string {
    const bases = [samba.baseDn, `CN=Configuration,${samba.baseDn}`];
    return bases
      .map((base) =>
        ldap('ldapsearch', [
          '-LLL',
          '-o',
          'ldif-wrap=no',
          '-b',
          base,
          '-E',
          'pr=1000/noprompt',
          '-E',
          '!1.2.840.113556.1.4.417',
          '(objectClass=*)',
        ]),
      )
      .join('\n')
      .split('\n')
      .filter(
        (line) =>
          !/^(?:lastLogon|lastLogonTimestamp|logonCount|badPasswordTime|badPwdCount|uSNChanged|whenChanged|# )/.test(
            line,
          ),
      )
      .join('\n');
  }

  it('changes nothing there, and tells its password to nobody else', async () => {
    await writePortHosts(world.store, {
      sourceExchange: [STRANGER],
      targetExchange: [STRANGER],
      targetDc: [STRANGER],
      targetSmtp: [STRANGER],
      sourceDns: [STRANGER],
      sql: [STRANGER],
    });
    const before = snapshot();
    const { results, counts } = await world.run({ limitMs: 1500 });
    expect(counts.passed).toBeGreaterThan(20);
    expect(find(results, 'accounts.directory').finding.outcome).toBe('passed');
    expect(snapshot()).toBe(before);
    // The stranger was asked on dozens of ports, in the language of each service, and heard no name and no password.
    expect(new Set(ear.heard.map(({ from }) => from)).size).toBeGreaterThan(15);
    expect(ear.heard.flatMap(({ from, bytes }) => traces(bytes).map((trace) => `${from}: ${trace}`))).toEqual([]);
    // Nor does any of it stand in the results.
    expect(traces(Buffer.from(JSON.stringify(results))).filter((trace) => trace.startsWith(SECRET.password))).toEqual(
      [],
    );
  }, 120_000);
});

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startForests } from '../support/forests.ts';
import { describeWith } from '../support/parts.ts';
import { Certificates, freePort, opensslServer } from './tls-servers.ts';
import { find, makeWorld, outcome, sambaConfig } from './world.ts';

const DAY = 86_400_000;
const stamp = (ms: number): string => new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, '');

describeWith('openssl', 'preflight tells TLS servers right', () => {
  const certificates = new Certificates();
  const stops: (() => void)[] = [];
  let ca = '';
  let good: { cert: string; key: string };

  beforeAll(() => {
    ca = certificates.authority('authority');
    good = certificates.issue('good', {
      names: 'IP:127.0.0.1',
      authority: 'authority',
      extra: ['crlDistributionPoints=URI:http://crl.example/a.crl', 'authorityInfoAccess=OCSP;URI:http://ocsp.example'],
    });
  });
  afterAll(() => {
    for (const stop of stops) stop();
    certificates.close();
  });

  /** Verdicts about one server, as the forest's EWS endpoint; nothing speaks EWS there, TLS is all that is asked for. */
  async function check(port: number, trust: { caPem?: string; pins?: string[] } = { caPem: ca }, limitMs = 4000) {
    const world = await makeWorld(
      [{ name: 'a', role: 'source', config: { ewsUrl: `https://127.0.0.1:${port}/EWS/Exchange.asmx`, ...trust } }],
      {},
    );
    try {
      return (await world.run({ groups: ['tls'], limitMs })).results;
    } finally {
      await world.close();
    }
  }
  async function serve(certificate: { cert: string; key: string }, flags: string[] = []): Promise<number> {
    const { port, stop } = await opensslServer(certificate, flags);
    stops.push(stop);
    return port;
  }

  it('a good one passes everything', async () => {
    const results = await check(await serve(good));
    for (const id of [
      'tls.version',
      'tls.cipher',
      'tls.certificate.trust',
      'tls.certificate.name',
      'tls.certificate.dates',
      'tls.certificate.revocation',
    ]) {
      expect(outcome(results, id), id).toBe('passed');
    }
    expect(find(results, 'tls.certificate.revocation').finding).toMatchObject({
      evidence: ['CRL http://crl.example/a.crl', 'OCSP http://ocsp.example'],
    });
    expect(find(results, 'tls.certificate.trust').finding).toMatchObject({
      evidence: expect.arrayContaining([expect.stringContaining('CN=good < CN=authority')]),
    });
  });

  it('one that speaks TLS 1.0 alone fails, and is not called unreachable; its certificate is seen all the same', async () => {
    const results = await check(await serve(good, ['-tls1', '-cipher', 'ALL:@SECLEVEL=0']));
    const version = find(results, 'tls.version');
    expect(version.finding).toMatchObject({
      outcome: 'failed',
      evidence: [
        expect.stringMatching(/^TLS 1\.0: accepted/),
        expect.stringMatching(/^TLS 1\.1: refused/),
        expect.stringMatching(/^TLS 1\.2: refused/),
        expect.stringMatching(/^TLS 1\.3: refused/),
      ],
      remedy: { script: { shell: 'powershell' } },
    });
    expect(version.blocks).toBe(true);
    expect(outcome(results, 'tls.certificate.trust')).toBe('passed');
    expect(outcome(results, 'tls.cipher')).toBe('notTried');
  });

  it('one without forward secrecy is warned about', async () => {
    const results = await check(await serve(good, ['-tls1_2', '-cipher', 'AES256-SHA']));
    expect(outcome(results, 'tls.version')).toBe('passed');
    expect(find(results, 'tls.cipher').finding).toMatchObject({
      outcome: 'warning',
      evidence: [expect.stringContaining('no forward secrecy')],
    });
  });

  it('an expired, a future, and a soon ending certificate', async () => {
    const now = Date.now();
    const make = (name: string, from: number, to: number) =>
      certificates.issue(name, {
        names: 'IP:127.0.0.1',
        authority: 'authority',
        from: stamp(now + from * DAY),
        to: stamp(now + to * DAY),
      });
    const expired = await check(await serve(make('expired', -30, -2)));
    expect(find(expired, 'tls.certificate.dates').finding).toMatchObject({
      outcome: 'failed',
      evidence: [expect.stringContaining('ended 2 days ago')],
    });
    // The time is told by one check, not by all of them.
    expect(outcome(expired, 'tls.certificate.trust')).toBe('passed');
    expect(outcome(expired, 'tls.certificate.name')).toBe('passed');
    const future = await check(await serve(make('future', 5, 30)));
    expect(outcome(future, 'tls.certificate.dates')).toBe('failed');
    expect(outcome(future, 'tls.certificate.trust')).toBe('passed');
    const soon = await check(await serve(make('soon', -300, 12)));
    expect(outcome(soon, 'tls.certificate.dates')).toBe('warning');
  });

  it('a certificate of another name', async () => {
    const results = await check(
      await serve(certificates.issue('other', { names: 'DNS:mail.elsewhere.example', authority: 'authority' })),
    );
    expect(find(results, 'tls.certificate.name').finding).toMatchObject({
      outcome: 'failed',
      evidence: [expect.stringContaining('mail.elsewhere.example')],
    });
    expect(outcome(results, 'tls.certificate.trust')).toBe('passed');
  });

  it('a self-signed certificate, until it is pinned; a pin of another certificate', async () => {
    const own = certificates.issue('own', { names: 'DNS:anything.example' });
    const port = await serve(own);
    const unpinned = await check(port);
    expect(find(unpinned, 'tls.certificate.trust').finding).toMatchObject({
      outcome: 'failed',
      evidence: expect.arrayContaining(['The certificate is self-signed.']),
    });
    const { stdout } = spawnSync('openssl', ['x509', '-in', own.cert, '-noout', '-fingerprint', '-sha256'], {
      encoding: 'utf8',
    });
    const pin = stdout.trim().split('=')[1]?.replaceAll(':', '').toLowerCase() ?? '';
    expect(JSON.stringify(find(unpinned, 'tls.certificate.trust').finding)).toContain(`--pin ${pin}`);
    const pinned = await check(port, { pins: ['0'.repeat(64), pin] });
    expect(outcome(pinned, 'tls.certificate.trust')).toBe('passed');
    expect(outcome(pinned, 'tls.certificate.name')).toBe('passed');
    const mispinned = await check(port, { pins: ['0'.repeat(64)], caPem: readFileSync(own.cert, 'utf8') });
    expect(outcome(mispinned, 'tls.certificate.trust')).toBe('failed');
  });

  it('an unknown authority', async () => {
    certificates.authority('stranger');
    const port = await serve(certificates.issue('strange', { names: 'IP:127.0.0.1', authority: 'stranger' }));
    expect(outcome(await check(port), 'tls.certificate.trust')).toBe('failed');
  });

  it('a closed port, one that is silent, and one where another service speaks', async () => {
    const closed = await check(await freePort());
    expect(find(closed, 'tls.version').finding).toMatchObject({
      outcome: 'failed',
      evidence: [expect.stringContaining('cannot be reached')],
    });
    expect(outcome(closed, 'tls.certificate.trust')).toBe('notTried');
    const servers: Server[] = [];
    const listen = async (greeting: string): Promise<number> => {
      const server = createServer((socket) => {
        socket.on('error', () => undefined);
        if (greeting) socket.write(greeting);
      });
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const address = server.address();
      return typeof address === 'object' && address ? address.port : 0;
    };
    const ssh = await check(await listen('SSH-2.0-OpenSSH_9\r\n'));
    expect(find(ssh, 'tls.version').finding).toMatchObject({
      outcome: 'failed',
      evidence: [expect.stringContaining('not TLS')],
    });
    const silent = await check(await listen(''), { caPem: ca }, 700);
    expect(find(silent, 'tls.version').finding).toMatchObject({
      outcome: 'failed',
      evidence: [expect.stringContaining('no answer')],
    });
    for (const server of servers) server.close();
  });

  it('SMTP with STARTTLS, and SMTP without', async () => {
    const credentials = { key: readFileSync(good.key), cert: readFileSync(good.cert) };
    for (const offered of [true, false]) {
      const smtp = new SMTPServer({
        ...credentials,
        authOptional: true,
        logger: false,
        ...(offered ? {} : { disabledCommands: ['STARTTLS'] }),
      });
      smtp.on('error', () => undefined);
      await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', resolve));
      const address = smtp.server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      const world = await makeWorld(
        [{ name: 'a', role: 'target', config: { smtp: { host: '127.0.0.1', port }, caPem: ca } }],
        {},
      );
      const { results } = await world.run({ groups: ['tls'] });
      expect(outcome(results, 'tls.version', 'SMTP')).toBe(offered ? 'passed' : 'failed');
      expect(outcome(results, 'tls.certificate.trust', 'SMTP')).toBe(offered ? 'passed' : 'notTried');
      await world.close();
      await new Promise<void>((resolve) => smtp.close(resolve));
    }
  });
});

describeWith(['samba', 'ldb-tools', 'ldapsearch', 'openssl'], 'a domain controller that speaks TLS 1.0 alone', () => {
  it('is told so, with the remedy, and is not called unreachable', async () => {
    const { forests, stop } = await startForests(['source'], { SOURCE_TLS: 'NORMAL:-VERS-ALL:+VERS-TLS1.0' });
    const world = await makeWorld([{ name: 'source', role: 'source', config: sambaConfig(forests.source) }], {
      source: { any: { user: forests.source.administrator, password: forests.source.password } },
    });
    try {
      const { results } = await world.run({ groups: ['tls', 'accounts'] });
      for (const service of ['LDAP', 'Global catalog']) {
        expect(find(results, 'tls.version', service).finding).toMatchObject({
          outcome: 'failed',
          evidence: expect.arrayContaining([expect.stringMatching(/^TLS 1\.0: accepted/)]),
        });
        expect(find(results, 'tls.old-versions', service).finding.outcome).toBe('warning');
      }
      // The login is refused by us for the sake of TLS; it is not tried with less.
      const login = find(results, 'accounts.directory').finding;
      expect(login.outcome).toBe('failed');
      expect(JSON.stringify(login)).toMatch(/TLS/);
    } finally {
      await world.close();
      await stop();
    }
  }, 180_000);
});

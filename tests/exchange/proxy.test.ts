import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { discoverEws } from '../../core/exchange/autodiscover/autodiscover.ts';
import { openEwsStore } from '../../core/exchange/ews/ews-store.ts';
import { oauthSignIn } from '../../core/exchange/ews/oauth.ts';
import { proxyFor } from '../../core/exchange/proxy.ts';
import { PASSWORD, startOrganisation, type TestOrganisation } from '../../lab/ews/testing/organisation.ts';
import { describeWith } from '../support/parts.ts';
import { startTokenEndpoint } from './token-endpoint.ts';

/** Everything that goes to Exchange, through a proxy that asks for a password: Debian's tinyproxy. */
const LOGIN = { user: 'svc', password: 'pr0xy-Pass' };
let dir = '';
let organisation: TestOrganisation;
let proxy: ChildProcess | undefined;
let port = 0;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

async function answers(at: number): Promise<void> {
  for (const end = Date.now() + 10_000; Date.now() < end; ) {
    const socket = connect(at, '127.0.0.1');
    const up = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (up) return;
    await delay(50);
  }
  throw new Error('the proxy does not answer');
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'proxy-'));
  organisation = await startOrganisation();
  port = await freePort();
  const configuration = [
    `Port ${port}`,
    'Listen 127.0.0.1',
    'Timeout 60',
    'MaxClients 50',
    'LogLevel Connect',
    `LogFile "${join(dir, 'proxy.log')}"`,
    `BasicAuth ${LOGIN.user} ${LOGIN.password}`,
  ];
  writeFileSync(join(dir, 'proxy.conf'), `${configuration.join('\n')}\n`);
  proxy = spawn('tinyproxy', ['-d', '-c', join(dir, 'proxy.conf')], { stdio: 'ignore' });
  proxy.on('error', () => undefined);
  if (proxy.pid !== undefined) await answers(port);
});
afterAll(async () => {
  proxy?.kill();
  await organisation?.close();
  rmSync(dir, { recursive: true, force: true });
});

const settings = (more: Parameters<typeof proxyFor>[1] = {}) => ({
  proxy: `http://127.0.0.1:${port}`,
  login: LOGIN,
  ...more,
});
const open = (proxySettings: Parameters<typeof proxyFor>[1], scheme: 'basic' | 'ntlm' = 'basic') =>
  openEwsStore({
    url: `${organisation.url}/EWS/Exchange.asmx`,
    ca: organisation.ca,
    auth: { kind: 'password', user: 'svc@source.test', password: PASSWORD, scheme },
    address: 'anna@source.test',
    proxy: proxyFor('localhost', proxySettings),
    restMs: 5,
  });
const log = (): string => readFileSync(join(dir, 'proxy.log'), 'utf8');
const tunnels = (): number => log().match(/CONNECT localhost:\d+ HTTP/g)?.length ?? 0;

describeWith('tinyproxy', 'through a proxy', () => {
  test('EWS by Basic and by NTLM, which stays bound to its tunnel and its certificate', async () => {
    const before = tunnels();
    expect((await open(settings()).distinguished('inbox'))?.name).toBe('Inbox');
    expect((await open(settings(), 'ntlm').distinguished('inbox'))?.name).toBe('Inbox');
    expect(tunnels()).toBeGreaterThanOrEqual(before + 2);
  });

  test('without the password it is refused, and the person is told that it was the proxy', async () => {
    await expect(open(settings({ login: undefined })).distinguished('inbox')).rejects.toThrow(
      /through the proxy 127\.0\.0\.1.*status 407/,
    );
    const wrong = await open(settings({ login: { user: 'svc', password: 'wrong-secret' } }))
      .distinguished('inbox')
      .catch((error: unknown) => String(error));
    expect(wrong).toContain('401');
    expect(wrong).not.toContain('wrong-secret');
  });

  test('a host that is named is reached directly', async () => {
    const before = tunnels();
    expect((await open(settings({ bypass: ['localhost'] })).distinguished('inbox'))?.name).toBe('Inbox');
    expect(tunnels()).toBe(before);
  });

  test('Autodiscover and tokens go the same way', async () => {
    const before = tunnels();
    const found = await discoverEws({
      address: 'anna@source.test',
      auth: { kind: 'password', user: 'svc@source.test', password: PASSWORD },
      connectionPoints: [`${organisation.url}/Autodiscover/Autodiscover.xml`],
      domains: ['source.test'],
      ca: organisation.ca,
      proxy: proxyFor('localhost', settings()),
    });
    expect(found.url).toContain('/EWS/Exchange.asmx');
    const registration = { tenant: 't', clientId: 'c', secret: 's', scope: 'https://x/.default' };
    const endpoint = await startTokenEndpoint(dir, registration);
    try {
      const application = {
        ...registration,
        authority: endpoint.authority,
        credential: { kind: 'secret', secret: 's' } as const,
      };
      const auth = oauthSignIn(application, { ca: endpoint.ca, proxy: proxyFor('localhost', settings()) });
      expect(endpoint.isValid(await auth.token(undefined, false))).toBe(true);
    } finally {
      endpoint.close();
    }
    expect(tunnels()).toBeGreaterThanOrEqual(before + 2);
  });
});

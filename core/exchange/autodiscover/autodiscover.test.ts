import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { LabCa } from '../../../lab/ca.ts';
import { PASSWORD, startOrganisation, type TestOrganisation } from '../../../lab/ews/testing/organisation.ts';
import { askSoap } from './ask.ts';
import { type AutodiscoverFailed, type AutodiscoverRequest, discoverEws } from './autodiscover.ts';
import { isLinkLocal, isOrganisationDomain } from './hosts.ts';

/** Against the lab's Autodiscover, and against servers that send us where we must not go. */
const HOSTS = ['autodiscover.corp.test', 'corp.test', 'mail.corp.test', 'elsewhere.example'];
const OUTLOOK = 'http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a';

interface Seen {
  host: string;
  path: string;
  authorization: string | undefined;
}
type Handler = (request: IncomingMessage, response: ServerResponse) => void;

let dir = '';
let ca: LabCa;
let server: Server;
let port = 0;
let seen: Seen[] = [];
let handler: Handler = () => undefined;
const auth = { kind: 'password', user: 'svc@corp.test', password: 'pw', scheme: 'basic' } as const;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'autodiscover-'));
  ca = await LabCa.open(dir, 'Test CA');
  const credential = await ca.server('all', HOSTS);
  server = createServer(credential, (request, response) => {
    seen.push({
      host: String(request.headers.host).replace(/:\d+$/, ''),
      path: request.url ?? '',
      authorization: request.headers.authorization,
    });
    request.resume();
    request.on('end', () => handler(request, response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterEach(() => {
  seen = [];
  handler = () => undefined;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(dir, { recursive: true, force: true });
});

const request = (more: Partial<AutodiscoverRequest> = {}): AutodiscoverRequest => ({
  address: 'anna@corp.test',
  auth,
  domains: ['corp.test'],
  ca: ca.pem,
  port,
  lookup: async () => ['127.0.0.1'],
  timeoutMs: 2_000,
  ...more,
});
const pox = (account: string): string =>
  `<?xml version="1.0"?><Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006"><Response xmlns="${OUTLOOK}"><Account>${account}</Account></Response></Autodiscover>`;
const settings = (url: string): string =>
  pox(`<Action>settings</Action><Protocol><Type>EXCH</Type><EwsUrl>${url}</EwsUrl></Protocol>`);
const answer = (response: ServerResponse, status: number, body: string, headers: Record<string, string> = {}): void => {
  response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers });
  response.end(body);
};
const failure = async (more: Partial<AutodiscoverRequest> = {}): Promise<AutodiscoverFailed> => {
  try {
    const found = await discoverEws(request(more));
    throw new Error(`found ${found.url}`);
  } catch (error) {
    return error as AutodiscoverFailed;
  }
};

describe('what is found', () => {
  test('plain XML from a service connection point, before anything else', async () => {
    handler = (_, response) => answer(response, 200, settings('https://mail.corp.test/EWS/Exchange.asmx'));
    const found = await discoverEws(
      request({ connectionPoints: [`https://mail.corp.test:${port}/Autodiscover/Autodiscover.xml`] }),
    );
    expect(found).toMatchObject({
      url: 'https://mail.corp.test/EWS/Exchange.asmx',
      how: `Autodiscover (plain XML) at mail.corp.test:${port}, by service connection point`,
    });
    expect(seen.map((s) => s.path)).toEqual(['/Autodiscover/Autodiscover.xml']);
  });

  test('an address elsewhere in the organisation is followed, a circle is left', async () => {
    handler = (_, response) =>
      answer(response, 200, pox('<Action>redirectAddr</Action><RedirectAddr>anna@corp.test</RedirectAddr>'));
    const error = await failure({ address: 'anna@mail.corp.test', domains: ['corp.test'] });
    expect(error.name).toBe('AutodiscoverFailed');
    expect(seen.length).toBeLessThan(30);
  });

  test('without credentials only version 2 is asked', async () => {
    handler = (_, response) =>
      answer(response, 200, JSON.stringify({ Protocol: 'EWS', Url: 'https://mail.corp.test/EWS/Exchange.asmx' }));
    const found = await discoverEws(request({ auth: undefined }));
    expect(found.how).toContain('version 2');
    expect(seen.map((s) => s.authorization)).toEqual([undefined]);
  });
});

describe('where nothing is sent', () => {
  test('a redirect to another host is not followed, and the person is told which host to allow', async () => {
    handler = (_, response) =>
      answer(response, 302, '', { location: `https://elsewhere.example:${port}/autodiscover/autodiscover.xml` });
    const error = await failure();
    expect(error.consent).toEqual(['elsewhere.example']);
    expect(seen.some((s) => s.host === 'elsewhere.example')).toBe(false);
    expect(error.text.next).toContain('--allow-host');
    handler = (req, response) =>
      String(req.headers.host).startsWith('elsewhere')
        ? answer(response, 200, settings('https://elsewhere.example/EWS/Exchange.asmx'))
        : answer(response, 302, '', { location: `https://elsewhere.example:${port}/autodiscover/autodiscover.xml` });
    const found = await discoverEws(request({ allowedHosts: ['elsewhere.example'] }));
    expect(found.url).toBe('https://elsewhere.example/EWS/Exchange.asmx');
  });

  test('not even to another host of the same domain', async () => {
    handler = (_, response) => answer(response, 302, '', { location: `https://mail.corp.test:${port}/x.xml` });
    await failure();
    expect(seen.filter((s) => s.host === 'mail.corp.test')).toEqual([]);
  });

  test('an EWS address of another organisation or over plain HTTP is not taken', async () => {
    for (const url of ['https://elsewhere.example/EWS/Exchange.asmx', 'http://mail.corp.test/EWS/Exchange.asmx']) {
      handler = (_, response) => answer(response, 200, settings(url));
      expect((await failure()).steps.join('\n')).toContain('which is not taken');
    }
  });

  test('a circle of redirects ends', async () => {
    let round = 0;
    handler = (_, response) => answer(response, 302, '', { location: `/round/${round++}` });
    const error = await failure();
    expect(error.steps.join()).toContain('given up after 10 redirects');
    expect(seen.length).toBeLessThan(40);
  });

  test('link-local addresses, top-level domains and other organisations', async () => {
    expect((await failure({ lookup: async () => ['169.254.1.1'] })).steps.join()).toContain('link-local');
    expect((await failure({ lookup: async () => ['fe80::1'] })).steps.join()).toContain('link-local');
    expect((await failure({ address: 'anna@test', domains: ['test'] })).steps.join()).toContain(
      'no domain of an organ',
    );
    expect(seen).toEqual([]);
    handler = (_, response) =>
      answer(response, 200, pox('<Action>redirectAddr</Action><RedirectAddr>anna@elsewhere.example</RedirectAddr>'));
    const error = await failure();
    expect(error.consent).toEqual(['elsewhere.example']);
    expect(seen.some((s) => s.host.includes('elsewhere'))).toBe(false);
    expect([isLinkLocal('::ffff:169.254.7.7'), isLinkLocal('10.0.0.1'), isOrganisationDomain('10.0.0.1')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  test('a refused sign-in is not tried again anywhere', async () => {
    handler = (_, response) => answer(response, 401, '', { 'www-authenticate': 'Basic realm="x"' });
    await failure();
    const tries = seen.filter((s) => s.authorization !== undefined);
    expect(tries.length).toBeLessThanOrEqual(2);
    expect(new Set(tries.map((s) => s.host + s.path)).size).toBe(1);
  });

  test('hostile answers are survived', async () => {
    for (const body of [
      '',
      '<',
      '<!DOCTYPE x [<!ENTITY a "b">]><Autodiscover>&a;</Autodiscover>',
      '{"Url":7}',
      'x'.repeat(2_000_000),
    ]) {
      handler = (_, response) => answer(response, 200, body);
      expect((await failure()).name).toBe('AutodiscoverFailed');
    }
  });
});

describe("the lab's Autodiscover", () => {
  let organisation: TestOrganisation;
  beforeAll(async () => {
    organisation = await startOrganisation();
  });
  afterAll(() => organisation.close());

  test('answers by plain XML and by SOAP', async () => {
    const auth = { kind: 'password', user: 'svc@source.test', password: PASSWORD } as const;
    const found = await discoverEws({
      address: 'anna@source.test',
      auth,
      connectionPoints: [`${organisation.url}/Autodiscover/Autodiscover.xml`],
      domains: ['source.test'],
      ca: organisation.ca,
    });
    expect(found).toMatchObject({ url: `${organisation.url}/EWS/Exchange.asmx` });
    expect(found.how).toContain('plain XML');
    const ask = (address: string) =>
      askSoap(`${organisation.url}/autodiscover/autodiscover.svc`, {
        address,
        auth,
        ca: organisation.ca,
        server: '127.0.0.1',
        timeoutMs: 2_000,
      });
    expect(await ask('anna@source.test')).toEqual({ kind: 'url', url: `${organisation.url}/EWS/Exchange.asmx` });
    expect(await ask('nobody@source.test')).toEqual({ kind: 'nothing', reason: 'InvalidUser' });
  });

  test('answers by version 2 without a sign-in', async () => {
    const found = await discoverEws({
      address: 'anna@source.test',
      connectionPoints: [`${organisation.url}/Autodiscover/Autodiscover.xml`],
      domains: ['source.test'],
      ca: organisation.ca,
    });
    expect(found.how).toContain('version 2');
  });
});

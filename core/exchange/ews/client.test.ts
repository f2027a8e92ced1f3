import { mkdtempSync, rmSync } from 'node:fs';
import { ClientRequest, createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { fingerprint, LabCa } from '../../../lab/ca.ts';
import {
  AnswerTimedOut,
  AuthenticationFailed,
  CertificateRejected,
  ConnectionLost,
  ExchangeUnreachable,
  UnexpectedStatus,
} from '../errors.ts';
import { Pace } from '../pace.ts';
import type { EwsClientConfig } from './client.ts';
import { ErrorAccessDenied } from './codes.ts';
import { EwsServer } from './ews-store.ts';

const NS = 'http://schemas.microsoft.com/exchange/services/2006';
const envelope = (body: string): string =>
  `<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>${body}</s:Body></s:Envelope>`;
const folderAnswer = envelope(
  `<m:GetFolderResponse xmlns:m="${NS}/messages" xmlns:t="${NS}/types"><m:ResponseMessages><m:GetFolderResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode><m:Folders><t:Folder><t:FolderId Id="F1" ChangeKey="C"/><t:DisplayName>Inbox</t:DisplayName></t:Folder></m:Folders></m:GetFolderResponseMessage></m:ResponseMessages></m:GetFolderResponse>`,
);
const busyFault = envelope(
  `<s:Fault><faultcode>a:ErrorServerBusy</faultcode><faultstring>busy</faultstring><detail><e:ResponseCode xmlns:e="${NS}/errors">ErrorServerBusy</e:ResponseCode><t:MessageXml xmlns:t="${NS}/types"><t:Value Name="BackOffMilliseconds">60</t:Value></t:MessageXml></detail></s:Fault>`,
);

type Handler = (request: IncomingMessage, response: ServerResponse, body: string, count: number) => void;

let dir: string;
let ca: LabCa;
let server: Server;
let url: string;
let handler: Handler;
let requests: { authorization: string | undefined; port: number | undefined; body: string }[] = [];
const open: EwsServer[] = [];

const xml = (response: ServerResponse, text: string, status = 200): void => {
  response.writeHead(status, { 'content-type': 'text/xml; charset=utf-8' }).end(text);
};

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'ews-client-'));
  ca = await LabCa.open(dir, 'Test CA');
  const credential = await ca.server('server', ['127.0.0.1', 'localhost']);
  server = createServer({ key: credential.key, cert: credential.cert }, (request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (piece: string) => {
      body += piece;
    });
    request.on('end', () => {
      if (request.method === 'GET') {
        response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
        return;
      }
      requests.push({ authorization: request.headers.authorization, port: request.socket.remotePort, body });
      handler(request, response, body, requests.length);
    });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/EWS/Exchange.asmx`;
});
afterEach(() => {
  vi.restoreAllMocks();
  requests = [];
  for (const one of open.splice(0)) one.close();
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  rmSync(dir, { recursive: true, force: true });
});

function inbox(config: Partial<EwsClientConfig> = {}, then: Handler = (_, response) => xml(response, folderAnswer)) {
  handler = then;
  const ews = new EwsServer({
    url,
    ca: ca.pem,
    auth: { kind: 'password', user: 'svc@source.test', password: 'geheim-7' },
    restMs: 2,
    ...config,
  });
  open.push(ews);
  return ews.mailbox({ address: 'anna@source.test' }).distinguished('inbox');
}

describe('trust', () => {
  test('a CA, or a pinned certificate, and nothing else', async () => {
    const { cert } = await ca.server('server', ['127.0.0.1', 'localhost']);
    expect((await inbox())?.id).toBe('F1');
    expect((await inbox({ ca: undefined, pin: fingerprint(cert).toUpperCase() }))?.id).toBe('F1');
    const before = requests.length;
    await expect(inbox({ ca: undefined })).rejects.toThrow(CertificateRejected);
    await expect(inbox({ ca: undefined, pin: '00'.repeat(32) })).rejects.toThrow(CertificateRejected);
    expect(requests.length).toBe(before);
  });

  test('plain HTTP is refused before anything is sent', () => {
    expect(() => inbox({ url: 'http://127.0.0.1/EWS/Exchange.asmx' })).toThrow(/plain HTTP is refused/);
  });

  test('a proxy carries the tunnel, TLS goes through it end to end', async () => {
    const authorities: string[] = [];
    const proxy = createHttp().on('connect', (request, socket) => {
      authorities.push(`${request.url} ${request.headers['proxy-authorization'] ?? ''}`);
      const { hostname, port } = new URL(`https://${request.url}`);
      const out = connect(Number(port), hostname, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        out.pipe(socket).pipe(out);
      });
    });
    await new Promise<void>((ready) => proxy.listen(0, '127.0.0.1', ready));
    const address = `http://user:pa%40ss@127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    expect((await inbox({ proxy: address }))?.id).toBe('F1');
    expect(authorities[0]).toBe(`${new URL(url).host} Basic ${Buffer.from('user:pa@ss').toString('base64')}`);
    proxy.closeAllConnections();
    proxy.close();
  });
});

describe('sign-in', () => {
  test('a wrong password is asked for twice at most, and is in no text', async () => {
    const failed = inbox({}, (_, response) => response.writeHead(401).end());
    await expect(failed).rejects.toThrow(AuthenticationFailed);
    await expect(failed).rejects.not.toThrow(/geheim/);
    expect(requests.length).toBe(2);
  });

  test('a 401 in the middle of a run is survived', async () => {
    handler = (_, response, __, count) => (count === 2 ? response.writeHead(401).end() : xml(response, folderAnswer));
    const then = handler;
    const ews = new EwsServer({ url, ca: ca.pem, auth: { kind: 'password', user: 'u', password: 'p' } });
    open.push(ews);
    const box = ews.mailbox({ address: 'anna@source.test' });
    handler = then;
    for (let i = 0; i < 3; i++) expect((await box.distinguished('inbox'))?.id).toBe('F1');
    expect(requests.length).toBe(4);
  });

  test('a redirect is not followed: the credentials stay here', async () => {
    const elsewhere = inbox({}, (_, response) => response.writeHead(302, { location: 'https://evil.test/' }).end());
    await expect(elsewhere).rejects.toThrow(/evil\.test/);
    await expect(elsewhere).rejects.toThrow(UnexpectedStatus);
  });
});

describe('a server in trouble', () => {
  test('busy in a 500, inside a 200, and 503: waited for, and nothing is sent inside the pause', async () => {
    const times: number[] = [];
    const busyInside = folderAnswer
      .replace('ResponseClass="Success"', 'ResponseClass="Error"')
      .replace(
        '<m:ResponseCode>NoError</m:ResponseCode>',
        '<m:MessageText>busy</m:MessageText><m:ResponseCode>ErrorServerBusy</m:ResponseCode><m:MessageXml><t:Value Name="BackOffMilliseconds">60</t:Value></m:MessageXml>',
      )
      .replace(/<m:Folders>.*<\/m:Folders>/, '<m:Folders/>');
    const folder = await inbox({}, (_, response, __, count) => {
      times.push(performance.now());
      if (count === 1) xml(response, busyFault, 500);
      else if (count === 2) xml(response, busyInside);
      else if (count === 3) response.writeHead(503, { 'retry-after': '0' }).end();
      else xml(response, folderAnswer);
    });
    expect(folder?.id).toBe('F1');
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(55);
    expect((times[2] ?? 0) - (times[1] ?? 0)).toBeGreaterThanOrEqual(55);
  });

  test('reading is repeated after a cut answer, a dropped connection and a broken document', async () => {
    const folder = await inbox({}, (_, response, __, count) => {
      if (count === 1) {
        response.writeHead(200, { 'content-type': 'text/xml', 'content-length': 10_000 });
        response.write(folderAnswer.slice(0, 200), () => response.destroy());
      } else if (count === 2) response.destroy();
      else if (count === 3) xml(response, folderAnswer.slice(0, -30));
      else xml(response, folderAnswer);
    });
    expect(folder?.id).toBe('F1');
    expect(requests.length).toBe(4);
  });

  test('writing is not repeated when its end is unknown', async () => {
    handler = (_, response) => response.destroy();
    const ews = new EwsServer({ url, ca: ca.pem, auth: { kind: 'password', user: 'u', password: 'p' } });
    open.push(ews);
    const box = ews.mailbox({ address: 'anna@source.test' });
    await expect(box.createFolders('F1', [{ name: 'x', folderClass: '' }])).rejects.toThrow(ConnectionLost);
    expect(requests.length).toBe(1);
  });

  test('an answer that does not come is given up; one that goes nowhere is told apart from one that was lost', async () => {
    const late = inbox({ idleTimeoutMs: 30, patienceMs: 1 }, () => undefined);
    await expect(late).rejects.toThrow(AnswerTimedOut);
    await expect(inbox({ url: 'https://127.0.0.1:9/EWS/Exchange.asmx' })).rejects.toThrow(ExchangeUnreachable);
  });

  test('the server s own no is an error of its code, and cancelling ends at once', async () => {
    const denied = envelope(
      `<s:Fault><faultcode>a:ErrorAccessDenied</faultcode><faultstring>no</faultstring><detail><e:ResponseCode xmlns:e="${NS}/errors">ErrorAccessDenied</e:ResponseCode></detail></s:Fault>`,
    );
    handler = (_, response) => xml(response, denied, 500);
    const ews = new EwsServer({ url, ca: ca.pem, auth: { kind: 'password', user: 'u', password: 'p' } });
    open.push(ews);
    const box = ews.mailbox({ address: 'anna@source.test' });
    await expect(box.getFolders(['F1'])).rejects.toBeInstanceOf(ErrorAccessDenied);
    handler = () => undefined;
    const abort = new AbortController();
    const waiting = box.getFolders(['F1'], { signal: abort.signal });
    setImmediate(() => abort.abort(new Error('told to stop')));
    await expect(waiting).rejects.toThrow('told to stop');
  });
});

describe('connections', () => {
  test('are kept, and many requests share as many as the pace allows', async () => {
    handler = (_, response) => xml(response, folderAnswer);
    const ews = new EwsServer({
      url,
      ca: ca.pem,
      auth: { kind: 'password', user: 'u', password: 'p', scheme: 'basic' },
      pace: new Pace({ max: 3, start: 3 }),
    });
    open.push(ews);
    const box = ews.mailbox({ address: 'anna@source.test' });
    await Promise.all(Array.from({ length: 30 }, () => box.distinguished('inbox')));
    expect(new Set(requests.map((r) => r.port)).size).toBeLessThanOrEqual(3);
  });
});

test('a parent whose subfolders cannot be listed for a moment is asked for again, not taken for one without any', async () => {
  const folder = (id: string, children: number) =>
    `<t:Folder><t:FolderId Id="${id}" ChangeKey="C"/><t:DisplayName>${id}</t:DisplayName><t:ChildFolderCount>${children}</t:ChildFolderCount></t:Folder>`;
  const ok = (operation: string, inner: string) =>
    `<m:${operation}ResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>${inner}</m:${operation}ResponseMessage>`;
  const page = (folders: string) =>
    ok('FindFolder', `<m:RootFolder IncludesLastItemInRange="true"><t:Folders>${folders}</t:Folders></m:RootFolder>`);
  const later =
    '<m:FindFolderResponseMessage ResponseClass="Error"><m:ResponseCode>ErrorMailboxStoreUnavailable</m:ResponseCode></m:FindFolderResponseMessage>';
  const below: Record<string, string> = {
    root: folder('A', 1) + folder('B', 1),
    A: folder('A1', 0),
    B: folder('B1', 0),
  };
  let refused = 0;
  handler = (_, response, body) => {
    const answer = (operation: string, messages: string) =>
      xml(
        response,
        envelope(
          `<m:${operation}Response xmlns:m="${NS}/messages" xmlns:t="${NS}/types"><m:ResponseMessages>${messages}</m:ResponseMessages></m:${operation}Response>`,
        ),
      );
    if (!body.includes('<m:FindFolder ')) {
      answer('GetFolder', ok('GetFolder', `<m:Folders>${folder('root', 2)}</m:Folders>`));
      return;
    }
    const parents = [...body.matchAll(/<t:FolderId Id="([^"]+)"/g)].map(([, id]) => id ?? '');
    answer('FindFolder', parents.map((id) => (id === 'B' && refused++ < 2 ? later : page(below[id] ?? ''))).join(''));
  };
  const auth = { kind: 'password', user: 'u', password: 'p', scheme: 'basic' } as const;
  const ews = new EwsServer({ url, ca: ca.pem, auth, restMs: 2 });
  open.push(ews);
  const found: string[] = [];
  for await (const { id } of ews.mailbox({ address: '', publicFolders: true }).folders('publicFolders')) found.push(id);
  expect(found.sort()).toEqual(['A', 'A1', 'B', 'B1', 'root']);
});

test('a change whose last bytes were taken just before the connection broke is in doubt, and not sent again', async () => {
  // A process that was frozen, or is busy, hears of the break before it hears that its last bytes had gone.
  const { write } = ClientRequest.prototype;
  let handed = 0;
  vi.spyOn(ClientRequest.prototype, 'write').mockImplementation(function (this: ClientRequest, ...args: unknown[]) {
    handed += (args[0] as Uint8Array).length;
    const isLast = handed === Number(this.getHeader('content-length'));
    return Reflect.apply(write, this, isLast ? args.slice(0, 1) : args) as boolean;
  });
  handler = (_, response) => response.socket?.destroy();
  const ews = new EwsServer({
    url,
    ca: ca.pem,
    auth: { kind: 'password', user: 'svc@source.test', password: 'geheim-7' },
    restMs: 2,
  });
  open.push(ews);
  const box = ews.mailbox({ address: 'anna@source.test' });
  const content = { form: 'stream' as const, parts: [new Uint8Array(30)], size: 30 };
  const item = { folderId: 'F1', content, associated: false, itemClass: 'IPM.Note' };
  await expect(box.write([item])).rejects.toThrow(ConnectionLost);
  expect(requests).toHaveLength(1);
});

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { LabCa } from '../../lab/ca.ts';
import { openTestStore, testDialects } from '../../tests/support/stores.ts';
import { EwsServer } from '../exchange/ews/ews-store.ts';
import { insertMany } from '../store/bulk.ts';
import { addForest } from '../store/forests.ts';
import { backOffEndpoint, endpointShares, listEndpointLimits, setEndpointLimit } from '../store/limits.ts';
import { claim, enqueue } from '../store/queue.ts';
import type { Store } from '../store/store.ts';
import { EndpointPaces } from './endpoint-paces.ts';

const NS = 'http://schemas.microsoft.com/exchange/services/2006';
const envelope = (body: string) =>
  `<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>${body}</s:Body></s:Envelope>`;
const folder = envelope(
  `<m:GetFolderResponse xmlns:m="${NS}/messages" xmlns:t="${NS}/types"><m:ResponseMessages><m:GetFolderResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode><m:Folders><t:Folder><t:FolderId Id="F1" ChangeKey="C"/><t:DisplayName>Inbox</t:DisplayName></t:Folder></m:Folders></m:GetFolderResponseMessage></m:ResponseMessages></m:GetFolderResponse>`,
);
const busy = (ms: number) =>
  envelope(
    `<s:Fault><faultcode>a:ErrorServerBusy</faultcode><faultstring>busy</faultstring><detail><e:ResponseCode xmlns:e="${NS}/errors">ErrorServerBusy</e:ResponseCode><t:MessageXml xmlns:t="${NS}/types"><t:Value Name="BackOffMilliseconds">${ms}</t:Value></t:MessageXml></detail></s:Fault>`,
  );

const LOOK_MS = 100;
/** What a server asks for: several times what it takes until the others have heard of it. */
const PAUSE_MS = { sqlite: 1_500, mssql: 6_000 };
const HOST = 'mail.source.test';
const URL_OF_HOST = `https://${HOST}/EWS/Exchange.asmx`;

async function machines(store: Store, count: number): Promise<void> {
  const rows = Array.from({ length: count }, (_, index) => ({
    id: index + 1,
    name: `w${index}`,
    name_key: `w${index}`,
    kind: 'worker',
    state: 'approved',
    public_key: '',
    fingerprint: '',
    version: '',
    facts: '{}',
    enrolled_at: 0,
    last_seen: 0,
  }));
  if (store.dialect === 'mssql') {
    // Numbers of its own making there: one by one, in order.
    for (const { id: _, ...row } of rows) await insertMany(store, store.db, 'machine', [row]);
  } else await insertMany(store, store.db, 'machine', rows);
}
const machineIds = async (store: Store) =>
  (await store.db.selectFrom('machine').select('id').orderBy('id').execute()).map(({ id }) => id);

describe.each(testDialects)('what machines share at an endpoint, on %s', (dialect) => {
  const pauseMs = PAUSE_MS[dialect];
  let store: Store;
  const open: EndpointPaces[] = [];
  const paces = () => {
    const made = new EndpointPaces(store, { lookMs: LOOK_MS });
    open.push(made);
    return made;
  };
  beforeEach(async () => {
    store = await openTestStore(dialect);
  });
  afterEach(async () => {
    for (const one of open.splice(0)) one.close();
    await store.close();
  });

  test('a pause lasts as long as the longest that was asked for, by the clock of the database', async () => {
    await backOffEndpoint(store, HOST, 60_000, 'busy');
    await backOffEndpoint(store, HOST, 5_000, 'busy again');
    const share = (await endpointShares(store, [HOST], false)).get(HOST);
    expect(share?.pauseMs).toBeGreaterThan(50_000);
    expect(share?.reason).toBe('busy');
    expect(await listEndpointLimits(store)).toEqual([expect.objectContaining({ endpoint: HOST, maxRunning: null })]);
  });

  test('many machines that are told at the same time write one row', async () => {
    await Promise.all(Array.from({ length: 8 }, (_, n) => backOffEndpoint(store, HOST, 1_000 * n, `told ${n}`)));
    const [limit, ...more] = await listEndpointLimits(store);
    expect(more).toEqual([]);
    expect(limit?.reason).toBe('told 7');
  });

  test('nobody claims work there before the pause is over, and other work goes on', async () => {
    await machines(store, 1);
    const [machineId = 0] = await machineIds(store);
    await enqueue(store, [
      { kind: 'sync', payload: { n: 1 }, sourceEndpoint: HOST },
      { kind: 'sync', payload: { n: 2 }, sourceEndpoint: 'other' },
    ]);
    await backOffEndpoint(store, HOST, 60_000, 'busy');
    const claims = await claim(store, { machineId, max: 10, leaseMs: 10_000 });
    expect(claims.map(({ payload }) => payload)).toEqual([{ n: 2 }]);
  });

  test('a limit is divided among the machines that work there; a new one begins with one connection', async () => {
    await machines(store, 2);
    const [one = 0, two = 0] = await machineIds(store);
    await store.db.transaction().execute((trx) => setEndpointLimit(store, HOST, 10, trx));
    const task = { kind: 'sync' as const, payload: {}, sourceEndpoint: HOST };
    await enqueue(store, [task, task]);
    const first = paces();
    await claim(store, { machineId: one, max: 1, leaseMs: 60_000 });
    const alone = await first.open(URL_OF_HOST, 'mailbox');
    expect(alone.state.max).toBe(10);
    await claim(store, { machineId: two, max: 1, leaseMs: 60_000 });
    const second = paces();
    const joined = await second.open(URL_OF_HOST, 'mailbox');
    expect(joined.state.max).toBe(1);
    await Promise.all([first.look(), second.look()]);
    expect([alone.state.max, joined.state.max]).toEqual([5, 5]);
  });

  test('paces that are opened side by side all begin within the limit', async () => {
    await store.db.transaction().execute((trx) => setEndpointLimit(store, HOST, 6, trx));
    const shared = paces();
    const opened = await Promise.all([1, 2, 3].map(() => shared.open(URL_OF_HOST, 'mailbox')));
    expect(opened.map(({ state }) => state.max)).toEqual([6, 6, 6]);
  });

  test('between two questions of a task nobody else of the process takes its part', async () => {
    await store.db.transaction().execute((trx) => setEndpointLimit(store, HOST, 6, trx));
    const shared = paces();
    const [mailbox, folders] = [await shared.open(URL_OF_HOST, 'mailbox'), await shared.open(URL_OF_HOST, 'account')];
    const leaves = [await mailbox.enter(), await folders.enter()];
    await shared.look();
    expect([mailbox.state.max, folders.state.max]).toEqual([3, 3]);
    for (const leave of leaves) leave('ok');
    const leave = await mailbox.enter();
    await shared.look();
    expect(mailbox.state.max).toBe(3);
    leave('ok');
  });

  test('content of workloads counts at the EWS hosts of the forests, whatever its tasks name', async () => {
    await machines(store, 2);
    const [one = 0, two = 0] = await machineIds(store);
    const reach = (ewsUrl: string) => ({ pins: [], smtpDomains: [], ewsUrl });
    await addForest(store, { name: 'a', role: 'source', config: reach(URL_OF_HOST) });
    await addForest(store, { name: 'b', role: 'target', config: reach('https://New.Target.test:8443/EWS/x') });
    await enqueue(store, [
      { kind: 'sync', payload: { n: 1 }, workloadId: 1, priority: 1, sourceEndpoint: 'server:old-ex01' },
      { kind: 'verify', payload: { n: 2 }, workloadId: 2, priority: 2 },
      { kind: 'verify', payload: { n: 3 }, workloadId: 3, priority: 3 },
      { kind: 'preflight', payload: { n: 4 }, priority: 4 },
    ]);
    await store.db.transaction().execute((trx) => setEndpointLimit(store, 'new.target.test:8443', 2, trx));
    const first = await claim(store, { machineId: one, max: 1, leaseMs: 60_000 });
    const second = await claim(store, { machineId: two, max: 9, leaseMs: 60_000 });
    const payloads = [...first, ...second].map(({ payload }) => payload);
    expect(payloads).toEqual([{ n: 1 }, { n: 2 }, { n: 4 }]);
    const share = (await endpointShares(store, ['new.target.test:8443'], false)).get('new.target.test:8443');
    expect(share).toMatchObject({ maxRunning: 2, machines: 2, publicFolderMachines: 1 });
    await backOffEndpoint(store, HOST, 60_000, 'busy');
    expect(await claim(store, { machineId: one, max: 9, leaseMs: 60_000 })).toEqual([]);
  });

  describe('with a server', () => {
    let dir: string;
    let ca: LabCa;
    let server: Server;
    let url: string;
    /** When requests came, by performance.now(), and from whom. */
    let seen: { at: number; user: string }[] = [];
    let answer: () => string = () => folder;

    beforeAll(async () => {
      dir = mkdtempSync(join(tmpdir(), 'paces-'));
      ca = await LabCa.open(dir, 'Test CA');
      const { key, cert } = await ca.server('server', ['127.0.0.1']);
      server = createServer({ key, cert }, (request, response) => {
        request.resume().on('end', () => {
          if (request.method === 'GET') {
            response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
            return;
          }
          const user = Buffer.from(`${request.headers.authorization}`.slice(6), 'base64').toString().split(':')[0];
          seen.push({ at: performance.now(), user: user ?? '' });
          const text = answer();
          response.writeHead(text === folder ? 200 : 500, { 'content-type': 'text/xml; charset=utf-8' }).end(text);
        });
      });
      await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
      url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/EWS/Exchange.asmx`;
    });
    afterAll(async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
      rmSync(dir, { recursive: true, force: true });
    });

    test('a pause that one worker is asked for holds the other one too', { timeout: 30_000 }, async () => {
      const worker = async (user: string) => {
        const pace = await paces().open(url, 'mailbox');
        return new EwsServer({ url, ca: ca.pem, auth: { kind: 'password', user, password: 'p' }, pace, restMs: 5 });
      };
      const [one, two] = [await worker('one'), await worker('two')];
      seen = [];
      answer = () => folder;
      const end = new AbortController();
      const keepAsking = async (ews: EwsServer, count: number) => {
        const mailbox = ews.mailbox({ address: 'anna@source.test' });
        for (let n = 0; n < count && !end.signal.aborted; n++) await mailbox.distinguished('inbox');
      };
      const asking = keepAsking(two, Number.POSITIVE_INFINITY);
      await expect.poll(() => seen.length, { timeout: 10_000 }).toBeGreaterThan(5);
      let refusedAt = 0;
      answer = () => {
        if (refusedAt > 0 || seen.at(-1)?.user !== 'one') return folder;
        refusedAt = performance.now();
        return busy(pauseMs);
      };
      await keepAsking(one, 1);
      await expect
        .poll(() => seen.filter(({ at }) => at > refusedAt + pauseMs).length, { timeout: 20_000 })
        .toBeGreaterThan(5);
      end.abort();
      await asking;
      one.close();
      two.close();
      // The other worker looks every 100 ms; what follows allows for a slow machine.
      const inside = seen.filter(({ at }) => at > refusedAt + pauseMs / 2 && at < refusedAt + pauseMs);
      expect(inside).toEqual([]);
      expect(seen.filter(({ at, user }) => user === 'two' && at > refusedAt + pauseMs)).not.toEqual([]);
    });
  });
});

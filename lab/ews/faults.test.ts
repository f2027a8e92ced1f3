import type { ClientRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { afterEach, describe, expect, test } from 'vitest';
import { type FaultPlanInput, parseFaults } from '../faults.ts';
import type { EwsOptions } from './context.ts';
import { all, codes, first, idAttributes, TestClient } from './testing/client.ts';
import { PASSWORD, startOrganisation, type TestOrganisation } from './testing/organisation.ts';

const open: { organisation: TestOrganisation; client: TestClient }[] = [];
afterEach(async () => {
  for (const { organisation, client } of open.splice(0)) {
    client.close();
    await organisation.close();
  }
});

async function start(rules: FaultPlanInput['rules'], options: Partial<EwsOptions> = {}, seed = 1) {
  const organisation = await startOrganisation({ faults: { seed, rules }, options });
  const client = new TestClient(organisation);
  open.push({ organisation, client });
  return { organisation, client };
}

const GET =
  '<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds><t:DistinguishedFolderId Id="inbox"/><t:DistinguishedFolderId Id="drafts"/></m:FolderIds></m:GetFolder>';
const create = async (client: TestClient, subject: string, itemClass = 'IPM.Note') =>
  first(
    (
      await client.call(
        `<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId><t:DistinguishedFolderId Id="inbox"/></m:SavedItemFolderId><m:Items><t:Message><t:ItemClass>${itemClass}</t:ItemClass><t:Subject>${subject}</t:Subject></t:Message></m:Items></m:CreateItem>`,
      )
    ).body,
    'ItemId',
  );

describe('trouble with calls', () => {
  test('busy as a SOAP fault, a given number of times', async () => {
    const { client } = await start([
      { operation: 'GetFolder', skip: 1, count: 2, fault: { kind: 'busy', backOffMs: 1234 } },
    ]);
    expect(codes(await client.call(GET))).toEqual(['NoError', 'NoError']);
    for (let i = 0; i < 2; i++) {
      const busy = await client.call(GET);
      expect([busy.status, first(busy.body, 'ResponseCode').text, first(busy.body, 'Value').text]).toEqual([
        500,
        'ErrorServerBusy',
        '1234',
      ]);
      expect(first(busy.body, 'Value').attributes.Name).toBe('BackOffMilliseconds');
    }
    expect(codes(await client.call(GET))).toEqual(['NoError', 'NoError']);
  });

  test('busy inside a 200, for each thing asked for', async () => {
    const { client } = await start([
      { operation: ['GetFolder', 'GetInboxRules'], count: 2, fault: { kind: 'busy', backOffMs: 77, form: 'http200' } },
    ]);
    const busy = await client.call(GET);
    expect([busy.status, codes(busy), all(busy.body, 'Value').map((v) => v.text)]).toEqual([
      200,
      ['ErrorServerBusy', 'ErrorServerBusy'],
      ['77', '77'],
    ]);
    expect((await client.call('<m:GetInboxRules/>')).status).toBe(500);
  });

  test('503, 401, latency', async () => {
    const { client } = await start([
      { operation: 'GetFolder', count: 1, fault: { kind: 'unavailable', retryAfterSeconds: 7 } },
      { operation: 'GetFolder', skip: 1, count: 1, fault: { kind: 'unauthorized' } },
      { operation: 'GetFolder', skip: 2, count: 1, fault: { kind: 'latency', ms: 150 } },
    ]);
    const raw = () => client.post(envelope(GET));
    const unavailable = await raw();
    expect([unavailable.status, unavailable.headers['retry-after']]).toEqual([503, '7']);
    expect((await raw()).status).toBe(401);
    const before = performance.now();
    expect((await raw()).status).toBe(200);
    expect(performance.now() - before).toBeGreaterThan(145);
  });

  test('connections dropped before, within and after the work', async () => {
    const { client, organisation } = await start([
      { operation: 'CreateFolder', count: 1, fault: { kind: 'drop', when: 'before' } },
      { operation: 'CreateFolder', skip: 1, count: 1, fault: { kind: 'drop', when: 'after' } },
      { operation: 'GetFolder', count: 1, fault: { kind: 'drop', when: 'middle' } },
    ]);
    const make = (name: string) =>
      client.call(
        `<m:CreateFolder><m:ParentFolderId><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderId><m:Folders><t:Folder><t:DisplayName>${name}</t:DisplayName></t:Folder></m:Folders></m:CreateFolder>`,
      );
    await expect(make('never')).rejects.toThrow();
    await expect(make('lost')).rejects.toThrow();
    await expect(client.call(GET)).rejects.toThrow();
    const inbox = organisation.store.distinguished(organisation.store.mailbox('anna@source.test')?.id ?? '', 'inbox');
    expect(organisation.store.children(inbox?.id ?? '', false).map((f) => f.displayName)).toEqual(['lost']);
  });

  test('an answer that ends early, one that drips', async () => {
    const { client } = await start([
      { operation: 'GetFolder', count: 1, fault: { kind: 'truncate', fraction: 0.7 } },
      { operation: 'GetFolder', skip: 1, count: 1, fault: { kind: 'slow', bytesPerSecond: 5000 } },
    ]);
    const cut = await client.post(envelope(GET));
    expect([cut.status, cut.text.endsWith('</s:Envelope>')]).toEqual([200, false]);
    const before = performance.now();
    expect((await client.post(envelope(GET))).text.endsWith('</s:Envelope>')).toBe(true);
    expect(performance.now() - before).toBeGreaterThan(150);
  });

  test('a stale sync state, and only where there was one', async () => {
    const { client } = await start([{ operation: 'SyncFolderItems', fault: { kind: 'staleSyncState' } }]);
    const sync = (state: string) =>
      client.call(
        `<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:SyncFolderId><t:DistinguishedFolderId Id="inbox"/></m:SyncFolderId>${state}<m:MaxChangesReturned>5</m:MaxChangesReturned></m:SyncFolderItems>`,
      );
    const beginning = await sync('');
    expect(codes(beginning)).toEqual(['NoError']);
    expect(codes(await sync(`<m:SyncState>${first(beginning.body, 'SyncState').text}</m:SyncState>`))).toEqual([
      'ErrorInvalidSyncStateData',
    ]);
  });

  test('any other code, and rules that look at the organisation and the mailbox', async () => {
    const { client } = await start([
      { organisation: 'target', fault: { kind: 'unavailable' } },
      { mailbox: 'bert@source.test', fault: { kind: 'error', code: 'ErrorMailboxMoveInProgress', scope: 'call' } },
    ]);
    expect(codes(await client.call(GET))).toEqual(['NoError', 'NoError']);
    const moved = await client.call(GET, { user: 'bert' });
    expect([moved.status, first(moved.body, 'ResponseCode').text]).toEqual([500, 'ErrorMailboxMoveInProgress']);
  });
});

describe('trouble with items', () => {
  const exportAll = (client: TestClient, ids: { attributes: Record<string, string> }[]) =>
    client.call(
      `<m:ExportItems><m:ItemIds>${ids.map((id) => `<t:ItemId Id="${id.attributes.Id}"/>`).join('')}</m:ItemIds></m:ExportItems>`,
    );

  test('a corrupt item stays the corrupt one', async () => {
    const { client } = await start([
      {
        operation: ['ExportItems', 'GetItem'],
        skip: 2,
        count: 1,
        fault: { kind: 'corruptItem', code: 'ErrorItemCorrupt' },
      },
    ]);
    const ids = [
      await create(client, '1'),
      await create(client, '2'),
      await create(client, '3'),
      await create(client, '4'),
    ];
    for (let i = 0; i < 2; i++)
      expect(codes(await exportAll(client, ids))).toEqual(['NoError', 'NoError', 'ErrorItemCorrupt', 'NoError']);
    const read = await client.call(
      `<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:ItemIds>${ids.map((id) => `<t:ItemId ${idAttributes(id)}/>`).join('')}</m:ItemIds></m:GetItem>`,
    );
    expect(codes(read)).toEqual(['NoError', 'NoError', 'ErrorItemCorrupt', 'NoError']);
  });

  test('exports that end early, marked in the text, in the bytes, or not at all', async () => {
    for (const form of ['text', 'bytes', 'silent'] as const) {
      const { client } = await start([{ operation: 'ExportItems', count: 1, fault: { kind: 'short', form } }]);
      const id = await create(client, 'short');
      const [cut, whole] = [await exportAll(client, [id]), await exportAll(client, [id])].map(
        (a) => first(a.body, 'Data').text,
      );
      const marked = (form === 'bytes' ? Buffer.from(cut ?? '', 'base64').toString('latin1') : (cut ?? '')).endsWith(
        '=== Truncated Data ===',
      );
      expect(marked).toBe(form !== 'silent');
      expect((cut ?? '').length).toBeLessThan((whole ?? '').length);
    }
  });

  test('by class and by search key', async () => {
    const { client } = await start([
      { itemClass: 'IPM.Note.Secure', fault: { kind: 'error', code: 'ErrorAccessDenied' } },
    ]);
    const [plain, secure] = [await create(client, 'p'), await create(client, 's', 'IPM.Note.Secure.Sign')];
    expect(codes(await exportAll(client, [plain, secure]))).toEqual(['NoError', 'ErrorAccessDenied']);
  });
});

describe('plans', () => {
  test('chance follows the seed', async () => {
    const run = async (seed: number) => {
      const { client } = await start([{ operation: 'GetFolder', probability: 0.5, fault: { kind: 'busy' } }], {}, seed);
      const statuses: number[] = [];
      for (let i = 0; i < 20; i++) statuses.push((await client.call(GET)).status);
      return statuses;
    };
    const [a, b, c] = [await run(7), await run(7), await run(8)];
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
    expect(new Set(a).size).toBe(2);
  });

  test.each([
    ['no rules', {}],
    ['an unknown kind', { rules: [{ fault: { kind: 'explode' } }] }],
    ['a chance beyond one', { rules: [{ probability: 2, fault: { kind: 'busy' } }] }],
    ['a word too many', { rules: [{ oops: 1, fault: { kind: 'busy' } }] }],
  ])('%s is refused with a reason', (_, json) => {
    expect(() => parseFaults(json)).toThrow(/Could not use the faults/);
  });
});

describe('EWSMaxConcurrency', () => {
  test('above the limit busy, above twice the limit 503, of one mailbox alone', async () => {
    const { client, organisation } = await start([], { maxConcurrency: 2 });
    const anchored = (mailbox: string) =>
      client.post(envelope(GET), { headers: { 'X-AnchorMailbox': mailbox } }).then((a) => a.status);
    const held: ClientRequest[] = [];
    /** A call that has begun and does not end: its body never comes. */
    const hold = () => {
      const credentials = Buffer.from(`anna:${PASSWORD}`).toString('base64');
      const headers = {
        Authorization: `Basic ${credentials}`,
        'X-AnchorMailbox': 'anna@source.test',
        'Content-Length': 100,
      };
      const request = httpsRequest(`${organisation.url}/EWS/Exchange.asmx`, {
        method: 'POST',
        ca: organisation.ca,
        headers,
        agent: false,
      });
      request.on('error', () => {});
      request.flushHeaders();
      held.push(request);
    };
    const becomes = (status: number) =>
      expect.poll(() => anchored('anna@source.test'), { timeout: 10_000 }).toBe(status);
    await becomes(200);
    hold();
    hold();
    await becomes(500);
    expect(await anchored('other@source.test')).toBe(200);
    hold();
    hold();
    await becomes(503);
    for (const request of held) request.destroy();
    await becomes(200);
  });
});

function envelope(content: string): string {
  return `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><s:Body>${content}</s:Body></s:Envelope>`;
}

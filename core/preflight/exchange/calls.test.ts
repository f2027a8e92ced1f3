import { afterEach, describe, expect, it } from 'vitest';
import { PASSWORD, startOrganisation, type TestOrganisation } from '../../../lab/ews/testing/organisation.ts';
import type { FaultPlanInput } from '../../../lab/faults.ts';
import { EwsClient } from '../../exchange/ews/client.ts';
import { askFolder, askPublicFolders, samplePublicFolders } from './calls.ts';

let organisation: TestOrganisation;
let client: EwsClient;
afterEach(async () => {
  client.close();
  await organisation.close();
});

async function start(faults: FaultPlanInput): Promise<void> {
  organisation = await startOrganisation({ faults });
  client = new EwsClient({
    url: `${organisation.url}/EWS/Exchange.asmx`,
    auth: { kind: 'password', user: 'svc@source.test', password: PASSWORD },
    ca: organisation.ca,
    connectTimeoutMs: 10_000,
    idleTimeoutMs: 10_000,
    patienceMs: 10_000,
    restMs: 5,
  });
}

/** A server in passing trouble says nothing of the account that asks: that is no finding. */
describe('a question of a check', () => {
  it.each(['http200', 'http500'] as const)('waits out a busy server that says so by %s', async (form) => {
    const backOffMs = 300;
    await start({ rules: [{ count: 2, fault: { kind: 'busy', backOffMs, form } }] });
    const begun = performance.now();
    const answer = await askFolder(client, 'inbox', AbortSignal.timeout(10_000), 'anna@source.test');
    expect([answer.error, answer.folderId]).toEqual([undefined, expect.any(String)]);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(2 * backOffMs - 20);
  });

  it('waits as well with a list of public folders', async () => {
    const backOffMs = 300;
    await start({
      rules: [{ operation: 'FindFolder', count: 1, fault: { kind: 'busy', backOffMs, form: 'http200' } }],
    });
    const begun = performance.now();
    expect(await askPublicFolders(client, 5, AbortSignal.timeout(10_000))).toEqual([]);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(backOffMs - 20);
  });

  it('is asked again after an error that passes', async () => {
    const fault = { kind: 'error', code: 'ErrorTimeoutExpired', scope: 'item' } as const;
    await start({ rules: [{ operation: 'GetFolder', count: 1, fault: { ...fault, scope: 'call' } }] });
    expect((await askFolder(client, 'inbox', AbortSignal.timeout(10_000), 'anna@source.test')).error).toBeUndefined();
  });

  it('tells a refusal that stays', async () => {
    await start({ rules: [] });
    const answer = await askFolder(client, 'inbox', AbortSignal.timeout(10_000), 'nobody@source.test').catch(
      (error: { code?: string }) => ({ error }),
    );
    expect(answer.error?.code).toBe('ErrorNonExistentMailbox');
  });
});

describe('a sample of public folders', () => {
  it('comes from every level and branch, and shows what is closed further down', async () => {
    await start({ rules: [] });
    const { store } = organisation;
    const visible = 0x400;
    const open = [{ user: 'Default', displayName: '', level: 'Custom', rights: visible | 1 }];
    const closed = [{ user: 'Default', displayName: '', level: 'Custom', rights: visible }];
    const root = store.distinguished('publicFolders', 'publicfoldersroot')?.id ?? '';
    const make = (parentId: string, displayName: string, permissions = open) =>
      store.createFolder({ mailboxId: 'publicFolders', parentId, displayName, folderClass: 'IPF.Note', permissions })
        .id;
    for (let i = 0; i < 9; i++) {
      const branch = make(root, `Branch ${i}`);
      make(make(branch, 'Deep'), 'Deeper', i === 6 ? closed : open);
    }
    const reader = new EwsClient({
      url: `${organisation.url}/EWS/Exchange.asmx`,
      auth: { kind: 'password', user: 'anna@source.test', password: PASSWORD },
      ca: organisation.ca,
      connectTimeoutMs: 10_000,
    });
    const sample = await samplePublicFolders(reader, AbortSignal.timeout(10_000));
    reader.close();
    const names = sample.map(({ name }) => name).sort();
    expect(names).toEqual(
      [0, 3, 6].flatMap((i) => [`Branch ${i}`, `Branch ${i}/Deep`, `Branch ${i}/Deep/Deeper`]).sort(),
    );
    const unread = sample.filter(({ rights }) => rights.Read === 'false').map(({ name }) => name);
    expect(unread).toEqual(['Branch 6/Deep/Deeper']);
  });
});

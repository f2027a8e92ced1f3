import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { batchOptionsSchema } from '../../core/domain/batch-options.ts';
import type { Finding } from '../../core/domain/checks.ts';
import { graphUrl } from '../../core/preflight/online/graph.ts';
import { runPreflight } from '../../core/preflight/run.ts';
import { addForest, listForests } from '../../core/store/forests.ts';
import { openStore } from '../../core/store/open.ts';
import type { Store } from '../../core/store/store.ts';
import { describeWith } from '../support/parts.ts';
import { Certificates } from './tls-servers.ts';

/**
 * Roles and licences in Microsoft 365, against a server that answers as Microsoft documents Graph (v1.0:
 * servicePrincipals, transitiveMemberOf, subscribedSkus; paging, throttling, error documents).
 */

const APP = '11111111-2222-3333-4444-555555555555';
const ROLE = {
  global: '62e90394-69f5-4237-9190-012177145e10',
  exchange: '29232cdf-9323-42fd-ade2-1d097af3e4de',
  user: 'fe930be7-5e62-47db-91af-98c3a49a38b1',
  billing: 'b0f54661-2d74-4c50-afa3-1ec803f12efe',
};
const role = (roleTemplateId: string, displayName: string) => ({
  '@odata.type': '#microsoft.graph.directoryRole',
  id: 'x',
  displayName,
  roleTemplateId,
});
const group = { '@odata.type': '#microsoft.graph.group', id: 'y', displayName: 'Exchange Administrator' };
const sku = (name: string, enabled: number, consumedUnits: number, plan: string, capabilityStatus = 'Enabled') => ({
  skuPartNumber: name,
  capabilityStatus,
  consumedUnits,
  prepaidUnits: { enabled, suspended: 0, warning: 0 },
  servicePlans: [{ servicePlanName: plan, provisioningStatus: 'Success' }],
});

interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body: unknown;
}

describe('where Graph is', () => {
  it.each([
    [undefined, 'outlook.office365.com', 'https://graph.microsoft.com'],
    ['https://login.microsoftonline.com', 'outlook.office365.com', 'https://graph.microsoft.com'],
    ['https://login.microsoftonline.us', 'outlook.office365.us', 'https://graph.microsoft.us'],
    ['https://login.microsoftonline.us', 'webmail.apps.mil', 'https://dod-graph.microsoft.us'],
    ['https://login.partner.microsoftonline.cn', 'partner.outlook.cn', 'https://microsoftgraph.chinacloudapi.cn'],
  ])('tokens of %s and Exchange at %s: %s', (authority, ews, url) => {
    expect(graphUrl(authority, ews)).toBe(url);
  });
});

describeWith('openssl', 'roles and licences by Microsoft Graph', () => {
  const certificates = new Certificates();
  let store: Store;
  let url: string;
  /** What the double answers, by the beginning of the path; a list is answered one after another. */
  let answers: Record<string, Answer[]>;
  let asked: { path: string; authorization: string | undefined }[];
  let cert: string;
  const server = { close: () => undefined as unknown };

  beforeAll(async () => {
    const files = certificates.issue('graph', { names: 'DNS:localhost' });
    cert = readFileSync(files.cert, 'utf8');
    const https = createServer({ key: readFileSync(files.key), cert }, (request, response) => {
      const path = request.url ?? '';
      asked.push({ path, authorization: request.headers.authorization });
      const [, list] = Object.entries(answers).find(([start]) => path.startsWith(start)) ?? [];
      const answer = (list && list.length > 1 ? list.shift() : list?.[0]) ?? {
        status: 404,
        body: { error: { code: 'Request_ResourceNotFound', message: 'x' } },
      };
      response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers });
      response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
    }).listen(0, '127.0.0.1');
    await once(https, 'listening');
    server.close = () => https.close();
    url = `https://localhost:${(https.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server.close();
    certificates.close();
    await store?.close();
  });
  beforeEach(async () => {
    asked = [];
    answers = { '/v1.0/servicePrincipals(appId=': [{ body: { id: 'object-1', displayName: 'Transplant' } }] };
    await store?.close();
    store = await openStore('sqlite::memory:', { create: true });
    const config = { ewsUrl: 'https://outlook.office365.com/EWS/Exchange.asmx', pins: [], smtpDomains: [] };
    await addForest(store, { name: 'cloud', role: 'target', config });
  });

  const run = async (check: string, configured = true): Promise<Finding> => {
    const graph = { url, clientId: APP, token: async () => 'a-token', line: { ca: cert } };
    const { results } = await runPreflight({
      store,
      forests: await listForests(store),
      machine: 'here',
      machineKind: 'console',
      dataFolder: '/tmp',
      limitMs: 8_000,
      startedBy: 'tester',
      login: async () => undefined,
      ...(configured && { graph: async () => graph }),
      scope: { forests: [], groups: [], checks: [check] },
    });
    const [first] = results;
    if (!first) throw new Error(`there is no check ${check}`);
    return first.finding;
  };
  const members = (...value: unknown[]) => {
    answers['/v1.0/servicePrincipals/object-1/transitiveMemberOf'] = [{ body: { value } }];
  };
  /** A batch of so many mailboxes that have not moved. */
  const batch = async (mailboxes: number) => {
    const options: z.infer<typeof batchOptionsSchema> = batchOptionsSchema.parse({});
    const state = 'planned';
    await store.db
      .insertInto('batch')
      .values({ name: 'B', name_key: 'b', state, options: JSON.stringify(options), created_at: 0 })
      .execute();
    const one = { batch_id: 1, kind: 'mailbox', source_address: 'a', target_address: 'b', display_name: 'A', root: '' };
    const zero = { items_total: 0, items_done: 0, items_bad: 0, bytes_total: 0, bytes_done: 0, updated_at: 0 };
    for (let i = 0; i < mailboxes; i++) {
      await store.db
        .insertInto('workload')
        .values({ ...one, ...zero, name_key: `a${i}`, state, priority: i })
        .execute();
    }
  };

  it('the three roles are enough, whatever they are called and whichever group they come from', async () => {
    members(role(ROLE.exchange, 'Exchange-Administrator'), group, role(ROLE.user, 'U'), role(ROLE.billing, 'B'));
    expect(await run('accounts.m365-roles')).toMatchObject({ outcome: 'passed' });
    expect(new Set(asked.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer a-token']));
  });

  it('a group with the name of a role is none; what is missing is named, with the command that gives it', async () => {
    members(group, role(ROLE.user, 'User Administrator'));
    expect(await run('accounts.m365-roles')).toMatchObject({
      outcome: 'failed',
      evidence: [expect.stringContaining(APP), 'missing: Exchange Administrator, Billing Administrator'],
      remedy: { script: { code: expect.stringContaining(ROLE.exchange) } },
    });
  });

  it('global administrator is enough alone, and too much beside the others', async () => {
    members(role(ROLE.global, 'Global Administrator'));
    expect(await run('accounts.m365-roles')).toMatchObject({ outcome: 'passed' });
    members(...Object.values(ROLE).map((id) => role(id, id)));
    expect(await run('accounts.m365-roles')).toMatchObject({
      outcome: 'warning',
      remedy: { text: /Take that role off/ },
    });
  });

  it('pages are followed, but never to another server', async () => {
    const path = '/v1.0/servicePrincipals/object-1/transitiveMemberOf';
    const more = { body: { value: [group], '@odata.nextLink': `${url}${path}?$skiptoken=2` } };
    answers[path] = [more, { body: { value: [role(ROLE.global, 'G')] } }];
    expect(await run('accounts.m365-roles')).toMatchObject({ outcome: 'passed' });
    answers[path] = [{ body: { value: [], '@odata.nextLink': 'https://elsewhere.invalid/v1.0/x' } }];
    expect(await run('accounts.m365-roles')).toMatchObject({ outcome: 'failed', evidence: [/another server/] });
  });

  it('a busy Graph is waited for as long as it asks', async () => {
    const busy = { status: 429, headers: { 'retry-after': '1' }, body: { error: { code: 'TooManyRequests' } } };
    answers['/v1.0/servicePrincipals/object-1/transitiveMemberOf'] = [
      busy,
      { body: { value: [role(ROLE.global, 'G')] } },
    ];
    const started = performance.now();
    expect(await run('accounts.m365-roles')).toMatchObject({ outcome: 'passed' });
    expect(performance.now() - started).toBeGreaterThan(990);
  });

  it('without consent nothing is known, and the commands for doing it by hand are there', async () => {
    const body = { error: { code: 'Authorization_RequestDenied', message: 'secret detail' } };
    answers = { '/v1.0/': [{ status: 403, body }] };
    const finding = await run('accounts.m365-roles');
    expect(finding).toMatchObject({
      outcome: 'notTried',
      why: /403 Authorization_RequestDenied/,
      remedy: { script: { shell: 'powershell' } },
    });
    expect(JSON.stringify(finding)).not.toContain('secret detail');
  });

  it.each([
    ['no JSON', '<html>proxy</html>'],
    ['another document', { value: 'none' }],
  ])('an answer that is %s fails in words', async (_what, body) => {
    answers['/v1.0/servicePrincipals/object-1/transitiveMemberOf'] = [{ body }];
    expect(await run('accounts.m365-roles')).toMatchObject({ outcome: 'failed', evidence: [/documentation/] });
  });

  it('where Graph is not configured it is said so, for roles and for what Graph cannot tell', async () => {
    expect(await run('accounts.m365-roles', false)).toMatchObject({ outcome: 'notTried', why: /not configured/ });
    expect(await run('accounts.m365-public-folders')).toMatchObject({
      outcome: 'notTried',
      remedy: { script: { code: expect.stringContaining('Get-ManagementRoleAssignment') } },
    });
    await batch(1);
    expect(await run('batch.licences', false)).toMatchObject({ outcome: 'notTried', why: /not configured/ });
    expect(asked).toEqual([]);
  });

  it.each([
    ['enough are free', [sku('SPE_E3', 10, 8, 'EXCHANGE_S_ENTERPRISE')], 'passed'],
    ['one too few', [sku('SPE_E3', 10, 9, 'EXCHANGE_S_ENTERPRISE'), sku('POWER_BI', 99, 0, 'BI')], 'failed'],
    ['the subscription is locked', [sku('SPE_E3', 10, 0, 'EXCHANGE_S_ENTERPRISE', 'LockedOut')], 'failed'],
    ['it runs in its grace period', [sku('SPE_E3', 10, 0, 'EXCHANGE_S_ENTERPRISE', 'Warning')], 'warning'],
  ])('licences for two mailboxes: %s', async (_what, value, outcome) => {
    await batch(2);
    answers['/v1.0/subscribedSkus'] = [{ body: { value } }];
    expect(await run('batch.licences')).toMatchObject({ outcome });
  });
});

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Attribute, Change, Client } from 'ldapts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CheckResult } from '../../core/domain/checks.ts';
import { forestConfigSchema } from '../../core/domain/forest.ts';
import { findForest, updateForestConfig } from '../../core/store/forests.ts';
import { type Lab, type LabOrganisation, startLab } from '../../lab/start.ts';
import { type Forest, startForests } from '../support/forests.ts';
import { describeWith } from '../support/parts.ts';
import { applyRemedy, grantDeletedObjects, type Hands, ldapModify } from './remedies.ts';
import { Certificates, freePort, opensslServer } from './tls-servers.ts';
import { makeWorld, outcome, sambaConfig, type World } from './world.ts';

const PASSWORD = 'Passw0rd!Svc1';
const DAY = 86_400_000;
const stamp = (ms: number): string => new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, '');
const unicode = (text: string): Buffer => Buffer.from(`"${text}"`, 'utf16le');

/** Loopback addresses of the servers that stand for global catalogs, each with one fault. */
const FAULTS = {
  old: '127.0.1.2',
  expired: '127.0.1.3',
  named: '127.0.1.4',
  own: '127.0.1.5',
  other: '127.0.1.6',
  away: '127.0.1.7',
} as const;
type Fault = keyof typeof FAULTS;

describeWith(['samba', 'ldb-tools', 'ldapsearch', 'openssl'], 'a bad environment and its remedies', () => {
  const certificates = new Certificates();
  const dir = mkdtempSync(join(tmpdir(), 'transplant-bad-'));
  const ports = {} as Record<Fault, number>;
  const running = new Map<Fault, () => void>();
  let samba: Forest;
  let stop: (() => Promise<void>) | undefined;
  let lab: Lab | undefined;
  let exchange: LabOrganisation;
  let world: World;
  let authority = '';

  beforeAll(async () => {
    authority = certificates.authority('authority');
    const [forests, started] = await Promise.all([
      startForests(['source']),
      startLab({ dir, users: 4, items: 20, folders: 5 }),
    ]);
    ({ source: samba } = forests.forests);
    stop = forests.stop;
    lab = started;
    const [first] = started.organisations;
    if (!first) throw new Error('the lab has no organisation');
    exchange = first;
    await addBadAccounts();
    for (const fault of Object.keys(FAULTS) as Fault[]) await startBad(fault);
    world = await badWorld();
  }, 180_000);
  afterAll(async () => {
    for (const end of running.values()) end();
    await world?.close();
    await lab?.close();
    await stop?.();
    certificates.close();
    rmSync(dir, { recursive: true, force: true });
  });

  /** Accounts that lack every right, in the directory and at Exchange; the groups are there. */
  async function addBadAccounts(): Promise<void> {
    const user = (name: string, more: string): string =>
      `dn: CN=${name},CN=Users,${samba.baseDn}\nchangetype: add\nobjectClass: user\nsAMAccountName: ${name}\nuserPrincipalName: ${name}@source.test\nunicodePwd:: ${unicode(PASSWORD).toString('base64')}\n${more}\n`;
    const group = (name: string): string =>
      `dn: CN=${name},CN=Users,${samba.baseDn}\nchangetype: add\nobjectClass: group\nsAMAccountName: ${name}\n`;
    const expired = (BigInt(Date.now() - DAY) + 11_644_473_600_000n) * 10_000n;
    const entries = [
      user('svc-dir', 'userAccountControl: 512'),
      user('svc-ews', `userAccountControl: 512\naccountExpires: ${expired}`),
      user('svc-pf', 'userAccountControl: 514'),
      user('gone', 'userAccountControl: 512'),
      ...['Organization Management', 'Recipient Management', 'Public Folder Management'].map(group),
      `dn: CN=gone,CN=Users,${samba.baseDn}\nchangetype: delete\n`,
    ];
    ldapModify(samba, entries.join('\n'));
    await asExchangeAdministrator(async (client) => {
      for (const name of ['svc-ews', 'svc-pf']) {
        await client.add(`CN=${name},CN=Users,${exchange.baseDn}`, {
          objectClass: ['user'],
          sAMAccountName: name,
          userPrincipalName: `${name}@source.test`,
          userAccountControl: '512',
          unicodePwd: [unicode(PASSWORD)] as never,
        });
      }
    });
  }

  async function asExchangeAdministrator<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const client = new Client({ url: exchange.ldapUrl, tlsOptions: { ca: readFileSync(exchange.caFile, 'utf8') } });
    await client.bind(exchange.administrator.user, exchange.administrator.password);
    try {
      return await work(client);
    } finally {
      await client.unbind();
    }
  }

  async function startBad(fault: Fault): Promise<void> {
    const host = FAULTS[fault];
    const now = Date.now();
    const names = `IP:${host}`;
    const serve = async (certificate: { cert: string; key: string }, flags: string[] = []): Promise<void> => {
      const { port, stop: end } = await opensslServer(certificate, flags, { host });
      ports[fault] = port;
      running.set(fault, end);
    };
    switch (fault) {
      case 'old':
        return serve(certificates.issue('old', { names, authority: 'authority' }), [
          '-tls1',
          '-cipher',
          'ALL:@SECLEVEL=0',
        ]);
      case 'expired':
        return serve(
          certificates.issue('expired', {
            names,
            authority: 'authority',
            from: stamp(now - 90 * DAY),
            to: stamp(now - 3 * DAY),
          }),
        );
      case 'named':
        return serve(certificates.issue('named', { names: 'DNS:gc.elsewhere.example', authority: 'authority' }));
      case 'own':
        return serve(certificates.issue('own', { names }));
      case 'other': {
        const server = await speaks(host, 'SSH-2.0-OpenSSH_9.2\r\n');
        ports.other = portOf(server);
        running.set(fault, () => server.close());
        return;
      }
      case 'away':
        ports.away = await freePort();
    }
  }

  /** The server as its owner leaves it once the remedy was applied. */
  async function startGood(fault: Fault): Promise<void> {
    running.get(fault)?.();
    const good = certificates.issue(`good-${fault}`, { names: `IP:${FAULTS[fault]}`, authority: 'authority' });
    const { stop: end } = await opensslServer(good, [], { host: FAULTS[fault], port: ports[fault] });
    running.set(fault, end);
  }

  async function badWorld(): Promise<World> {
    const trusted = [samba.ca, readFileSync(exchange.caFile, 'utf8'), authority].join('\n');
    const login = (name: string) => ({ user: `${name}@source.test`, password: PASSWORD });
    const faults = (Object.keys(FAULTS) as Fault[]).map((fault) => ({
      name: fault,
      role: 'source' as const,
      config: { gcUrl: `ldaps://${FAULTS[fault]}:${ports[fault]}`, caPem: authority },
    }));
    const made = await makeWorld(
      [
        {
          name: 'source',
          role: 'source',
          config: { ldapUrl: sambaConfig(samba).ldapUrl, ewsUrl: exchange.ewsUrl, caPem: trusted },
        },
        ...faults,
      ],
      { source: { directory: login('svc-dir'), exchange: login('svc-ews'), 'public-folders': login('svc-pf') } },
    );
    const forest = await findForest(made.store, 'source');
    for (const [i, { user }] of exchange.mailboxes.slice(0, 3).entries()) {
      await made.store.db
        .insertInto('recipient')
        .values({
          forest_id: forest?.id ?? 0,
          guid: `g${i}`,
          dn: `CN=${user}`,
          kind: 'mailbox',
          display_name: user,
          mail: user,
          sam: null,
          upn: null,
          legacy_dn: null,
          department: null,
          name_key: user,
          hidden: 0,
          deleted: 0,
          usn: 0,
          when_changed: null,
          attributes: '{}',
          stats: null,
          read_id: 0,
        })
        .execute();
    }
    return made;
  }

  const hands: Hands = {
    ldif: (text) => ldapModify(samba, text),
    grantDeletedObjects: (container, account) => grantDeletedObjects(samba, container, account),
    exchange: (command) => asExchangeAdministrator((client) => exchangeCommand(client, command)),
    transplant: async (command) => {
      const [, name = '', pin = ''] = /^transplant forest change (\w+) --pin ([0-9a-f]{64})$/.exec(command) ?? [];
      const forest = await findForest(world.store, name);
      if (!forest) return false;
      await updateForestConfig(
        world.store,
        forest.id,
        forestConfigSchema.parse({ ...forest.config, pins: [...forest.config.pins, pin] }),
      );
      return true;
    },
    server: async (_shell, code) => {
      if (!code.includes('TLS 1.2')) return false;
      await startGood('old');
      return true;
    },
  };

  async function exchangeCommand(client: Client, command: string): Promise<boolean> {
    const [, user] =
      /^New-ManagementRoleAssignment -Name "[^"]+" -Role ApplicationImpersonation -User '([^']+)'$/.exec(command) ?? [];
    const dn = (name: string): string => `CN=${name.split('@')[0]},CN=Users,${exchange.baseDn}`;
    if (user !== undefined) {
      const { searchEntries } = await client.search(`CN=Configuration,${exchange.baseDn}`, {
        filter: '(objectClass=msExchRoleAssignment)',
        attributes: ['msExchRoleLink'],
      });
      const [like] = searchEntries;
      if (!like) return false;
      await client.add(like.dn.replace(/^CN=[^,]+/, 'CN=Transplant impersonation'), {
        objectClass: ['msExchRoleAssignment'],
        msExchRoleLink: [String(like.msExchRoleLink)],
        msExchUserLink: [dn(user)],
      });
      return true;
    }
    const [, group, member] = /^Add-RoleGroupMember -Identity "([^"]+)" -Member '([^']+)'$/.exec(command) ?? [];
    if (group === undefined || member === undefined) return false;
    const { searchEntries } = await client.search(exchange.baseDn, {
      filter: `(&(objectClass=group)(cn=${group}))`,
      attributes: ['cn'],
    });
    await client.modify(
      searchEntries[0]?.dn ?? '',
      new Change({ operation: 'add', modification: new Attribute({ type: 'member', values: [dn(member)] }) }),
    );
    return true;
  }

  /** What the owner of a server does where the remedy is a sentence. */
  const sentences: Record<string, (result: CheckResult) => Promise<void>> = {
    'tls.certificate.dates': async ({ remedy: _, ...result }: CheckResult & { remedy?: unknown }) => {
      expect(JSON.stringify(result)).toMatch(/Renew the certificate of 127\.0\.1\.3/);
      await startGood('expired');
    },
    'tls.certificate.name': async (result) => {
      expect(JSON.stringify(result)).toMatch(
        /gc\.elsewhere\.example.*give the server a certificate that has 127\.0\.1\.4/,
      );
      await startGood('named');
    },
    'tls.version': async (result) => {
      const fault = result.object.includes(FAULTS.away) ? 'away' : 'other';
      expect(JSON.stringify(result)).toMatch(
        fault === 'away' ? /Check the address and that the port is open/ : /Check that the right service listens/,
      );
      if (!running.has('away') || fault === 'other') await startGood(fault);
    },
    'ports.row-102': async (result) => {
      expect(JSON.stringify(result)).toMatch(/start the service|find out what/);
    },
  };

  it('every failed check has a remedy; applied, the second run passes', async () => {
    const options = {
      groups: ['tls' as const, 'accounts' as const, 'exchange' as const, 'ports' as const],
      limitMs: 5000,
    };
    const first = await world.run(options);
    const failedNow = first.results.filter(({ finding }) => finding.outcome === 'failed');
    expect(new Set(failedNow.map(({ id }) => id))).toEqual(
      new Set([
        'tls.version',
        'tls.certificate.trust',
        'tls.certificate.name',
        'tls.certificate.dates',
        'accounts.deleted-objects',
        'accounts.group.organization-management',
        'accounts.group.recipient-management',
        'accounts.group.public-folder-management',
        'accounts.password.exchange',
        'accounts.password.public-folders',
        'accounts.impersonation',
        'ports.row-102',
      ]),
    );
    for (const result of failedNow) {
      const { finding } = result;
      if (finding.outcome !== 'failed') continue;
      expect(finding.remedy.text.length, result.id).toBeGreaterThan(20);
      if (finding.remedy.script) await applyRemedy(finding.remedy, hands);
      else await sentences[result.id]?.(result);
    }
    const second = await world.run(options);
    const still = second.results.filter(({ finding }) => finding.outcome === 'failed');
    expect(still.map(({ id, object, finding }) => `${id} ${object}: ${JSON.stringify(finding)}`)).toEqual([]);
    for (const { id, object } of failedNow)
      expect(outcome(second.results, id, object), `${id} ${object}`).toBe('passed');
  });
});

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}
async function speaks(host: string, greeting: string): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write(greeting);
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return server;
}

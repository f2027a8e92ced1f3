import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect as connectTcp, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DirectoryConfig } from '../../core/directory/config.ts';
import { openReader } from '../../core/directory/open.ts';
import type { ReadBatch, ReadResult } from '../../core/directory/reader.ts';
import { type DirectoryObject, loadObjects } from '../../lab/ldap/load.ts';
import { BASE as LAB_BASE, PASSWORD, startTestDirectory, type TestDirectory } from '../../lab/ldap/testing/server.ts';
import { transplant } from '../e2e/demo-run.ts';
import { describeWith } from '../support/parts.ts';
import { type Slapd, startSlapd } from '../support/slapd.ts';

const BASE = 'dc=parent,dc=test';
const CHILD = `dc=child,${BASE}`;
const FAR = `dc=far,${BASE}`;

/** A mailbox as LDIF; `n` makes its GUID. */
function mailbox(n: number, base: string): string {
  const guid = Buffer.alloc(16, 7);
  guid.writeUInt32LE(n, 0);
  return [
    `dn: cn=p${n},${base}`,
    'objectClass: user',
    `cn: p${n}`,
    `objectGUID:: ${guid.toString('base64')}`,
    `mail: p${n}@${base.includes('child') ? 'child' : 'parent'}.test`,
    'homeMDB: CN=DB',
    `uSNChanged: ${n}`,
  ].join('\n');
}

const referral = (dn: string, host: string): string =>
  [`dn: ${dn}`, 'objectClass: referral', 'objectClass: extensibleObject', `ref: ldap://${host}/${dn}`].join('\n');

async function readAll(config: DirectoryConfig): Promise<ReadResult & Omit<ReadBatch, 'start'>> {
  const reader = await openReader(config);
  const all: Omit<ReadBatch, 'start'> = { recipients: [], gone: [], problems: [] };
  try {
    const reading = reader.read({ signal: undefined, since: undefined, resume: false, known: async () => new Map() });
    for (;;) {
      const step = await reading.next();
      if (step.done) return { ...step.value, ...all };
      all.recipients.push(...step.value.recipients);
      all.problems.push(...step.value.problems);
    }
  } finally {
    await reader.close();
  }
}

describeWith(['slapd', 'openssl', 'ldapsearch'], 'directory servers of a forest', () => {
  let parent: Slapd;
  let child: Slapd;
  const config = (more: Partial<DirectoryConfig> = {}): DirectoryConfig => ({
    forest: 'parent',
    servers: [parent.url],
    trust: { pins: [], caPem: parent.ca + child.ca },
    login: { kind: 'simple', user: parent.user, password: parent.password },
    baseDns: [BASE],
    ...more,
  });

  beforeAll(async () => {
    const people = Array.from({ length: 250 }, (_, n) => mailbox(n, BASE));
    const referrals = [referral(CHILD, '127.0.0.2'), referral(FAR, 'elsewhere.invalid')];
    parent = await startSlapd({ base: BASE, entries: [...people, ...referrals] });
    const port = Number(new URL(parent.url).port);
    const [one, two] = [mailbox(1000, CHILD), mailbox(1001, CHILD)];
    child = await startSlapd({ base: CHILD, entries: [one, two], host: '127.0.0.2', port });
  });
  afterAll(async () => {
    await parent?.stop();
    await child?.stop();
  });

  test('a client certificate signs in by SASL EXTERNAL', async () => {
    const trust = { pins: [], caPem: parent.ca, client: parent.client };
    const read = await readAll(config({ trust, login: { kind: 'certificate' } }));
    expect(read.recipients).toHaveLength(250);
  });

  test('another authority’s certificate does not', async () => {
    const trust = { pins: [], caPem: parent.ca, client: child.client };
    await expect(readAll(config({ trust, login: { kind: 'certificate' } }))).rejects.toMatchObject({
      text: { tried: expect.stringContaining('connect to the directory server') },
    });
  });

  test('a referral is followed to a configured host alone; another is named with its DN', async () => {
    const without = await readAll(config());
    expect(without.recipients).toHaveLength(250);
    expect(without.problems.map((p) => p.reason).join()).toMatch(/127\.0\.0\.2 was not followed/);
    const other = await readAll(config({ login: { kind: 'anonymous' }, referralHosts: ['127.0.0.2'] }));
    expect(other.recipients).toHaveLength(252);
    expect(other.problems.map(({ dn }) => dn)).toContain(FAR);
    expect(other.problems.find(({ dn }) => dn === FAR)?.reason).toMatch(/elsewhere\.invalid was not followed/);
  });

  test('a server that is away is passed over, and the next one says so', async () => {
    const dead = await closedPort();
    const read = await readAll(config({ servers: [`ldaps://127.0.0.1:${dead}`, parent.url] }));
    expect(read.recipients).toHaveLength(250);
    expect(read.notes.join()).toMatch(/passed over/);
  });

  test('a server that breaks off in the middle is taken over from, and nothing is missing or doubled', async () => {
    const proxy = await cuttingProxy(Number(new URL(parent.url).port), 20_000);
    try {
      const read = await readAll(config({ servers: [`ldaps://127.0.0.1:${proxy.port}`, parent.url], pageSize: 50 }));
      expect(proxy.cuts()).toBe(1);
      expect(read.notes.join()).toMatch(/failed in the middle/);
      expect(new Set(read.recipients.map((r) => r.guid)).size).toBe(250);
    } finally {
      await proxy.close();
    }
  });

  test('a wrong password is tried on one server, not on all', async () => {
    const login = { kind: 'simple' as const, user: parent.user, password: 'wrong' };
    await expect(readAll(config({ servers: [parent.url, parent.url], login }))).rejects.toMatchObject({
      name: 'DirectoryLoginError',
    });
  });

  test('the other domains of a forest come from the global catalog', async () => {
    const catalog = await startSlapd({
      base: 'dc=test',
      entries: [
        domain(BASE),
        domain(CHILD),
        ...Array.from({ length: 5 }, (_, n) => mailbox(n, BASE)),
        mailbox(1000, CHILD),
        mailbox(1001, CHILD),
      ],
    });
    try {
      const trust = { pins: [], caPem: parent.ca + catalog.ca };
      const read = await readAll(config({ trust, login: { kind: 'anonymous' }, globalCatalogs: [catalog.url] }));
      expect(read.recipients.filter((r) => r.dn.toLowerCase().endsWith(CHILD))).toHaveLength(2);
      expect(read.recipients).toHaveLength(252);
      expect(read.notes.join()).toMatch(/global catalog .* child\.parent\.test/);
    } finally {
      await catalog.stop();
    }
  });
});

const domain = (dn: string): string => {
  const name = /^dc=([^,]*)/.exec(dn)?.[1] ?? '';
  return [`dn: ${dn}`, 'objectClass: organization', 'objectClass: dcObject', `o: ${name}`, `dc: ${name}`].join('\n');
};

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address ? address.port : 0;
}

/** Passes everything on to a port, and cuts the first connection after so many bytes of answers. */
async function cuttingProxy(to: number, after: number) {
  let cuts = 0;
  const sockets = new Set<Socket>();
  const server: Server = createServer((inner) => {
    const outer = connectTcp(to, '127.0.0.1');
    let passed = 0;
    for (const socket of [inner, outer]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        inner.destroy();
        outer.destroy();
      });
    }
    inner.pipe(outer);
    outer.on('data', (chunk) => {
      passed += chunk.length;
      if (passed > after) {
        cuts++;
        inner.destroy();
      } else inner.write(chunk);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    cuts: () => cuts,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

describe('a group with more members than a server gives at once', () => {
  const MEMBERS = 4000;
  let lab: TestDirectory;
  beforeAll(async () => {
    lab = await startTestDirectory();
    const contacts = Array.from(
      { length: MEMBERS },
      (_, n): DirectoryObject => ({
        dn: `CN=Member ${n},OU=People`,
        objectClass: 'contact',
        attributes: { mail: `m${n}@other.test`, targetAddress: `SMTP:m${n}@other.test` },
      }),
    );
    const member = contacts.map((one) => one.dn);
    const group: DirectoryObject = {
      dn: 'CN=All,OU=People',
      objectClass: 'group',
      attributes: { mail: 'all@source.test', member },
    };
    loadObjects(lab.directory, [...contacts, group]);
  });
  afterAll(() => lab?.close());

  test('is read range by range, whole and in order', async () => {
    const read = await readAll({
      forest: 'lab',
      servers: [lab.url],
      trust: { pins: [], caPem: readFileSync(lab.caFile, 'utf8') },
      login: { kind: 'simple', user: 'administrator@source.test', password: PASSWORD },
      baseDns: [LAB_BASE],
    });
    const group = read.recipients.find((r) => r.dn.startsWith('CN=All,'));
    const members = group?.attributes.member ?? [];
    expect(members).toHaveLength(MEMBERS);
    expect(new Set(members.map((dn) => dn.toLowerCase())).size).toBe(MEMBERS);
    expect(read.problems).toEqual([]);
  });
});

describeWith(
  ['slapd', 'openssl', 'ldapsearch'],
  'a forest with a standby and a client certificate, by the command line',
  () => {
    let server: Slapd;
    let folder: string;
    beforeAll(async () => {
      server = await startSlapd({ base: BASE, entries: Array.from({ length: 30 }, (_, n) => mailbox(n, BASE)) });
      folder = mkdtempSync(join(tmpdir(), 'transplant-standby-'));
    });
    afterAll(async () => {
      await server?.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    test('the first server is away, the second takes the certificate', async () => {
      const env = { TRANSPLANT_DB: `sqlite:${join(folder, 'x.db')}`, TRANSPLANT_HOME: join(folder, 'home') };
      const dead = `ldaps://127.0.0.1:${await closedPort()}`;
      const reach = [
        '--ldap',
        dead,
        '--ldap-standby',
        server.url,
        '--ca',
        server.caFile,
        '--referral-host',
        '127.0.0.2',
      ];
      const added = await transplant(['forest', 'add', 'old', '--role', 'source', ...reach, '--json'], env);
      expect(added.code, added.stderr).toBe(0);
      const { certPem, keyPem } = server.client;
      const account = ['account', 'set', 'old', 'directory', '--user', 'reader', '--password-stdin'];
      const set = await transplant(account, env, `${certPem}\n${keyPem}`);
      expect(set.code, set.stderr).toBe(0);
      const read = await transplant(['discover', 'old', '--json'], env);
      expect(read.code, read.stderr).toBe(0);
      expect(JSON.parse(read.stdout)).toMatchObject({ read: 30, notes: [expect.stringContaining('passed over')] });
    });
  },
);

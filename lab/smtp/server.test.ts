import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import nodemailer from 'nodemailer';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { LabCa } from '../ca.ts';
import { hashMatches } from '../ldap/access.ts';
import { Directory } from '../ldap/directory.ts';
import { createForest, exchangeNames } from '../ldap/forest.ts';
import { type DirectoryObject, loadObjects } from '../ldap/load.ts';
import { LdapOrganisationDirectory } from '../ldap/organisation-directory.ts';
import { FOREST, PASSWORD } from '../ldap/testing/server.ts';
import { type SmtpServer, startSmtpServer } from './server.ts';

const database = exchangeNames(FOREST).database;
type Side = 'source' | 'target';

/** A mailbox here, or with `target` a mail user whose mail goes on. */
function user(
  side: Side,
  name: string,
  options: { target?: string; addresses?: string[]; forwards?: string } = {},
): DirectoryObject {
  return {
    dn: `CN=${name},OU=People`,
    objectClass: 'user',
    password: PASSWORD,
    attributes: {
      sAMAccountName: name,
      userPrincipalName: `${name}@${side}.test`,
      mail: `${name}@${side}.test`,
      mailNickname: name,
      proxyAddresses: [`SMTP:${name}@${side}.test`, ...(options.addresses ?? [])],
      ...(options.forwards
        ? { msExchGenericForwardingAddress: `smtp:${options.forwards}`, deliverAndRedirect: true }
        : {}),
      ...(options.target
        ? { targetAddress: `SMTP:${options.target}` }
        : { homeMDB: database, msExchMailboxGuid: Buffer.alloc(16, name) }),
    },
  };
}

const group = (side: Side, name: string, members: string[]): DirectoryObject => ({
  dn: `CN=${name},OU=People`,
  objectClass: 'group',
  attributes: {
    mail: `${name}@${side}.test`,
    proxyAddresses: [`SMTP:${name}@${side}.test`],
    member: members.map((member) => `CN=${member},OU=People`),
  },
});

const unit: DirectoryObject = { dn: 'OU=People', objectClass: 'organizationalUnit', attributes: {} };
const content: Record<Side, DirectoryObject[]> = {
  source: [
    unit,
    user('source', 'anna'),
    user('source', 'bert', { addresses: ['smtp:b.cohn@source.test'] }),
    user('source', 'carla', { target: 'carla@target.test' }),
    user('source', 'loop', { target: 'loop@target.test' }),
    user('source', 'both', { forwards: 'carla@target.test' }),
    { dn: 'CN=plain,OU=People', objectClass: 'user', attributes: { mail: 'plain@source.test' } },
    {
      dn: 'CN=folder,CN=Microsoft Exchange System Objects',
      objectClass: 'publicFolder',
      attributes: { mail: 'folder@source.test' },
    },
    group('source', 'inner', ['bert', 'carla', 'outer']),
    group('source', 'outer', ['anna', 'inner']),
  ],
  target: [
    unit,
    user('target', 'carla', { addresses: ['smtp:carla@source.test'] }),
    user('target', 'dora', { target: 'anna@source.test' }),
    user('target', 'loop', { target: 'loop@source.test' }),
  ],
};

interface Delivered {
  side: Side;
  mailboxes: string[];
  publicFolders: string[];
  text: string;
}

let dir: string;
let ca: LabCa;
const servers = {} as Record<Side, SmtpServer>;
const directories: Directory[] = [];
let delivered: Delivered[] = [];
let isFull = false;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'lab-smtp-'));
  ca = await LabCa.open(dir, 'Test CA');
  for (const side of ['source', 'target'] as const) {
    const directory = new Directory(join(dir, `${side}.sqlite`), `${side}.test`);
    directories.push(directory);
    createForest(directory, FOREST);
    loadObjects(directory, content[side]);
    servers[side] = await startSmtpServer({
      organisation: side,
      hostName: `mail.${side}.test`,
      domains: [`${side}.test`],
      directory: new LdapOrganisationDirectory(directory),
      verifyPassword: (account, password) => hashMatches(Buffer.from(account.ntHash).toString('latin1'), password),
      deliver: async (to, mime) => {
        if (isFull) throw new Error('the disk is full');
        delivered.push({
          side,
          mailboxes: [...to.mailboxes].sort(),
          publicFolders: [...to.publicFolders],
          text: mime.toString(),
        });
      },
      peer: (domain) => {
        const other = domain === 'source.test' ? 'source' : domain === 'target.test' ? 'target' : undefined;
        return other && { host: '127.0.0.1', port: servers[other].port, ca: ca.pem };
      },
      ...(await ca.server(side, ['127.0.0.1', `mail.${side}.test`])),
      ca: ca.pem,
      host: '127.0.0.1',
      port: 0,
      implicitPort: 0,
    });
  }
});
beforeEach(() => {
  delivered = [];
  isFull = false;
});
afterAll(async () => {
  await Promise.all(Object.values(servers).map((server) => server.close()));
  for (const directory of directories) directory.close();
  rmSync(dir, { recursive: true, force: true });
});

async function send(side: Side, to: string[], options: { implicit?: boolean; user?: string; text?: string } = {}) {
  const transport = nodemailer.createTransport({
    host: '127.0.0.1',
    port: options.implicit ? servers[side].implicitPort : servers[side].port,
    secure: options.implicit === true,
    requireTLS: true,
    tls: { ca: ca.pem },
    ...(options.user ? { auth: { user: options.user, pass: PASSWORD } } : {}),
  });
  try {
    return await transport.sendMail({
      envelope: { from: 'sender@elsewhere.test', to },
      raw: options.text ?? 'From: sender@elsewhere.test\r\nSubject: hello\r\n\r\nhello\r\n',
    });
  } finally {
    transport.close();
  }
}

describe('SMTP', () => {
  test.each([false, true])('takes mail for its own (implicit TLS: %s)', async (implicit) => {
    await send('source', ['ANNA@source.test', 'b.cohn@source.test'], { implicit });
    expect(delivered).toMatchObject([{ side: 'source', mailboxes: ['anna@source.test', 'bert@source.test'] }]);
    expect(delivered[0]?.text).toMatch(/^Received: from .*by mail\.source\.test with ESMTPS;\r\n\t.*\r\nFrom: sender@/);
  });

  test('mail for somebody cut over arrives in the other organisation', async () => {
    await send('source', ['carla@source.test']);
    expect(delivered).toMatchObject([{ side: 'target', mailboxes: ['carla@target.test'] }]);
    expect(delivered[0]?.text.match(/^Received:/gm)).toHaveLength(2);
  });

  test('who delivers and forwards keeps a copy', async () => {
    await send('source', ['both@source.test']);
    expect(delivered.map((d) => [d.side, d.mailboxes]).sort()).toEqual([
      ['source', ['both@source.test']],
      ['target', ['carla@target.test']],
    ]);
  });

  test('before, the target sends it to the source', async () => {
    await send('target', ['dora@target.test']);
    expect(delivered).toMatchObject([{ side: 'source', mailboxes: ['anna@source.test'] }]);
  });

  test('groups are opened, also in a circle, and everybody gets one copy', async () => {
    await send('source', ['outer@source.test', 'anna@source.test']);
    const byPlace = delivered.map((d) => [d.side, d.mailboxes]).sort();
    expect(byPlace).toEqual([
      ['source', ['anna@source.test', 'bert@source.test']],
      ['target', ['carla@target.test']],
    ]);
  });

  test('a mail-enabled public folder takes mail', async () => {
    await send('source', ['folder@source.test']);
    expect(delivered).toMatchObject([{ mailboxes: [], publicFolders: ['folder@source.test'] }]);
  });

  test.each([
    ['nobody@source.test', /550.*RecipientNotFound/],
    ['plain@source.test', /550.*RecipientNotFound/],
    ['somebody@elsewhere.test', /550.*Unable to relay/],
    ['carla@target.test', /550.*Unable to relay/],
  ])('refuses %s', async (address, reason) => {
    await expect(send('source', [address])).rejects.toThrow(reason);
    expect(delivered).toEqual([]);
  });

  test('who has logged on may send to the other organisation', async () => {
    await send('source', ['carla@target.test'], { user: 'SOURCE\\anna' });
    expect(delivered).toMatchObject([{ side: 'target', mailboxes: ['carla@target.test'] }]);
    await expect(send('source', ['carla@target.test'], { user: 'nobody@source.test' })).rejects.toThrow(/535/);
  });

  test('two forwards that point at each other end as a loop', async () => {
    await expect(send('source', ['loop@source.test'])).rejects.toThrow(/554.*loop/);
  });

  test('a failed delivery is for the sender to repeat', async () => {
    isFull = true;
    await expect(send('source', ['anna@source.test'])).rejects.toThrow(/4\d\d/);
  });

  test('a password is not taken before TLS', async () => {
    const socket = connect(servers.source.port, '127.0.0.1');
    let heard = '';
    socket.on('data', (chunk: Buffer) => {
      heard += chunk.toString();
      if (/^220 /m.test(heard) && !heard.includes('250')) socket.write('EHLO x\r\n');
      if (/^250 /m.test(heard) && !/^5/m.test(heard)) socket.write('AUTH PLAIN AGFubmEAeA==\r\n');
      if (/^5\d\d/m.test(heard)) socket.end();
    });
    await new Promise((resolve) => socket.once('close', resolve));
    expect(heard).toContain('STARTTLS');
    expect(heard).toMatch(/^538 /m);
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type ClientOptions } from 'ldapts';
import { LabCa } from '../../ca.ts';
import { Directory } from '../directory.ts';
import { createForest, exchangeNames, type ForestOptions } from '../forest.ts';
import { type DirectoryObject, loadObjects } from '../load.ts';
import { startLdapServer } from '../server.ts';

export const PASSWORD = 'Passw0rd!AD';

export const FOREST: ForestOptions = {
  organisation: 'Contoso',
  exchangeServer: 'SOURCE-EX01',
  exchangeVersion: '15.1.2507.39',
  schemaVersion: 15334,
  acceptedDomains: ['source.test'],
  administratorPassword: PASSWORD,
  serviceAccount: { name: 'svc-transplant', password: PASSWORD },
};

export const BASE = 'DC=source,DC=test';
export const DATABASE = `${exchangeNames(FOREST).database},${BASE}`;

/** A few people, groups within groups and an ordinary account. */
export const people: DirectoryObject[] = [
  { dn: 'OU=People', objectClass: 'organizationalUnit', attributes: {} },
  user('Anna Berg', { department: 'Sales', employeeID: '100', homeMDB: [exchangeNames(FOREST).database] }),
  user('Bert Cohn', { department: 'Sales', manager: ['CN=Anna Berg,OU=People'] }),
  user('Carla (Dörn)*', {
    department: 'IT',
    manager: ['CN=Anna Berg,OU=People'],
    publicDelegates: ['CN=Bert Cohn,OU=People'],
  }),
  { dn: 'CN=Inner,OU=People', objectClass: 'group', attributes: { member: ['CN=Bert Cohn,OU=People'] } },
  {
    dn: 'CN=Outer,OU=People',
    objectClass: 'group',
    attributes: { member: ['CN=Inner,OU=People', 'CN=Anna Berg,OU=People'] },
  },
  {
    dn: 'CN=Partner,OU=People',
    objectClass: 'contact',
    attributes: { mail: 'partner@other.test', targetAddress: 'SMTP:partner@other.test' },
  },
];

function user(name: string, attributes: DirectoryObject['attributes']): DirectoryObject {
  const alias = name.split(' ')[0]?.toLowerCase() ?? name;
  return {
    dn: `CN=${name.replace(/[,+"\\<>;]/g, '\\$&')},OU=People`,
    objectClass: 'user',
    password: PASSWORD,
    attributes: {
      sAMAccountName: alias,
      userPrincipalName: `${alias}@source.test`,
      mail: `${alias}@source.test`,
      mailNickname: alias,
      displayName: name,
      proxyAddresses: [`SMTP:${alias}@source.test`],
      msExchRecipientTypeDetails: 1,
      ...attributes,
    },
  };
}

export interface TestDirectory {
  url: string;
  port: number;
  caFile: string;
  directory: Directory;
  /** An ldapts client, bound as the administrator or as who is named; closed with the server. */
  client(user?: string | null, options?: Partial<ClientOptions>): Promise<Client>;
  /** Closes the server and opens the same files again. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** The lab's LDAPS server over a small forest, on a free port. */
export async function startTestDirectory(extra: readonly DirectoryObject[] = []): Promise<TestDirectory> {
  const dir = mkdtempSync(join(tmpdir(), 'lab-ldap-'));
  const ca = await LabCa.open(dir, 'Test CA');
  const credential = await ca.server('ldap', ['localhost', '127.0.0.1']);
  const open = async (port: number) => {
    const directory = new Directory(join(dir, 'directory.sqlite'), 'source.test');
    if (directory.isEmpty) {
      createForest(directory, FOREST);
      loadObjects(directory, [...people, ...extra]);
    }
    return { directory, server: await startLdapServer({ directory, ...credential, host: '127.0.0.1', port }) };
  };
  let running = await open(0);
  const { port } = running.server;
  const clients: Client[] = [];
  const stop = async () => {
    for (const client of clients.splice(0)) await client.unbind().catch(() => {});
    await running.server.close();
    running.directory.close();
  };
  return {
    url: `ldaps://127.0.0.1:${port}`,
    port,
    caFile: ca.file,
    get directory() {
      return running.directory;
    },
    async client(who = 'administrator@source.test', options = {}) {
      const client = new Client({ url: `ldaps://127.0.0.1:${port}`, tlsOptions: { ca: ca.pem }, ...options });
      clients.push(client);
      if (who !== null) await client.bind(who, PASSWORD);
      return client;
    },
    async restart() {
      await stop();
      running = await open(port);
    },
    async close() {
      await stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

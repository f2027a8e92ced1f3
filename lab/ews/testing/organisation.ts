import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LabCa } from '../../ca.ts';
import type { FaultPlanInput } from '../../faults.ts';
import { parseFaults } from '../../faults.ts';
import { openOrganisation, type SqliteOrganisationStore } from '../../state/store.ts';
import type { EwsOptions } from '../context.ts';
import { createEwsServer } from '../server.ts';
import { type Group, PeopleDirectory, type Person } from './people.ts';

export const PASSWORD = 'Wolle-42-grün';

export const PEOPLE: Person[] = [
  { name: 'anna', displayName: 'Anna Berg', password: PASSWORD },
  { name: 'bert', displayName: 'Bert Cohn', password: PASSWORD },
  { name: 'carla', displayName: 'Carla Dorn', password: PASSWORD },
  { name: 'hidden', displayName: 'Hidden One', password: PASSWORD, hidden: true },
  { name: 'gone', displayName: 'Gone Person', password: PASSWORD, disabled: true },
  {
    name: 'svc',
    displayName: 'Migration Service',
    password: PASSWORD,
    roles: ['ApplicationImpersonation', 'PublicFolders'],
  },
  { name: 'clerk', displayName: 'Clerk Nomail', password: PASSWORD, mailbox: false },
];
export const GROUPS: Group[] = [
  { name: 'team', displayName: 'Team', members: ['anna', 'inner'] },
  { name: 'inner', displayName: 'Inner Circle', members: ['bert'] },
];

export interface TestOrganisation {
  name: string;
  domain: string;
  url: string;
  /** PEM of the CA, and its file. */
  ca: string;
  caFile: string;
  port: number;
  store: SqliteOrganisationStore;
  directory: PeopleDirectory;
  server: Server;
  address(name: string): string;
  close(): Promise<void>;
}

/** One organisation behind a real https server on a free port, with a mailbox for everybody who has one. */
export async function startOrganisation(
  setup: { name?: string; faults?: FaultPlanInput; options?: Partial<EwsOptions> } = {},
): Promise<TestOrganisation> {
  const name = setup.name ?? 'source';
  const domain = `${name}.test`;
  const dir = mkdtempSync(join(tmpdir(), 'lab-ews-'));
  const store = openOrganisation({ dir, name });
  const directory = new PeopleDirectory(domain, PEOPLE, GROUPS);
  store.transaction(() => {
    for (const person of PEOPLE) {
      if (person.mailbox === false) continue;
      store.createMailbox({
        address: `${person.name}@${domain}`,
        displayName: person.displayName,
        kind: 'user',
        hasArchive: person.name === 'anna',
      });
    }
  });
  const ca = await LabCa.open(dir, 'Test CA');
  const credential = await ca.server('ews', ['localhost', '127.0.0.1', `mail.${domain}`]);
  const ews = createEwsServer({
    organisation: { name, host: `mail.${domain}`, netbiosDomain: name.toUpperCase() },
    store,
    directory,
    faults: setup.faults && parseFaults(setup.faults),
    tls: { certificate: new X509Certificate(credential.cert) },
    options: setup.options,
  });
  const server = createServer({ ...credential, minVersion: 'TLSv1.2' }, (request, response) => {
    void ews.handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    name,
    domain,
    url: `https://localhost:${port}`,
    ca: ca.pem,
    caFile: ca.file,
    port,
    store,
    directory,
    server,
    address: (person) => `${person}@${domain}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      store.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

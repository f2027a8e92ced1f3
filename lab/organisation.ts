import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Credential, fingerprint, type LabCa } from './ca.ts';
import { deliver } from './delivery.ts';
import type { EwsOptions } from './ews/context.ts';
import { createEwsServer } from './ews/server.ts';
import type { FaultPlan } from './faults.ts';
import type { LabPorts } from './lab-state.ts';
import { hashMatches } from './ldap/access.ts';
import { Directory } from './ldap/directory.ts';
import { createForest, type ForestOptions, publishAutodiscover } from './ldap/forest.ts';
import { LdapOrganisationDirectory } from './ldap/organisation-directory.ts';
import { startLdapServer } from './ldap/server.ts';
import type { OrganisationStore } from './model.ts';
import { Provisioning } from './provisioning.ts';
import { labPassword, ORGANISATIONS, type Side } from './seed/people.ts';
import { type Peer, startSmtpServer } from './smtp/server.ts';
import { openOrganisation } from './state/store.ts';
import { withVirtualItems } from './state/virtual.ts';

const host = '127.0.0.1';
const serviceName = 'svc-transplant';

/** Versions the two organisations say they are: a move from an older to a newer Exchange. */
const versions: Record<Side, { exchange: string; schema: number }> = {
  source: { exchange: '15.1.2507.39', schema: 15334 },
  target: { exchange: '15.2.1748.10', schema: 17003 },
};

/** One organisation's data, open: directory, mailboxes, and what keeps both in step. */
export interface OpenedOrganisation {
  side: Side;
  directory: Directory;
  addressBook: LdapOrganisationDirectory;
  store: OrganisationStore;
  forest: ForestOptions;
  close(): void;
}

/** Opens the data of an organisation, making a fresh forest where there is none. */
export function openData(dir: string, side: Side, seed: number): OpenedOrganisation {
  const names = ORGANISATIONS[side];
  const folder = join(dir, side);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const forest: ForestOptions = {
    organisation: names.exchangeOrganisation,
    exchangeServer: names.exchangeServer,
    exchangeVersion: versions[side].exchange,
    schemaVersion: versions[side].schema,
    acceptedDomains: [names.smtpDomain],
    administratorPassword: labPassword(seed, `administrator@${names.dnsName}`),
    serviceAccount: { name: serviceName, password: labPassword(seed, `${serviceName}@${names.dnsName}`) },
  };
  const directory = new Directory(join(folder, 'directory.sqlite'), names.dnsName, names.domainSid);
  if (directory.isEmpty) createForest(directory, forest);
  const store = withVirtualItems(openOrganisation({ dir: folder, name: side }));
  return {
    side,
    directory,
    addressBook: new LdapOrganisationDirectory(directory),
    store,
    forest,
    close: () => {
      store.close();
      directory.close();
    },
  };
}

export interface ServeOptions {
  ca: LabCa;
  /** Ports of the last time; taken again where they are free. */
  ports: LabPorts | undefined;
  faults: FaultPlan | undefined;
  ews: Partial<EwsOptions> | undefined;
  /** The other organisation's SMTP front, asked for when mail is sent on. */
  peer(domain: string): Peer | undefined;
}

export interface ServedOrganisation {
  ports: LabPorts;
  certificateSha256: string;
  close(): Promise<void>;
}

/** Starts EWS and Autodiscover, LDAPS, the global catalog and SMTP over an organisation's data. */
export async function serve(data: OpenedOrganisation, options: ServeOptions): Promise<ServedOrganisation> {
  const { side, directory } = data;
  const { netbios, dnsName, smtpDomain, exchangeServer } = ORGANISATIONS[side];
  const mailHost = `${exchangeServer.toLowerCase()}.${dnsName}`;
  const names = [
    'localhost',
    host,
    mailHost,
    directory.names.dcName,
    `mail.${smtpDomain}`,
    `autodiscover.${smtpDomain}`,
  ];
  const credential = await options.ca.server(side, names);
  const closers: (() => Promise<void> | void)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    closers.push(new Provisioning(directory, data.store).start());
    const ldap = await again(options.ports?.ldap, (port) => startLdapServer({ directory, ...credential, host, port }));
    closers.push(ldap.close);
    const catalog = await again(options.ports?.globalCatalog, (port) =>
      startLdapServer({ directory, ...credential, host, port, globalCatalog: true }),
    );
    closers.push(catalog.close);
    const web = await startWeb(data, credential, options, { mailHost, netbios });
    closers.push(web.close);
    const smtp = await startSmtp(data, credential, options, mailHost);
    closers.push(smtp.close);
    publishAutodiscover(directory, data.forest, `https://${host}:${web.port}/Autodiscover/Autodiscover.xml`);
    const ports = {
      ews: web.port,
      ldap: ldap.port,
      globalCatalog: catalog.port,
      smtp: smtp.port,
      smtps: smtp.implicitPort,
    };
    return { ports, certificateSha256: fingerprint(credential.cert), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startWeb(
  data: OpenedOrganisation,
  credential: Credential,
  options: ServeOptions,
  names: { mailHost: string; netbios: string },
): Promise<{ port: number; close(): Promise<void> }> {
  const ews = createEwsServer({
    organisation: {
      name: data.side,
      host: names.mailHost,
      netbiosDomain: names.netbios,
      version: versions[data.side].exchange,
    },
    store: data.store,
    directory: data.addressBook,
    faults: options.faults,
    tls: { certificate: new X509Certificate(credential.cert) },
    options: options.ews,
  });
  const listen = async (port: number) => {
    const server = createServer({ ...credential, minVersion: 'TLSv1.2' }, (request, response) => {
      void ews.handler(request, response);
    });
    // A client that fails the handshake is its own affair.
    server.on('tlsClientError', (_error, socket) => socket.destroy());
    server.listen(port, host);
    await once(server, 'listening');
    return server;
  };
  const server = await again(options.ports?.ews, listen);
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function startSmtp(data: OpenedOrganisation, credential: Credential, options: ServeOptions, mailHost: string) {
  const { smtpDomain, exchangeServer } = ORGANISATIONS[data.side];
  const start = (port: number, implicitPort: number) =>
    startSmtpServer({
      organisation: exchangeServer,
      hostName: mailHost,
      domains: [smtpDomain],
      directory: data.addressBook,
      verifyPassword: (account, password) => hashMatches(Buffer.from(account.ntHash).toString('latin1'), password),
      deliver: (to, mime) => deliver(data.store, data.addressBook, to, mime),
      peer: options.peer,
      ...credential,
      ca: options.ca.pem,
      host,
      port,
      implicitPort,
    });
  return again(options.ports?.smtp, (port) => start(port, port === 0 ? 0 : (options.ports?.smtps ?? 0)));
}

/** The port of the last time, or any other where somebody has taken it meanwhile. */
async function again<T>(port: number | undefined, start: (port: number) => Promise<T>): Promise<T> {
  if (port !== undefined && port !== 0) {
    try {
      return await start(port);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
  return start(0);
}

import type { TransplantError } from '../domain/errors.ts';
import { attributeName } from './attributes.ts';
import { type DirectoryConfig, targetOf } from './config.ts';
import {
  DirectoryCertificateError,
  DirectoryLoginError,
  DirectoryServerError,
  DirectoryTlsError,
  DirectoryUnreachableError,
  directoryError,
} from './errors.ts';
import { LdapConnection } from './ldap-connection.ts';
import { plainEntry } from './ldap-entry.ts';

/** What a server says about itself. */
export interface ServerFacts {
  /** Its DNS name, or what it was called by. */
  name: string;
  baseDn: string;
  configurationDn: string | undefined;
  namingContexts: string[];
  /** Identity of its database; it changes when the server is restored from a backup ([MS-ADTS] 3.1.1.1.9). */
  invocationId: string;
  /** The highest change number so far; undefined where the server counts none. */
  highestUsn: number | undefined;
  controls: ReadonlySet<string>;
}

export interface OpenServer {
  connection: LdapConnection;
  url: string;
  facts: ServerFacts;
}

const ROOT_DSE = [
  'defaultNamingContext',
  'rootDomainNamingContext',
  'configurationNamingContext',
  'namingContexts',
  'dsServiceName',
  'dnsHostName',
  'highestCommittedUSN',
  'supportedControl',
];

/** Reads what the server says about itself, in two small queries. */
export async function readFacts(connection: LdapConnection): Promise<ServerFacts> {
  const root = await connection.read('', { attributes: ROOT_DSE });
  const a = plainEntry(root ?? { dn: '' }, []).attributes;
  const one = (name: string) => a[name]?.[0];
  const service = one('dsServiceName');
  const usn = one('highestCommittedUSN');
  return {
    name: one('dnsHostName') ?? connection.server,
    baseDn: one('defaultNamingContext') ?? a.namingContexts?.[0] ?? '',
    configurationDn: one('configurationNamingContext'),
    namingContexts: a.namingContexts ?? [],
    invocationId: await invocationId(connection, service),
    highestUsn: usn === undefined ? undefined : Number(usn),
    controls: new Set(a.supportedControl ?? []),
  };
}

async function invocationId(connection: LdapConnection, service: string | undefined): Promise<string> {
  if (!service) return '';
  const entry = await connection.read(service, {
    attributes: ['invocationId'],
    explicitBufferAttributes: [attributeName('invocationId')],
  });
  return (entry && plainEntry(entry, []).attributes.invocationId?.[0]) ?? service;
}

/**
 * Opens the first server that answers. A wrong password ends the attempt at once: trying it on every server would lock
 * the account.
 * @param failed says for each server that was passed over what was wrong with it
 * @throws the last server's error when none can be used
 */
export async function openFirst(
  config: DirectoryConfig,
  urls: readonly string[],
  failed: (error: TransplantError) => void,
): Promise<OpenServer> {
  let last: TransplantError | undefined;
  for (const url of urls) {
    let connection: LdapConnection | undefined;
    try {
      connection = await LdapConnection.open(targetOf(config, url));
      return { connection, url, facts: await readFacts(connection) };
    } catch (error) {
      await connection?.close();
      last = directoryError(error, `ask ${new URL(url).host} about itself`, new URL(url).host);
      if (!isServersOwnTrouble(last)) throw last;
      failed(last);
    }
  }
  throw (
    last ??
    new DirectoryUnreachableError({
      tried: `read the directory of forest ${config.forest}`,
      happened: 'No server is configured.',
      next: 'Give one with: transplant forest add NAME --ldap ldaps://HOST',
    })
  );
}

/** Whether another server may do better. */
export function isServersOwnTrouble(error: TransplantError): boolean {
  if (error instanceof DirectoryLoginError) return false;
  return (
    error instanceof DirectoryUnreachableError ||
    error instanceof DirectoryTlsError ||
    error instanceof DirectoryCertificateError ||
    (error instanceof DirectoryServerError && (error.code === 51 || error.code === 52))
  );
}

import { attributeName } from './attributes.ts';
import type { DirectoryConfig } from './config.ts';
import { plainEntry } from './ldap-entry.ts';
import { openFirst } from './ldap-server.ts';

/** Where a directory says that Autodiscover is ([MS-OXDISCO] 3.1.5.2). */
export interface ConnectionPoint {
  url: string;
  /** Active Directory sites that it serves; empty for all. */
  sites: string[];
}

/** A user with a mailbox whose account is not disabled. */
const MAILBOX = '(&(objectCategory=person)(homeMDB=*)(mail=*)(!(userAccountControl:1.2.840.113556.1.4.803:=2)))';
/** Keyword of service connection points that hold the address of an Autodiscover service. */
const URL_POINTS = '77378F46-2C66-4aa9-A6A6-3E7A48B19596';

export interface ConnectionPoints {
  /** Those for every site last. */
  points: ConnectionPoint[];
  /** DNS name of the Active Directory domain. */
  domain: string;
  /** SMTP address of some mailbox, to ask Autodiscover for. */
  mailbox: string | undefined;
}

/**
 * Autodiscover addresses of the forest, and whom to ask for there.
 * @throws DirectoryUnreachableError, DirectoryLoginError and their kin
 */
export async function readConnectionPoints(config: DirectoryConfig): Promise<ConnectionPoints> {
  const { connection, facts } = await openFirst(config, config.servers, () => undefined);
  try {
    const domain = facts.baseDn
      .split(',')
      .flatMap((part) => /^DC=(.+)$/i.exec(part.trim())?.[1] ?? [])
      .join('.')
      .toLowerCase();
    const found = await connection.page(
      facts.baseDn,
      { scope: 'sub', filter: MAILBOX, attributes: ['mail'] },
      { size: 1, cookie: undefined },
    );
    const mailbox = found.entries[0] && plainEntry(found.entries[0], []).attributes[attributeName('mail')]?.[0];
    if (!facts.configurationDn) return { points: [], domain, mailbox };
    const { entries } = await connection.page(
      facts.configurationDn,
      {
        scope: 'sub',
        filter: `(&(objectClass=serviceConnectionPoint)(keywords=${URL_POINTS}))`,
        attributes: ['serviceBindingInformation', 'keywords'],
      },
      { size: 500, cookie: undefined },
    );
    const points = entries.flatMap((entry) => {
      const { attributes } = plainEntry(entry, []);
      const sites = (attributes[attributeName('keywords')] ?? []).flatMap(
        (word) => /^Site=(.+)$/i.exec(word)?.[1] ?? [],
      );
      return (attributes[attributeName('serviceBindingInformation')] ?? []).map((url) => ({ url, sites }));
    });
    points.sort((a, b) => Number(a.sites.length === 0) - Number(b.sites.length === 0));
    return { points, domain, mailbox };
  } finally {
    await connection.close();
  }
}

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

/** Keyword of service connection points that hold the address of an Autodiscover service. */
const URL_POINTS = '77378F46-2C66-4aa9-A6A6-3E7A48B19596';

/**
 * Autodiscover addresses of the forest, those for every site last, and its Active Directory domain.
 * @throws DirectoryUnreachableError, DirectoryLoginError and their kin
 */
export async function readConnectionPoints(
  config: DirectoryConfig,
): Promise<{ points: ConnectionPoint[]; domain: string }> {
  const { connection, facts } = await openFirst(config, config.servers, () => undefined);
  try {
    const domain = facts.baseDn
      .split(',')
      .flatMap((part) => /^DC=(.+)$/i.exec(part.trim())?.[1] ?? [])
      .join('.')
      .toLowerCase();
    if (!facts.configurationDn) return { points: [], domain };
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
    return { points: points.sort((a, b) => Number(a.sites.length === 0) - Number(b.sites.length === 0)), domain };
  } finally {
    await connection.close();
  }
}

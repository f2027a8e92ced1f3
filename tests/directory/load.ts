import { Attribute, FilterParser } from 'ldapts';
import { BINARY_ATTRIBUTES } from '../../core/directory/attributes.ts';
import { parentDn } from '../../core/directory/dn.ts';
import { LdapConnection } from '../../core/directory/ldap-connection.ts';
import { plainEntry } from '../../core/directory/ldap-entry.ts';
import { closeRanges } from '../../core/directory/ldap-fetch.ts';
import type { Attributes } from '../../core/domain/recipient.ts';
import type { Forest } from '../support/forests.ts';
import type { TruthObject } from './truth/forests.ts';

export function connect(forest: Forest, user = forest.administrator): Promise<LdapConnection> {
  return LdapConnection.open({
    url: forest.url,
    trust: { pins: [], caPem: forest.ca },
    login: { kind: 'simple', user, password: forest.password },
  });
}

const PARALLEL = 16;

/** Creates objects with the containers they lie in; databases that do not exist become one that does. */
export async function load(connection: LdapConnection, forest: Forest, objects: readonly TruthObject[]): Promise<void> {
  const units = [...new Set(objects.map((o) => parentDn(o.dn)))].filter((dn) => dn.startsWith('OU='));
  for (const dn of units) await connection.client.add(dn, { objectClass: 'organizationalUnit' });
  const links: { dn: string; name: string; values: string[] }[] = [];
  const waiting = objects.map((o) => {
    const attributes: Attributes = { ...o.attributes };
    delete attributes.objectGUID;
    if (attributes.homeMDB) attributes.homeMDB = [`CN=Configuration,${forest.baseDn}`];
    for (const name of ['manager', 'member']) {
      if (attributes[name]) links.push({ dn: o.dn, name, values: attributes[name] });
      delete attributes[name];
    }
    return { dn: o.dn, attributes };
  });
  const lane = async () => {
    for (let o = waiting.pop(); o; o = waiting.pop()) {
      const list = Object.entries(o.attributes).map(([type, values]) => new Attribute({ type, values }));
      await connection.client.add(o.dn, list);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, lane));
  for (const { dn, name, values } of links) await modify(connection, dn, name, values);
}

export async function modify(
  connection: LdapConnection,
  dn: string,
  type: string,
  values: string[],
  operation: 'add' | 'replace' | 'delete' = 'add',
): Promise<void> {
  const { Change } = await import('ldapts');
  await connection.client.modify(dn, new Change({ operation, modification: new Attribute({ type, values }) }));
}

/** What a server stamps by itself, different every time. */
const STAMPED =
  /^(?:whenChanged|whenCreated|uSNChanged|uSNCreated|dSCorePropagationData|lastLogon.*|logonCount|badP.*|objectGUID)$/i;

/** Every object below the domain with every attribute it has, but for what the server stamps; values in order. */
export async function snapshot(connection: LdapConnection, baseDn: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  let cookie: Buffer | undefined;
  do {
    const page = await connection.page(
      baseDn,
      {
        scope: 'sub',
        filter: FilterParser.parseString('(|(objectClass=user)(objectClass=contact)(objectClass=group))'),
        attributes: ['*'],
        explicitBufferAttributes: [...BINARY_ATTRIBUTES],
      },
      { size: 1000, cookie },
    );
    for (const raw of page.entries) {
      const entry = plainEntry(raw, []);
      if (entry.open.length > 0) await closeRanges(connection, entry, []);
      const { dn, attributes } = entry;
      const lines = Object.entries(attributes)
        .filter(([name]) => !STAMPED.test(name))
        .map(([name, values]) => `${name}: ${[...values].sort().join(' | ')}`);
      found.set(dn, lines.sort().join('\n'));
    }
    cookie = page.cookie;
  } while (cookie);
  return found;
}

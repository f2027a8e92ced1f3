import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { z } from 'zod';
import type { Forest } from '../../store/forests.ts';
import { readSetting, writeSetting } from '../../store/settings.ts';
import type { Store } from '../../store/store.ts';
import { forestEndpoints } from '../endpoints.ts';
import type { ConfiguredPorts } from './attempts.ts';
import { PORT_ENDS, type PortEnd, type PortHosts } from './model.ts';

const SETTING = 'preflight.hosts';
/** Hosts a person named for an end of the matrix, beside those that the forests' addresses tell. */
const settingSchema = z.record(z.string(), z.array(z.string().min(1)));

export async function readPortHosts(store: Store): Promise<PortHosts> {
  const named = (await readSetting(store, SETTING, settingSchema)) ?? {};
  return Object.fromEntries(Object.entries(named).filter(([end]) => end in PORT_ENDS));
}

/** Replaces the hosts of the given ends; an empty list takes an end's names back. */
export async function writePortHosts(store: Store, hosts: PortHosts): Promise<PortHosts> {
  const merged = { ...(await readPortHosts(store)), ...hosts };
  const kept = Object.fromEntries(Object.entries(merged).filter(([, names]) => names && names.length > 0));
  await writeSetting(store, SETTING, kept);
  return kept;
}

/** The hosts of each end: what the forests are reached by, the database, and what a person named. */
export function hostsOf(
  forests: readonly Forest[],
  database: { host: string } | undefined,
  named: PortHosts,
): PortHosts {
  const hosts: Record<PortEnd, Set<string>> = {
    console: new Set(),
    sql: new Set(database ? [database.host] : []),
    sourceDc: new Set(),
    targetDc: new Set(),
    sourceExchange: new Set(),
    targetExchange: new Set(),
    targetSmtp: new Set(),
    sourceDns: new Set(),
    targetDns: new Set(),
  };
  for (const forest of forests) {
    const { role } = forest;
    for (const { service, host } of forestEndpoints(forest)) {
      if (service === 'LDAP' || service === 'Global catalog') {
        hosts[`${role}Dc`].add(host);
        // A domain controller of a forest is its DNS server unless a person says otherwise.
        if (!named[`${role}Dns`]) hosts[`${role}Dns`].add(host);
      } else if (service === 'EWS') hosts[`${role}Exchange`].add(host);
      else if (service === 'SMTP' && role === 'target') hosts.targetSmtp.add(host);
    }
  }
  for (const [end, names] of Object.entries(named)) for (const name of names ?? []) hosts[end as PortEnd].add(name);
  return Object.fromEntries(Object.entries(hosts).map(([end, names]) => [end, [...names]]));
}

/** The well-known ports by which the table means a service that a forest may have elsewhere. */
const SERVICE_PORTS: Record<number, string> = {
  25: 'SMTP',
  389: 'LDAP ldap',
  443: 'EWS',
  636: 'LDAP none',
  3268: 'Global catalog ldap',
  3269: 'Global catalog none',
};

/** Where a service of the table listens in this installation: the table's ports are defaults. */
export function configuredPorts(
  forests: readonly Forest[],
  database: { host: string; port: number } | undefined,
): ConfiguredPorts {
  const known = new Map<string, number>();
  for (const forest of forests) {
    for (const { service, preamble, host, port } of forestEndpoints(forest)) {
      const name = service === 'LDAP' || service === 'Global catalog' ? `${service} ${preamble}` : service;
      known.set(`${forest.role} ${host} ${name}`, port);
    }
  }
  return (end, host, defaultPort) => {
    if (end === 'sql') return defaultPort === 1433 && database?.host === host ? database.port : defaultPort;
    const role = end.startsWith('source') ? 'source' : 'target';
    const service = SERVICE_PORTS[defaultPort];
    if (service === undefined || end.endsWith('Dns')) return defaultPort;
    const here =
      service === 'EWS' ? end.endsWith('Exchange') : service === 'SMTP' ? !end.endsWith('Dc') : end.endsWith('Dc');
    if (!here) return defaultPort;
    return known.get(`${role} ${host} ${service}`) ?? defaultPort;
  };
}

export type Address = { address: string } | { error: string };

/** Looks up every name once, side by side. @param timeoutMs limit for each, in ms */
export async function lookUp(hosts: Iterable<string>, timeoutMs: number): Promise<Map<string, Address>> {
  const found = await Promise.all(
    [...new Set(hosts)].map(async (host): Promise<[string, Address]> => {
      if (isIP(host)) return [host, { address: host }];
      const { promise, resolve } = Promise.withResolvers<Address>();
      const timer = setTimeout(() => resolve({ error: `the name was not resolved within ${timeoutMs} ms` }), timeoutMs);
      lookup(host).then(
        ({ address }) => resolve({ address }),
        (error: NodeJS.ErrnoException) => resolve({ error: `the name cannot be resolved (${error.code ?? 'error'})` }),
      );
      return [host, await promise.finally(() => clearTimeout(timer))];
    }),
  );
  return new Map(found);
}

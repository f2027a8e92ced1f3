import { existsSync, readFileSync } from 'node:fs';
import { pinsFor } from '../domain/forest.ts';
import type { Forest } from '../store/forests.ts';
import type { Preamble } from './tls/start-tls.ts';

/** A server of a forest (or the database) that speaks TLS, and how its connection gets there. */
export interface Endpoint {
  /** Somebody chose to take any certificate of this server (`trustServerCertificate=true` in the database's address). */
  takenAsItIs?: boolean;
  /** What it is for, in the words of the screens: LDAP, Global catalog, EWS, SMTP, SQL Server. */
  service: 'LDAP' | 'Global catalog' | 'EWS' | 'SMTP' | 'SQL Server';
  host: string;
  port: number;
  preamble: Preamble;
  /** Trusted fingerprints (SHA-256, hex) and authorities (PEM) of its forest. */
  pins: readonly string[];
  caPem?: string | undefined;
  /** Name of the database server's instance, where the address has one. */
  instance?: string;
  /** The forest's name; none for the database. */
  forest?: string;
}

/** `host:port`, with brackets around an IPv6 address. */
export function addressOf({ host, port }: { host: string; port: number }): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Everything of a forest that is configured and speaks TLS. Nothing else is ever connected to with a credential. */
export function forestEndpoints(forest: Forest): Endpoint[] {
  const { config } = forest;
  const trust = { pins: config.pins, caPem: config.caPem, forest: forest.name };
  const endpoints: Endpoint[] = [];
  if (config.ldapUrl) endpoints.push({ ...trust, ...directoryAddress(config.ldapUrl, 'LDAP', 636, 389) });
  if (config.gcUrl) endpoints.push({ ...trust, ...directoryAddress(config.gcUrl, 'Global catalog', 3269, 3268) });
  if (config.ewsUrl) {
    const url = new URL(config.ewsUrl);
    endpoints.push({
      ...trust,
      service: 'EWS',
      host: bare(url.hostname),
      port: Number(url.port || 443),
      preamble: 'none',
    });
  }
  if (config.smtp) endpoints.push({ ...trust, service: 'SMTP', ...config.smtp, preamble: 'smtp' });
  return endpoints.map((one) => ({ ...one, pins: pinsFor(config.pins, one.host) }));
}

/**
 * The database server of a store's address (`mssql://…`, its password left out); none for the embedded database. A
 * named instance has no fixed port: then it is 1433 until SQL Browser tells.
 */
export function databaseEndpoint(storeUrl: string): Endpoint | undefined {
  if (!storeUrl.startsWith('mssql:') || !URL.canParse(storeUrl)) return undefined;
  const url = new URL(storeUrl);
  const pin = url.searchParams.get('pin');
  const ca = url.searchParams.get('ca');
  const instance = url.searchParams.get('instance');
  return {
    service: 'SQL Server',
    host: bare(url.hostname),
    port: Number(url.port || 1433),
    preamble: 'tds',
    pins: pin ? [pin.replaceAll(':', '').toLowerCase()] : [],
    ...(ca && existsSync(ca) ? { caPem: readFileSync(ca, 'utf8') } : {}),
    ...(instance ? { instance } : {}),
    ...(url.searchParams.get('trustServerCertificate')?.toLowerCase() === 'true' ? { takenAsItIs: true } : {}),
  };
}

function directoryAddress(
  text: string,
  service: 'LDAP' | 'Global catalog',
  securePort: number,
  plainPort: number,
): Pick<Endpoint, 'service' | 'host' | 'port' | 'preamble'> {
  const url = new URL(text);
  const secure = url.protocol === 'ldaps:';
  return {
    service,
    host: bare(url.hostname),
    port: Number(url.port || (secure ? securePort : plainPort)),
    preamble: secure ? 'none' : 'ldap',
  };
}

const bare = (hostname: string): string => hostname.replace(/^\[|\]$/g, '');

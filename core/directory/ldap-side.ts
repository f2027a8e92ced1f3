import { RECIPIENT_FILTER } from './attributes.ts';
import { type DirectoryConfig, PAGE_SIZE, targetOf } from './config.ts';
import { dnKey, dnsDomain, isBelow } from './dn.ts';
import { directoryError } from './errors.ts';
import { LdapConnection } from './ldap-connection.ts';
import { fetchAll } from './ldap-delta.ts';
import { plainEntry } from './ldap-entry.ts';
import { Fetcher } from './ldap-fetch.ts';
import { openFirst } from './ldap-server.ts';
import type { ReadBatch, ReadOptions } from './reader.ts';

/*
 * Other domains of a forest: through a global catalog, or where a referral leads. Their servers count changes for
 * themselves, so what changed is found by comparing the change numbers of all their objects with the stored ones.
 */

/** Objects compared with what is stored; `seen` gathers every GUID that was met. */
interface Side {
  config: DirectoryConfig;
  options: ReadOptions;
  known: ReadonlyMap<string, number>;
  seen: Set<string>;
}

const AT_ONCE = 1000;
const REFERRAL_HOPS = 3;

/** Reads what a global catalog has of domains other than `ownBases`. @returns a sentence for people */
export async function* readCatalog(side: Side, ownBases: readonly string[]): AsyncGenerator<ReadBatch, string> {
  const { config } = side;
  const { connection, facts } = await openFirst(config, config.globalCatalogs ?? [], () => {});
  try {
    const domains = new Set<string>();
    const skip = (dn: string) => {
      // A child domain lies below its parent's name and is another domain all the same.
      const domain = dnsDomain(dn).toLowerCase();
      if (ownBases.some((base) => isBelow(dn, base) && dnsDomain(base).toLowerCase() === domain)) return true;
      domains.add(domain);
      return false;
    };
    yield* compare(side, connection, '', skip);
    const names = [...domains].join(', ') || 'no other domain';
    return `The global catalog ${facts.name} was asked for ${names}; it holds only part of the attributes.`;
  } finally {
    await connection.close();
  }
}

async function* compare(
  { config, options, known, seen }: Side,
  connection: LdapConnection,
  base: string,
  skip: (dn: string) => boolean,
  found?: (references: ReadonlySet<string>) => void,
): AsyncGenerator<ReadBatch> {
  const fetcher = new Fetcher(connection, {
    extraAttributes: config.extraAttributes ?? [],
    pageSize: config.pageSize ?? PAGE_SIZE,
    signal: options.signal,
  });
  let wanted: string[] = [];
  let unchanged: string[] = [];
  for await (const page of fetcher.pages(base, RECIPIENT_FILTER, ['objectGUID', 'uSNChanged'])) {
    for (const raw of page.entries) {
      const { dn, attributes } = plainEntry(raw, []);
      const guid = attributes.objectGUID?.[0]?.toLowerCase();
      if (guid === undefined) continue;
      if (skip(dn)) {
        seen.add(guid);
        continue;
      }
      seen.add(guid);
      const usn = Number(attributes.uSNChanged?.[0] ?? 0);
      if (usn > 0 && known.get(guid) === usn) unchanged.push(guid);
      else wanted.push(guid);
    }
    if (wanted.length >= AT_ONCE) {
      yield* fetchAll(fetcher, base, wanted);
      wanted = [];
    }
    yield { recipients: [], gone: [], problems: [], unchanged };
    unchanged = [];
  }
  yield* fetchAll(fetcher, base, wanted);
  found?.(fetcher.references);
}

/** Follows referrals to configured hosts, and names those that lead elsewhere. */
export async function* followReferrals(
  side: Side,
  references: ReadonlySet<string>,
  from: string,
  ownBases: readonly string[],
  hop = 1,
): AsyncGenerator<ReadBatch> {
  const { config } = side;
  const hosts = new Set([...config.servers.map(hostOf), ...(config.referralHosts ?? [])].map((h) => h.toLowerCase()));
  for (const reference of references) {
    const { host, dn } = parseReference(reference);
    if (host === '' || isPartition(dn) || ownBases.some((base) => dnKey(base) === dnKey(dn))) continue;
    if (!hosts.has(host) || hop > REFERRAL_HOPS) {
      const why = hop > REFERRAL_HOPS ? 'it is one referral too many' : 'it is not among the configured hosts';
      const reason = `a referral to ${host} was not followed: ${why}`;
      yield { recipients: [], gone: [], problems: [{ dn, reason }] };
      continue;
    }
    const url = new URL(from);
    url.hostname = host;
    let next: ReadonlySet<string> = new Set();
    let connection: LdapConnection | undefined;
    try {
      connection = await LdapConnection.open(targetOf(config, url.href.replace(/\/$/, '')));
      yield* compare(
        side,
        connection,
        dn,
        () => false,
        (found) => {
          next = found;
        },
      );
    } catch (error) {
      const told = directoryError(error, `follow the referral to ${host}`, host);
      yield { recipients: [], gone: [], problems: [{ dn, reason: told.text.happened }] };
    } finally {
      await connection?.close();
    }
    yield* followReferrals(side, next, from, [...ownBases, dn], hop + 1);
  }
}

function hostOf(url: string): string {
  return new URL(url).hostname;
}

/** `ldap://host:port/DC=child,DC=x?…` in its parts. */
function parseReference(reference: string): { host: string; dn: string } {
  const found = /^ldaps?:\/\/([^/:?]*)(?::\d+)?\/([^?]*)/i.exec(reference);
  if (!found) return { host: '', dn: '' };
  try {
    return { host: (found[1] ?? '').toLowerCase(), dn: decodeURIComponent(found[2] ?? '') };
  } catch {
    return { host: '', dn: '' };
  }
}

/** Configuration and DNS partitions hold no recipients. */
function isPartition(dn: string): boolean {
  return /^(?:CN=Configuration|CN=Schema|DC=DomainDnsZones|DC=ForestDnsZones),/i.test(dn) || dn === '';
}

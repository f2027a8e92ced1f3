import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';

/** Addresses that belong to whoever sits on the same wire, and to nobody who can be known ([RFC 3927], [RFC 4291]). */
const LINK_LOCAL = new BlockList();
LINK_LOCAL.addSubnet('169.254.0.0', 16, 'ipv4');
LINK_LOCAL.addSubnet('fe80::', 10, 'ipv6');

export type Lookup = (host: string) => Promise<string[]>;

export const systemLookup: Lookup = async (host) => {
  const found = await lookup(host, { all: true, verbatim: true });
  return found.map((one) => one.address);
};

export function isLinkLocal(address: string): boolean {
  const plain = address.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/i, '');
  const family = isIP(plain);
  return family !== 0 && LINK_LOCAL.check(plain, family === 4 ? 'ipv4' : 'ipv6');
}

/** A domain whose `autodiscover.` host can belong to the organisation: at least two labels, and no address. */
export function isOrganisationDomain(domain: string): boolean {
  const labels = domain.split('.');
  return (
    labels.length >= 2 &&
    labels.every((label) => /^[a-z0-9_](?:[a-z0-9-]*[a-z0-9])?$/i.test(label)) &&
    isIP(domain) === 0
  );
}

export interface HostRules {
  /** Hosts whose addresses come from the forest's directory or from a person. */
  named: readonly string[];
  /** Mail domains of the forest, and its Active Directory domain. */
  domains: readonly string[];
  lookup: Lookup;
}

/** Whether anything may be sent to a place: its IP address, or why not. `consent`: a person can allow it. */
export type Verdict = { address: string } | { reason: string; consent?: string };

export async function judge(url: string, rules: HostRules): Promise<Verdict> {
  if (!URL.canParse(url)) return { reason: 'it is no address' };
  const { protocol, hostname, username, host } = new URL(url);
  const name = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (protocol !== 'https:') return { reason: 'it is not https; plain HTTP is refused' };
  if (username !== '') return { reason: 'it carries a user name' };
  const lower = (list: readonly string[]): string[] => list.map((one) => one.toLowerCase());
  const known =
    lower(rules.named).some((one) => one === name || one === host.toLowerCase()) ||
    lower(rules.domains).some((domain) => name === domain || name.endsWith(`.${domain}`));
  if (!known) return { reason: `${name} belongs to none of the forest's domains`, consent: name };
  let addresses: string[];
  try {
    addresses = isIP(name) ? [name] : await rules.lookup(name);
  } catch {
    return { reason: `${name} is not found in DNS` };
  }
  const [address] = addresses;
  if (address === undefined) return { reason: `${name} is not found in DNS` };
  if (addresses.some(isLinkLocal)) return { reason: `${name} has a link-local address` };
  return { address };
}

/** Whether a host was named by the directory or a person, not only by lying in one of the forest's domains. */
export function isNamed(url: string, rules: HostRules): boolean {
  const { host, hostname } = new URL(url);
  return rules.named.some((one) => one.toLowerCase() === host || one.toLowerCase() === hostname);
}

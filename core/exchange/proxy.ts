import { BlockList, isIP } from 'node:net';

/** How a forest's servers are reached through an HTTP proxy (CONNECT, RFC 9110 9.3.6); TLS runs inside the tunnel. */
export interface ProxySettings {
  /** http://HOST:PORT, without credentials. */
  proxy?: string | undefined;
  login?: { user: string; password: string } | undefined;
  /** Hosts that are reached directly: names, `.domain` or `*.domain` with all below, addresses and networks (CIDR), `*`. */
  bypass?: readonly string[] | undefined;
}

/** The proxy for a host as one URL with its credentials; undefined where it is reached directly. */
export function proxyFor(host: string, { proxy, login, bypass }: ProxySettings): string | undefined {
  if (proxy === undefined || bypassed(host, bypass ?? [])) return undefined;
  const url = new URL(proxy);
  if (login) {
    url.username = encodeURIComponent(login.user);
    url.password = encodeURIComponent(login.password);
  }
  return url.href;
}

function bypassed(host: string, list: readonly string[]): boolean {
  const name = host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
  return list.some((entry) => matches(name, entry.trim().toLowerCase()));
}

function matches(name: string, entry: string): boolean {
  if (entry === '') return false;
  if (entry === '*') return true;
  const [network = '', bits] = entry.split('/');
  const family = isIP(network.replace(/^\[|\]$/g, ''));
  if (family !== 0) return inNetwork(name, network.replace(/^\[|\]$/g, ''), bits, family === 4 ? 'ipv4' : 'ipv6');
  const domain = entry.replace(/^\*?\./, '');
  return name === domain || (entry !== domain && name.endsWith(`.${domain}`));
}

function inNetwork(name: string, network: string, bits: string | undefined, family: 'ipv4' | 'ipv6'): boolean {
  if (isIP(name) !== (family === 'ipv4' ? 4 : 6)) return false;
  const list = new BlockList();
  const prefix = Number(bits);
  if (bits === undefined) list.addAddress(network, family);
  else if (/^\d+$/.test(bits) && prefix <= (family === 'ipv4' ? 32 : 128)) list.addSubnet(network, prefix, family);
  return list.check(name, family);
}

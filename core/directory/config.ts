import type { DirectoryLogin, LdapTarget } from './ldap-connection.ts';
import type { Trust } from './tls.ts';

/** How a forest's directory is reached. */
export interface DirectoryConfig {
  /** The forest's name, for messages. */
  forest: string;
  /** Domain controllers in order of preference; those of one domain stand in for each other. */
  servers: readonly string[];
  /** Global catalogs, for domains of the forest that no server is given for. */
  globalCatalogs?: readonly string[];
  trust: Trust;
  login: DirectoryLogin;
  /** Exports (LDIF or CSV) to read instead of a server. */
  files?: readonly string[];
  /** Where to look; default: the whole domain of each server. */
  baseDns?: readonly string[];
  /** Hosts (beside the servers) that a referral may lead to. */
  referralHosts?: readonly string[];
  /** Attributes to keep beyond the built-in list, such as join keys of the user's rules. */
  extraAttributes?: readonly string[];
  pageSize?: number;
  connectTimeoutMs?: number;
  timeoutMs?: number;
}

export const PAGE_SIZE = 1000;

/** A connection's target for one of the config's servers. */
export function targetOf(config: DirectoryConfig, url: string): LdapTarget {
  return {
    url,
    trust: config.trust,
    login: config.login,
    ...(config.connectTimeoutMs === undefined ? {} : { connectTimeoutMs: config.connectTimeoutMs }),
    ...(config.timeoutMs === undefined ? {} : { timeoutMs: config.timeoutMs }),
  };
}

import { EqualityFilter, type Filter, OrFilter } from 'ldapts';
import { plainEntry } from '../../directory/ldap-entry.ts';
import type { DirectorySession } from '../environment.ts';
import { versionOfSerial } from './versions.ts';

/** What the configuration partition says of an Exchange organisation. Sizes are bytes; undefined is "unlimited" or unset. */
export interface Organisation {
  dn: string;
  name: string;
  servers: { name: string; version: string | undefined; roles: number }[];
  acceptedDomains: { domain: string; kind: 'authoritative' | 'externalRelay' | 'internalRelay' }[];
  /** MaxSendSize and MaxReceiveSize of the transport settings. */
  maxSend: number | undefined;
  maxReceive: number | undefined;
  databases: {
    name: string;
    warn: number | undefined;
    prohibitSend: number | undefined;
    prohibitAll: number | undefined;
  }[];
  virtualDirectories: { server: string; internalUrl: string | undefined; externalUrl: string | undefined }[];
  throttling: { name: string; ews: string | undefined; concurrency: number | undefined }[];
  publicFolderMailboxes: number;
  legacyPublicFolderDatabases: number;
}

const KB = 1024;
/** Transport sizes above this stand for "unlimited" ([MS-…] 2^31-1 bytes in KB). */
const UNLIMITED_KB = 2_097_151;
const CLASSES = [
  'msExchExchangeServer',
  'msExchAcceptedDomain',
  'msExchTransportSettings',
  'msExchPrivateMDB',
  'msExchPublicMDB',
  'msExchWebServicesVirtualDirectory',
  'msExchThrottlingPolicy',
];
/** PublicFolderMailbox of msExchRecipientTypeDetails. */
const PUBLIC_FOLDER_MAILBOX = '68719476736';

type Plain = ReturnType<typeof plainEntry>;
const one = ({ attributes }: Plain, name: string): string | undefined => {
  const found = Object.keys(attributes).find((key) => key.toLowerCase() === name.toLowerCase());
  return found === undefined ? undefined : attributes[found]?.[0];
};
const kilobytes = (entry: Plain, name: string): number | undefined => {
  const text = one(entry, name);
  if (text === undefined || !/^\d+$/.test(text) || Number(text) >= UNLIMITED_KB) return undefined;
  return Number(text) * KB;
};

/** Reads the organisation, in two searches. @returns undefined where the forest has no Exchange */
export async function readOrganisation({ connection, facts }: DirectorySession): Promise<Organisation | undefined> {
  if (facts.configurationDn === undefined) return undefined;
  const root = `CN=Microsoft Exchange,CN=Services,${facts.configurationDn}`;
  const search = async (base: string, filter: Filter): Promise<Plain[]> => {
    const found: Plain[] = [];
    let cookie: Buffer | undefined;
    do {
      const page = await connection.page(base, { scope: 'sub', filter }, { size: 500, cookie });
      found.push(...page.entries.map((entry) => plainEntry(entry, [])));
      cookie = page.cookie;
    } while (cookie);
    return found;
  };
  if (!(await connection.read(root, { attributes: ['1.1'] }))) return undefined;
  const [organisation] = await search(
    root,
    new EqualityFilter({ attribute: 'objectClass', value: 'msExchOrganizationContainer' }),
  );
  if (!organisation) return undefined;
  const filters = CLASSES.map((value) => new EqualityFilter({ attribute: 'objectClass', value }));
  const objects = await search(organisation.dn, new OrFilter({ filters }));
  const folders = await connection.page(
    facts.baseDn,
    {
      scope: 'sub',
      filter: new EqualityFilter({ attribute: 'msExchRecipientTypeDetails', value: PUBLIC_FOLDER_MAILBOX }),
      attributes: ['1.1'],
    },
    { size: 100, cookie: undefined },
  );
  return build(organisation, objects, folders.entries.length);
}

function build(organisation: Plain, objects: readonly Plain[], publicFolderMailboxes: number): Organisation {
  const of = (name: string): Plain[] =>
    objects.filter(({ attributes }) => classesOf(attributes).includes(name.toLowerCase()));
  // Until 2007 the limits stood on another object; where the settings have a class of the lab's or of old versions, the
  // container's name tells.
  const transport = of('msExchTransportSettings')[0];
  return {
    dn: organisation.dn,
    name: nameOf(organisation),
    servers: of('msExchExchangeServer').map((entry) => ({
      name: nameOf(entry),
      version: versionOfSerial(one(entry, 'serialNumber') ?? ''),
      roles: Number(one(entry, 'msExchCurrentServerRoles') ?? 0),
    })),
    acceptedDomains: of('msExchAcceptedDomain').map((entry) => ({
      domain: (one(entry, 'msExchAcceptedDomainName') ?? '').toLowerCase(),
      kind: domainKind(Number(one(entry, 'msExchAcceptedDomainFlags') ?? 0)),
    })),
    maxSend: transport && kilobytes(transport, 'submissionContLength'),
    maxReceive: transport && kilobytes(transport, 'delivContLength'),
    databases: of('msExchPrivateMDB').map((entry) => ({
      name: nameOf(entry),
      warn: kilobytes(entry, 'mDBStorageQuota'),
      prohibitSend: kilobytes(entry, 'mDBOverQuotaLimit'),
      prohibitAll: kilobytes(entry, 'mDBOverHardQuotaLimit'),
    })),
    virtualDirectories: of('msExchWebServicesVirtualDirectory').map((entry) => ({
      server: /CN=Protocols,CN=([^,]+)/i.exec(entry.dn)?.[1] ?? '',
      internalUrl: one(entry, 'msExchInternalHostName'),
      externalUrl: one(entry, 'msExchExternalHostName'),
    })),
    throttling: of('msExchThrottlingPolicy').map((entry) => {
      const ews = one(entry, 'msExchEwsThrottlingPolicyState');
      const concurrency = /(?:^|[,~|])con[:~](\d+)/i.exec(ews ?? '')?.[1];
      return { name: nameOf(entry), ews, concurrency: concurrency === undefined ? undefined : Number(concurrency) };
    }),
    publicFolderMailboxes,
    legacyPublicFolderDatabases: of('msExchPublicMDB').length,
  };
}

const classesOf = (attributes: Plain['attributes']): string[] =>
  (attributes.objectClass ?? []).map((name) => name.toLowerCase());
const nameOf = ({ dn }: Plain): string => /^(?:CN|OU)=((?:[^,\\]|\\.)+)/i.exec(dn)?.[1]?.replace(/\\(.)/g, '$1') ?? dn;

/** The lowest bits of msExchAcceptedDomainFlags. */
function domainKind(flags: number): Organisation['acceptedDomains'][number]['kind'] {
  if ((flags & 3) === 2) return 'internalRelay';
  return (flags & 3) === 1 ? 'externalRelay' : 'authoritative';
}

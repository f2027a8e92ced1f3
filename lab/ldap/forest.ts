import type { Directory } from './directory.ts';
import { type DirectoryObject, loadObjects } from './load.ts';
import { attributeSchemas, classSchemas, syntaxIds } from './schema.ts';
import { parseSid } from './values.ts';

/** What an organisation needs before it has people: the tree of a fresh forest with Exchange prepared in it. */
export interface ForestOptions {
  /** The Exchange organisation's name: First Organization. */
  organisation: string;
  /** Short name of the Exchange server: SOURCE-EX01. */
  exchangeServer: string;
  /** Version as Exchange reports it: 15.1.2507.39. */
  exchangeVersion: string;
  /** rangeUpper of ms-Exch-Schema-Version-Pt: 15334 for 2016 CU23, 17003 for 2019 CU14. */
  schemaVersion: number;
  acceptedDomains: readonly string[];
  administratorPassword: string;
  serviceAccount: { name: string; password: string };
}

const adminGroup = 'Exchange Administrative Group (FYDIBOHF23SPDLT)';

/** DNs and legacy names that other parts need; no domain components. */
export function exchangeNames(options: Pick<ForestOptions, 'organisation' | 'exchangeServer'>) {
  const services = 'CN=Services,CN=Configuration';
  const organisation = `CN=${options.organisation},CN=Microsoft Exchange,${services}`;
  const group = `CN=${adminGroup},CN=Administrative Groups,${organisation}`;
  const server = `CN=${options.exchangeServer},CN=Servers,${group}`;
  const legacy = `/o=${options.organisation}/ou=${adminGroup}`;
  return {
    organisation,
    group,
    server,
    database: `CN=Mailbox Database 01,CN=Databases,${group}`,
    scp: `CN=${options.exchangeServer},CN=Autodiscover,CN=Protocols,${server}`,
    legacyRecipients: `${legacy}/cn=Recipients`,
    legacyServer: `${legacy}/cn=Configuration/cn=Servers/cn=${options.exchangeServer}`,
    legacyDatabase: `${legacy}/cn=Configuration/cn=Servers/cn=${options.exchangeServer}/cn=Microsoft Private MDB`,
  };
}

/** Fills an empty directory. */
export function createForest(directory: Directory, options: ForestOptions): void {
  directory.transaction(() => {
    createRoots(directory);
    loadObjects(directory, [...domainObjects(directory, options), ...siteObjects(directory)]);
    loadObjects(directory, exchangeObjects(directory, options));
    loadObjects(directory, schemaObjects(options));
    joinGroups(directory, options);
  });
}

function createRoots(directory: Directory): void {
  const { baseDn, schemaDn } = directory.names;
  const category = (name: string) => [`CN=${name},${schemaDn}`];
  const [first = baseDn] = baseDn.split(',');
  const root = directory.create(
    { parent: null, rdn: { type: 'DC', value: first.slice(3) }, nc: 'domain' },
    {
      values: new Map([
        ['objectclass', ['top', 'domain', 'domainDNS']],
        ['objectcategory', category('Domain-DNS')],
        ['objectsid', [parseSid(directory.domainSid) ?? '']],
        ['instancetype', ['5']],
        ['ms-ds-machineaccountquota', ['10']],
        ['msds-behavior-version', ['7']],
        ['minpwdlength', ['7']],
        ['iscriticalsystemobject', ['TRUE']],
      ]),
      links: [],
    },
  );
  const configuration = directory.create(
    { parent: root.guid, rdn: { type: 'CN', value: 'Configuration' }, nc: 'configuration' },
    {
      values: new Map([
        ['objectclass', ['top', 'configuration']],
        ['objectcategory', category('Configuration')],
        ['instancetype', ['13']],
        ['iscriticalsystemobject', ['TRUE']],
      ]),
      links: [],
    },
  );
  directory.create(
    { parent: configuration.guid, rdn: { type: 'CN', value: 'Schema' }, nc: 'schema' },
    {
      values: new Map([
        ['objectclass', ['top', 'dMD']],
        ['objectcategory', category('DMD')],
        ['instancetype', ['13']],
        ['objectversion', ['88']],
        ['iscriticalsystemobject', ['TRUE']],
      ]),
      links: [],
    },
  );
}

function container(
  dn: string,
  objectClass = 'container',
  attributes: DirectoryObject['attributes'] = {},
): DirectoryObject {
  return { dn, objectClass, attributes };
}

function domainObjects(directory: Directory, options: ForestOptions): DirectoryObject[] {
  const { dnsName, dcName } = directory.names;
  const group = (name: string, rid: string, type = '-2147483646'): DirectoryObject => ({
    dn: `CN=${name},CN=Users`,
    objectClass: 'group',
    attributes: { objectSid: `${directory.domainSid}-${rid}`, groupType: type, isCriticalSystemObject: true },
  });
  const critical = { isCriticalSystemObject: true, systemFlags: -1946157056 };
  const roleGroup = (name: string, description: string): DirectoryObject => ({
    dn: `CN=${name},OU=Microsoft Exchange Security Groups`,
    objectClass: 'group',
    attributes: { groupType: '-2147483640', description },
  });
  return [
    container('CN=Users', 'container', critical),
    container('CN=Computers', 'container', critical),
    container('CN=System', 'container', critical),
    container('CN=ForeignSecurityPrincipals', 'container', critical),
    container('CN=LostAndFound', 'lostAndFound', critical),
    container('CN=Builtin', 'builtinDomain', critical),
    container('OU=Domain Controllers', 'organizationalUnit', critical),
    container('CN=Deleted Objects', 'container', { ...critical, isDeleted: true }),
    container('CN=Microsoft Exchange System Objects', 'msExchSystemObjectsContainer', { objectVersion: 13243 }),
    container('OU=Microsoft Exchange Security Groups', 'organizationalUnit'),
    container('OU=Service Accounts', 'organizationalUnit'),
    {
      dn: 'CN=Administrators,CN=Builtin',
      objectClass: 'group',
      attributes: { objectSid: 'S-1-5-32-544', groupType: -2147483643, isCriticalSystemObject: true },
    },
    group('Domain Admins', '512'),
    group('Domain Users', '513'),
    group('Domain Guests', '514'),
    group('Domain Computers', '515'),
    group('Domain Controllers', '516'),
    group('Schema Admins', '518', '-2147483640'),
    group('Enterprise Admins', '519', '-2147483640'),
    roleGroup('Organization Management', 'Manages Exchange objects and their properties in the Exchange organization.'),
    roleGroup('Recipient Management', 'Manages Exchange recipient objects in the Exchange organization.'),
    roleGroup('Public Folder Management', 'Manages public folders.'),
    roleGroup('View-Only Organization Management', 'Views Exchange objects in the Exchange organization.'),
    roleGroup('Exchange Servers', 'Exchange servers.'),
    roleGroup('Exchange Trusted Subsystem', 'Exchange servers that run services on behalf of users.'),
    {
      dn: 'CN=Administrator,CN=Users',
      objectClass: 'user',
      attributes: {
        objectSid: `${directory.domainSid}-500`,
        userPrincipalName: `administrator@${dnsName}`,
        isCriticalSystemObject: true,
        adminCount: 1,
      },
      password: options.administratorPassword,
    },
    {
      dn: `CN=${options.serviceAccount.name},OU=Service Accounts`,
      objectClass: 'user',
      attributes: {
        displayName: 'Transplant service account',
        userPrincipalName: `${options.serviceAccount.name}@${dnsName}`,
      },
      password: options.serviceAccount.password,
    },
    {
      dn: `CN=${hostOf(dcName)},OU=Domain Controllers`,
      objectClass: 'computer',
      attributes: {
        sAMAccountName: `${hostOf(dcName)}$`,
        dNSHostName: dcName,
        userAccountControl: 532480,
        primaryGroupID: 516,
        isCriticalSystemObject: true,
      },
    },
  ];
}

function hostOf(dnsName: string): string {
  return (dnsName.split('.')[0] ?? dnsName).toUpperCase();
}

function siteObjects(directory: Directory): DirectoryObject[] {
  const { baseDn, configurationDn, schemaDn, dnsName, netbios, dcName } = directory.names;
  const site = 'CN=Default-First-Site-Name,CN=Sites,CN=Configuration';
  const server = `CN=${hostOf(dcName)},CN=Servers,${site}`;
  return [
    container('CN=Sites,CN=Configuration', 'sitesContainer'),
    container(site, 'site'),
    container(`CN=Servers,${site}`, 'serversContainer'),
    container(server, 'server', { dNSHostName: dcName, serverReference: `CN=${hostOf(dcName)},OU=Domain Controllers` }),
    container(`CN=NTDS Settings,${server}`, 'nTDSDSA', {
      invocationId: Buffer.from(directory.invocationId, 'hex'),
      options: 1,
      hasMasterNCs: [baseDn, configurationDn, schemaDn],
    }),
    container('CN=Partitions,CN=Configuration', 'crossRefContainer', { 'msDS-Behavior-Version': 7 }),
    container(`CN=${netbios},CN=Partitions,CN=Configuration`, 'crossRef', {
      nCName: baseDn,
      nETBIOSName: netbios,
      dnsRoot: dnsName,
      systemFlags: 3,
    }),
    container('CN=Deleted Objects,CN=Configuration', 'container', { isDeleted: true, systemFlags: -1946157056 }),
    container('CN=Services,CN=Configuration'),
    container('CN=Windows NT,CN=Services,CN=Configuration'),
    container('CN=Directory Service,CN=Windows NT,CN=Services,CN=Configuration', 'nTDSService', {
      tombstoneLifetime: 180,
    }),
  ];
}

function exchangeObjects(directory: Directory, options: ForestOptions): DirectoryObject[] {
  const names = exchangeNames(options);
  const serverHost = `${options.exchangeServer.toLowerCase()}.${directory.names.dnsName}`;
  const legacyName = names.legacyServer;
  const serviceDn = `CN=${options.serviceAccount.name},OU=Service Accounts`;
  const rbac = `CN=RBAC,${names.organisation}`;
  return [
    container('CN=Microsoft Exchange,CN=Services,CN=Configuration', 'msExchConfigurationContainer'),
    container(names.organisation, 'msExchOrganizationContainer', {
      legacyExchangeDN: `/o=${options.organisation}`,
      objectVersion: 16763,
      msExchProductID: options.exchangeVersion,
    }),
    container(`CN=Administrative Groups,${names.organisation}`, 'msExchAdminGroupContainer'),
    container(names.group, 'msExchAdminGroup', { legacyExchangeDN: `/o=${options.organisation}/ou=${adminGroup}` }),
    container(`CN=Servers,${names.group}`, 'msExchServersContainer'),
    container(names.server, 'msExchExchangeServer', {
      serialNumber: serialNumber(options.exchangeVersion),
      versionNumber: versionNumber(options.exchangeVersion),
      msExchCurrentServerRoles: 16439,
      legacyExchangeDN: legacyName,
      networkAddress: [`ncacn_ip_tcp:${serverHost}`, `netbios:${options.exchangeServer}`],
      msExchServerSite: 'CN=Default-First-Site-Name,CN=Sites,CN=Configuration',
    }),
    container(`CN=Protocols,${names.server}`),
    container(`CN=Autodiscover,CN=Protocols,${names.server}`),
    container(names.scp, 'serviceConnectionPoint', {
      serviceClassName: 'ms-Exchange-AutoDiscover-Service',
      serviceDNSName: options.exchangeServer,
      keywords: ['77378F46-2C66-4aa9-A6A6-3E7A48B19596', 'Site=Default-First-Site-Name'],
    }),
    container(`CN=Databases,${names.group}`, 'msExchMDBContainer'),
    container(names.database, 'msExchPrivateMDB', {
      legacyExchangeDN: names.legacyDatabase,
      msExchOwningServer: names.server,
    }),
    container(`CN=Transport Settings,${names.organisation}`),
    container(`CN=Accepted Domains,CN=Transport Settings,${names.organisation}`),
    ...options.acceptedDomains.map((domain) =>
      container(
        `CN=${domain},CN=Accepted Domains,CN=Transport Settings,${names.organisation}`,
        'msExchAcceptedDomain',
        {
          msExchAcceptedDomainName: domain,
          msExchAcceptedDomainFlags: 0,
        },
      ),
    ),
    container(rbac),
    container(`CN=Roles,${rbac}`),
    container(`CN=ApplicationImpersonation,CN=Roles,${rbac}`, 'msExchRole'),
    container(`CN=Role Assignments,${rbac}`),
    container(
      `CN=ApplicationImpersonation-${options.serviceAccount.name},CN=Role Assignments,${rbac}`,
      'msExchRoleAssignment',
      {
        msExchRoleLink: [`CN=ApplicationImpersonation,CN=Roles,${rbac}`],
        msExchUserLink: [serviceDn],
      },
    ),
  ];
}

/** `Version 15.1 (Build 32507.39)`: the build is written 30000 higher. */
function serialNumber(version: string): string {
  const [major = 15, minor = 0, build = 0, revision = 0] = version.split('.').map(Number);
  return `Version ${major}.${minor} (Build ${30000 + build}.${revision})`;
}

/** The packed form Exchange keeps: minor at 16, major at 22, bit 15 set, the build below. */
function versionNumber(version: string): number {
  const [major = 15, minor = 0, build = 0] = version.split('.').map(Number);
  return (7 << 28) | (major << 22) | (minor << 16) | 0x8000 | build | 0;
}

function* schemaObjects(options: ForestOptions): Iterable<DirectoryObject> {
  const schema = 'CN=Schema,CN=Configuration';
  yield container(`CN=Aggregate,${schema}`, 'subSchema');
  yield container(`CN=ms-Exch-Schema-Version-Pt,${schema}`, 'attributeSchema', {
    lDAPDisplayName: 'msExchSchemaVersionPt',
    attributeSyntax: '2.5.5.12',
    oMSyntax: 64,
    isSingleValued: true,
    rangeUpper: options.schemaVersion,
  });
  for (const attribute of attributeSchemas()) {
    const [attributeSyntax, oMSyntax] = syntaxIds[attribute.syntax];
    yield container(`CN=${attribute.name},${schema}`, 'attributeSchema', {
      lDAPDisplayName: attribute.name,
      attributeSyntax,
      oMSyntax,
      isSingleValued: attribute.single,
      ...(attribute.link === undefined ? {} : { linkID: attribute.link }),
      ...(attribute.longest === undefined ? {} : { rangeUpper: attribute.longest }),
    });
  }
  const named = new Set<string>();
  for (const one of classSchemas()) {
    // Several classes share a category; each class has an object of its own all the same.
    const cn = named.has(one.category) ? one.name : one.category;
    named.add(one.category);
    yield container(`CN=${cn},${schema}`, 'classSchema', {
      lDAPDisplayName: one.name,
      subClassOf: one.chain.at(-2) ?? 'top',
      defaultObjectCategory: `CN=${one.category},${schema}`,
    });
  }
}

/** Who is in which group from the start. */
function joinGroups(directory: Directory, options: ForestOptions): void {
  const find = (dn: string) => {
    const entry = directory.tree.find(`${dn},${directory.names.baseDn}`);
    if (!entry) throw new Error(`${dn} is missing`);
    return entry;
  };
  const admin = 'CN=Administrator,CN=Users';
  const service = `CN=${options.serviceAccount.name},OU=Service Accounts`;
  const roleGroups = ['Organization Management', 'Recipient Management', 'Public Folder Management'];
  const joins: [group: string, members: string[]][] = [
    ['CN=Domain Admins,CN=Users', [admin]],
    ['CN=Enterprise Admins,CN=Users', [admin]],
    ['CN=Schema Admins,CN=Users', [admin]],
    ['CN=Administrators,CN=Builtin', [admin, 'CN=Domain Admins,CN=Users', 'CN=Enterprise Admins,CN=Users']],
    ...roleGroups.map((name): [string, string[]] => [`CN=${name},OU=Microsoft Exchange Security Groups`, [service]]),
  ];
  for (const [group, members] of joins)
    directory.write(find(group), {
      values: new Map(),
      links: [{ name: 'member', add: members.map((dn) => find(dn).guid), remove: [] }],
    });
}

/** Sets the Autodiscover address that the service connection point tells ([MS-OXDISCO] 3.1.5.2). */
export function publishAutodiscover(directory: Directory, options: ForestOptions, url: string): void {
  const entry = directory.tree.find(`${exchangeNames(options).scp},${directory.names.baseDn}`);
  if (!entry || directory.tree.first(entry, 'servicebindinginformation') === url) return;
  directory.write(entry, { values: new Map([['servicebindinginformation', [url]]]), links: [] });
}

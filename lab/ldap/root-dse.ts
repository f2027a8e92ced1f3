import { readSelection } from './attributes.ts';
import { supportedControls } from './controls.ts';
import type { Directory } from './directory.ts';
import type { AnsweredAttribute } from './protocol.ts';
import { formatTime } from './values.ts';

/** The root DSE ([MS-ADTS] 3.1.1.3.2): what anybody may read without a bind. */
export function rootDse(
  directory: Directory,
  requested: readonly string[],
  globalCatalog: boolean,
): AnsweredAttribute[] {
  const { baseDn, configurationDn, schemaDn, dnsName, dcName } = directory.names;
  const host = dcName.split('.')[0] ?? dcName;
  const server = `CN=${host.toUpperCase()},CN=Servers,CN=Default-First-Site-Name,CN=Sites,${configurationDn}`;
  const values: Record<string, readonly string[]> = {
    domainFunctionality: ['7'],
    forestFunctionality: ['7'],
    domainControllerFunctionality: ['7'],
    rootDomainNamingContext: [baseDn],
    ldapServiceName: [`${dnsName}:${host}$@${dnsName.toUpperCase()}`],
    isGlobalCatalogReady: ['TRUE'],
    supportedSASLMechanisms: [],
    supportedLDAPVersion: ['3'],
    supportedLDAPPolicies: ['MaxPageSize', 'MaxValRange', 'MaxReceiveBuffer'],
    supportedControl: supportedControls,
    supportedExtension: ['1.3.6.1.4.1.4203.1.11.3'],
    supportedCapabilities: [
      '1.2.840.113556.1.4.800',
      '1.2.840.113556.1.4.1670',
      '1.2.840.113556.1.4.1935',
      '1.2.840.113556.1.4.2080',
      '1.2.840.113556.1.4.2237',
    ],
    subschemaSubentry: [`CN=Aggregate,${schemaDn}`],
    serverName: [server],
    schemaNamingContext: [schemaDn],
    namingContexts: [baseDn, configurationDn, schemaDn],
    isSynchronized: ['TRUE'],
    highestCommittedUSN: [String(directory.highestCommittedUsn)],
    dsServiceName: [`CN=NTDS Settings,${server}`],
    dnsHostName: [dcName],
    defaultNamingContext: [baseDn],
    currentTime: [formatTime(Date.now())],
    configurationNamingContext: [configurationDn],
    ...(globalCatalog ? { globalCatalogReady: ['TRUE'] } : {}),
  };
  const wanted = new Set(requested.map((name) => name.toLowerCase()));
  const all = requested.length === 0 || wanted.has('*');
  const classes = readSelection(requested).named.some(({ schema }) => schema.name === 'objectClass')
    ? [{ name: 'objectClass', values: [Buffer.from('top')] }]
    : [];
  return [
    ...Object.entries(values)
      .filter(([name, list]) => list.length > 0 && (all || wanted.has(name.toLowerCase()) || wanted.has('+')))
      .map(([name, list]) => ({ name, values: list.map((value) => Buffer.from(value)) })),
    ...classes,
  ];
}

import { attributeLines } from './schema-attributes.ts';

export type Syntax =
  | 'string'
  | 'exact'
  | 'dn'
  | 'integer'
  | 'large'
  | 'boolean'
  | 'time'
  | 'octets'
  | 'sid'
  | 'descriptor'
  | 'class';

export interface AttributeSchema {
  /** lDAPDisplayName, as it is written in answers. */
  name: string;
  syntax: Syntax;
  single: boolean;
  /** Link id; even is a forward link, odd its back link ([MS-ADTS] 3.1.1.1.6). */
  link: number | undefined;
  /** Only the system writes it. */
  system: boolean;
  constructed: boolean;
  /** Kept when the object becomes a tombstone ([MS-ADTS] 3.1.1.5.5.1.1). */
  inTombstone: boolean;
  /** Longest value in characters. */
  longest: number | undefined;
  /** Letters of the kinds of class that may have it. */
  on: string;
}

const syntaxes: Record<string, Syntax> = {
  s: 'string',
  x: 'exact',
  d: 'dn',
  i: 'integer',
  l: 'large',
  b: 'boolean',
  t: 'time',
  o: 'octets',
  u: 'sid',
  n: 'descriptor',
  c: 'class',
};

function parseLine(line: string): AttributeSchema {
  const [name, letter, flags = ''] = line.split(' ');
  const syntax = syntaxes[letter ?? ''];
  if (!name || !syntax) throw new Error(`schema line: ${line}`);
  const link = /@(\d+)/.exec(flags)?.[1];
  const longest = /<(\d+)/.exec(flags)?.[1];
  const letters = flags.replace(/[@<]\d+/g, '');
  return {
    name,
    syntax,
    single: letters.includes('1'),
    link: link === undefined ? undefined : Number(link),
    system: letters.includes('='),
    constructed: letters.includes('~'),
    inTombstone: letters.includes('#'),
    longest: longest === undefined ? undefined : Number(longest),
    on: letters.replace(/[^A-Z]/g, ''),
  };
}

const byName = new Map<string, AttributeSchema>();
const byLink = new Map<number, AttributeSchema>();
for (const line of attributeLines.trim().split('\n')) {
  const schema = parseLine(line);
  byName.set(schema.name.toLowerCase(), schema);
  if (schema.link !== undefined) byLink.set(schema.link, schema);
}

/** OIDs that clients may write instead of a name, as RFC 4512 lets them. */
const oids: Record<string, string> = {
  '2.5.4.0': 'objectclass',
  '2.5.4.3': 'cn',
  '2.5.4.4': 'sn',
  '2.5.4.31': 'member',
  '2.5.4.49': 'distinguishedname',
  '0.9.2342.19200300.100.1.3': 'mail',
};

/** The attribute's schema by name in any case or by OID; undefined when the directory has no such attribute. */
export function attributeSchema(name: string): AttributeSchema | undefined {
  const key = name.toLowerCase();
  return byName.get(key) ?? byName.get(oids[key] ?? '');
}

export function attributeSchemas(): Iterable<AttributeSchema> {
  return byName.values();
}

/** The other end of a link: member for memberOf and the reverse. */
export function linkPartner(schema: AttributeSchema): AttributeSchema | undefined {
  return schema.link === undefined ? undefined : byLink.get(schema.link ^ 1);
}

export function isBackLink(schema: AttributeSchema): boolean {
  return schema.link !== undefined && schema.link % 2 === 1;
}

export function isForwardLink(schema: AttributeSchema): boolean {
  return schema.link !== undefined && schema.link % 2 === 0;
}

export interface ClassSchema {
  name: string;
  /** From top to the class itself, as objectClass lists them. */
  chain: string[];
  /** CN of the class whose objects objectCategory names. */
  category: string;
  rdn: 'CN' | 'OU' | 'DC';
  /** Letters of schema-attributes.ts it may have. */
  may: string;
  /** Attributes without which it cannot be. */
  must: string[];
  auxiliary?: boolean;
}

const person = ['top', 'person', 'organizationalPerson'];
const classes: ClassSchema[] = [
  { name: 'user', chain: [...person, 'user'], category: 'Person', rdn: 'CN', may: 'TPRSU', must: [] },
  {
    name: 'inetOrgPerson',
    chain: [...person, 'user', 'inetOrgPerson'],
    category: 'Person',
    rdn: 'CN',
    may: 'TPRSU',
    must: [],
  },
  {
    name: 'computer',
    chain: [...person, 'user', 'computer'],
    category: 'Computer',
    rdn: 'CN',
    may: 'TPRSUC',
    must: [],
  },
  { name: 'contact', chain: [...person, 'contact'], category: 'Person', rdn: 'CN', may: 'TPR', must: [] },
  { name: 'group', chain: ['top', 'group'], category: 'Group', rdn: 'CN', may: 'TRSG', must: [] },
  {
    name: 'msExchDynamicDistributionList',
    chain: ['top', 'msExchBaseClass', 'msExchDynamicDistributionList'],
    category: 'ms-Exch-Dynamic-Distribution-List',
    rdn: 'CN',
    may: 'TRD',
    must: [],
  },
  {
    name: 'publicFolder',
    chain: ['top', 'publicFolder'],
    category: 'ms-Exch-Public-Folder',
    rdn: 'CN',
    may: 'TRF',
    must: [],
  },
  {
    name: 'organizationalUnit',
    chain: ['top', 'organizationalUnit'],
    category: 'Organizational-Unit',
    rdn: 'OU',
    may: 'T',
    must: [],
  },
  { name: 'container', chain: ['top', 'container'], category: 'Container', rdn: 'CN', may: 'TC', must: [] },
  { name: 'domainDNS', chain: ['top', 'domain', 'domainDNS'], category: 'Domain-DNS', rdn: 'DC', may: 'TC', must: [] },
  { name: 'configuration', chain: ['top', 'configuration'], category: 'Configuration', rdn: 'CN', may: 'TC', must: [] },
  { name: 'dMD', chain: ['top', 'dMD'], category: 'DMD', rdn: 'CN', may: 'TC', must: [] },
  {
    name: 'foreignSecurityPrincipal',
    chain: ['top', 'foreignSecurityPrincipal'],
    category: 'Foreign-Security-Principal',
    rdn: 'CN',
    may: 'TC',
    must: ['objectSid'],
  },
  // Categories and chains of the configuration's own classes; their attributes are not checked.
  ...(
    [
      ['attributeSchema', 'Attribute-Schema'],
      ['classSchema', 'Class-Schema'],
      ['crossRef', 'Cross-Ref'],
      ['crossRefContainer', 'Cross-Ref-Container'],
      ['sitesContainer', 'Sites-Container'],
      ['site', 'Site'],
      ['serversContainer', 'Servers-Container'],
      ['server', 'Server'],
      ['nTDSDSA', 'NTDS-DSA'],
      ['nTDSService', 'NTDS-Service'],
      ['builtinDomain', 'Builtin-Domain'],
      ['lostAndFound', 'Lost-And-Found'],
      ['msExchSystemObjectsContainer', 'ms-Exch-System-Objects-Container'],
      ['msExchConfigurationContainer', 'ms-Exch-Configuration-Container'],
      ['msExchOrganizationContainer', 'ms-Exch-Organization-Container'],
      ['msExchAdminGroupContainer', 'ms-Exch-Admin-Group-Container'],
      ['msExchAdminGroup', 'ms-Exch-Admin-Group'],
      ['msExchServersContainer', 'ms-Exch-Servers-Container'],
      ['msExchExchangeServer', 'ms-Exch-Exchange-Server'],
      ['msExchInformationStore', 'ms-Exch-Information-Store'],
      ['msExchMDBContainer', 'ms-Exch-MDB-Container'],
      ['msExchPrivateMDB', 'ms-Exch-Private-MDB'],
      ['msExchAcceptedDomain', 'ms-Exch-Accepted-Domain'],
      ['msExchRole', 'ms-Exch-Role'],
      ['msExchRoleAssignment', 'ms-Exch-Role-Assignment'],
      ['serviceConnectionPoint', 'Service-Connection-Point'],
      ['subSchema', 'SubSchema'],
      ['secret', 'Secret'],
    ] as const
  ).map(
    ([name, category]): ClassSchema => ({ name, chain: ['top', name], category, rdn: 'CN', may: 'TCRUPF', must: [] }),
  ),
  // Auxiliary: named in objectClass by some writers, of no weight here because their host classes already have them.
  {
    name: 'mailRecipient',
    chain: ['top', 'mailRecipient'],
    category: 'Mail-Recipient',
    rdn: 'CN',
    may: 'R',
    must: [],
    auxiliary: true,
  },
  {
    name: 'securityPrincipal',
    chain: ['top', 'securityPrincipal'],
    category: 'Security-Principal',
    rdn: 'CN',
    may: 'S',
    must: [],
    auxiliary: true,
  },
];
const classByName = new Map(classes.map((c) => [c.name.toLowerCase(), c]));

export function classSchema(name: string): ClassSchema | undefined {
  return classByName.get(name.toLowerCase());
}

export function classSchemas(): readonly ClassSchema[] {
  return classes;
}

/** Abstract and intermediate classes that only occur inside a chain. */
export const chainClasses: ReadonlySet<string> = new Set(
  classes.flatMap((c) => c.chain.map((name) => name.toLowerCase())),
);

/** The OID of a syntax and its oMSyntax, for the schema partition. */
export const syntaxIds: Record<Syntax, [attributeSyntax: string, oMSyntax: string]> = {
  string: ['2.5.5.12', '64'],
  exact: ['2.5.5.4', '20'],
  dn: ['2.5.5.1', '127'],
  integer: ['2.5.5.9', '2'],
  large: ['2.5.5.16', '65'],
  boolean: ['2.5.5.8', '1'],
  time: ['2.5.5.11', '24'],
  octets: ['2.5.5.10', '4'],
  sid: ['2.5.5.17', '4'],
  descriptor: ['2.5.5.15', '66'],
  class: ['2.5.5.2', '6'],
};

import { AccountFlag } from './access.ts';
import { classesOf } from './constructed.ts';
import type { Directory, Draft } from './directory.ts';
import { formatDn, InvalidDn, parseDn, type Rdn, rdnKey } from './dn.ts';
import { LdapResult, ResultCode, refuse } from './errors.ts';
import { attributeSchema, type ClassSchema, chainClasses, classSchema, isForwardLink } from './schema.ts';
import type { Entry } from './tree.ts';
import { formatGuid } from './values.ts';
import {
  accountType,
  checkAccountControl,
  checkAccountName,
  isSingle,
  readPassword,
  readValue,
  refuseRepeats,
  refuseTakenNames,
  writableSchema,
} from './write-values.ts';

export interface AddRequest {
  dn: string;
  attributes: { name: string; values: Buffer[] }[];
}

/** Creates an object ([MS-ADTS] 3.1.1.5.2). @throws LdapResult as AD answers */
export function addEntry(directory: Directory, request: AddRequest): Entry {
  const [rdn, ...above] = parse(request.dn);
  if (!rdn) throw refuse.invalidDn(request.dn);
  const parent = directory.tree.find(formatDn(above));
  if (!parent || parent.attributes.get('isdeleted') === 'TRUE')
    throw refuse.noSuchObject(directory.tree.nearest(request.dn));
  const structural = structuralOf(request);
  if (rdn.type !== structural.rdn) throw refuse.naming();
  if (directory.tree.child(parent, rdn)) throw refuse.exists();
  const draft: Draft = { values: new Map(), links: [] };
  for (const { name, values } of request.attributes) readAttribute(directory, structural, rdn, draft, name, values);
  for (const must of structural.must) if (!draft.values.has(must.toLowerCase())) throw refuse.classViolation(must);
  draft.values.set('objectclass', structural.chain);
  complete(directory, structural, draft);
  return directory.create({ parent: parent.guid, rdn, nc: parent.nc }, draft);
}

function parse(dn: string): Rdn[] {
  try {
    return parseDn(dn);
  } catch (error) {
    if (error instanceof InvalidDn) throw refuse.invalidDn(dn);
    throw error;
  }
}

function structuralOf(request: AddRequest): ClassSchema {
  const given = request.attributes
    .filter(({ name }) => name.toLowerCase() === 'objectclass')
    .flatMap(({ values }) => values.map((value) => value.toString('utf8').toLowerCase()));
  if (given.length === 0) throw refuse.classViolation('objectClass');
  for (const name of given) if (!classSchema(name) && !chainClasses.has(name)) throw refuse.unknownClass(name);
  const structural = given
    .flatMap((name) => classSchema(name) ?? [])
    .filter((one) => !one.auxiliary)
    .sort((a, b) => b.chain.length - a.chain.length)[0];
  if (!structural) throw refuse.classViolation('objectClass');
  return structural;
}

function readAttribute(
  directory: Directory,
  structural: ClassSchema,
  rdn: Rdn,
  draft: Draft,
  name: string,
  bytes: Buffer[],
): void {
  const key = name.toLowerCase();
  if (key === 'objectclass') return;
  if (key === rdn.type.toLowerCase() || key === 'name') {
    const same = bytes.every((value) => value.toString('utf8').toLowerCase() === rdn.value.toLowerCase());
    if (!same) throw refuse.invalidDn(`${rdn.type}=${rdn.value}`);
    return;
  }
  if (key === 'instancetype' || key === 'objectcategory' || key === 'distinguishedname') return;
  // The SID of a foreign principal is the one name it has.
  const isForeignSid = key === 'objectsid' && structural.name === 'foreignSecurityPrincipal';
  const schema = isForeignSid ? attributeSchema(name) : writableSchema(name, structural);
  if (!schema) throw refuse.unknownAttribute(name);
  if (key === 'unicodepwd') {
    const [value] = bytes;
    if (!value || bytes.length > 1) throw refuse.unwilling('unicodePwd takes one value', '0000001F');
    draft.values.set(key, [readPassword(value)]);
    return;
  }
  if (bytes.length === 0) throw refuse.syntax(schema.name);
  const values = bytes.map((value) => readValue(directory, schema, value));
  refuseRepeats(schema, values);
  if (values.length > 1 && isSingle(schema, structural)) throw refuse.constraint(schema.name, '00002081');
  if (key === 'samaccountname') for (const value of values) checkAccountName(value);
  if (isForwardLink(schema)) draft.links.push({ name: key, add: values, remove: [] });
  else draft.values.set(schema.name.toLowerCase(), values);
}

/** What the system gives an object that the request does not name. @throws LdapResult */
function complete(directory: Directory, structural: ClassSchema, draft: Draft): void {
  const setDefault = (name: string, value: string) => {
    if (!draft.values.has(name)) draft.values.set(name, [value]);
  };
  draft.values.set('objectcategory', [`CN=${structural.category},${directory.names.schemaDn}`]);
  setDefault('instancetype', '4');
  const isUser = structural.chain.includes('user');
  if (isUser || structural.name === 'group') {
    draft.values.set('objectsid', [directory.allocateSid()]);
    setDefault(
      'samaccountname',
      `$${directory.highestCommittedUsn.toString(36).toUpperCase().padStart(6, '0')}-${randomTail()}`,
    );
  }
  if (isUser) {
    // Without a password an account begins disabled, whatever else is asked for.
    setDefault(
      'useraccountcontrol',
      String(AccountFlag.normal | AccountFlag.disabled | AccountFlag.passwordNotRequired),
    );
    setDefault('primarygroupid', structural.name === 'computer' ? '515' : '513');
    setDefault('accountexpires', '9223372036854775807');
    setDefault('pwdlastset', '0');
    setDefault('countrycode', '0');
    setDefault('codepage', '0');
  }
  if (structural.name === 'group') setDefault('grouptype', '-2147483646');
  const type = accountType(structural.name, draft);
  if (type !== undefined) draft.values.set('samaccounttype', [type]);
  refuseTakenNames(directory, undefined, draft);
  checkAccountControl(draft);
}

function randomTail(): string {
  return crypto.randomUUID().replaceAll('-', '').slice(0, 12).toUpperCase();
}

/** Makes an object a tombstone under CN=Deleted Objects ([MS-ADTS] 3.1.1.5.5). @throws LdapResult */
export function deleteEntry(directory: Directory, entry: Entry, withTree: boolean): void {
  const { tree } = directory;
  const flags = Number(tree.first(entry, 'systemflags') ?? 0);
  if (flags & 0x80000000 || tree.first(entry, 'iscriticalsystemobject') === 'TRUE' || entry.parent === null)
    throw refuse.unwilling('a critical object');
  if (entry.attributes.get('isdeleted') === 'TRUE') throw refuse.unwilling('already deleted');
  const children = [...tree.childrenOf(entry)];
  if (children.length > 0) {
    if (!withTree)
      throw new LdapResult(
        ResultCode.notAllowedOnNonLeaf,
        '00002015: UpdErr: DSID-031A11C6, problem 6003 (CANT_ON_NON_LEAF), data 0\n',
      );
    for (const child of children) deleteEntry(directory, child, true);
  }
  const root = entry.nc === 'domain' ? directory.names.baseDn : directory.names.configurationDn;
  const container = tree.find(`CN=Deleted Objects,${root}`);
  if (!container) throw refuse.unwilling('no container for deleted objects');
  const parent = entry.parent;
  const draft: Draft = { values: new Map(), links: [] };
  for (const name of entry.attributes.keys()) if (!attributeSchema(name)?.inTombstone) draft.values.set(name, []);
  draft.values.set('isdeleted', ['TRUE']);
  const parentEntry = tree.entries.get(parent);
  if (parentEntry) draft.values.set('lastknownparent', [tree.dn(parentEntry)]);
  draft.values.set('msds-lastknownrdn', [entry.rdn.value]);
  const rdn = { type: entry.rdn.type, value: `${entry.rdn.value}\nDEL:${formatGuid(entry.guid)}` };
  directory.transaction(() => {
    directory.dropLinks(entry);
    directory.write(entry, draft, 'delete', () => tree.place(entry, container.guid, rdn));
  });
}

export interface RenameRequest {
  newRdn: string;
  newSuperior: string | undefined;
}

/** Renames or moves an object, children and all. @throws LdapResult */
export function renameEntry(directory: Directory, entry: Entry, request: RenameRequest): void {
  const { tree } = directory;
  const [rdn, ...more] = parse(request.newRdn);
  if (!rdn || more.length > 0) throw refuse.invalidDn(request.newRdn);
  if (rdn.type !== entry.rdn.type) throw refuse.naming();
  if (entry.parent === null || entry.attributes.get('isdeleted') === 'TRUE') throw refuse.unwilling('cannot be moved');
  const parent =
    request.newSuperior === undefined ? tree.entries.get(entry.parent) : superior(directory, request.newSuperior);
  if (!parent)
    throw new LdapResult(
      ResultCode.other,
      '0000208A: UpdErr: DSID-031A0F4F, problem 6001 (NO_PARENT_OBJECT), data 0\n',
    );
  if (parent.nc !== entry.nc)
    throw new LdapResult(
      ResultCode.affectsMultipleDSAs,
      '000020EB: SvcErr: DSID-03190F02, problem 5005 (CROSS_NC), data 0\n',
    );
  if (tree.isWithin(parent, entry)) throw refuse.unwilling('an object cannot be moved beneath itself', '00002089');
  const there = tree.child(parent, rdn);
  if (there && there !== entry) throw refuse.exists();
  const draft: Draft = { values: new Map(), links: [] };
  if (rdnKey(rdn) === rdnKey(entry.rdn) && parent.guid === entry.parent && rdn.value === entry.rdn.value) return;
  directory.write(entry, draft, 'rename', () => tree.place(entry, parent.guid, rdn));
}

function superior(directory: Directory, dn: string): Entry | undefined {
  parse(dn);
  const found = directory.tree.find(dn);
  return found && classesOf(found).length > 0 && found.attributes.get('isdeleted') !== 'TRUE' ? found : undefined;
}

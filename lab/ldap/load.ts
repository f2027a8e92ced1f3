import { passwordHash } from './access.ts';
import type { Directory, Draft } from './directory.ts';
import { formatDn, parseDn, rdnKey } from './dn.ts';
import { type AttributeSchema, attributeSchema, type ClassSchema, classSchema, isForwardLink } from './schema.ts';
import type { Entry } from './tree.ts';
import { parseGuid, parseSid } from './values.ts';
import { accountType } from './write-values.ts';

/**
 * An object to put into a directory while it is being made. DNs, its own and those in values, may leave out the domain's
 * components: `CN=Anna Berg,OU=People`. Octets come as bytes; objectGUID and objectSid may be given, as text.
 */
export interface DirectoryObject {
  dn: string;
  /** The structural class: user, contact, group, … */
  objectClass: string;
  attributes: Readonly<Record<string, string | number | boolean | Uint8Array | readonly string[]>>;
  /** For users; without one nobody can log on. */
  password?: string;
}

/**
 * Puts many objects in at once, parents before children; links may point at any of them. No rule of access or of the
 * schema's classes is asked, because seeds hold deliberate trouble that years of other tools left behind.
 * @throws Error for an attribute or class the schema does not have, or a link to nothing
 */
export function loadObjects(directory: Directory, objects: Iterable<DirectoryObject>): void {
  directory.transaction(() => {
    const links: { entry: Entry; schema: AttributeSchema; targets: string[] }[] = [];
    for (const object of objects) {
      const { entry, open } = loadOne(directory, object);
      for (const [schema, targets] of open) links.push({ entry, schema, targets });
    }
    for (const { entry, schema, targets } of links) {
      const add = targets.map((dn) => {
        const target = directory.tree.find(fullDn(directory, dn));
        if (!target) throw new Error(`${schema.name} of ${entry.rdn.value} points at nothing: ${dn}`);
        return target.guid;
      });
      directory.linkNew(entry, schema.name, add);
    }
  });
}

/** The whole DN of one that may lack the domain's components. */
export function fullDn(directory: Directory, dn: string): string {
  const base = directory.names.baseDn;
  return /(^|,)DC=/i.test(dn) ? dn : dn === '' ? base : `${dn},${base}`;
}

function loadOne(
  directory: Directory,
  object: DirectoryObject,
): { entry: Entry; open: Map<AttributeSchema, string[]> } {
  const structural = classSchema(object.objectClass);
  if (!structural) throw new Error(`no class ${object.objectClass}`);
  const [rdn, ...above] = parseDn(fullDn(directory, object.dn));
  if (!rdn) throw new Error('an object without a name');
  const parent = directory.tree.find(formatDn(above));
  if (!parent) throw new Error(`${object.dn} has no parent`);
  if (directory.tree.child(parent, rdn)) throw new Error(`${rdnKey(rdn)} is there already`);
  const draft: Draft = { values: new Map(), links: [] };
  const open = new Map<AttributeSchema, string[]>();
  let guid: string | undefined;
  for (const [name, given] of Object.entries(object.attributes)) {
    const schema = attributeSchema(name);
    if (!schema) throw new Error(`no attribute ${name}`);
    const values = toValues(directory, schema, given);
    if (schema.name === 'objectGUID') guid = parseGuid(String(given));
    else if (isForwardLink(schema)) open.set(schema, values);
    else if (values.length > 0) draft.values.set(schema.name.toLowerCase(), values);
  }
  if (object.password !== undefined) draft.values.set('unicodepwd', [passwordHash(object.password)]);
  setDefaults(directory, structural, draft, rdn.value);
  const place = { parent: parent.guid, rdn, nc: parent.nc };
  return { entry: directory.create(guid === undefined ? place : { ...place, guid }, draft), open };
}

function toValues(
  directory: Directory,
  schema: AttributeSchema,
  given: DirectoryObject['attributes'][string],
): string[] {
  if (given instanceof Uint8Array) return [Buffer.from(given).toString('latin1')];
  if (typeof given === 'boolean') return [given ? 'TRUE' : 'FALSE'];
  const list = typeof given === 'object' ? given : [String(given)];
  return list
    .filter((value) => value !== '')
    .map((value) => {
      if (schema.syntax === 'sid') return parseSid(value) ?? value;
      if (schema.syntax === 'octets') return Buffer.from(parseGuid(value) ?? '', 'hex').toString('latin1') || value;
      return schema.syntax === 'dn' && !isForwardLink(schema) ? fullDn(directory, value) : value;
    });
}

function setDefaults(directory: Directory, structural: ClassSchema, draft: Draft, name: string): void {
  const setDefault = (key: string, value: string) => {
    if (!draft.values.has(key)) draft.values.set(key, [value]);
  };
  draft.values.set('objectclass', structural.chain);
  setDefault('objectcategory', `CN=${structural.category},${directory.names.schemaDn}`);
  setDefault('instancetype', '4');
  const isUser = structural.chain.includes('user');
  if (!isUser && structural.name !== 'group') return;
  if (!draft.values.has('objectsid')) draft.values.set('objectsid', [directory.allocateSid()]);
  setDefault('samaccountname', name);
  if (isUser) {
    setDefault('useraccountcontrol', draft.values.has('unicodepwd') ? '66048' : '514');
    setDefault('primarygroupid', '513');
    setDefault('accountexpires', '9223372036854775807');
    setDefault('pwdlastset', '133500000000000000');
    setDefault('countrycode', '0');
    setDefault('codepage', '0');
  } else setDefault('grouptype', '-2147483646');
  const type = accountType(structural.name, draft);
  if (type !== undefined) setDefault('samaccounttype', type);
}

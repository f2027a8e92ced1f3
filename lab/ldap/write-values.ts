import { AccountFlag, passwordHash } from './access.ts';
import { classesOf } from './constructed.ts';
import type { Directory, Draft } from './directory.ts';
import { InvalidDn } from './dn.ts';
import { refuse } from './errors.ts';
import {
  type AttributeSchema,
  attributeSchema,
  type ClassSchema,
  classSchema,
  isBackLink,
  isForwardLink,
} from './schema.ts';
import type { Entry } from './tree.ts';
import { fromBytes, valueKey } from './values.ts';

/** The checks that add and modify share: which attribute, may this class have it, are these values of its syntax. */

/** The schema of an attribute a client wants to write. @throws LdapResult */
export function writableSchema(name: string, entryClass: ClassSchema | undefined): AttributeSchema {
  const schema = attributeSchema(name);
  if (!schema) throw refuse.unknownAttribute(name);
  if (isBackLink(schema)) throw refuse.unwilling(`${schema.name} is a back link`);
  if (schema.name === 'objectSid') throw refuse.unwilling("the SID is the system's");
  if (schema.constructed || schema.system) throw refuse.constraint(schema.name, '00000057');
  if (entryClass && ![...schema.on].some((letter) => entryClass.may.includes(letter)))
    throw refuse.classViolation(schema.name);
  return schema;
}

export function structuralClass(entry: Entry): ClassSchema | undefined {
  return classSchema(classesOf(entry).at(-1) ?? '');
}

/** A written value in memory's form; for links the guid of the object it names. @throws LdapResult */
export function readValue(directory: Directory, schema: AttributeSchema, bytes: Buffer): string {
  const value = fromBytes(schema.syntax, bytes);
  if (value === undefined || value === '') throw refuse.syntax(schema.name);
  if (schema.longest !== undefined && value.length > schema.longest) throw refuse.constraint(schema.name, '00002082');
  if (schema.syntax !== 'dn') return value;
  const target = findTarget(directory, schema, value);
  return isForwardLink(schema) ? target.guid : directory.tree.dn(target);
}

function findTarget(directory: Directory, schema: AttributeSchema, dn: string): Entry {
  let target: Entry | undefined;
  try {
    target = directory.tree.find(dn);
  } catch (error) {
    if (error instanceof InvalidDn) throw refuse.invalidDn(dn);
    throw error;
  }
  if (target && target.attributes.get('isdeleted') !== 'TRUE') return target;
  // A member that is nobody is an account that does not exist; any other name is a reference that leads nowhere.
  throw schema.name === 'member'
    ? refuse.noSuchObject(directory.tree.nearest(dn))
    : refuse.constraint(schema.name, '000020B5');
}

/** A value named for deletion; the object of a link may be gone by now, which then is no value of it. */
export function readValueToDelete(directory: Directory, schema: AttributeSchema, bytes: Buffer): string | undefined {
  const value = fromBytes(schema.syntax, bytes);
  if (value === undefined) throw refuse.syntax(schema.name);
  if (!isForwardLink(schema)) return value;
  try {
    return directory.tree.find(value)?.guid;
  } catch (error) {
    if (error instanceof InvalidDn) throw refuse.invalidDn(value);
    throw error;
  }
}

export function sameValue(schema: AttributeSchema, a: string, b: string): boolean {
  return isForwardLink(schema) ? a === b : valueKey(schema.syntax, a) === valueKey(schema.syntax, b);
}

/** No value twice in one request. @throws LdapResult */
export function refuseRepeats(schema: AttributeSchema, values: readonly string[]): void {
  const keys = new Set(values.map((value) => (isForwardLink(schema) ? value : valueKey(schema.syntax, value))));
  if (keys.size < values.length) throw refuse.valueExists(schema.name);
}

/** unicodePwd comes as the password in quotation marks in UTF-16LE ([MS-ADTS] 3.1.1.3.1.5.1). @throws LdapResult */
export function readPassword(bytes: Buffer): string {
  const text = bytes.length % 2 === 0 ? bytes.toString('utf16le') : '';
  if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"'))
    throw refuse.unwilling('unicodePwd is no quoted UTF-16 text', '0000001F');
  const password = text.slice(1, -1);
  if (password.length < 7) throw refuse.constraint('unicodePwd', '0000052D');
  return passwordHash(password);
}

/** sAMAccountName is unique in the domain, userPrincipalName in the forest. @throws LdapResult */
export function refuseTakenNames(directory: Directory, entry: Entry | undefined, draft: Draft): void {
  const taken = (name: string) => {
    const [value] = draft.values.get(name) ?? [];
    if (value === undefined) return false;
    return directory.tree
      .byValue(name, value)
      .some((other) => other !== entry && other.attributes.get('isdeleted') !== 'TRUE');
  };
  if (taken('samaccountname')) throw refuse.exists('00000524');
  if (taken('userprincipalname')) throw refuse.constraint('userPrincipalName', '000021C8');
}

/** A name a security principal may have ([MS-SAMR] 3.1.1.8.4). @throws LdapResult */
export function checkAccountName(value: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (/["/\\[\]:|<>+=;?,*\u0000-\u001f]/.test(value) || /^[. ]*$/.test(value) || value.endsWith('.'))
    throw refuse.constraint('sAMAccountName', '00000523');
}

/** sAMAccountType follows userAccountControl or groupType ([MS-SAMR] 2.2.1.9). */
export function accountType(className: string, draft: Draft, entry?: Entry): string | undefined {
  const stored = (name: string) => {
    const value = draft.values.get(name)?.[0] ?? entry?.attributes.get(name);
    return typeof value === 'string' ? Number(value) : undefined;
  };
  if (className === 'group') {
    const type = stored('grouptype') ?? -2147483646;
    const isLocal = (type & 4) !== 0;
    const isSecurity = type < 0;
    return String(isSecurity ? (isLocal ? 0x20000000 : 0x10000000) : isLocal ? 0x20000001 : 0x10000001);
  }
  if (className === 'computer') return String(0x30000001);
  if (className === 'user' || className === 'inetOrgPerson') return String(0x30000000);
  return undefined;
}

/** Enabling an account needs a password, as AD's policy does. @throws LdapResult */
export function checkAccountControl(draft: Draft, entry?: Entry): void {
  const [text] = draft.values.get('useraccountcontrol') ?? [];
  if (text === undefined) return;
  const flags = Number(text);
  const hasPassword = draft.values.has('unicodepwd') || entry?.attributes.has('unicodepwd') === true;
  if ((flags & (AccountFlag.disabled | AccountFlag.passwordNotRequired)) === 0 && !hasPassword)
    throw refuse.unwilling('the password does not meet the policy', '0000052D');
}

/** Whether one value is all an object of the class may have. */
export function isSingle(schema: AttributeSchema, entryClass: ClassSchema | undefined): boolean {
  // description is multi-valued in the schema and single on security principals ([MS-SAMR] 3.1.1.5).
  return schema.single || (schema.name === 'description' && entryClass?.may.includes('S') === true);
}

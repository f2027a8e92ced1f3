import type { Attributes } from '../domain/recipient.ts';
import { CASE_SENSITIVE, DN_ATTRIBUTES, valueForm } from './attributes.ts';
import { dnKey } from './dn.ts';

/** An object as a writer reads it back. */
export interface WrittenObject {
  dn: string;
  guid: string | undefined;
  attributes: Attributes;
}

/**
 * Who may send as an object, as SIDs: entries of its security descriptor that give that right, read and written as if they
 * were an attribute. It is read only when it is named.
 */
export const SEND_AS = 'sendAs';

/** What to read of an object so that these attributes are among it. */
export function including(names: readonly string[]): readonly string[] {
  return names.includes(SEND_AS) ? ['*', SEND_AS] : ['*'];
}

/** How an object is found again: by GUID where that is known, since a DN changes when the object is moved. */
export interface ObjectRef {
  dn: string;
  guid: string | null;
}

/** One attribute's old and new values; the write fails when the old ones are no longer there. */
export interface Edit {
  attribute: string;
  before: readonly string[];
  after: readonly string[];
}

/** What a plan must know of a forest beyond its recipients. */
export interface ForestFacts {
  baseDn: string;
  /** The names of all attributes the schema knows, lower case; undefined where it cannot be read. */
  schema: ReadonlySet<string> | undefined;
  /** Logon names that are taken, by whatever kind of object, lower case. */
  sams: ReadonlySet<string>;
  upns: ReadonlySet<string>;
}

/** Writes to a directory. Every method throws TransplantError, or an LDAP result as DirectoryServerError. */
export interface DirectoryWriter {
  /** Attributes of an object, all that can be read when none are named; undefined when it does not exist. */
  read(ref: ObjectRef, attributes?: readonly string[]): Promise<WrittenObject | undefined>;
  add(dn: string, attributes: Attributes): Promise<void>;
  /** Changes attributes in one operation: the server makes all of the edits or none. */
  modify(dn: string, edits: readonly Edit[]): Promise<void>;
  remove(dn: string): Promise<void>;
  /** What a plan must know of the forest beyond its recipients. */
  facts(): Promise<ForestFacts>;
  close(): Promise<void>;
}

/** The form in which two values of an attribute are the same to the server. */
export function valueKey(attribute: string, value: string): string {
  if (DN_ATTRIBUTES.has(attribute)) return dnKey(value);
  if (valueForm(attribute) === 'base64' || CASE_SENSITIVE.has(attribute)) return value;
  return value.toLowerCase();
}

/** Whether two lists hold the same values; their order means nothing in a directory. */
export function sameValues(attribute: string, a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  const have = new Map<string, number>();
  for (const value of a) {
    const key = valueKey(attribute, value);
    have.set(key, (have.get(key) ?? 0) + 1);
  }
  for (const value of b) {
    const key = valueKey(attribute, value);
    const n = have.get(key) ?? 0;
    if (n === 0) return false;
    have.set(key, n - 1);
  }
  return true;
}

/** What an edit takes off and puts on, value by value. */
export function difference(edit: Edit): { remove: string[]; add: string[] } {
  const before = new Set(edit.before.map((v) => valueKey(edit.attribute, v)));
  const after = new Set(edit.after.map((v) => valueKey(edit.attribute, v)));
  return {
    remove: edit.before.filter((v) => !after.has(valueKey(edit.attribute, v))),
    add: edit.after.filter((v) => !before.has(valueKey(edit.attribute, v))),
  };
}

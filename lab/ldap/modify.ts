import { classesOf } from './constructed.ts';
import type { Directory, Draft } from './directory.ts';
import { refuse } from './errors.ts';
import { type AttributeSchema, isForwardLink } from './schema.ts';
import type { Entry } from './tree.ts';
import {
  accountType,
  checkAccountControl,
  checkAccountName,
  isSingle,
  readPassword,
  readValue,
  readValueToDelete,
  refuseRepeats,
  refuseTakenNames,
  sameValue,
  structuralClass,
  writableSchema,
} from './write-values.ts';

export interface Modification {
  operation: 'add' | 'delete' | 'replace';
  attribute: string;
  values: Buffer[];
}

/** What an attribute holds while the modifications of one request are applied to it. */
interface Working {
  schema: AttributeSchema;
  before: string[];
  values: string[];
}

/**
 * Applies the modifications of one request, all or none ([MS-ADTS] 3.1.1.5.3).
 * @param permissive LDAP_SERVER_PERMISSIVE_MODIFY: adding what is there and deleting what is not is no error
 * @throws LdapResult as AD answers
 */
export function modifyEntry(directory: Directory, entry: Entry, changes: Modification[], permissive = false): void {
  const entryClass = structuralClass(entry);
  const working = new Map<string, Working>();
  for (const change of changes) {
    const name = change.attribute.split(';')[0] ?? '';
    if (name.toLowerCase() === 'objectclass') {
      checkClassChange(entry, change);
      continue;
    }
    refuseRdn(entry, name);
    const schema = writableSchema(name, change.operation === 'delete' ? undefined : entryClass);
    const key = schema.name.toLowerCase();
    const state = working.get(key) ?? start(directory, entry, schema);
    working.set(key, state);
    if (key === 'unicodepwd') setPassword(state, change);
    else apply(directory, state, change, permissive);
  }
  // A second value is answered as one that is there already; in an add request it is a breach of the constraint.
  for (const { schema, values } of working.values())
    if (values.length > 1 && isSingle(schema, entryClass)) throw refuse.valueExists(schema.name);
  const draft = toDraft(working);
  checkRules(directory, entry, draft, entryClass?.name ?? '');
  if (draft.values.size > 0 || draft.links.length > 0) directory.write(entry, draft);
}

function start(directory: Directory, entry: Entry, schema: AttributeSchema): Working {
  const before = isForwardLink(schema)
    ? directory.tree.linkedGuids(entry.guid, schema)
    : schema.name === 'unicodePwd'
      ? []
      : directory.tree.values(entry, schema);
  return { schema, before, values: [...before] };
}

function refuseRdn(entry: Entry, name: string): void {
  const key = name.toLowerCase();
  if (key !== 'name' && key !== entry.rdn.type.toLowerCase()) return;
  throw refuse.onRdn(name);
}

/** The structural class of an object cannot change; naming the classes it has is no change. @throws LdapResult */
function checkClassChange(entry: Entry, change: Modification): void {
  const has = new Set(classesOf(entry).map((name) => name.toLowerCase()));
  const named = change.values.map((value) => value.toString('utf8').toLowerCase());
  const isAuxiliary = named.every((name) => name === 'mailrecipient' || name === 'securityprincipal');
  if (change.operation === 'replace' && named.every((name) => has.has(name))) return;
  if (change.operation === 'add' && isAuxiliary) return;
  if (change.operation === 'add' && named.some((name) => has.has(name))) throw refuse.valueExists('objectClass');
  throw refuse.classViolation('objectClass');
}

function apply(directory: Directory, state: Working, change: Modification, permissive: boolean): void {
  const { schema } = state;
  if (change.operation === 'delete') {
    applyDelete(directory, state, change.values, permissive);
    return;
  }
  const values = change.values.map((bytes) => readValue(directory, schema, bytes));
  if (schema.name === 'sAMAccountName') for (const value of values) checkAccountName(value);
  if (change.operation === 'replace') {
    refuseRepeats(schema, values);
    state.values = values;
    return;
  }
  if (values.length === 0) throw refuse.syntax(schema.name);
  if (!permissive) refuseRepeats(schema, values);
  const isThere = isForwardLink(schema)
    ? setLookup(state.values)
    : (value: string) => state.values.some((v) => sameValue(schema, v, value));
  for (const value of values) {
    if (!isThere(value)) state.values.push(value);
    else if (!permissive) throw schema.name === 'member' ? refuse.isMember() : refuse.valueExists(schema.name);
  }
}

/** A group of 100,000 members is not searched once for each value. */
function setLookup(values: readonly string[]): (value: string) => boolean {
  const set = new Set(values);
  return (value) => set.has(value);
}

function applyDelete(directory: Directory, state: Working, given: Buffer[], permissive: boolean): void {
  const { schema } = state;
  if (given.length === 0) {
    if (state.values.length === 0 && !permissive) throw refuse.noSuchAttribute(schema.name);
    state.values = [];
    return;
  }
  for (const bytes of given) {
    const value = readValueToDelete(directory, schema, bytes);
    const at = value === undefined ? -1 : state.values.findIndex((v) => sameValue(schema, v, value));
    if (at >= 0) state.values.splice(at, 1);
    else if (!permissive) throw schema.name === 'member' ? refuse.isNoMember() : refuse.noSuchAttribute(schema.name);
  }
}

/** A reset by replace, or a change by deleting the old and adding the new one. */
function setPassword(state: Working, change: Modification): void {
  if (change.operation === 'delete') return;
  const [value, ...more] = change.values;
  if (!value || more.length > 0) throw refuse.unwilling('unicodePwd takes one value', '0000001F');
  state.values = [readPassword(value)];
}

function toDraft(working: Map<string, Working>): Draft {
  const draft: Draft = { values: new Map(), links: [] };
  for (const [key, { schema, before, values }] of working) {
    if (!isForwardLink(schema)) {
      draft.values.set(key, values);
      continue;
    }
    const [old, now] = [new Set(before), new Set(values)];
    const add = values.filter((value) => !old.has(value));
    const remove = before.filter((value) => !now.has(value));
    draft.links.push({ name: key, add, remove });
  }
  return draft;
}

function checkRules(directory: Directory, entry: Entry, draft: Draft, className: string): void {
  if (draft.values.get('samaccountname')?.length === 0) throw refuse.unwilling('an account has a name');
  refuseTakenNames(directory, entry, draft);
  checkAccountControl(draft, entry);
  if (draft.values.has('grouptype') || draft.values.has('useraccountcontrol')) {
    const type = accountType(className, draft, entry);
    if (type !== undefined) draft.values.set('samaccounttype', [type]);
  }
}

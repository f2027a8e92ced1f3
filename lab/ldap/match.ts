import { constructedValues } from './constructed.ts';
import type { Directory } from './directory.ts';
import { dnKey } from './dn.ts';
import type { Filter } from './filter.ts';
import { type AttributeSchema, attributeSchema, classSchema, linkPartner } from './schema.ts';
import type { Entry } from './tree.ts';
import { compareValues, fromAssertion, isBinary, valueKey } from './values.ts';

/** True, false or undefined, as RFC 4511 4.5.1.7 has a filter evaluate; undefined selects nothing and survives `not`. */
export type Verdict = boolean | undefined;
export type Predicate = (entry: Entry) => Verdict;

const rule = {
  bitAnd: '1.2.840.113556.1.4.803',
  bitOr: '1.2.840.113556.1.4.804',
  inChain: '1.2.840.113556.1.4.1941',
} as const;

/** Never readable, so no filter may ask for them either. */
export const secretAttributes: ReadonlySet<string> = new Set(['unicodepwd', 'userpassword']);

/** Turns a filter into a function once, so that a scan of many entries does not read the filter again. */
export function compile(directory: Directory, filter: Filter): Predicate {
  switch (filter.kind) {
    case 'and':
      return all(filter.parts.map((part) => compile(directory, part)));
    case 'or':
      return any(filter.parts.map((part) => compile(directory, part)));
    case 'not': {
      const part = compile(directory, filter.part);
      return (entry) => {
        const verdict = part(entry);
        return verdict === undefined ? undefined : !verdict;
      };
    }
    case 'present':
      return present(directory, filter.attribute);
    case 'extensible':
      return extensible(directory, filter);
    case 'equal':
    case 'approx':
      return filter.attribute.toLowerCase() === 'anr'
        ? ambiguous(directory, filter.value)
        : equal(directory, filter.attribute, filter.value);
    case 'greaterOrEqual':
      return ordered(directory, filter.attribute, filter.value, (order) => order >= 0);
    case 'lessOrEqual':
      return ordered(directory, filter.attribute, filter.value, (order) => order <= 0);
    case 'substring':
      return substring(directory, filter);
  }
}

function all(parts: Predicate[]): Predicate {
  return (entry) => {
    let verdict: Verdict = true;
    for (const part of parts) {
      const one = part(entry);
      if (one === false) return false;
      if (one === undefined) verdict = undefined;
    }
    return verdict;
  };
}

function any(parts: Predicate[]): Predicate {
  return (entry) => {
    let verdict: Verdict = false;
    for (const part of parts) {
      const one = part(entry);
      if (one) return true;
      if (one === undefined) verdict = undefined;
    }
    return verdict;
  };
}

const unknown: Predicate = () => undefined;

function known(name: string): AttributeSchema | undefined {
  const schema = attributeSchema(name.split(';')[0] ?? '');
  return schema && !secretAttributes.has(schema.name.toLowerCase()) ? schema : undefined;
}

/** Values as a filter sees them: stored and linked ones, constructed ones too. */
export function valuesFor(directory: Directory, entry: Entry, schema: AttributeSchema): string[] {
  return constructedValues(directory, entry, schema) ?? directory.tree.values(entry, schema);
}

function present(directory: Directory, name: string): Predicate {
  const schema = known(name);
  if (!schema) return unknown;
  if (schema.link !== undefined) return (entry) => directory.tree.linkedGuids(entry.guid, schema).length > 0;
  return (entry) => valuesFor(directory, entry, schema).length > 0;
}

function equal(directory: Directory, name: string, bytes: Buffer): Predicate {
  const schema = known(name);
  if (!schema) return unknown;
  const assertion = fromAssertion(schema.syntax, bytes);
  if (assertion === undefined) return unknown;
  if (schema.link !== undefined) return linkedTo(directory, schema, assertion);
  if (schema.name === 'objectCategory') return category(directory, assertion);
  if (schema.name === 'objectClass') {
    const wanted = assertion.toLowerCase();
    return (entry) => directory.tree.values(entry, schema).some((value) => value.toLowerCase() === wanted);
  }
  if (schema.name === 'distinguishedName') {
    const target = findQuietly(directory, assertion);
    return (entry) => entry === target;
  }
  const key = valueKey(schema.syntax, assertion);
  return (entry) => valuesFor(directory, entry, schema).some((value) => valueKey(schema.syntax, value) === key);
}

/** objectCategory may be asked for by its DN or by the class's name, as AD allows. */
function category(directory: Directory, assertion: string): Predicate {
  const named = classSchema(assertion);
  const dn = named ? `CN=${named.category},${directory.names.schemaDn}` : assertion;
  const key = dnKey(named || assertion.includes('=') ? dn : `CN=${assertion},${directory.names.schemaDn}`);
  return (entry) => {
    const value = directory.tree.first(entry, 'objectcategory');
    return value !== undefined && dnKey(value) === key;
  };
}

function findQuietly(directory: Directory, dn: string): Entry | undefined {
  try {
    return directory.tree.find(dn);
  } catch {
    return undefined;
  }
}

function linkedTo(directory: Directory, schema: AttributeSchema, dn: string): Predicate {
  const target = findQuietly(directory, dn);
  if (!target) return () => false;
  const holders = new Set(directory.tree.linkedGuids(target.guid, partnerOf(schema)));
  return (entry) => holders.has(entry.guid);
}

function partnerOf(schema: AttributeSchema): AttributeSchema {
  const partner = linkPartner(schema);
  if (!partner) throw new Error(`${schema.name} has no partner`);
  return partner;
}

function ordered(directory: Directory, name: string, bytes: Buffer, holds: (order: number) => boolean): Predicate {
  const schema = known(name);
  if (!schema || schema.syntax === 'dn' || schema.syntax === 'boolean') return unknown;
  const assertion = fromAssertion(schema.syntax, bytes);
  if (assertion === undefined) return unknown;
  if (schema.name === 'uSNChanged') {
    const wanted = Number(assertion);
    return (entry) => holds(Number(entry.attributes.get('usnchanged')) - wanted);
  }
  return (entry) =>
    valuesFor(directory, entry, schema).some((value) => holds(compareValues(schema.syntax, value, assertion)));
}

function substring(directory: Directory, filter: Extract<Filter, { kind: 'substring' }>): Predicate {
  const schema = known(filter.attribute);
  if (!schema || !['string', 'exact', 'octets'].includes(schema.syntax)) return unknown;
  const read = (bytes: Buffer) => {
    const text = bytes.toString(isBinary(schema.syntax) ? 'latin1' : 'utf8');
    return valueKey(schema.syntax, text);
  };
  const initial = filter.initial && read(filter.initial);
  const final = filter.final && read(filter.final);
  const middle = filter.any.map(read);
  return (entry) =>
    valuesFor(directory, entry, schema).some((value) =>
      hasPieces(valueKey(schema.syntax, value), initial, middle, final),
    );
}

/** Whether the pieces stand in the text in order and without overlap. */
export function hasPieces(
  text: string,
  initial: string | undefined,
  middle: readonly string[],
  final: string | undefined,
): boolean {
  let from = 0;
  if (initial !== undefined) {
    if (!text.startsWith(initial)) return false;
    from = initial.length;
  }
  for (const piece of middle) {
    const at = text.indexOf(piece, from);
    if (at < 0) return false;
    from = at + piece.length;
  }
  return final === undefined || (text.length - final.length >= from && text.endsWith(final));
}

function extensible(directory: Directory, filter: Extract<Filter, { kind: 'extensible' }>): Predicate {
  const schema = filter.attribute === undefined ? undefined : known(filter.attribute);
  if (!schema) return unknown;
  switch (filter.rule) {
    case undefined:
      return equal(directory, schema.name, filter.value);
    case rule.bitAnd:
    case rule.bitOr:
      return bits(directory, schema, filter.value, filter.rule === rule.bitAnd);
    case rule.inChain:
      return inChain(directory, schema, filter.value);
    default:
      return unknown;
  }
}

function bits(directory: Directory, schema: AttributeSchema, bytes: Buffer, every: boolean): Predicate {
  if (schema.syntax !== 'integer' && schema.syntax !== 'large') return unknown;
  const text = fromAssertion('large', bytes);
  if (text === undefined) return unknown;
  const width = schema.syntax === 'integer' ? 32 : 64;
  const mask = BigInt.asUintN(width, BigInt(text));
  return (entry) =>
    valuesFor(directory, entry, schema).some((value) => {
      const common = BigInt.asUintN(width, BigInt(value)) & mask;
      return every ? common === mask : common !== 0n;
    });
}

/** LDAP_MATCHING_RULE_IN_CHAIN: all entries from which the link leads, in any number of steps, to the DN. */
function inChain(directory: Directory, schema: AttributeSchema, bytes: Buffer): Predicate {
  const assertion = fromAssertion('dn', bytes);
  const target = assertion === undefined ? undefined : findQuietly(directory, assertion);
  if (schema.link === undefined) return unknown;
  if (!target) return () => false;
  const back = partnerOf(schema);
  const reached = new Set<string>();
  const open = [target.guid];
  for (let guid = open.pop(); guid !== undefined; guid = open.pop()) {
    for (const holder of directory.tree.linkedGuids(guid, back)) {
      if (reached.has(holder)) continue;
      reached.add(holder);
      open.push(holder);
    }
  }
  return (entry) => reached.has(entry.guid);
}

const anrAttributes = [
  'displayName',
  'givenName',
  'sn',
  'name',
  'sAMAccountName',
  'mail',
  'mailNickname',
  'physicalDeliveryOfficeName',
];

/** Ambiguous name resolution ([MS-ADTS] 3.1.1.3.1.3.3): the beginning of a name, an address, or first and last name. */
function ambiguous(directory: Directory, bytes: Buffer): Predicate {
  const text = bytes.toString('utf8').trim().toLowerCase();
  if (text === '') return unknown;
  const exact = text.startsWith('=');
  const wanted = exact ? text.slice(1) : text;
  const matches = (value: string) => (exact ? value.toLowerCase() === wanted : value.toLowerCase().startsWith(wanted));
  const schemas = anrAttributes.flatMap((name) => attributeSchema(name) ?? []);
  const [one = '', two] = wanted.split(/\s+/, 2);
  return (entry) => {
    if (schemas.some((schema) => directory.tree.values(entry, schema).some(matches))) return true;
    const proxies = entry.attributes.get('proxyaddresses') ?? [];
    if (
      (typeof proxies === 'string' ? [proxies] : proxies).some(
        (p) => matches(p) || matches(p.slice(p.indexOf(':') + 1)),
      )
    )
      return true;
    if (directory.tree.first(entry, 'legacyexchangedn')?.toLowerCase() === wanted) return true;
    const given = directory.tree.first(entry, 'givenname')?.toLowerCase() ?? '';
    const surname = directory.tree.first(entry, 'sn')?.toLowerCase() ?? '';
    return (
      two !== undefined &&
      ((given.startsWith(one) && surname.startsWith(two)) || (surname.startsWith(one) && given.startsWith(two)))
    );
  };
}

/** Entries to look at instead of all, when the filter names an indexed value; undefined when it does not. */
export function candidates(directory: Directory, filter: Filter): Set<Entry> | undefined {
  if (filter.kind === 'and') {
    for (const part of filter.parts) {
      const found = candidates(directory, part);
      if (found) return found;
    }
    return undefined;
  }
  if (filter.kind === 'or') {
    const found = new Set<Entry>();
    for (const part of filter.parts) {
      const some = candidates(directory, part);
      if (!some) return undefined;
      for (const entry of some) found.add(entry);
    }
    return found;
  }
  if (filter.kind !== 'equal') return undefined;
  const schema = known(filter.attribute);
  const name = schema?.name.toLowerCase();
  if (!schema || name === undefined) return undefined;
  const value = fromAssertion(schema.syntax, filter.value);
  if (value === undefined) return new Set();
  if (name === 'objectguid') {
    const entry = directory.tree.entries.get(Buffer.from(value, 'latin1').toString('hex'));
    return new Set(entry ? [entry] : []);
  }
  if (schema.link !== undefined) {
    const target = findQuietly(directory, value);
    return new Set(target ? directory.tree.linked(target, partnerOf(schema)) : []);
  }
  return directory.tree.isIndexed(name) ? new Set(directory.tree.byValue(name, value)) : undefined;
}

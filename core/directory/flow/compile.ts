import { type Attributes, type RecipientRecord, values } from '../../domain/recipient.ts';
import { attributeName, DN_ATTRIBUTES } from '../attributes.ts';
import { atPlace, type DocumentReading, RuleError, readDocument, soundOrThrow } from '../document.ts';
import { type Expression, ExpressionReader, type Extras } from '../expression.ts';
import { toRecipient } from '../recipient.ts';
import { inScope } from '../scope.ts';
import { BUILT_IN_EXPORT, GROUP_ATTRIBUTES, MAILBOX_ALONE, REFUSED, WISHES } from './built-in.ts';
import { type ExportEntry, type Flow, flowSchema, type ImportEntry } from './schema.ts';

/** What an expression of a flow may name beside attributes, `dn`, `ou` and `kind`. */
const EXTRAS: Extras<RecipientRecord> = {
  addresses: (r) => r.addresses.filter((a) => a.kind === 'smtp').map((a) => a.address),
  primary: (r) => r.addresses.find((a) => a.kind === 'smtp' && a.primary)?.address ?? r.mail ?? '',
  forwardsTo: (r) => r.addresses.find((a) => a.kind === 'target')?.address ?? '',
  hidden: (r) => r.hidden,
};

/** The names with what they stand for, for people who write a flow. */
export const FLOW_NAMES: Readonly<Record<string, string>> = {
  dn: 'the DN in the source',
  ou: 'the DN of the container',
  kind: 'mailbox, sharedMailbox, contact, group, …',
  addresses: 'all SMTP addresses, without smtp:',
  primary: 'the primary SMTP address',
  forwardsTo: "where a contact's or mail user's mail goes (targetAddress)",
  hidden: 'whether it is hidden from address lists',
};

let reader: ExpressionReader<RecipientRecord> | undefined;

/** How an attribute of the target comes to its value. */
export interface FlowRule {
  attribute: string;
  /** For people: `copy of department`, `constant`, `expression lower(mail)`. */
  how: string;
  own: boolean;
  kind: 'copy' | 'constant' | 'expression' | 'remap' | 'leave';
  existing: ExportEntry['existing'];
  /** Attributes of the source that are remapped. */
  remap: string | undefined;
  applies(source: RecipientRecord): boolean;
  values(source: RecipientRecord): readonly string[];
}

export interface CompiledFlow {
  /** A source object as matching and prepare see it: the same one where nothing is imported differently. */
  imported<R extends RecipientRecord>(source: R): R;
  /** What import changed in a source object, attribute by attribute. */
  importRules: readonly { attribute: string; how: string; applies(source: RecipientRecord): boolean }[];
  exportRules: readonly FlowRule[];
  /** The attributes of the target that the flow says something of. */
  attributesOut: readonly string[];
  /** The rule for an attribute of a target object; undefined where the flow says nothing of it. */
  ruleFor(attribute: string, source: RecipientRecord): FlowRule | undefined;
  /** Attributes of the source that the flow names: discovery reads them beside its own list. */
  attributes: readonly string[];
}

/** @throws RuleError */
export function compileFlow(flow: Flow): CompiledFlow {
  const named = new Set<string>();
  const read = (text: string): Expression<RecipientRecord> => {
    reader ??= new ExpressionReader(EXTRAS);
    const expression = reader.read(text);
    for (const name of expression.lists) named.add(name);
    return expression;
  };
  const imports = flow.import.map((entry, i) => compileImport(entry, ['import', i], read, named));
  const own = flow.export.map((entry, i) => compileExport(entry, ['export', i], read, named));
  const builtIn = BUILT_IN_EXPORT.map((entry) => ({
    ...compileExport(entry, [], read, new Set()),
    own: false,
    applies: (source: RecipientRecord) => builtInApplies(entry.attribute, source),
  }));
  const exportRules: FlowRule[] = [...own, ...builtIn];
  const byAttribute = Map.groupBy(exportRules, (rule) => rule.attribute);
  return {
    imported: (source) => importedBy(imports, source),
    importRules: imports,
    exportRules,
    attributesOut: [...byAttribute.keys()],
    ruleFor: (attribute, source) => byAttribute.get(attribute)?.find((rule) => rule.applies(source)),
    attributes: [...named],
  };
}

function builtInApplies(attribute: string, source: RecipientRecord): boolean {
  if (source.kind === 'group') return GROUP_ATTRIBUTES.has(attribute) || DN_ATTRIBUTES.has(attribute);
  if (attribute === 'member') return false;
  return source.kind !== 'contact' || !MAILBOX_ALONE.has(attribute);
}

type Read = (text: string) => Expression<RecipientRecord>;

/** Where the values come from, and in words. */
function originOf(
  entry: ImportEntry | ExportEntry,
  path: readonly (string | number)[],
  read: Read,
  named: Set<string>,
): { how: string; values: (source: RecipientRecord) => readonly string[] } {
  const { copy, constant, expression } = entry;
  if (copy !== undefined) {
    const from = attributeName(copy);
    named.add(from);
    return { how: `copy of ${from}`, values: (source) => values(source.attributes, from) };
  }
  if (constant !== undefined) {
    const list = Array.isArray(constant) ? constant : [constant];
    return { how: 'constant', values: () => list };
  }
  const compiled = atPlace([...path, 'expression'], () => read(expression ?? '""'));
  return { how: compiled.text, values: (source) => [...new Set(compiled.values(source))] };
}

function compileImport(entry: ImportEntry, path: readonly (string | number)[], read: Read, named: Set<string>) {
  const attribute = attributeName(entry.attribute);
  if (['objectGUID', 'objectSid', 'objectClass', 'member'].includes(attribute)) {
    throw new RuleError([...path, 'attribute'], `${attribute} says what the object is, and comes in as it is`);
  }
  const scope = atPlace([...path, 'scope'], () => inScope(entry.scope, read));
  return { attribute, ...originOf(entry, path, read, named), applies: (s: RecipientRecord) => scope?.(s) ?? true };
}

function compileExport(
  entry: ExportEntry,
  path: readonly (string | number)[],
  read: Read,
  named: Set<string>,
): FlowRule {
  const attribute = attributeName(entry.attribute);
  const refused = REFUSED[attribute];
  if (refused !== undefined)
    throw new RuleError([...path, 'attribute'], `${attribute} cannot be set by a flow: ${refused}`);
  const remap = entry.remap === undefined ? undefined : attributeName(entry.remap);
  if (remap !== undefined) named.add(remap);
  if (DN_ATTRIBUTES.has(attribute) && remap === undefined && !entry.leave) {
    throw new RuleError(
      [...path, 'attribute'],
      `${attribute} refers to objects: give remap (or leave), for a copy would refer to the source`,
    );
  }
  if (WISHES.has(attribute) && (remap !== undefined || entry.existing === 'replace')) {
    throw new RuleError(
      [...path],
      `${attribute} is a name that others know the object by: it is only given to new objects`,
    );
  }
  const scope = atPlace([...path, 'scope'], () => inScope(entry.scope, read));
  // Attributes of a person are refused on groups, so that a rule must name groups to be for them.
  const forGroups = entry.scope?.types?.includes('group') ?? false;
  const applies = (s: RecipientRecord) =>
    (s.kind !== 'group' || forGroups || DN_ATTRIBUTES.has(attribute)) && (scope?.(s) ?? true);
  const base = { attribute, own: true, existing: entry.existing, applies };
  if (remap !== undefined) {
    const how = `remap of ${remap}`;
    return { ...base, kind: 'remap', how, remap, values: (s) => values(s.attributes, remap) };
  }
  if (entry.leave) return { ...base, kind: 'leave', how: 'left as it is', remap, values: () => [] };
  const kind = entry.copy !== undefined ? 'copy' : entry.constant !== undefined ? 'constant' : 'expression';
  return { ...base, kind, remap, ...originOf(entry, path, read, named) };
}

function importedBy<R extends RecipientRecord>(imports: ReturnType<typeof compileImport>[], source: R): R {
  let attributes: Attributes | undefined;
  for (const rule of imports) {
    if (!rule.applies(source)) continue;
    attributes ??= { ...source.attributes };
    const made = rule.values(source);
    if (made.length === 0) delete attributes[rule.attribute];
    else attributes[rule.attribute] = [...made];
  }
  if (!attributes) return source;
  const again = toRecipient(source.dn, attributes);
  // What was found by its address in the forest stays the same object, whatever its values become.
  return again ? { ...source, ...again, guid: source.guid, deleted: source.deleted } : { ...source, attributes };
}

/** Reads a flow, YAML or JSON; an empty one is the built-in flow. */
export function readFlow(text: string): DocumentReading<CompiledFlow> {
  return readDocument(text, flowSchema, compileFlow);
}

let builtIn: CompiledFlow | undefined;

/** The flow of a saved text, or the built-in one alone. @throws UsageError when the text is not sound in this version */
export function flowOf(text: string | undefined): CompiledFlow {
  if (text !== undefined) return soundOrThrow(readFlow(text), 'the saved attribute flow');
  builtIn ??= compileFlow({ version: 1, import: [], export: [] });
  return builtIn;
}

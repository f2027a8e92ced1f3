import type { Directory } from './directory.ts';
import { secretAttributes, valuesFor } from './match.ts';
import type { AnsweredAttribute } from './protocol.ts';
import { type AttributeSchema, attributeSchema, attributeSchemas } from './schema.ts';
import type { Entry } from './tree.ts';
import { toBytes } from './values.ts';

/** AD's MaxValRange: a multi-valued attribute comes in pieces of so many ([MS-ADTS] 3.1.1.3.4.6). */
export const maxValuesPerAnswer = 1500;

/** What a search asks to be returned, read once for all its entries. */
export interface Selection {
  all: boolean;
  /** By lower-case name; a range where the client asked for one. */
  named: { schema: AttributeSchema; range: { low: number; high: number } | undefined }[];
}

const rangeOption = /^range=(\d+)-(\d+|\*)$/i;

/** Names in any case, `*`, `1.1`, and the option `;range=low-high`; names that are no attribute select nothing. */
export function readSelection(attributes: readonly string[]): Selection {
  const selection: Selection = { all: attributes.length === 0, named: [] };
  for (const text of attributes) {
    if (text === '*') selection.all = true;
    const [name = '', ...options] = text.split(';');
    const schema = attributeSchema(name);
    if (!schema || secretAttributes.has(schema.name.toLowerCase())) continue;
    if (selection.named.some((one) => one.schema === schema)) continue;
    const match = options.map((option) => rangeOption.exec(option)).find((found) => found !== null);
    const range = match
      ? { low: Number(match[1]), high: match[2] === '*' ? Number.POSITIVE_INFINITY : Number(match[2]) }
      : undefined;
    selection.named.push({ schema, range });
  }
  return selection;
}

const links = [...attributeSchemas()].filter((schema) => schema.link !== undefined);
const computed = ['distinguishedName', 'name', 'objectGUID'].flatMap((name) => attributeSchema(name) ?? []);

/** The attributes of one entry as the selection asks for them. */
export function selectAttributes(
  directory: Directory,
  entry: Entry,
  selection: Selection,
  typesOnly: boolean,
): AnsweredAttribute[] {
  const answered: AnsweredAttribute[] = [];
  const done = new Set<AttributeSchema>();
  for (const { schema, range } of selection.named) {
    done.add(schema);
    answered.push(...answer(directory, entry, schema, range, typesOnly));
  }
  if (!selection.all) return answered;
  for (const schema of storedSchemas(entry)) {
    if (done.has(schema)) continue;
    answered.push(...answer(directory, entry, schema, undefined, typesOnly));
  }
  return answered;
}

function* storedSchemas(entry: Entry): Iterable<AttributeSchema> {
  for (const name of entry.attributes.keys()) {
    const schema = attributeSchema(name);
    if (schema && !secretAttributes.has(name)) yield schema;
  }
  const naming = attributeSchema(entry.rdn.type);
  if (naming) yield naming;
  yield* computed;
  yield* links;
}

function answer(
  directory: Directory,
  entry: Entry,
  schema: AttributeSchema,
  range: { low: number; high: number } | undefined,
  typesOnly: boolean,
): AnsweredAttribute[] {
  // A back link of 100,000 objects is cut before its DNs are written out.
  const isLink = schema.link !== undefined;
  const all = isLink ? directory.tree.linkedGuids(entry.guid, schema) : valuesFor(directory, entry, schema);
  if (all.length === 0) return [];
  if (typesOnly) return [{ name: schema.name, values: [] }];
  const write = (values: string[]) =>
    (isLink ? dnsOf(directory, values) : values).map((value) => toBytes(schema.syntax, value));
  if (!range && all.length <= maxValuesPerAnswer) return [{ name: schema.name, values: write(all) }];
  const low = range?.low ?? 0;
  if (low >= all.length) return [];
  const high = Math.min(range?.high ?? Number.POSITIVE_INFINITY, low + maxValuesPerAnswer - 1, all.length - 1);
  const upper = high === all.length - 1 ? '*' : String(high);
  const piece = { name: `${schema.name};range=${low}-${upper}`, values: write(all.slice(low, high + 1)) };
  // Asked for without a range, the attribute stands there by its plain name too, empty.
  return range ? [piece] : [{ name: schema.name, values: [] }, piece];
}

function dnsOf(directory: Directory, guids: readonly string[]): string[] {
  return guids.flatMap((guid) => {
    const entry = directory.tree.entries.get(guid);
    return entry ? [directory.tree.dn(entry)] : [];
  });
}

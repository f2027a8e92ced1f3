import { createHash } from 'node:crypto';
import { propertyKey } from '../../exchange/ews/forms/read-content.ts';
import type { AttachmentContent, ItemInfo, MailStore, Result, TypedContent } from '../../exchange/mail-store.ts';
import type { AddressRewriter } from '../addresses/rewriter.ts';
import { elementOf } from '../sync/forms.ts';
import type { Compared, Pair } from './compare-content.ts';

/** What a list shows of both: class, times, flags, read state. */
export function compareFacts({ source, target }: Pair): string[] {
  const differences: string[] = [];
  const differ = (what: string, a: unknown, b: unknown): void => {
    if (a !== null && b !== null && a !== b) differences.push(`${what} different`);
  };
  differ('item class', source.itemClass.toLowerCase(), target.itemClass.toLowerCase());
  differ('received time', seconds(source.received), seconds(target.received));
  differ('sent time', seconds(source.sent), seconds(target.sent));
  differ('read state', source.read, target.read);
  differ('folder-associated', source.associated, target.associated);
  differ('message id', source.messageId, target.messageId);
  return differences;
}

/** Lists are exact to the second: servers round what they show. */
function seconds(ms: number | null): number | null {
  return ms === null ? null : Math.floor(ms / 1000);
}

/**
 * Compares items by what EWS has names for, bodies and attachments, with the carried properties beside them: where a
 * server exports no whole items.
 */
export async function compareTyped(
  source: MailStore,
  target: MailStore,
  pairs: Pair[],
  signal: AbortSignal,
  rewriter?: AddressRewriter,
): Promise<Compared[]> {
  const [left, right] = await Promise.all([
    readTyped(
      source,
      pairs.map((p) => p.source),
      signal,
    ),
    readTyped(
      target,
      pairs.map((p) => p.target),
      signal,
    ),
  ]);
  const one = async (pair: Pair, index: number): Promise<Compared> => {
    const a = left[index];
    const b = right[index];
    // Folder-associated items have no typed form: what lists show of them is all there is.
    if (!a?.ok || !b?.ok) {
      const failed = a && !a.ok ? a.error : b && !b.ok ? b.error : undefined;
      const unreadable = failed && !pair.source.associated ? failed.name : null;
      return { pair, method: 'facts', differences: compareFacts(pair), digest: null, unreadable };
    }
    let differences = compareContents(a.value, b.value);
    if (differences.length > 0 && rewriter) differences = compareContents(await rewriter.typed(a.value), b.value);
    return { pair, method: 'typed', differences, digest: digestOf(a.value), unreadable: null };
  };
  return Promise.all(pairs.map(one));
}

function readTyped(store: MailStore, items: ItemInfo[], signal: AbortSignal): Promise<Result<TypedContent>[]> {
  return store.read(
    items.map((item) => ({ id: item.id, itemClass: item.itemClass, element: elementOf(item.itemClass) })),
    'typed',
    { signal },
  ) as Promise<Result<TypedContent>[]>;
}

/** Properties that a store gives anew when an item is saved. */
const BY_SERVER = new Set([
  '0x3007', // creation time
  '0x3008', // last modification time
  '0x3ffa', // last modifier
  '0x0071', // conversation index, where the store threads by itself
]);
/** Bits of PidTagMessageFlags that belong to the item: read, unsent, associated, resend. */
const COMPARED_FLAGS = 0x1 | 0x8 | 0x40 | 0x80;

/** Everything that differs between two typed contents, by name. */
export function compareContents(a: TypedContent, b: TypedContent, path = ''): string[] {
  const at = (what: string): string => (path === '' ? what : `${path}: ${what}`);
  const differences: string[] = [];
  compareMaps(fieldMap(a), fieldMap(b), (name, kind) => differences.push(at(`${name} ${kind}`)));
  compareMaps(propertyMap(a), propertyMap(b), (name, kind) => differences.push(at(`${name} ${kind}`)));
  if (a.attachments.length !== b.attachments.length) differences.push(at('attachments different'));
  const rest = [...b.attachments];
  for (const [index, one] of a.attachments.entries()) {
    const found = rest.findIndex((other) => attachmentDigest(other) === attachmentDigest(one));
    if (found >= 0) rest.splice(found, 1);
    else differences.push(at(`attachment ${index + 1} different`));
  }
  if (JSON.stringify(exceptionsOf(a)) !== JSON.stringify(exceptionsOf(b))) differences.push(at('exceptions different'));
  return differences;
}

function compareMaps(
  a: Map<string, string>,
  b: Map<string, string>,
  differ: (name: string, kind: 'missing' | 'extra' | 'different') => void,
): void {
  for (const [name, value] of a) {
    const other = b.get(name);
    if (other === undefined) differ(name, 'missing');
    else if (other !== value) differ(name, 'different');
  }
  for (const name of b.keys()) if (!a.has(name)) differ(name, 'extra');
}

function fieldMap(content: TypedContent): Map<string, string> {
  return new Map(content.fields.map((field) => [field.name, normal(field.name, field.xml)]));
}

/** Servers break lines of texts and order lists in their own ways. */
function normal(name: string, xml: string): string {
  const text = xml.replaceAll('&#xD;&#xA;', '&#xA;').replaceAll('&#xD;', '&#xA;');
  return name === 'Body' ? text.replace(/(?:&#xA;|\s)+(?=<\/t:Body>)/g, '') : text;
}

function propertyMap(content: TypedContent): Map<string, string> {
  return new Map(
    content.properties
      .filter((p) => !BY_SERVER.has(p.tag ?? ''))
      .map((p) => [
        propertyKey(p),
        p.tag === '0x0e07' ? String(Number(p.values[0]) & COMPARED_FLAGS) : JSON.stringify(p.values),
      ]),
  );
}

function exceptionsOf(content: TypedContent): unknown {
  if (!content.exceptions) return null;
  return {
    deleted: [...content.exceptions.deleted].sort(),
    modified: content.exceptions.modified
      .map((m) => [m.originalStart, [...fieldMap(m.content)], m.content.attachments.map(attachmentDigest)])
      .sort(),
  };
}

function attachmentDigest(attachment: AttachmentContent): string {
  const sum = createHash('sha256').update(attachment.name);
  if (attachment.kind === 'file') {
    sum.update(`\0${attachment.contentId}\0${attachment.inline}\0`);
    for (const part of attachment.parts) sum.update(part);
  } else if (attachment.item.form === 'typed') sum.update(digestOf(attachment.item));
  return sum.digest('hex');
}

/** Of a typed content in canonical form. */
export function digestOf(content: TypedContent): Buffer {
  const sum = createHash('sha256');
  for (const map of [fieldMap(content), propertyMap(content)])
    for (const [name, value] of [...map].sort(([x], [y]) => (x < y ? -1 : 1))) sum.update(`${name}\0${value}\0`);
  for (const digest of content.attachments.map(attachmentDigest).sort()) sum.update(digest);
  sum.update(JSON.stringify(exceptionsOf(content)));
  return sum.digest();
}

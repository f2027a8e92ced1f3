import { propLabel } from './bag.ts';
import { type CanonicalProperty, canonicalProperties } from './canonical.ts';
import { attachmentDigest, bagDigest } from './digest.ts';
import type { MapiAttachment, MapiMessage, PropertyBag } from './model.ts';
import { propSetName } from './sets.ts';

/** One thing in which two items differ. Holds names and sizes, never a value. */
export interface Difference {
  /** Where: empty for the item itself, else such as `recipient 2` or `attachment 1 > message`. */
  path: string;
  /** `0x0037`, `PSETID_Appointment/0x8216`, or empty when a whole recipient, attachment or message differs. */
  property: string;
  /** As seen from the first item: the second lacks it, has more, or has another. */
  kind: 'missing' | 'extra' | 'different';
  /** Bytes on each side, where it is a property. */
  sizes?: { a: number | null; b: number | null };
}

/**
 * Every difference between two items, property by property, apart from what servers change (volatile.ts). Recipients
 * and attachments are matched by content first, then in their order, since servers number them anew.
 */
export function compareMessages(a: MapiMessage, b: MapiMessage): Difference[] {
  const differences: Difference[] = [];
  compareAt('', a, b, differences);
  return differences;
}

function compareAt(path: string, a: MapiMessage, b: MapiMessage, out: Difference[]): void {
  compareBags(path, a, b, out);
  pair(a.recipients, b.recipients, bagDigest, (one, other, index) => {
    const at = join(path, `recipient ${index + 1}`);
    if (one && other) compareBags(at, one, other, out);
    else out.push({ path: at, property: '', kind: one ? 'missing' : 'extra' });
  });
  pair(a.attachments, b.attachments, attachmentDigest, (one, other, index) => {
    const at = join(path, `attachment ${index + 1}`);
    if (one && other) compareAttachments(at, one, other, out);
    else out.push({ path: at, property: '', kind: one ? 'missing' : 'extra' });
  });
}

function compareAttachments(path: string, a: MapiAttachment, b: MapiAttachment, out: Difference[]): void {
  compareBags(path, a, b, out);
  if (a.embedded && b.embedded) compareAt(join(path, 'message'), a.embedded, b.embedded, out);
  else if (a.embedded || b.embedded) {
    out.push({ path: join(path, 'message'), property: '', kind: a.embedded ? 'missing' : 'extra' });
  }
}

function compareBags(path: string, a: PropertyBag, b: PropertyBag, out: Difference[]): void {
  const left = new Map(canonicalProperties(a).map((p) => [p.key, p]));
  const right = new Map(canonicalProperties(b).map((p) => [p.key, p]));
  for (const [key, one] of left) {
    const other = right.get(key);
    const same = other && other.type === one.type && other.size === one.size && other.value.equals(one.value);
    if (!same) out.push(difference(path, key, one, other));
  }
  for (const [key, other] of right) {
    if (!left.has(key)) out.push(difference(path, key, undefined, other));
  }
}

function difference(
  path: string,
  key: string,
  a: CanonicalProperty | undefined,
  b: CanonicalProperty | undefined,
): Difference {
  const slash = key.indexOf('/');
  const property =
    slash < 0 ? propLabel({ id: Number.parseInt(key, 16) }) : propSetName(key.slice(0, slash)) + key.slice(slash);
  const kind = a && b ? 'different' : a ? 'missing' : 'extra';
  return { path, property, kind, sizes: { a: a?.size ?? null, b: b?.size ?? null } };
}

/** Calls back for what is left after equal ones are taken from both lists; `index` counts in the first list. */
function pair<T>(
  a: T[],
  b: T[],
  digest: (one: T) => Buffer,
  visit: (one: T | undefined, other: T | undefined, index: number) => void,
): void {
  const open = new Map<string, T[]>();
  for (const other of b) {
    const key = digest(other).toString('hex');
    const list = open.get(key);
    if (list) list.push(other);
    else open.set(key, [other]);
  }
  const unmatched: { one: T; index: number }[] = [];
  a.forEach((one, index) => {
    if (!open.get(digest(one).toString('hex'))?.shift()) unmatched.push({ one, index });
  });
  const taken = new Set([...open.values()].flat());
  const rest = b.filter((other) => taken.delete(other));
  unmatched.forEach(({ one, index }, at) => {
    visit(one, rest[at], index);
  });
  rest.slice(unmatched.length).forEach((other, at) => {
    visit(undefined, other, a.length + at);
  });
}

const join = (path: string, part: string): string => (path ? `${path} > ${part}` : part);

import { compareMessages, type Difference } from '../../domain/mapi/compare.ts';
import { decodeForComparison } from '../../domain/mapi/decode.ts';
import { canonicalDigest } from '../../domain/mapi/digest.ts';
import type { MapiMessage } from '../../domain/mapi/model.ts';
import { EwsError } from '../../exchange/ews/codes.ts';
import {
  type ContentForm,
  type ItemInfo,
  type MailStore,
  type Result,
  releaseContent,
  type StreamContent,
} from '../../exchange/mail-store.ts';
import type { AddressRewriter } from '../addresses/rewriter.ts';
import { compareTyped } from './compare-typed.ts';

export interface Pair {
  source: ItemInfo;
  target: ItemInfo;
  /** Why the copy's place is wrong, where it is. */
  misplaced?: string | undefined;
}

/** Bytes of a batch above which its two sides are not held side by side. */
const LARGE_BYTES = 16 * 1024 * 1024;

/** How one pair was compared, and what was found. An empty list of differences means: the same. */
export interface Compared {
  pair: Pair;
  /** `properties`: every property; `typed`: what EWS has names for, bodies and attachments; `facts`: what a list shows. */
  method: 'properties' | 'typed' | 'facts';
  differences: string[];
  /** Of the item's content in canonical form. */
  digest: Buffer | null;
  /** Set when a side could not be read at all. */
  unreadable: string | null;
}

/**
 * Reads both sides of some pairs and compares them. Streams are compared property by property; where a server exports
 * none, or a stream cannot be read by this program, EWS's own properties are compared.
 */
export async function comparePairs(
  source: MailStore,
  target: MailStore,
  pairs: Pair[],
  signal: AbortSignal,
  rewriter?: AddressRewriter,
): Promise<Compared[]> {
  if (source.capabilities.fullStream === false || target.capabilities.fullStream === false)
    return compareTyped(source, target, pairs, signal, rewriter);
  const readSource = () =>
    readWhole(
      source,
      pairs.map((p) => p.source),
      signal,
    );
  const readTarget = () =>
    readWhole(
      target,
      pairs.map((p) => p.target),
      signal,
    );
  // One large side at a time: what was read is let go before the other comes.
  const large = pairs.reduce((sum, pair) => sum + pair.source.size, 0) > LARGE_BYTES;
  const [left, right] = large
    ? [await readSource(), await readTarget()]
    : await Promise.all([readSource(), readTarget()]);
  if (left === 'none' || right === 'none') return compareTyped(source, target, pairs, signal, rewriter);
  const compared: Compared[] = [];
  const otherwise: Pair[] = [];
  for (const [index, pair] of pairs.entries()) {
    const a = left[index];
    const b = right[index];
    if (!a || !b) continue;
    if (a.kind === 'error' || b.kind === 'error') {
      const side = a.kind === 'error' ? 'source' : 'target';
      const code = a.kind === 'error' ? a.code : b.kind === 'error' ? b.code : '';
      compared.push({ pair, method: 'facts', differences: [], digest: null, unreadable: `${side}: ${code}` });
    } else if (a.kind === 'opaque' || b.kind === 'opaque') otherwise.push(pair);
    else compared.push(await comparedMessages(pair, a.message, b.message, rewriter));
  }
  if (otherwise.length > 0) compared.push(...(await compareTyped(source, target, otherwise, signal, rewriter)));
  return compared;
}

/**
 * Addresses that the copy rewrote are rewritten in the source's message, too: what still differs nobody can explain. A
 * copy that has the source's own addresses (made before its people were matched, or too large) is no difference either.
 */
async function comparedMessages(
  pair: Pair,
  a: MapiMessage,
  b: MapiMessage,
  rewriter: AddressRewriter | undefined,
): Promise<Compared> {
  const digest = canonicalDigest(a);
  const there = canonicalDigest(b);
  let same = digest.equals(there);
  if (!same && rewriter && (await rewriter.message(a)) > 0) same = canonicalDigest(a).equals(there);
  return {
    pair,
    method: 'properties',
    differences: same ? [] : compareMessages(a, b).map(describeDifference),
    digest,
    unreadable: null,
  };
}

/** Where and what, never a value. */
export function describeDifference(difference: Difference): string {
  const { path, property, kind } = difference;
  const what = property === '' ? kind : `${property} ${kind}`;
  return path === '' ? what : `${path}: ${what}`;
}

type Side = { kind: 'message'; message: MapiMessage } | { kind: 'opaque' } | { kind: 'error'; code: string };

/** A server that cut its data off is asked again, so many times. */
const REREADS = 4;
const CUT_OFF = new Set(['truncated', 'truncatedByServer', 'partialItem']);

async function readWhole(store: MailStore, items: ItemInfo[], signal: AbortSignal): Promise<Side[] | 'none'> {
  const sides = await readStreams(store, items, signal);
  for (let round = 0; round < REREADS && sides !== 'none'; round++) {
    const cut = items.flatMap((item, index) => {
      const side = sides[index];
      return side?.kind === 'error' && CUT_OFF.has(side.code) ? [{ item, index }] : [];
    });
    if (cut.length === 0) return sides;
    const again = await readStreams(
      store,
      cut.map(({ item }) => item),
      signal,
    );
    if (again === 'none') return 'none';
    for (const [i, { index }] of cut.entries()) sides[index] = again[i] ?? { kind: 'error', code: 'truncated' };
  }
  return sides;
}

/** Reads and decodes; what was read is let go as soon as it is decoded. */
async function readStreams(store: MailStore, items: ItemInfo[], signal: AbortSignal): Promise<Side[] | 'none'> {
  const form: ContentForm = 'stream';
  let answers: Result<StreamContent>[];
  try {
    answers = (await store.read(items, form, { signal })) as Result<StreamContent>[];
  } catch (error) {
    if ((store.capabilities.fullStream as boolean | null) === false) return 'none';
    throw error;
  }
  if ((store.capabilities.fullStream as boolean | null) === false) return 'none';
  const sides: Side[] = [];
  for (const answer of answers) {
    if (!answer.ok) {
      sides.push({ kind: 'error', code: answer.error instanceof EwsError ? answer.error.code : answer.error.name });
      continue;
    }
    const decoded = decodeForComparison(answer.value.parts);
    if (decoded.ok && answer.value.size > LARGE_BYTES) {
      ownBytes(decoded.message);
      releaseContent(answer.value);
    }
    answer.value.parts.length = 0;
    if (decoded.ok) sides.push({ kind: 'message', message: decoded.message });
    else if (
      decoded.reason === 'truncated' ||
      decoded.reason === 'truncatedByServer' ||
      decoded.reason === 'partialItem'
    )
      sides.push({ kind: 'error', code: decoded.reason });
    else sides.push({ kind: 'opaque' });
  }
  return sides;
}

/** Gives a message bytes of its own, so that the stream it was read from can be let go at once. */
function ownBytes(message: MapiMessage): void {
  const own = <T>(value: T): T => (value instanceof Uint8Array ? (new Uint8Array(value) as T) : value);
  for (const bag of [message, ...message.recipients, ...message.attachments])
    for (const property of bag.properties)
      property.value = Array.isArray(property.value)
        ? (property.value.map(own) as typeof property.value)
        : own(property.value);
  for (const { embedded } of message.attachments) if (embedded) ownBytes(embedded);
}

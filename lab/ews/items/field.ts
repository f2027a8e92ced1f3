import { removeProp, setProp, setTime } from '../../../core/domain/mapi/bag.ts';
import type { MapiMessage } from '../../../core/domain/mapi/model.ts';
import type { Recurrence } from '../../../core/domain/mapi/recurrence.ts';
import type { PropRef } from '../../../core/domain/mapi/ref.ts';
import type { Call } from '../context.ts';
import { EwsError } from '../errors.ts';
import type { Comparable } from '../restriction.ts';
import { dateTime, parseDateTime } from '../xml/dates.ts';
import { childrenOf, toBoolean, type XmlNode } from '../xml/node.ts';
import { el, tx } from '../xml/write.ts';
import type { ItemView } from './view.ts';

export type BodyChoice = 'Best' | 'HTML' | 'Text';

/** What an answer shows of items, as far as single fields care. */
export interface ReadOptions {
  bodyType: BodyChoice;
  /** Characters of a body shown; undefined for all. */
  maxBody: number | undefined;
  /** Entries of dictionaries asked for one by one, by IndexedFieldURI; a dictionary asked for as a whole is not in it. */
  indexes: ReadonlyMap<string, ReadonlySet<string>>;
}

/** A dictionary whose entries have paths of their own, such as contacts:EmailAddress with EmailAddress1. */
export interface Dictionary {
  /** FieldURIs of DictionaryURIType. */
  uris: readonly string[];
  compare(view: ItemView, uri: string, index: string): Comparable | undefined;
  set(draft: Draft, uri: string, index: string, node: XmlNode): void;
  remove(draft: Draft, uri: string, index: string): void;
}

/** An item that is being made or changed. */
export interface Draft {
  call: Call;
  message: MapiMessage;
  /** The item is new: defaults may be set. */
  isNew: boolean;
  /** A calendar item's pattern that was set, until the item's times are known. */
  recurrence?: Recurrence;
}

/** One typed property of EWS: how it is read, compared and written. Missing parts are things clients cannot do with it. */
export interface Field {
  /** Element name without prefix; elements of an item stand in the order of the schema, and so do fields in their tables. */
  name: string;
  uri: string;
  /** Shown by GetItem only, not by FindItem and SyncFolderItems. */
  detail?: boolean;
  /** The element, or '' where the item has none. */
  read?(view: ItemView, options: ReadOptions): string;
  compare?(view: ItemView): Comparable | undefined;
  set?(draft: Draft, node: XmlNode): void;
  remove?(draft: Draft): void;
  append?(draft: Draft, node: XmlNode): void;
  dictionary?: Dictionary;
}

type Extra = Partial<Pick<Field, 'detail'>>;
const name = (uri: string) => uri.slice(uri.indexOf(':') + 1);

export function text(uri: string, ref: PropRef, extra: Extra = {}): Field {
  return {
    ...readOnlyText(uri, ref, extra),
    set: (draft, node) => setProp(draft.message, ref, node.text),
    remove: (draft) => removeProp(draft.message, ref),
  };
}

export function readOnlyText(uri: string, ref: PropRef, extra: Extra = {}): Field {
  return {
    name: name(uri),
    uri,
    ...extra,
    read: (view) => tx(`t:${name(uri)}`, view.text(ref)),
    compare: (view) => {
      const value = view.text(ref);
      return value === undefined ? undefined : { kind: 'text', value };
    },
  };
}

export function boolean(uri: string, ref: PropRef, missing?: boolean): Field {
  return {
    ...readOnlyBoolean(uri, (view) => view.boolean(ref) ?? missing),
    set: (draft, node) => setProp(draft.message, ref, needBoolean(node)),
    remove: (draft) => removeProp(draft.message, ref),
  };
}

export function readOnlyBoolean(uri: string, get: (view: ItemView) => boolean | undefined): Field {
  return readOnly(uri, get, (value) => ({ kind: 'boolean', value }));
}

function readOnly<T extends boolean | number>(
  uri: string,
  get: (view: ItemView) => T | undefined,
  comparable: (value: T) => Comparable,
  shown: (value: T) => string | T = (value) => value,
): Field {
  return {
    name: name(uri),
    uri,
    read: (view) => {
      const value = get(view);
      return value === undefined ? '' : tx(`t:${name(uri)}`, shown(value));
    },
    compare: (view) => {
      const value = get(view);
      return value === undefined ? undefined : comparable(value);
    },
  };
}

export function integer(uri: string, ref: PropRef, missing?: number): Field {
  return {
    ...readOnlyNumber(uri, (view) => view.number(ref) ?? missing),
    set: (draft, node) => setProp(draft.message, ref, needInteger(node)),
    remove: (draft) => removeProp(draft.message, ref),
  };
}

export function readOnlyNumber(uri: string, get: (view: ItemView) => number | undefined): Field {
  return readOnly(uri, get, (value) => ({ kind: 'number', value }));
}

export function time(uri: string, ref: PropRef, missing?: (view: ItemView) => number | undefined): Field {
  return {
    ...readOnlyTime(uri, (view) => view.time(ref) ?? missing?.(view)),
    set: (draft, node) => setTime(draft.message, ref, parseDateTime(node.text)),
    remove: (draft) => removeProp(draft.message, ref),
  };
}

export function readOnlyTime(uri: string, get: (view: ItemView) => number | undefined): Field {
  return readOnly(uri, get, (value) => ({ kind: 'time', value }), dateTime);
}

/** A number that EWS shows by name; the first name stands for a missing value if `missing` says so. */
export function choice(uri: string, ref: PropRef, names: Record<string, number>, missing?: string): Field {
  const nameOf = (view: ItemView) => {
    const value = view.number(ref);
    if (value === undefined) return missing;
    return Object.entries(names).find(([, number]) => number === value)?.[0] ?? missing;
  };
  return {
    name: name(uri),
    uri,
    read: (view) => tx(`t:${name(uri)}`, nameOf(view)),
    compare: (view) => {
      const value = nameOf(view);
      return value === undefined ? undefined : { kind: 'text', value };
    },
    set: (draft, node) => {
      const value = names[node.text.trim()];
      if (value === undefined) throw wrongValue(uri);
      setProp(draft.message, ref, value);
    },
    remove: (draft) => removeProp(draft.message, ref),
  };
}

/** A list of strings as `<t:String>` elements. */
export function strings(uri: string, ref: PropRef, extra: Extra = {}): Field {
  return {
    name: name(uri),
    uri,
    ...extra,
    read: (view) => {
      const list = view.texts(ref) ?? [];
      return list.length === 0 ? '' : el(`t:${name(uri)}`, list.map((s) => tx('t:String', s)).join(''));
    },
    compare: (view) => {
      const value = view.texts(ref);
      return value === undefined || value.length === 0 ? undefined : { kind: 'texts', value };
    },
    set: (draft, node) => {
      const list = childrenOf(node, 'String').map((s) => s.text);
      setProp(draft.message, ref, list.length === 0 ? undefined : list);
    },
    remove: (draft) => removeProp(draft.message, ref),
    append: (draft, node) => {
      const at = draft.message.properties.find(
        (p) => p.name !== undefined && ref.name !== undefined && sameName(p.name, ref.name),
      );
      const before = Array.isArray(at?.value) ? at.value.filter((v) => typeof v === 'string') : [];
      setProp(draft.message, ref, [...before, ...childrenOf(node, 'String').map((s) => s.text)]);
    },
  };
}

function sameName(a: object, b: object): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** A field that every item shows in the same way and nobody can set. */
export function computed(uri: string, read: NonNullable<Field['read']>, extra: Extra = {}): Field {
  return { name: name(uri), uri, ...extra, read };
}

export function needBoolean(node: XmlNode): boolean {
  const value = toBoolean(node.text);
  if (value === undefined) throw wrongValue(node.name);
  return value;
}

export function needInteger(node: XmlNode): number {
  const value = Number(node.text.trim());
  if (node.text.trim() === '' || !Number.isInteger(value) || Math.abs(value) > 0x7fffffff) throw wrongValue(node.name);
  return value;
}

export function wrongValue(what: string): EwsError {
  return new EwsError('ErrorInvalidValueForProperty', 'The specified value is invalid for property.', {
    values: { Property: what },
  });
}

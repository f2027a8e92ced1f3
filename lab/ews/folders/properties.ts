import type { Property, PropValue } from '../../../core/domain/mapi/model.ts';
import { PropType } from '../../../core/domain/mapi/model.ts';
import type { PropRef } from '../../../core/domain/mapi/ref.ts';
import { msToFiletime } from '../../../core/domain/mapi/time.ts';
import type { FolderRecord } from '../../model.ts';
import type { Call } from '../context.ts';
import { EwsError } from '../errors.ts';

/**
 * MAPI properties of folders. Some are kept as fields of the record, the rest as text under "extra": by 8-digit tag, or for
 * named properties by `set/name:type`.
 */

const DISPLAY_NAME = 0x3001;
const CONTAINER_CLASS = 0x3613;
const HIDDEN = 0x10f4;

type Reader = (call: Call, folder: FolderRecord, type: PropType) => PropValue | undefined;

const COMPUTED: Record<number, { types: readonly PropType[]; read: Reader }> = {
  [DISPLAY_NAME]: { types: [PropType.String], read: (_, f) => f.displayName },
  [CONTAINER_CLASS]: { types: [PropType.String], read: (_, f) => (f.folderClass === '' ? undefined : f.folderClass) },
  [HIDDEN]: { types: [PropType.Boolean], read: (_, f) => f.hidden },
  // PidTagContentCount, PidTagContentUnreadCount, PidTagSubfolders, PidTagAssociatedContentCount
  13826: { types: [PropType.Integer32], read: (_, f) => f.itemCount },
  13827: { types: [PropType.Integer32], read: (_, f) => f.unreadCount },
  13834: { types: [PropType.Boolean], read: (_, f) => f.childFolderCount > 0 },
  13847: {
    types: [PropType.Integer32],
    read: (call, f) => call.store.items({ folderId: f.id, associated: true, offset: 0, limit: 1 }).total,
  },
  // PidTagMessageSize and, with the same number, PidTagMessageSizeExtended
  3592: {
    types: [PropType.Integer32, PropType.Integer64],
    read: (_, f, type) => (type === PropType.Integer64 ? BigInt(f.sizeBytes) : Math.min(f.sizeBytes, 0x7fffffff)),
  },
  // PidTagLocalCommitTimeMax, PidTagDeletedCountTotal
  26378: { types: [PropType.Time], read: (_, f) => (f.lastChange === 0 ? undefined : msToFiletime(f.lastChange)) },
  26379: { types: [PropType.Integer32], read: (_, f) => f.deletedCount },
  // PidTagFolderType: 0 root, 1 generic
  13825: { types: [PropType.Integer32], read: (_, f) => (f.parentId === null ? 0 : 1) },
  // PidTagEntryId, PidTagParentEntryId, PidTagSourceKey
  4095: { types: [PropType.Binary], read: (call, f) => call.ids.entryBytes({ kind: 'folder', id: f.id }) },
  3593: {
    types: [PropType.Binary],
    read: (call, f) => call.ids.entryBytes({ kind: 'folder', id: f.parentId ?? f.id }),
  },
  26080: {
    types: [PropType.Binary],
    read: (call, f) => call.ids.entryBytes({ kind: 'folder', id: f.id }).subarray(3),
  },
};

/** Numbers that only the store itself sets. */
const READ_ONLY = new Set([
  0x3602, 0x3603, 0x360a, 0x3617, 0x0e08, 0x3601, 0x0fff, 0x0e09, 0x65e0, 0x66b5, 0x670a, 0x670b,
]);

/** Key of a property in a folder's `extra`. */
export function extraKey(ref: PropRef): string {
  const type = ref.type.toString(16).padStart(4, '0');
  if (!ref.name) return ref.id.toString(16).padStart(4, '0') + type;
  return `${ref.name.set}/${'id' in ref.name ? `0x${ref.name.id.toString(16)}` : ref.name.name}:${type}`;
}

/** A property of a folder; undefined where it has none. */
export function folderProperty(
  call: Call,
  folder: FolderRecord,
  ref: PropRef,
): Pick<Property, 'type' | 'value'> | undefined {
  const computed = ref.name ? undefined : COMPUTED[ref.id];
  if (computed?.types.includes(ref.type)) {
    const value = computed.read(call, folder, ref.type);
    return value === undefined ? undefined : { type: ref.type, value };
  }
  const text = folder.extra[extraKey(ref)];
  return text === undefined ? undefined : { type: ref.type, value: fromText(ref.type, text) };
}

/** What a change of one property does to the record; `undefined` removes the property. */
export function folderChange(
  folder: Pick<FolderRecord, 'extra'>,
  ref: PropRef,
  value: PropValue | undefined,
): Partial<Pick<FolderRecord, 'displayName' | 'folderClass' | 'hidden' | 'extra'>> {
  if (!ref.name && READ_ONLY.has(ref.id)) throw new EwsError('ErrorInvalidPropertySet', 'The property is read-only.');
  if (!ref.name && ref.id === DISPLAY_NAME && typeof value === 'string') return { displayName: value };
  if (!ref.name && ref.id === CONTAINER_CLASS) return { folderClass: typeof value === 'string' ? value : '' };
  if (!ref.name && ref.id === HIDDEN) return { hidden: value === true };
  const extra = { ...folder.extra };
  if (value === undefined) delete extra[extraKey(ref)];
  else extra[extraKey(ref)] = toText(ref.type, value);
  return { extra };
}

/** The text a value is kept as: base64 for bytes, FILETIME and integers in decimals, JSON for lists. */
export function toText(type: PropType, value: PropValue): string {
  if (Array.isArray(value)) return JSON.stringify(value.map((v) => toText((type & ~0x1000) as PropType, v)));
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  return String(value);
}

export function fromText(type: PropType, text: string): PropValue {
  if ((type & 0x1000) !== 0) {
    const list: unknown = JSON.parse(text);
    if (!Array.isArray(list)) return [];
    return list.map((t) => fromText((type & ~0x1000) as PropType, String(t)) as string);
  }
  switch (type) {
    case PropType.String:
    case PropType.Guid:
      return text;
    case PropType.Boolean:
      return text === 'true' || text === '1';
    case PropType.Integer64:
    case PropType.Currency:
      return BigInt(text);
    case PropType.Time:
      return /^\d{4}-/.test(text) ? msToFiletime(Date.parse(text)) : BigInt(text);
    case PropType.Binary:
    case PropType.ServerId:
    case PropType.String8:
      return Uint8Array.from(Buffer.from(text, 'base64'));
    default:
      return Number(text);
  }
}

import { findProp } from '../../../core/domain/mapi/bag.ts';
import { messageSize } from '../../../core/domain/mapi/message.ts';
import { type MapiMessage, type Property, PropType } from '../../../core/domain/mapi/model.ts';
import type { PropRef } from '../../../core/domain/mapi/ref.ts';
import { PidTag } from '../../../core/domain/mapi/tags.ts';
import { filetimeToMs, msToFiletime } from '../../../core/domain/mapi/time.ts';
import type { ItemRecord } from '../../model.ts';
import { describeMessage } from '../../state/describe.ts';
import type { Call } from '../context.ts';
import { fromStore } from '../store-errors.ts';
import type { Occurrence } from './series.ts';

/** Properties that lists know without reading the item. */
const FROM_RECORD: Record<number, (record: ItemRecord) => Property['value'] | undefined> = {
  [PidTag.MessageClass.id]: (r) => r.itemClass,
  [PidTag.SearchKey.id]: (r) => Uint8Array.from(Buffer.from(r.searchKey, 'hex')),
  [PidTag.InternetMessageId.id]: (r) => r.internetMessageId ?? undefined,
  [PidTag.CreationTime.id]: (r) => msToFiletime(r.created),
  [PidTag.LastModificationTime.id]: (r) => msToFiletime(r.modified),
  [PidTag.HasAttachments.id]: (r) => r.hasAttachments,
  [PidTag.MessageSize.id]: (r) => Math.min(r.sizeBytes, 0x7fffffff),
};

/** Properties that say where an item lies: the store works them out, no item brings them. */
const BY_PLACE: Record<number, (view: ItemView) => Property['value'] | undefined> = {
  [PidTag.EntryId.id]: (v) => entryId(v, 'item', v.record.id),
  [PidTag.RecordKey.id]: (v) => entryId(v, 'item', v.record.id),
  [PidTag.ParentEntryId.id]: (v) => entryId(v, 'folder', v.record.folderId),
  // Ids end in a number that only grows; IMAP gateways take this one as an item's UID and pass over items without it.
  [PidTag.InternetArticleNumber.id]: (v) => Number(/\d+$/.exec(v.record.id)?.[0] ?? 0),
};

function entryId(view: ItemView, kind: 'item' | 'folder', id: string): Uint8Array {
  return Uint8Array.from(view.call.ids.entryBytes({ kind, id }));
}

export interface AttachedWithin {
  itemId: string;
  numbers: number[];
}

/** One item as the fields of answers read it: from its list row where that knows, from its properties otherwise. */
export class ItemView {
  readonly call: Call;
  readonly record: ItemRecord;
  #message: MapiMessage | undefined;
  /** The item as MIME, put here before a field shows it: making it takes its time. */
  mime: Uint8Array | undefined;
  /** Where an attached item lies: the item that has it and the numbers of the attachments down to it. */
  within: AttachedWithin | undefined;
  /** Set where this is one occurrence of the series that `record` names. */
  occurrence: Occurrence | undefined;

  constructor(call: Call, record: ItemRecord, message?: MapiMessage) {
    this.call = call;
    this.record = record;
    this.#message = message;
  }

  /** A message inside an attachment, which the store has no row for. */
  static embedded(call: Call, message: MapiMessage, within: AttachedWithin): ItemView {
    const facts = describeMessage(message);
    const record: ItemRecord = {
      ...facts,
      id: '',
      changeKey: '',
      mailboxId: '',
      folderId: '',
      associated: false,
      sizeBytes: messageSize(message),
    };
    const view = new ItemView(call, record, message);
    view.within = within;
    return view;
  }

  get message(): MapiMessage {
    this.#message ??= fromStore(() => this.call.store.message(this.record.id));
    return this.#message;
  }

  /** The item's id as clients see it. */
  get clientId(): string {
    const { record, occurrence } = this;
    if (occurrence) return this.call.ids.write({ kind: 'occurrence', id: record.id, start: occurrence.original });
    return this.call.ids.item(record.id);
  }

  prop(ref: PropRef): Pick<Property, 'type' | 'value'> | undefined {
    // A message within an attachment lies nowhere by itself.
    const place = ref.name || this.within ? undefined : BY_PLACE[ref.id]?.(this);
    if (place !== undefined) return { type: ref.type, value: place };
    const quick = ref.name || this.#message ? undefined : FROM_RECORD[ref.id];
    if (quick) {
      const value = quick(this.record);
      return value === undefined ? undefined : { type: ref.type, value };
    }
    return findProp(this.message, ref);
  }

  text(ref: PropRef): string | undefined {
    const property = this.prop(ref);
    if (typeof property?.value === 'string') return property.value;
    if (property?.type === PropType.String8 && property.value instanceof Uint8Array) {
      return new TextDecoder('windows-1252').decode(property.value);
    }
    return undefined;
  }

  number(ref: PropRef): number | undefined {
    const value = this.prop(ref)?.value;
    return typeof value === 'number' ? value : undefined;
  }

  boolean(ref: PropRef): boolean | undefined {
    const value = this.prop(ref)?.value;
    return typeof value === 'boolean' ? value : undefined;
  }

  /** ms since the epoch. */
  time(ref: PropRef): number | undefined {
    const value = this.prop(ref)?.value;
    return typeof value === 'bigint' ? filetimeToMs(value) : undefined;
  }

  bytes(ref: PropRef): Uint8Array | undefined {
    const value = this.prop(ref)?.value;
    return value instanceof Uint8Array ? value : undefined;
  }

  texts(ref: PropRef): string[] | undefined {
    const value = this.prop(ref)?.value;
    return Array.isArray(value) ? value.filter((v) => typeof v === 'string') : undefined;
  }

  /** PidTagMessageFlags. */
  get flags(): number {
    return this.number(PidTag.MessageFlags) ?? 0;
  }
}

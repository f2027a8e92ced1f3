import { getTime } from '../../core/domain/mapi/bag.ts';
import { CodecError } from '../../core/domain/mapi/codec-error.ts';
import { decodeExportStream, decodeOrThrow } from '../../core/domain/mapi/decode.ts';
import { encodeExportStream } from '../../core/domain/mapi/encode.ts';
import { MessageFlag } from '../../core/domain/mapi/message.ts';
import type { MapiMessage } from '../../core/domain/mapi/model.ts';
import { PidTag } from '../../core/domain/mapi/tags.ts';
import type { ItemQuery, ItemRecord } from '../model.ts';
import { Bodies } from './bodies.ts';
import { changeKey, type LabDatabase, maybeText, number, type Row, text } from './database.ts';
import { describeMessage } from './describe.ts';
import { NotFoundError } from './errors.ts';
import { folderId, folderNum } from './folders.ts';
import { FLAGS_AT, stampMessage } from './server-properties.ts';

export const itemId = (num: number): string => `i${num}`;
export function itemNum(id: string): number {
  const match = /^i(\d{1,15})$/.exec(id);
  return match ? Number(match[1]) : -1;
}

const SORT_COLUMNS: Record<NonNullable<ItemQuery['sort']>[number]['field'], string> = {
  received: 'received',
  sent: 'sent',
  created: 'created',
  modified: 'modified',
  subject: 'subject',
  sizeBytes: 'size_bytes',
  itemClass: 'item_class',
};

/** Items: a row of what lists need, and the export stream beside it. */
export class Items {
  readonly #db: LabDatabase;
  readonly #bodies: Bodies;
  readonly #store: string;
  readonly #now: () => number;

  constructor(db: LabDatabase, store: string, now: () => number) {
    this.#db = db;
    this.#bodies = new Bodies(db);
    this.#store = store;
    this.#now = now;
  }

  find(id: string): ItemRecord | undefined {
    const row = this.#db.get('SELECT * FROM item WHERE num = ?', itemNum(id));
    return row && toItem(row);
  }

  need(id: string): ItemRecord {
    const found = this.find(id);
    if (!found) throw new NotFoundError('item', id);
    return found;
  }

  message(id: string): MapiMessage {
    return decodeOrThrow(this.exportStream(id));
  }

  exportStream(id: string): Uint8Array {
    this.need(id);
    return this.#bodies.read(itemNum(id));
  }

  exportChunks(id: string): Iterable<Uint8Array> {
    this.need(id);
    return this.#bodies.chunks(itemNum(id));
  }

  list(q: ItemQuery): { items: ItemRecord[]; total: number } {
    const folder = folderNum(q.folderId);
    const associated = q.associated ? 1 : 0;
    const sort = q.sort?.length ? q.sort : [{ field: 'received' as const, descending: true }];
    const order = sort.map((s) => `${SORT_COLUMNS[s.field]} ${s.descending ? 'DESC' : 'ASC'}`).join(', ');
    const where = 'FROM item WHERE folder = ? AND associated = ?';
    const rows = this.#db.all(
      `SELECT * ${where} ORDER BY ${order}, num LIMIT ? OFFSET ?`,
      folder,
      associated,
      q.limit,
      q.offset,
    );
    return {
      items: rows.map(toItem),
      total: number(this.#db.get(`SELECT count(*) AS n ${where}`, folder, associated) ?? {}, 'n'),
    };
  }

  create(folder: { id: string; mailboxId: string }, message: MapiMessage, associated: boolean): ItemRecord {
    const seq = this.#db.nextSequence();
    const copy = { ...message, properties: [...message.properties] };
    // Only the seeder says when an item was changed last; for everyone else it is now.
    const kept = this.#keepTimes ? getTime(message, PidTag.LastModificationTime) : undefined;
    stampMessage(copy, { seq, now: kept ?? this.#now(), store: this.#store });
    const stream = encodeExportStream(copy);
    const num = this.#insert(folder, copy, associated, stream.length, seq);
    this.#bodies.write(num, stream);
    return this.need(itemId(num));
  }

  #keepTimes = false;
  /** While seeding, items keep the time of change they bring. */
  keepTimes(keep: boolean): void {
    this.#keepTimes = keep;
  }

  upload(
    folder: { id: string; mailboxId: string },
    stream: Uint8Array,
    associated: boolean,
    replaceId?: string,
  ): ItemRecord {
    const decoded = decodeExportStream(stream);
    if (!decoded.ok) throw new CodecError(decoded);
    return replaceId === undefined
      ? this.create(folder, decoded.message, associated)
      : this.update(replaceId, decoded.message);
  }

  update(id: string, message: MapiMessage): ItemRecord {
    this.need(id);
    const num = itemNum(id);
    const seq = this.#db.nextSequence();
    const copy = { ...message, properties: [...message.properties] };
    stampMessage(copy, { seq, now: this.#now(), store: this.#store });
    const stream = encodeExportStream(copy);
    const facts = describeMessage(copy);
    this.#db.run(
      `UPDATE item SET item_class = ?, subject = ?, received = ?, sent = ?, created = ?, modified = ?, size_bytes = ?,
        is_read = ?, has_attachments = ?, importance = ?, internet_message_id = ?, search_key = ?, sender = ?,
        message_flags = ?, modified_seq = ?, seq = ? WHERE num = ?`,
      facts.itemClass,
      facts.subject,
      facts.received,
      facts.sent,
      facts.created,
      facts.modified,
      stream.length,
      facts.read ? 1 : 0,
      facts.hasAttachments ? 1 : 0,
      facts.importance,
      facts.internetMessageId,
      facts.searchKey,
      facts.from,
      flagsOf(copy),
      seq,
      seq,
      num,
    );
    this.#bodies.write(num, stream);
    return this.need(id);
  }

  /** Changes the read bit in place; for sync it is a change of the read flag, not of the item. */
  setRead(id: string, read: boolean): ItemRecord {
    const item = this.need(id);
    if (item.read === read) return item;
    const num = itemNum(id);
    const row = this.#db.get('SELECT message_flags FROM item WHERE num = ?', num) ?? {};
    const before = number(row, 'message_flags');
    const flags = read ? before | MessageFlag.read | MessageFlag.everRead : before & ~MessageFlag.read;
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(flags);
    this.#bodies.patch(num, FLAGS_AT, bytes);
    this.#db.run(
      'UPDATE item SET is_read = ?, message_flags = ?, seq = ? WHERE num = ?',
      read ? 1 : 0,
      flags,
      this.#db.nextSequence(),
      num,
    );
    return this.need(id);
  }

  /** As in Exchange, an item that moves gets another id: sync sees a deletion and a creation. */
  move(id: string, to: { id: string; mailboxId: string }): ItemRecord {
    this.need(id);
    const num = itemNum(id);
    this.#bury(num);
    const seq = this.#db.nextSequence();
    const columns = `item_class, associated, subject, received, sent, created, modified, size_bytes, is_read,
      has_attachments, importance, internet_message_id, search_key, sender, message_flags`;
    const moved = this.#db.run(
      `INSERT INTO item (mailbox, folder, created_seq, modified_seq, seq, ${columns})
       SELECT ?, ?, ?, ?, ?, ${columns} FROM item WHERE num = ?`,
      to.mailboxId,
      folderNum(to.id),
      seq,
      seq,
      seq,
      num,
    );
    this.#bodies.rename(num, moved);
    this.#db.run('DELETE FROM item WHERE num = ?', num);
    return this.need(itemId(moved));
  }

  delete(id: string): void {
    this.need(id);
    const num = itemNum(id);
    this.#bury(num);
    this.#bodies.delete(num);
    this.#db.run('DELETE FROM item WHERE num = ?', num);
  }

  /** Empties a folder that is about to go: no tombstones, for its sync states go with it. */
  dropFolder(folder: number): void {
    this.#db.run('DELETE FROM body WHERE num IN (SELECT num FROM item WHERE folder = ?)', folder);
    this.#db.run('DELETE FROM item WHERE folder = ?', folder);
  }

  #bury(num: number): void {
    this.#db.run(
      `INSERT INTO item_tombstone (folder, seq, id, created_seq, associated)
       SELECT folder, ?, ?, created_seq, associated FROM item WHERE num = ?`,
      this.#db.nextSequence(),
      itemId(num),
      num,
    );
  }

  #insert(
    folder: { id: string; mailboxId: string },
    message: MapiMessage,
    associated: boolean,
    size: number,
    seq: number,
  ): number {
    const facts = describeMessage(message);
    return this.#db.run(
      `INSERT INTO item (mailbox, folder, item_class, associated, subject, received, sent, created, modified, size_bytes,
        is_read, has_attachments, importance, internet_message_id, search_key, sender, message_flags, created_seq,
        modified_seq, seq) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      folder.mailboxId,
      folderNum(folder.id),
      facts.itemClass,
      associated ? 1 : 0,
      facts.subject,
      facts.received,
      facts.sent,
      facts.created,
      facts.modified,
      size,
      facts.read ? 1 : 0,
      facts.hasAttachments ? 1 : 0,
      facts.importance,
      facts.internetMessageId,
      facts.searchKey,
      facts.from,
      flagsOf(message),
      seq,
      seq,
      seq,
    );
  }
}

function flagsOf(message: MapiMessage): number {
  const first = message.properties[0];
  return first?.id === PidTag.MessageFlags.id && typeof first.value === 'number' ? first.value : 0;
}

export function toItem(row: Row): ItemRecord {
  return {
    id: itemId(number(row, 'num')),
    changeKey: changeKey(number(row, 'seq')),
    mailboxId: text(row, 'mailbox'),
    folderId: folderId(number(row, 'folder')),
    itemClass: text(row, 'item_class'),
    associated: number(row, 'associated') === 1,
    subject: text(row, 'subject'),
    received: number(row, 'received'),
    sent: number(row, 'sent'),
    created: number(row, 'created'),
    modified: number(row, 'modified'),
    sizeBytes: number(row, 'size_bytes'),
    read: number(row, 'is_read') === 1,
    hasAttachments: number(row, 'has_attachments') === 1,
    importance: number(row, 'importance'),
    internetMessageId: maybeText(row, 'internet_message_id'),
    searchKey: text(row, 'search_key'),
    from: text(row, 'sender'),
  };
}

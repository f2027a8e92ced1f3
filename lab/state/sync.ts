import type { FolderChange, ItemChange } from '../model.ts';
import { changeKey, type LabDatabase, number, text } from './database.ts';
import { SyncStateError } from './errors.ts';
import { FOLDER_COLUMNS, folderNum, toFolder } from './folders.ts';
import { itemId, toItem } from './items.ts';

/**
 * A sync state. Changes between two numbers of the change counter come in two phases: first everything created in
 * between and still there, in the order of creation, which later changes cannot shake; then, of what was there before,
 * what changed, was read or went. So each object comes as `create` exactly once, whatever happens during the paging.
 */
interface State {
  from: number;
  to: number;
  phase: 'created' | 'changed';
  cursor: number;
}

const PATTERN = /^(\d{1,15})\.(\d{1,15})\.([ac])\.(\d{1,15})$/;

export class Sync {
  readonly #db: LabDatabase;

  constructor(db: LabDatabase) {
    this.#db = db;
  }

  items(
    folderId: string,
    since: string,
    limit: number,
    associated = false,
  ): { changes: ItemChange[]; next: string; last: boolean } {
    const folder = folderNum(folderId);
    const scope = associated ? 'associated IN (0, 1)' : 'associated = 0';
    return this.#page(since, limit, {
      created: (state, max) =>
        this.#db
          .all(
            `SELECT * FROM item WHERE folder = ? AND ${scope} AND created_seq > ? AND created_seq <= ?
             ORDER BY created_seq LIMIT ?`,
            folder,
            state.cursor,
            state.to,
            max,
          )
          .map((row) => ({ at: number(row, 'created_seq'), change: { kind: 'create', item: toItem(row) } })),
      changed: (state, max) =>
        this.#db
          .all(
            `SELECT num, seq, NULL AS id FROM item WHERE folder = ?1 AND ${scope} AND seq > ?2 AND seq <= ?3
               AND created_seq <= ?4
             UNION ALL SELECT NULL, seq, id FROM item_tombstone WHERE folder = ?1 AND ${scope} AND seq > ?2 AND seq <= ?3
               AND created_seq <= ?4
             ORDER BY seq LIMIT ?5`,
            folder,
            state.cursor,
            state.to,
            state.from,
            max,
          )
          .map((row) => ({ at: number(row, 'seq'), change: this.#itemChange(row.num, text(row, 'id'), state.from) })),
    });
  }

  #itemChange(num: unknown, tombstone: string, from: number): ItemChange {
    if (typeof num !== 'number') return { kind: 'delete', id: tombstone };
    const row = this.#db.get('SELECT * FROM item WHERE num = ?', num) ?? {};
    if (number(row, 'modified_seq') > from) return { kind: 'update', item: toItem(row) };
    return {
      kind: 'readFlag',
      id: itemId(num),
      read: number(row, 'is_read') === 1,
      changeKey: changeKey(number(row, 'seq')),
    };
  }

  folders(mailboxId: string, since: string, limit: number): { changes: FolderChange[]; next: string; last: boolean } {
    return this.#page(since, limit, {
      created: (state, max) =>
        this.#db
          .all(
            `SELECT ${FOLDER_COLUMNS} FROM folder f WHERE f.mailbox = ? AND f.created_seq > ? AND f.created_seq <= ?
             ORDER BY f.created_seq LIMIT ?`,
            mailboxId,
            state.cursor,
            state.to,
            max,
          )
          .map((row) => ({ at: number(row, 'created_seq'), change: { kind: 'create', folder: toFolder(row) } })),
      changed: (state, max) =>
        this.#db
          .all(
            `SELECT num, seq, NULL AS id FROM folder WHERE mailbox = ?1 AND seq > ?2 AND seq <= ?3 AND created_seq <= ?4
             UNION ALL SELECT NULL, seq, id FROM folder_tombstone WHERE mailbox = ?1 AND seq > ?2 AND seq <= ?3
               AND created_seq <= ?4
             ORDER BY seq LIMIT ?5`,
            mailboxId,
            state.cursor,
            state.to,
            state.from,
            max,
          )
          .map((row) => ({ at: number(row, 'seq'), change: this.#folderChange(row.num, text(row, 'id')) })),
    });
  }

  #folderChange(num: unknown, tombstone: string): FolderChange {
    if (typeof num !== 'number') return { kind: 'delete', id: tombstone };
    const row = this.#db.get(`SELECT ${FOLDER_COLUMNS} FROM folder f WHERE f.num = ?`, num) ?? {};
    return { kind: 'update', folder: toFolder(row) };
  }

  #page<C>(
    since: string,
    limit: number,
    read: Record<State['phase'], (state: State, max: number) => { at: number; change: C }[]>,
  ): { changes: C[]; next: string; last: boolean } {
    let state = this.#parse(since);
    const changes: C[] = [];
    for (;;) {
      const found = read[state.phase](state, limit - changes.length + 1);
      const page = found.slice(0, limit - changes.length);
      changes.push(...page.map((one) => one.change));
      const more = found.length > page.length;
      if (more) return { changes, next: write({ ...state, cursor: page.at(-1)?.at ?? state.cursor }), last: false };
      if (state.phase === 'changed') {
        const done: State = { from: state.to, to: state.to, phase: 'created', cursor: state.to };
        return { changes, next: write(done), last: true };
      }
      state = { ...state, phase: 'changed', cursor: state.from };
    }
  }

  #parse(since: string): State {
    const head = this.#db.sequence;
    if (since === '') return { from: 0, to: head, phase: 'created', cursor: 0 };
    const match = PATTERN.exec(since);
    if (!match) throw new SyncStateError();
    const [from = 0, to = 0, cursor = 0] = [match[1], match[2], match[4]].map(Number);
    if (to > head || from > to) throw new SyncStateError();
    const phase = match[3] === 'a' ? 'created' : 'changed';
    // A finished state opens a new span up to now.
    return from === to ? { from, to: head, phase: 'created', cursor: from } : { from, to, phase, cursor };
  }
}

const write = (state: State): string =>
  `${state.from}.${state.to}.${state.phase === 'created' ? 'a' : 'c'}.${state.cursor}`;

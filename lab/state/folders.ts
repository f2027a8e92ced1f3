import { z } from 'zod';
import type { FolderPermission, FolderRecord } from '../model.ts';
import { changeKey, type LabDatabase, maybeText, number, type Row, text } from './database.ts';
import type { FolderPlan } from './distinguished.ts';
import { FolderExistsError, FolderRefusedError, NotFoundError } from './errors.ts';

const permissions = z.array(
  z.object({ user: z.string(), displayName: z.string(), level: z.string(), rights: z.number() }),
) satisfies z.ZodType<FolderPermission[]>;
const extra = z.record(z.string(), z.string());

/** What a new mailbox gives to others: nothing, but free/busy on the calendar ([MS-OXCPERM] 2.2.7). */
const NOBODY: FolderPermission[] = [
  { user: 'Default', displayName: '', level: 'None', rights: 0 },
  { user: 'Anonymous', displayName: '', level: 'None', rights: 0 },
];
const FREE_BUSY: FolderPermission[] = [
  { user: 'Default', displayName: '', level: 'FreeBusyTimeOnly', rights: 0x800 },
  { user: 'Anonymous', displayName: '', level: 'None', rights: 0 },
];
/** The root of public folders: everyone may write and make folders. */
const PUBLIC: FolderPermission[] = [
  { user: 'Default', displayName: '', level: 'Author', rights: 0x41b },
  { user: 'Anonymous', displayName: '', level: 'None', rights: 0 },
];

export const folderId = (num: number): string => `f${num}`;
export function folderNum(id: string): number {
  const match = /^f(\d{1,15})$/.exec(id);
  return match ? Number(match[1]) : -1;
}

const COLUMNS = `f.*, (SELECT count(*) FROM folder c WHERE c.parent = f.num) AS child_count`;

export interface NewFolder {
  mailboxId: string;
  parentId: string;
  displayName: string;
  folderClass: string;
  permissions?: FolderPermission[];
  hidden?: boolean;
  extra?: Record<string, string>;
}

export class Folders {
  readonly #db: LabDatabase;

  constructor(db: LabDatabase) {
    this.#db = db;
  }

  find(id: string): FolderRecord | undefined {
    const row = this.#db.get(`SELECT ${COLUMNS} FROM folder f WHERE f.num = ?`, folderNum(id));
    return row && toFolder(row);
  }

  need(id: string): FolderRecord {
    const found = this.find(id);
    if (!found) throw new NotFoundError('folder', id);
    return found;
  }

  distinguished(mailboxId: string, name: string): FolderRecord | undefined {
    const row = this.#db.get(
      `SELECT ${COLUMNS} FROM folder f WHERE f.mailbox = ? AND f.distinguished = ?`,
      mailboxId,
      name,
    );
    return row && toFolder(row);
  }

  /** Subfolders by name; deep in the order of the tree, each parent before its children. */
  children(id: string, deep: boolean): FolderRecord[] {
    const num = folderNum(id);
    if (!deep) {
      return this.#db
        .all(`SELECT ${COLUMNS} FROM folder f WHERE f.parent = ? ORDER BY f.name_key, f.num`, num)
        .map(toFolder);
    }
    const rows = this.#db.all(
      `WITH RECURSIVE below(num) AS (SELECT num FROM folder WHERE parent = ?1
         UNION ALL SELECT f.num FROM folder f JOIN below b ON f.parent = b.num)
       SELECT ${COLUMNS} FROM folder f JOIN below USING (num) ORDER BY f.name_key, f.num`,
      num,
    );
    const byParent = Map.groupBy(rows.map(toFolder), (folder) => folder.parentId);
    const out: FolderRecord[] = [];
    const walk = (parent: string) => {
      for (const folder of byParent.get(parent) ?? []) {
        out.push(folder);
        walk(folder.id);
      }
    };
    walk(id);
    return out;
  }

  create(f: NewFolder): FolderRecord {
    const parent = this.need(f.parentId);
    if (parent.mailboxId !== f.mailboxId) throw new FolderRefusedError('the parent is in another mailbox');
    this.#refuseTwin(folderNum(f.parentId), f.displayName, -1);
    return this.#insert({
      mailbox: f.mailboxId,
      parent: folderNum(f.parentId),
      name: f.displayName,
      folderClass: f.folderClass,
      distinguished: null,
      hidden: f.hidden ?? false,
      permissions: f.permissions ?? parent.permissions,
      extra: { ...inherited(parent), ...f.extra },
    });
  }

  /** Makes the folders of a plan, such as those of a new mailbox. */
  createPlan(mailboxId: string, plan: FolderPlan, parent: number | null = null): FolderRecord {
    const made = this.#insert({
      mailbox: mailboxId,
      parent,
      name: plan.name,
      folderClass: plan.folderClass,
      distinguished: plan.distinguished,
      hidden: plan.hidden ?? false,
      permissions:
        plan.distinguished === 'publicfoldersroot' ? PUBLIC : plan.distinguished === 'calendar' ? FREE_BUSY : NOBODY,
      extra: {},
    });
    for (const child of plan.children ?? []) this.createPlan(mailboxId, child, folderNum(made.id));
    return made;
  }

  #insert(f: {
    mailbox: string;
    parent: number | null;
    name: string;
    folderClass: string;
    distinguished: string | null;
    hidden: boolean;
    permissions: FolderPermission[];
    extra: Record<string, string>;
  }): FolderRecord {
    const seq = this.#db.nextSequence();
    const num = this.#db.run(
      `INSERT INTO folder (mailbox, parent, display_name, name_key, folder_class, distinguished, hidden, permissions,
        extra, created_seq, seq) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      f.mailbox,
      f.parent,
      f.name,
      nameKey(f.name),
      f.folderClass,
      f.distinguished,
      f.hidden ? 1 : 0,
      JSON.stringify(f.permissions),
      JSON.stringify(f.extra),
      seq,
      seq,
    );
    return this.need(folderId(num));
  }

  update(
    id: string,
    change: Partial<Pick<FolderRecord, 'displayName' | 'folderClass' | 'permissions' | 'hidden' | 'extra'>>,
  ): FolderRecord {
    const f = { ...this.need(id), ...change };
    const num = folderNum(id);
    if (change.displayName !== undefined) {
      this.#refuseTwin(f.parentId === null ? null : folderNum(f.parentId), f.displayName, num);
    }
    this.#db.run(
      `UPDATE folder SET display_name = ?, name_key = ?, folder_class = ?, permissions = ?, hidden = ?, extra = ?, seq = ?
       WHERE num = ?`,
      f.displayName,
      nameKey(f.displayName),
      f.folderClass,
      JSON.stringify(f.permissions),
      f.hidden ? 1 : 0,
      JSON.stringify(f.extra),
      this.#db.nextSequence(),
      num,
    );
    return this.need(id);
  }

  move(id: string, parentId: string): FolderRecord {
    const folder = this.need(id);
    const parent = this.need(parentId);
    if (folder.distinguished) throw new FolderRefusedError('a distinguished folder cannot be moved');
    if (parent.mailboxId !== folder.mailboxId) throw new FolderRefusedError('the parent is in another mailbox');
    if (parentId === id || this.children(id, true).some((f) => f.id === parentId)) {
      throw new FolderRefusedError('a folder cannot be moved below itself');
    }
    const num = folderNum(id);
    this.#refuseTwin(folderNum(parentId), folder.displayName, num);
    this.#db.run(
      'UPDATE folder SET parent = ?, seq = ? WHERE num = ?',
      folderNum(parentId),
      this.#db.nextSequence(),
      num,
    );
    return this.need(id);
  }

  /** Deletes a folder with all below it; `dropItems` empties one folder. */
  delete(id: string, dropItems: (num: number) => void): void {
    const folder = this.need(id);
    if (folder.distinguished) throw new FolderRefusedError('a distinguished folder cannot be deleted');
    for (const one of [...this.children(id, true).reverse(), folder]) {
      const num = folderNum(one.id);
      dropItems(num);
      const created = number(this.#db.get('SELECT created_seq FROM folder WHERE num = ?', num) ?? {}, 'created_seq');
      this.#db.run(
        'INSERT INTO folder_tombstone (mailbox, seq, id, created_seq) VALUES (?, ?, ?, ?)',
        one.mailboxId,
        this.#db.nextSequence(),
        one.id,
        created,
      );
      this.#db.run('DELETE FROM item_tombstone WHERE folder = ?', num);
      this.#db.run('DELETE FROM folder WHERE num = ?', num);
    }
  }

  #refuseTwin(parent: number | null, name: string, except: number): void {
    const twin = this.#db.get(
      'SELECT num FROM folder WHERE parent IS ? AND name_key = ? AND num <> ?',
      parent,
      nameKey(name),
      except,
    );
    if (twin) throw new FolderExistsError(folderId(number(twin, 'num')));
  }
}

/** A folder of the public tree lies in the mailbox its parent lies in, until somebody moves it. */
function inherited(parent: FolderRecord): Record<string, string> {
  const replicas = parent.extra['66980102'];
  return replicas === undefined ? {} : { '66980102': replicas };
}

const nameKey = (name: string): string => name.normalize('NFC').toLowerCase();

export function toFolder(row: Row): FolderRecord {
  return {
    id: folderId(number(row, 'num')),
    changeKey: changeKey(number(row, 'seq')),
    mailboxId: text(row, 'mailbox'),
    parentId: row.parent === null ? null : folderId(number(row, 'parent')),
    displayName: text(row, 'display_name'),
    folderClass: text(row, 'folder_class'),
    distinguished: maybeText(row, 'distinguished'),
    hidden: number(row, 'hidden') === 1,
    permissions: permissions.parse(JSON.parse(text(row, 'permissions'))),
    extra: extra.parse(JSON.parse(text(row, 'extra'))),
    itemCount: number(row, 'item_count'),
    unreadCount: number(row, 'unread_count'),
    childFolderCount: number(row, 'child_count'),
    sizeBytes: number(row, 'size_bytes'),
    lastChange: number(row, 'last_change'),
    deletedCount: number(row, 'deleted_count'),
  };
}

export const FOLDER_COLUMNS = COLUMNS;

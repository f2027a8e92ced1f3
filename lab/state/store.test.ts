import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UsageError } from '../../core/domain/errors.ts';
import { getBoolean, getNumber, getText, setProp, setTime } from '../../core/domain/mapi/bag.ts';
import { CodecError } from '../../core/domain/mapi/codec-error.ts';
import { compareMessages } from '../../core/domain/mapi/compare.ts';
import { decodeOrThrow } from '../../core/domain/mapi/decode.ts';
import { newAttachment, newMessage } from '../../core/domain/mapi/message.ts';
import type { MapiMessage } from '../../core/domain/mapi/model.ts';
import { PidTag } from '../../core/domain/mapi/tags.ts';
import type { ItemChange } from '../model.ts';
import { FolderExistsError, FolderRefusedError, NotFoundError, SyncStateError } from './errors.ts';
import { mailboxGuid, openOrganisation, PUBLIC_FOLDERS, type SqliteOrganisationStore } from './store.ts';

let dir: string;
let store: SqliteOrganisationStore;
let clock = 0;
const open = () => openOrganisation({ dir, name: 'source', now: () => clock++ });

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lab-state-'));
  clock = Date.UTC(2026, 0, 1);
  store = open();
});
afterEach(() => {
  store.close();
  rmSync(dir, { recursive: true, force: true });
});

function mail(subject: string, options: { read?: boolean; bytes?: number } = {}): MapiMessage {
  const message = newMessage('IPM.Note');
  setProp(message, PidTag.Subject, subject);
  setProp(message, PidTag.MessageFlags, options.read ? 1 : 0);
  setTime(message, PidTag.MessageDeliveryTime, clock);
  if (options.bytes) {
    const attachment = newAttachment(1);
    setProp(attachment, PidTag.AttachDataBinary, Buffer.alloc(options.bytes, 1));
    message.attachments.push(attachment);
  }
  return message;
}

function mailbox(address = 'anna@source.test') {
  const made = store.createMailbox({ address, displayName: 'Anna', kind: 'user' });
  const inbox = store.distinguished(made.id, 'inbox');
  if (!inbox) throw new Error('no inbox');
  return { id: made.id, inbox: inbox.id };
}

describe('mailboxes and folders', () => {
  test('a new mailbox has its distinguished folders, an archive brings its own', () => {
    const box = store.createMailbox({
      address: 'A@Source.test',
      displayName: 'A',
      kind: 'user',
      hasArchive: true,
      language: 'de',
    });
    expect(box).toMatchObject({ id: mailboxGuid('a@source.test'), address: 'a@source.test' });
    expect(store.mailbox('a@SOURCE.test')?.id).toBe(box.id);
    expect(store.distinguished(box.id, 'inbox')).toMatchObject({ displayName: 'Posteingang', folderClass: 'IPF.Note' });
    for (const name of ['recoverableitemsdeletions', 'archivemsgfolderroot', 'archiverecoverableitemspurges', 'root']) {
      expect(store.distinguished(box.id, name)?.distinguished).toBe(name);
    }
    const plain = store.createMailbox({ address: 'b@source.test', displayName: 'B', kind: 'shared' });
    expect(store.distinguished(plain.id, 'archiveroot')).toBeUndefined();
    store.updateMailbox(plain.id, { hasArchive: true });
    expect(store.distinguished(plain.id, 'archiveroot')?.displayName).toBe('Archive Root');
    expect(store.mailboxes().map((m) => m.address)).toEqual(['a@source.test', 'b@source.test']);
    expect(store.distinguished(PUBLIC_FOLDERS, 'publicfoldersroot')?.parentId).toBeNull();
  });

  test('an address whose mailbox was disconnected gets a new one', () => {
    const address = 'again@source.test';
    const first = store.createMailbox({ address, displayName: 'First', kind: 'user' });
    store.updateMailbox(first.id, { address: 'gone@disconnected.invalid' });
    const second = store.createMailbox({ address, displayName: 'Second', kind: 'user' });
    expect(second.id).not.toBe(first.id);
    expect(store.mailbox(address)?.id).toBe(second.id);
    expect(store.mailbox(first.id)?.displayName).toBe('First');
  });

  test('folders are made, renamed, moved and deleted with what is below them', () => {
    const { id, inbox } = mailbox();
    const make = (parentId: string, displayName: string) =>
      store.createFolder({ mailboxId: id, parentId, displayName, folderClass: 'IPF.Note' });
    const a = make(inbox, 'Projekte / 2026');
    const b = make(a.id, '日本');
    expect(() => make(inbox, 'PROJEKTE / 2026')).toThrow(FolderExistsError);
    expect(() => store.moveFolder(a.id, b.id)).toThrow(FolderRefusedError);
    expect(() => store.deleteFolder(inbox)).toThrow(FolderRefusedError);
    expect(() => make('f999', 'x')).toThrow(NotFoundError);
    const item = store.createItem(b.id, mail('x'));
    const renamed = store.updateFolder(a.id, { displayName: 'Alt' });
    expect(renamed.changeKey).not.toBe(a.changeKey);
    const root = store.distinguished(id, 'msgfolderroot')?.id ?? '';
    store.moveFolder(a.id, root);
    expect(store.children(root, true).map((f) => f.id)).toEqual(expect.arrayContaining([a.id, b.id, inbox]));
    expect(store.children(inbox, false)).toEqual([]);
    store.deleteFolder(a.id);
    expect(store.folder(b.id)).toBeUndefined();
    expect(store.item(item.id)).toBeUndefined();
    const changes = store.folderChanges(id, '', 1000);
    expect(changes.last).toBe(true);
    expect(changes.changes.every((c) => c.kind === 'create')).toBe(true);
  });

  test('folder sync tells creations, updates and deletions once each', () => {
    const { id, inbox } = mailbox();
    const first = store.folderChanges(id, '', 1000);
    const a = store.createFolder({ mailboxId: id, parentId: inbox, displayName: 'a', folderClass: '' });
    const second = store.folderChanges(id, first.next, 1000);
    expect(second.changes).toMatchObject([{ kind: 'create', folder: { id: a.id } }]);
    store.updateFolder(a.id, { displayName: 'b' });
    const third = store.folderChanges(id, second.next, 1000);
    expect(third.changes).toMatchObject([{ kind: 'update', folder: { displayName: 'b' } }]);
    store.deleteFolder(a.id);
    expect(store.folderChanges(id, third.next, 1000).changes).toEqual([{ kind: 'delete', id: a.id }]);
    expect(() => store.folderChanges(id, '9.9.z', 10)).toThrow(SyncStateError);
  });
});

describe('items', () => {
  test('an item comes back whole, with what a server adds', () => {
    const { inbox } = mailbox();
    const message = mail('Grüße', { bytes: 3_000_000 });
    const item = store.createItem(inbox, message);
    expect(item).toMatchObject({ subject: 'Grüße', hasAttachments: true, read: false, itemClass: 'IPM.Note' });
    expect(item.searchKey).toMatch(/^[0-9a-f]{32}$/);
    expect(item.sizeBytes).toBeGreaterThan(3_000_000);
    const back = store.message(item.id);
    expect(compareMessages(message, back).filter((d) => d.kind !== 'extra')).toEqual([]);
    expect(Buffer.concat([...store.exportChunks(item.id)])).toEqual(Buffer.from(store.exportStream(item.id)));
    expect(store.folder(inbox)).toMatchObject({ itemCount: 1, unreadCount: 1, sizeBytes: item.sizeBytes });
  });

  test('an uploaded stream is stored as the same item; a cut one is refused and leaves nothing', () => {
    const { inbox } = mailbox();
    const item = store.createItem(inbox, mail('x', { bytes: 100_000 }));
    const stream = store.exportStream(item.id);
    const copy = store.uploadStream(inbox, stream, false);
    expect(copy.id).not.toBe(item.id);
    expect(copy.searchKey).toBe(item.searchKey);
    expect(compareMessages(store.message(item.id), store.message(copy.id))).toEqual([]);
    expect(() => store.uploadStream(inbox, stream.subarray(0, 5000), false)).toThrow(CodecError);
    const changed = store.message(item.id);
    setProp(changed, PidTag.Subject, 'changed');
    const replaced = store.uploadStream(inbox, store.exportStream(store.createItem(inbox, changed).id), false, copy.id);
    expect(replaced).toMatchObject({ id: copy.id, subject: 'changed' });
    expect(replaced.changeKey).not.toBe(copy.changeKey);
    expect(store.folder(inbox)?.itemCount).toBe(3);
  });

  test('the read flag changes in the stream too, in place', () => {
    const { inbox } = mailbox();
    const item = store.createItem(inbox, mail('x', { bytes: 2_000_000 }));
    const flags = () => getNumber(store.message(item.id), PidTag.MessageFlags) ?? 0;
    const read = store.setRead(item.id, true);
    expect(read).toMatchObject({ read: true });
    expect(read.changeKey).not.toBe(item.changeKey);
    expect(flags() & 1).toBe(1);
    expect(store.folder(inbox)?.unreadCount).toBe(0);
    store.setRead(item.id, false);
    expect(flags() & 1).toBe(0);
    expect(getBoolean(store.message(item.id), PidTag.HasAttachments)).toBe(true);
    expect(store.folder(inbox)?.unreadCount).toBe(1);
  });

  test('lists are sorted and paged; folder-associated items stand apart', () => {
    const { inbox } = mailbox();
    for (let i = 0; i < 25; i++) store.createItem(inbox, mail(`s${i % 5}`));
    store.createItem(inbox, mail('hidden'), true);
    const sort = [
      { field: 'subject' as const, descending: false },
      { field: 'received' as const, descending: true },
    ];
    const page = store.items({ folderId: inbox, offset: 5, limit: 5, sort });
    expect(page.total).toBe(25);
    expect(page.items.map((i) => i.subject)).toEqual(['s1', 's1', 's1', 's1', 's1']);
    expect(page.items.map((i) => i.received)).toEqual(page.items.map((i) => i.received).sort((a, b) => b - a));
    expect(store.items({ folderId: inbox, associated: true, offset: 0, limit: 9 }).total).toBe(1);
    expect(store.folder(inbox)?.itemCount).toBe(25);
  });

  test('a data file of another version is refused with a way out', () => {
    store.close();
    const db = new DatabaseSync(join(dir, 'source.sqlite'));
    db.exec('PRAGMA user_version = 99');
    db.close();
    expect(open).toThrow(UsageError);
    const again = new DatabaseSync(join(dir, 'source.sqlite'));
    again.exec('PRAGMA user_version = 1');
    again.close();
    store = open();
  });

  test('what was written is there after closing, and numbers go on', () => {
    const { id, inbox } = mailbox();
    const item = store.createItem(inbox, mail('kept'));
    const state = store.itemChanges(inbox, '', 10).next;
    store.close();
    store = open();
    expect(getText(decodeOrThrow(store.exportStream(item.id)), PidTag.Subject)).toBe('kept');
    const second = store.createItem(store.distinguished(id, 'inbox')?.id ?? '', mail('later'));
    expect(store.itemChanges(inbox, state, 10).changes).toMatchObject([{ kind: 'create', item: { id: second.id } }]);
  });
});

describe('item sync', () => {
  test('a move is a deletion and a creation; a read flag is only that', () => {
    const { id, inbox } = mailbox();
    const drafts = store.distinguished(id, 'drafts')?.id ?? '';
    const item = store.createItem(inbox, mail('x'));
    const before = { inbox: store.itemChanges(inbox, '', 10).next, drafts: store.itemChanges(drafts, '', 10).next };
    const moved = store.moveItem(item.id, drafts);
    expect(moved.id).not.toBe(item.id);
    expect(store.itemChanges(inbox, before.inbox, 10).changes).toEqual([{ kind: 'delete', id: item.id }]);
    const after = store.itemChanges(drafts, before.drafts, 10);
    expect(after.changes).toMatchObject([{ kind: 'create', item: { id: moved.id, subject: 'x' } }]);
    store.setRead(moved.id, true);
    expect(store.itemChanges(drafts, after.next, 10).changes).toMatchObject([
      { kind: 'readFlag', id: moved.id, read: true },
    ]);
    expect(store.itemChanges(drafts, after.next, 10).changes).toHaveLength(1);
  });

  /** What a client knows after applying changes; fails where a change makes no sense for it. */
  function apply(known: Map<string, string>, change: ItemChange): void {
    if (change.kind === 'create' || change.kind === 'update') {
      if (known.has(change.item.id) !== (change.kind === 'update')) throw new Error(`${change.kind} out of order`);
      known.set(change.item.id, change.item.subject);
    } else if (change.kind === 'delete') known.delete(change.id);
    else if (!known.has(change.id)) throw new Error('read flag of unknown');
  }

  test('whatever changes between pages, the client ends with the folder as it is', () => {
    const step = fc.record({
      act: fc.constantFrom('create', 'update', 'read', 'delete', 'move', 'sync'),
      at: fc.nat(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.uuid(), (steps, unique) => {
        const { id, inbox } = mailbox(`${unique}@source.test`);
        const drafts = store.distinguished(id, 'drafts')?.id ?? '';
        const known = new Map<string, string>();
        let state = '';
        const sync = () => {
          const page = store.itemChanges(inbox, state, 2);
          for (const change of page.changes) apply(known, change);
          expect(page.changes.length).toBeLessThanOrEqual(2);
          state = page.next;
          return page.last;
        };
        for (const { act, at } of steps) {
          const items = store.items({ folderId: inbox, offset: 0, limit: 100 }).items;
          const item = items[at % Math.max(1, items.length)];
          if (act === 'create') store.createItem(inbox, mail(`c${at}`));
          else if (act === 'sync') sync();
          else if (!item) continue;
          else if (act === 'read') store.setRead(item.id, at % 2 === 0);
          else if (act === 'delete') store.deleteItem(item.id);
          else if (act === 'move') store.moveItem(item.id, at % 2 ? drafts : inbox);
          else store.updateItem(item.id, mail(`u${at}`));
        }
        while (!sync());
        // What changed while the last span was paged comes with the next one.
        while (!sync());
        const there = store.items({ folderId: inbox, offset: 0, limit: 100 }).items;
        expect([...known].sort()).toEqual(there.map((i): [string, string] => [i.id, i.subject]).sort());
      }),
      { numRuns: 60 },
    );
  });
});

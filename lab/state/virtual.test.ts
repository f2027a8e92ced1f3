import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { compareMessages } from '../../core/domain/mapi/compare.ts';
import { decodeOrThrow } from '../../core/domain/mapi/decode.ts';
import { newMessage } from '../../core/domain/mapi/message.ts';
import type { OrganisationStore } from '../model.ts';
import { setUpVirtualMailbox, VIRTUAL_ADDRESS } from '../seed/virtual-mailbox.ts';
import { describeMessage } from './describe.ts';
import { FolderRefusedError, NotFoundError } from './errors.ts';
import { openOrganisation } from './store.ts';
import { withVirtualItems } from './virtual.ts';

const ITEMS = 400_000;
const BYTES = 100e9;
let dir: string;
let store: OrganisationStore;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lab-virtual-'));
  store = withVirtualItems(openOrganisation({ dir, name: 'source' }));
  setUpVirtualMailbox(store, 1, { items: ITEMS, bytes: BYTES });
});
afterEach(() => {
  store.close();
  rmSync(dir, { recursive: true, force: true });
});

function folders() {
  const mailbox = store.mailbox(VIRTUAL_ADDRESS);
  const inbox = mailbox && store.distinguished(mailbox.id, 'inbox');
  return inbox ? store.children(inbox.id, true) : [];
}

test('100 GB are said, hardly anything is stored', () => {
  const all = folders();
  expect(all).toHaveLength(20);
  expect(all.reduce((sum, f) => sum + f.itemCount, 0)).toBe(ITEMS);
  const bytes = all.reduce((sum, f) => sum + f.sizeBytes, 0);
  expect(Math.abs(bytes / BYTES - 1)).toBeLessThan(0.03);
});

test('an item is the same each time it is read, agrees with its row and with its stream', () => {
  const [folder] = folders();
  if (!folder) throw new Error('no folder');
  for (const item of store.items({ folderId: folder.id, offset: 100, limit: 25 }).items) {
    const message = store.message(item.id);
    const stream = store.exportStream(item.id);
    expect(compareMessages(message, decodeOrThrow(stream))).toEqual([]);
    expect(Buffer.from(store.exportStream(item.id)).equals(stream)).toBe(true);
    expect(Buffer.concat([...store.exportChunks(item.id)]).equals(stream)).toBe(true);
    const { modified: _m, ...facts } = describeMessage(message);
    expect(item).toMatchObject(facts);
    expect(Math.abs(stream.length - item.sizeBytes)).toBeLessThan(Math.max(4000, item.sizeBytes * 0.05));
    expect(store.item(item.id)).toEqual(item);
  }
});

test('sync gives every item once, then what is stored beside them', () => {
  const folder = folders().at(-1);
  if (!folder) throw new Error('no folder');
  const extra = store.createItem(folder.id, newMessage('IPM.Note'));
  const seen = new Set<string>();
  let state = '';
  for (;;) {
    const page = store.itemChanges(folder.id, state, 512);
    expect(page.changes.length).toBeLessThanOrEqual(512);
    for (const change of page.changes) if (change.kind === 'create') seen.add(change.item.id);
    state = page.next;
    if (page.last) break;
  }
  expect(seen.size).toBe(folder.itemCount + 1);
  expect(seen.has(extra.id)).toBe(true);
  store.deleteItem(extra.id);
  expect(store.itemChanges(folder.id, state, 10).changes).toEqual([{ kind: 'delete', id: extra.id }]);
});

test('ordinary folders are as without it: folder-associated items come where the scope names them', () => {
  const mailbox = store.createMailbox({ address: 'plain@source.test', displayName: 'Plain', kind: 'user' });
  const inbox = store.distinguished(mailbox.id, 'inbox');
  if (!inbox) throw new Error('no inbox');
  const hidden = store.createItem(inbox.id, newMessage('IPM.Configuration.Test'), true);
  expect(store.itemChanges(inbox.id, '', 10).changes).toEqual([]);
  expect(store.itemChanges(inbox.id, '', 10, true).changes).toMatchObject([
    { kind: 'create', item: { id: hidden.id } },
  ]);
});

test('simulated items cannot be changed, and numbers beyond the plan are not there', () => {
  const [folder] = folders();
  const item = folder && store.items({ folderId: folder.id, offset: 0, limit: 1 }).items[0];
  if (!folder || !item) throw new Error('no item');
  expect(() => store.deleteItem(item.id)).toThrow(FolderRefusedError);
  expect(() => store.setRead(item.id, false)).toThrow(FolderRefusedError);
  expect(() => store.exportStream(`v${folder.id.slice(1)}-99999999`)).toThrow(NotFoundError);
});

test('reading through gigabytes keeps memory flat', () => {
  const [folder] = folders();
  if (!folder) throw new Error('no folder');
  let bytes = 0;
  const read = (offset: number) => {
    for (const item of store.items({ folderId: folder.id, offset, limit: 100 }).items) {
      for (const chunk of store.exportChunks(item.id)) bytes += chunk.length;
    }
  };
  read(0);
  const before = process.memoryUsage().rss;
  for (let page = 1; page < 12; page++) read(page * 100);
  expect(bytes).toBeGreaterThan(200e6);
  expect(process.memoryUsage().rss - before).toBeLessThan(150e6);
});

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pendingRow } from '../../tests/support/ledger-row.ts';
import { openTestStore, testDialects } from '../../tests/support/stores.ts';
import { createBatch } from './batches.ts';
import { folderFactsSchema, insertFolders, ownersOf, rootOnRecord, someFolders } from './folders.ts';
import { foldersWithLateCopies, forgetLateCopies, keepCopies, lateCopiesOf, noteLateCopies } from './late-copies.ts';
import type { Store } from './store.ts';
import { workloadsOf } from './workloads.ts';

describe.each(testDialects)('on %s', (dialect) => {
  let store: Store;
  let workloadId: number;
  beforeEach(async () => {
    store = await openTestStore(dialect);
    const one = {
      kind: 'publicFolders' as const,
      sourceId: null,
      sourceAddress: '',
      targetAddress: '',
      displayName: 'x',
    };
    const batch = await createBatch(store, { name: 'B', options: {}, workloads: [{ ...one, root: '/' }] });
    workloadId = (await workloadsOf(store, batch.id))[0]?.id ?? 0;
  });
  afterEach(() => store.close());

  test('what was sent again is looked after in its folder until its time is over, or it is the target’s own', async () => {
    const row = (searchKey: string | null, folderId: number, associated = false) => ({
      ...pendingRow(workloadId, `${searchKey} ${folderId}`),
      searchKey,
      folderId,
      associated,
    });
    const rows = [row('0a0b', 1), row('0a0c', 1, true), row('0a0b', 2), row(null, 3)];
    for (const at of [100, 200])
      await store.db.transaction().execute((trx) => noteLateCopies(store, trx, at === 100 ? rows : rows.slice(2), at));
    expect((await foldersWithLateCopies(store, workloadId)).sort()).toEqual([1, 2]);
    expect((await lateCopiesOf(store, workloadId, 1)).sort((a, b) => (a.searchKey < b.searchKey ? -1 : 1))).toEqual([
      { searchKey: '0a0b', associated: false },
      { searchKey: '0a0c', associated: true },
    ]);
    await store.db.transaction().execute((trx) => keepCopies(trx, [row('0a0b', 1)]));
    expect(await lateCopiesOf(store, workloadId, 1)).toEqual([{ searchKey: '0a0c', associated: true }]);
    for (const folder of [1, 2]) await forgetLateCopies(store.db, workloadId, folder, 150);
    expect(await foldersWithLateCopies(store, workloadId)).toEqual([2]);
  });

  test('folders are found by their counterparts, and the root as an earlier run found it', async () => {
    const folder = (sourceId: string, path: string, targetId: string | null, state: 'inSync' | 'gone' = 'inSync') => ({
      sourceId,
      sourceParent: null,
      targetId,
      path,
      folderClass: '',
      state,
      facts: folderFactsSchema.parse({ name: sourceId, root: 'publicFolders' }),
      itemsTotal: 0,
    });
    const all = [
      folder('root', '/', 'T'),
      folder('a', '/a', 'Ta'),
      folder('b', '/b', 'Ta'),
      folder('c', '/c', 'Ta', 'gone'),
    ];
    await store.db.transaction().execute((trx) => insertFolders(store, trx, workloadId, all, 1));
    expect(await ownersOf(store, workloadId, 'Ta')).toEqual(['b', 'a']);
    expect(await ownersOf(store, workloadId, 'ta')).toEqual([]);
    expect(await rootOnRecord(store, workloadId, 'publicFolders')).toBe('root');
    expect(await rootOnRecord(store, workloadId, 'mailbox')).toBeUndefined();
    const ids = (await store.db.selectFrom('folder').select('id').execute()).map(({ id }) => id);
    const found: string[] = [];
    for await (const { sourceId } of someFolders(store, workloadId, ids.slice(1, 3))) found.push(sourceId);
    expect(found).toEqual(['a', 'b']);
  });
});

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTestStore, testDialects } from '../../tests/support/stores.ts';
import { insertMany } from './bulk.ts';
import { reportedFolders } from './report-folders.ts';
import type { Store } from './store.ts';
import { addVerification, lastVerifications, nothingCompared } from './verifications.ts';

/** What a folder has to say, from plain to mean. */
const FOLDERS = [
  { path: '/Inbox', note: '', orphans: [] },
  { path: '/Old', note: 'renamed, because "note":"" stood there', orphans: [] },
  { path: '/Shared', note: '', orphans: ['anna@old.example'] },
  { path: '/Both', note: '"orphans":[]', orphans: ['"note":""'] },
  { path: '/Sent', note: '', orphans: [] },
];

describe.each(testDialects)('on %s', (dialect) => {
  let store: Store;
  beforeEach(async () => {
    store = await openTestStore(dialect);
    const batch = (id: number) => ({
      id,
      name: `Wave ${id}`,
      name_key: `wave ${id}`,
      state: 'done',
      options: '{}',
      created_at: 0,
    });
    await insertMany(store, store.db, 'batch', [batch(1), batch(2)]);
    const workload = (id: number, batchId: number) => ({
      id,
      batch_id: batchId,
      kind: 'mailbox',
      source_address: 'a',
      target_address: 'b',
      display_name: `Person ${id}`,
      name_key: `person ${id}`,
      root: '/',
      state: 'done',
      priority: 1,
      items_total: 1,
      items_done: 1,
      items_bad: 0,
      bytes_total: 1,
      bytes_done: 1,
      updated_at: 0,
    });
    await insertMany(store, store.db, 'workload', [workload(1, 1), workload(2, 1), workload(3, 2)]);
    const folders = [1, 2, 3].flatMap((id) =>
      FOLDERS.map(({ path, note, orphans }, index) => ({
        workload_id: id,
        source_key: `f${index}`,
        source_id: `f${index}`,
        path,
        folder_class: 'IPF.Note',
        state: 'inSync',
        facts: JSON.stringify({ name: 'x', root: 'mailbox', note, orphans }),
        items_total: 5,
        items_done: 4,
        items_bad: 1,
        bytes_done: 9,
        updated_at: 0,
      })),
    );
    await insertMany(store, store.db, 'folder', folders);
  });
  afterEach(() => store.close());

  test('a report reads all folders of a batch, or only those of which there is something to say', async () => {
    const all = await reportedFolders(store, 1, false);
    expect([...all.keys()]).toEqual([1, 2]);
    expect(all.get(2)?.map(({ path }) => path)).toEqual(FOLDERS.map(({ path }) => path));
    const noted = await reportedFolders(store, 1, true);
    const expected = FOLDERS.filter(({ note, orphans }) => note !== '' || orphans.length > 0);
    for (const id of [1, 2]) expect(noted.get(id)).toMatchObject(expected);
    expect(noted.has(3)).toBe(false);
  });

  test('the newest comparison of each workload counts', async () => {
    const result = { ...nothingCompared(false), folders: { source: 1, target: 1, missing: [], different: [] } };
    for (const [id, at] of [
      [1, 10],
      [2, 11],
      [1, 12],
      [3, 13],
    ] as const) {
      await addVerification(store.db, id, at, at === 12 ? 'Perfect' : 'Investigate', result);
    }
    const newest = await lastVerifications(store, 1);
    expect([...newest.values()].map(({ workloadId, at, grade }) => ({ workloadId, at, grade }))).toEqual([
      { workloadId: 2, at: 11, grade: 'Investigate' },
      { workloadId: 1, at: 12, grade: 'Perfect' },
    ]);
  });
});

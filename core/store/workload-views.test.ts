import { afterAll, beforeAll, expect, test } from 'vitest';
import { createBatch } from './batches.ts';
import { openStore } from './open.ts';
import type { Cursor } from './paging.ts';
import type { Store } from './store.ts';
import { type WorkloadQuery, workloadAnchors, workloadIds, workloadLines } from './workload-views.ts';

let store: Store;
let batchId: number;

beforeAll(async () => {
  store = await openStore('sqlite::memory:');
  const names = Array.from({ length: 95 }, (_, i) => `Person ${String(i % 40).padStart(2, '0')}`);
  const batch = await createBatch(store, {
    name: 'Wave 1',
    workloads: [...names, '100 %_[x]! sure'].map((displayName, i) => ({
      kind: 'mailbox' as const,
      sourceId: null,
      sourceAddress: `P${i}@source.test`,
      targetAddress: `p${i}@target.test`,
      displayName,
      root: '',
    })),
  });
  batchId = batch.id;
  await store.db
    .updateTable('workload')
    .set((eb) => ({ items_done: eb('id', '%', 7) }))
    .execute();
});
afterAll(() => store.close());

const query = (part: Partial<WorkloadQuery> = {}): WorkloadQuery => ({
  batchId,
  sort: 'name',
  descending: false,
  ...part,
});

async function walk(q: WorkloadQuery, limit: number): Promise<number[]> {
  const ids: number[] = [];
  let after: Cursor | undefined;
  do {
    const page = await workloadLines(store, q, { after, limit });
    ids.push(...page.lines.map((line) => line.id));
    after = page.next;
  } while (after);
  return ids;
}

test.each([
  ['name', false],
  ['name', true],
  ['items', false],
  ['items', true],
] as const)('pages by %s (descending: %s) show each line once, in one order', async (sort, descending) => {
  const ids = await walk(query({ sort, descending }), 10);
  expect(ids).toHaveLength(96);
  expect(new Set(ids).size).toBe(96);
  expect(await walk(query({ sort, descending }), 96)).toEqual(ids);
});

test('anchors lead to the same pages as walking does', async () => {
  const q = query({ sort: 'items', descending: true });
  const { total, anchors } = await workloadAnchors(store, q, 10);
  expect(total).toBe(96);
  expect(anchors).toHaveLength(9);
  const jumped: number[] = [];
  for (const after of [undefined, ...anchors]) {
    jumped.push(...(await workloadLines(store, q, { after, limit: 10 })).lines.map((line) => line.id));
  }
  expect(jumped).toEqual(await walk(q, 10));
});

test('a search finds names and addresses, and takes wildcards as text', async () => {
  expect(await workloadIds(store, { batchId, search: 'PERSON 07' })).toHaveLength(3);
  expect(await workloadIds(store, { batchId, search: 'p13@SOURCE' })).toHaveLength(1);
  for (const text of ['100 %', '%_[x]!', '%_[X]! Sure']) {
    expect(await workloadIds(store, { batchId, search: text })).toHaveLength(1);
  }
  expect(await workloadIds(store, { batchId, states: ['done'] })).toEqual([]);
});

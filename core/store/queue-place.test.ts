import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTestStore, testDialects } from '../../tests/support/stores.ts';
import { createBatch } from './batches.ts';
import { placeWorkloads } from './queue-place.ts';
import type { Store } from './store.ts';

describe.each(testDialects)('the order of a batch on %s', (dialect) => {
  let store: Store;
  let batchId: number;

  beforeEach(async () => {
    store = await openTestStore(dialect);
    const made = await createBatch(store, {
      name: 'Wave 1',
      workloads: Array.from({ length: 8 }, (_, i) => ({
        kind: 'mailbox' as const,
        sourceId: null,
        sourceAddress: `u${i}@northwind.test`,
        targetAddress: `u${i}@fabrikam.test`,
        displayName: `u${i}`,
        root: '',
        itemsTotal: 0,
        bytesTotal: 0,
      })),
    });
    batchId = made.id;
  });
  afterEach(() => store?.close());

  const order = async () =>
    (
      await store.db
        .selectFrom('workload')
        .select('id')
        .where('batch_id', '=', batchId)
        .orderBy('priority')
        .orderBy('id')
        .execute()
    ).map(({ id }) => id);

  test('is what a list would be from which lines are taken and put in elsewhere', async () => {
    let model = await order();
    // Every gap, again and again, so that numbers between two others run out on the way.
    for (let i = 0; i < 150; i++) {
      const moving = model.filter((_, at) => at === (i * 5) % 8 || (i % 3 === 0 && at === (i * 3) % 8));
      const before = i % 7 === 6 ? undefined : model[i % 2 === 0 ? 1 : (i * 11) % 8];
      const anchor =
        before === undefined ? undefined : model.slice(model.indexOf(before)).find((id) => !moving.includes(id));
      const rest = model.filter((id) => !moving.includes(id));
      const at = anchor === undefined ? rest.length : rest.indexOf(anchor);
      model = rest.toSpliced(at, 0, ...moving);
      expect(await placeWorkloads(store, batchId, moving, before)).toBe(moving.length);
      expect(await order()).toEqual(model);
    }
  });

  test('leaves those that are done where they are, and knows who is not there', async () => {
    const [first = 0, second = 0] = await order();
    await store.db.updateTable('workload').set({ state: 'done' }).where('id', '=', second).execute();
    expect(await placeWorkloads(store, batchId, [second], first)).toBe(0);
    await expect(placeWorkloads(store, batchId, [first], 99_999)).rejects.toThrow('not in it any more');
  });
});

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTestStore, testDialects } from '../../tests/support/stores.ts';
import { insertMany } from './bulk.ts';
import { appendEvents, lastEventId, readEvents, waitForEvents } from './events.ts';
import type { Store } from './store.ts';

describe.each(testDialects)('events on %s', (dialect) => {
  let store: Store;
  let clock: number;
  beforeEach(async () => {
    clock = 1_700_000_000_000;
    store = await openTestStore(dialect, () => clock);
  });
  afterEach(() => store?.close());

  test('are read by cursor and waited for', async () => {
    expect(await waitForEvents(store, { after: 0 }, { timeoutMs: 5, pollMs: 1 })).toEqual({ events: [], cursor: 0 });
    const waiting = waitForEvents(store, { after: 0, batchId: 2 }, { timeoutMs: 5_000, pollMs: 1 });
    await appendEvents(store, [{ kind: 'a', batchId: 1 }]);
    await appendEvents(store, [{ kind: 'b', batchId: 2, data: { items: 5 }, correlation: 'c' }]);
    const { events, cursor } = await waiting;
    expect(events).toMatchObject([{ kind: 'b', data: { items: 5 }, correlation: 'c', at: clock }]);
    expect((await readEvents(store, { after: cursor })).events).toEqual([]);
  });

  test('a young gap in the numbers is waited for, an old one is passed', async () => {
    await appendEvents(store, [{ kind: 'a' }, { kind: 'b' }, { kind: 'c' }]);
    const id = (await lastEventId(store)) - 1;
    const row = await store.db.selectFrom('event').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
    await store.db.deleteFrom('event').where('id', '=', id).execute();
    const first = await readEvents(store, { after: 0 });
    expect(first.events.map((event) => event.kind)).toEqual(['a']);
    await insertMany(store, store.db, 'event', [row]);
    expect((await readEvents(store, { after: first.cursor })).events.map((event) => event.kind)).toEqual(['b', 'c']);
    await store.db.deleteFrom('event').where('id', '=', id).execute();
    clock += 10_000;
    expect((await readEvents(store, { after: id - 1 })).events.map((event) => event.kind)).toEqual(['c']);
  });
});

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTestStore, testDialects } from '../../tests/support/stores.ts';
import { appendAudit, exportAudit, listAudit, type StoredAuditEntry, verifyAudit } from './audit.ts';
import type { Store } from './store.ts';

describe.each(testDialects)('on %s', (dialect) => {
  let store: Store;
  beforeEach(async () => {
    store = await openTestStore(dialect);
  });
  afterEach(() => store?.close());

  const entry = (n: number) => ({
    who: 'anna',
    host: 'desk',
    action: 'forest.add',
    object: `forest ${n}`,
    after: { n },
  });
  const fill = (count: number) =>
    appendAudit(
      store,
      Array.from({ length: count }, (_, n) => entry(n + 1)),
    );

  describe('the audit log', () => {
    test('keeps who did what, without credentials, subjects and bodies, and is chained', async () => {
      await appendAudit(store, [
        {
          ...entry(1),
          before: { user: 'a', password: 'hunter2' },
          after: { nested: { accessToken: 't', subject: 's', body: 'b' } },
        },
      ]);
      await fill(3);
      const [newest] = await listAudit(store, { limit: 1 });
      expect(newest).toMatchObject({
        id: 4,
        who: 'anna',
        host: 'desk',
        action: 'forest.add',
        object: 'forest 3',
        after: { n: 3 },
      });
      const all: StoredAuditEntry[] = [];
      for await (const one of exportAudit(store)) all.push(one);
      expect(all[0]?.before).toEqual({ user: 'a', password: '(left out)' });
      expect(all[0]?.after).toEqual({
        nested: { accessToken: '(left out)', subject: '(left out)', body: '(left out)' },
      });
      expect(await verifyAudit(store)).toEqual({ entries: 4, findings: [], head: { id: 4, hash: newest?.hash } });
    });

    test('an entry and its change are kept together or not at all', async () => {
      await expect(
        store.db.transaction().execute(async (trx) => {
          await appendAudit(store, [entry(1)], trx);
          throw new Error('the change failed');
        }),
      ).rejects.toThrow('the change failed');
      await fill(1);
      expect(await verifyAudit(store)).toMatchObject({ entries: 1, findings: [] });
    });

    test('appenders at the same time make one chain', async () => {
      await Promise.all(Array.from({ length: 20 }, (_, n) => appendAudit(store, [entry(n)])));
      expect(await verifyAudit(store)).toMatchObject({ entries: 20, findings: [] });
    });

    test.each([
      'at',
      'who',
      'host',
      'action',
      'object',
      'before_value',
      'after_value',
      'correlation',
      'hash',
      'previous_hash',
    ] as const)('a changed %s is found and the row named', async (column) => {
      await fill(5);
      const value = column === 'at' ? 1 : column.endsWith('hash') ? new Uint8Array(32) : '"x"';
      await store.db
        .updateTable('audit')
        .set({ [column]: value })
        .where('id', '=', 3)
        .execute();
      expect((await verifyAudit(store)).findings[0]).toMatchObject({ id: 3, problem: 'changed' });
    });

    test('removed rows are found at the beginning, in the middle and at the end', async () => {
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 8 }), async (a, b) => {
          await store.db.deleteFrom('audit').execute();
          await store.db.deleteFrom('setting').where('name', '=', 'audit.head').execute();
          await fill(8);
          const [from, to] = [Math.min(a, b), Math.max(a, b)];
          await store.db.deleteFrom('audit').where('id', '>=', from).where('id', '<=', to).execute();
          expect((await verifyAudit(store)).findings).toMatchObject([{ id: from, problem: 'removed' }]);
        }),
        { numRuns: 20 },
      );
    });

    test('inserted rows are found', async () => {
      await fill(3);
      const row = await store.db.selectFrom('audit').selectAll().where('id', '=', 3).executeTakeFirstOrThrow();
      for (const id of [4, 0, -7, 100]) {
        await store.db
          .insertInto('audit')
          .values({ ...row, id })
          .execute();
        const { findings } = await verifyAudit(store);
        expect(findings).toContainEqual(expect.objectContaining({ id, problem: 'inserted' }));
        await store.db.deleteFrom('audit').where('id', '=', id).execute();
      }
    });

    test('a log that was written anew as a whole does not fit what was noted before', async () => {
      await fill(5);
      const noted = (await verifyAudit(store)).head;
      if (!noted) throw new Error('a head is needed');
      await store.db.deleteFrom('audit').execute();
      await store.db.deleteFrom('setting').where('name', '=', 'audit.head').execute();
      await appendAudit(store, [entry(9), entry(2), entry(3), entry(4), entry(5)]);
      expect((await verifyAudit(store)).findings).toEqual([]);
      expect((await verifyAudit(store, [noted])).findings).toMatchObject([{ id: 5, problem: 'rewritten' }]);
      await store.db.deleteFrom('audit').where('id', '=', 5).execute();
      expect((await verifyAudit(store, [noted])).findings).toContainEqual(
        expect.objectContaining({ problem: 'removed' }),
      );
    });
  });
});

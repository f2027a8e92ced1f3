import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pendingRow } from '../../tests/support/ledger-row.ts';
import { openTestStore, testDialects } from '../../tests/support/stores.ts';
import { addLedger, itemKey, keyText, ledgerBySource, markSending } from './ledger.ts';
import type { Store } from './store.ts';

describe.each(testDialects)('on %s', (dialect) => {
  let store: Store;
  beforeEach(async () => {
    store = await openTestStore(dialect);
  });
  afterEach(() => store.close());

  // So many that the server takes the index for it.
  test('some rows of many are found and written by their keys', async () => {
    const ids = (workload: number) => Array.from({ length: 1_250 }, (_, index) => `w${workload}-${index}`);
    for (const workload of [1, 2, 3, 4]) {
      const rows = ids(workload).map((id) => pendingRow(workload, id));
      await store.db.transaction().execute((trx) => addLedger(store, trx, rows, 0));
    }
    for (const count of [1, 3, 9, 40]) {
      const wanted = ids(1).slice(5, 5 + count);
      await store.db.transaction().execute((trx) => markSending(trx, 1, wanted.map(itemKey), 7, 1));
      const found = await ledgerBySource(store.db, 1, [...wanted, 'w2-1']);
      expect([...found.keys()].sort()).toEqual(wanted.map((id) => keyText(itemKey(id))).sort());
      expect(new Set([...found.values()].map(({ state }) => state))).toEqual(new Set(['sending']));
    }
  });
});

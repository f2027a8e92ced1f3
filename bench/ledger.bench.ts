import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { appRouter } from '../core/api/router.ts';
import { createCallerFactory } from '../core/api/trpc.ts';
import { ledgerBySource, ledgerCounts } from '../core/store/ledger.ts';
import { openStore } from '../core/store/open.ts';
import type { Store } from '../core/store/store.ts';
import { type BenchRun, median, timed } from './bench.ts';

const SIZE = {
  ledger: 5_000_000,
  folders: 100_000,
  workloads: 5_000,
  batches: 50,
  recipients: 100_000,
  events: 200_000,
};
const ROUNDS = 5;
/** How long opening a list may take, in ms. */
const AIM_MS = 100;

/** Opens the console's lists on a project of 5,000,000 items: through the router, as the console does, on a cold page cache of ours. */
export const run: BenchRun = async ({ progress }) => {
  const folder = mkdtempSync(join(tmpdir(), 'transplant-bench-'));
  try {
    const url = `sqlite:${join(folder, 'large.db')}`;
    const fillSeconds = (await timed(() => fill(url, progress))) / 1000;
    const figures: Record<string, number> = { ledgerRows: SIZE.ledger, fillSeconds: Number(fillSeconds.toFixed(0)) };
    for (const [name, open] of Object.entries(lists())) {
      const times: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        // A connection of its own each time: nothing is left from the round before but the system's file cache.
        const store = await openStore(url);
        await store.now();
        times.push(await timed(() => open(store)));
        await store.close();
      }
      figures[`${name}Ms`] = Number(median(times).toFixed(1));
      progress(`${name}: ${figures[`${name}Ms`]} ms`);
    }
    const slowest = Math.max(...Object.entries(figures).map(([name, value]) => (name.endsWith('Ms') ? value : 0)));
    return {
      name: 'ledger',
      figures: { ...figures, slowestMs: slowest },
      ratios: {},
      aims: { slowestMs: AIM_MS },
      skipped: [],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

function api(store: Store) {
  const actor = { user: 'bench', host: 'bench' };
  const keyring = () => Promise.reject(new Error('a list needs no key'));
  return createCallerFactory(appRouter)({ store, actor, correlation: 'bench', keyring });
}

function lists(): Record<string, (store: Store) => Promise<unknown>> {
  return {
    overview: (store) => api(store).status.overview(),
    batches: (store) => api(store).batches.list(),
    batch: (store) => api(store).batches.show({ batch: 7 }),
    batchLines: (store) => api(store).batches.lines({ batchId: 7 }),
    batchLinesByState: (store) => api(store).batches.lines({ batchId: 7, states: ['failed'], sort: 'state' }),
    workloadDrawer: (store) => api(store).batches.workload({ id: 700 }),
    folders: (store) => api(store).batches.folders({ workloadId: 700 }),
    badItems: (store) => api(store).badItems.list({}),
    recipients: (store) => api(store).recipients.lines({ role: 'source' }),
    recipientSearch: (store) => api(store).recipients.lines({ role: 'source', search: 'person 77' }),
    matches: (store) => api(store).match.list({}),
    matchCounts: (store) => api(store).match.counts(),
    audit: (store) => api(store).audit.list({}),
    itemOfLedger: (store) => ledgerBySource(store.db, 700, ['700-5', '700-6']),
    countsOfWorkload: (store) => ledgerCounts(store, 700),
  };
}

/** Rows as a large project leaves them, made inside SQLite. Ids are as long as those of Exchange. */
async function fill(url: string, progress: (text: string) => void): Promise<void> {
  const store = await openStore(url, { create: true });
  const { db } = store;
  await sql`PRAGMA synchronous = OFF`.execute(db);
  const numbers = (count: number) =>
    sql`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})`;
  await sql`INSERT INTO forest (id, name, name_key, role, config, created_at) VALUES
    (1, 'source', 'source', 'source', '{}', 0), (2, 'target', 'target', 'target', '{}', 0)`.execute(db);
  for (const forest of [1, 2]) {
    await sql`${numbers(SIZE.recipients)} INSERT INTO recipient (id, forest_id, guid, dn, kind, display_name, mail,
        name_key, hidden, deleted, usn, attributes, read_id)
      SELECT i + ${(forest - 1) * SIZE.recipients}, ${forest}, 'guid-' || i, 'CN=Person ' || i || ',OU=Users,DC=example,DC=com',
        'mailbox', 'Person ' || i, 'person' || i || '@example.com', 'person ' || i, 0, 0, i,
        '{"department":["Sales"],"company":["Northwind"],"telephoneNumber":["+1 555 0100"]}', 1 FROM n`.execute(db);
  }
  await sql`${numbers(SIZE.recipients)} INSERT INTO "match" (source_id, target_id, state, rule, score, evidence, candidates, updated_at)
    SELECT i, i + ${SIZE.recipients}, CASE i % 50 WHEN 0 THEN 'review' ELSE 'matched' END, 'mail', 1, '[]', '[]', 0
    FROM n`.execute(db);
  progress('recipients and matches are there');
  await sql`${numbers(SIZE.batches)} INSERT INTO batch (id, name, name_key, state, options, created_at)
    SELECT i, 'Wave ' || i, 'wave ' || i, 'syncing', '{}', 0 FROM n`.execute(db);
  await sql`${numbers(SIZE.workloads)} INSERT INTO workload (id, batch_id, kind, source_address, target_address, display_name,
      name_key, root, state, priority, items_total, items_done, items_bad, bytes_total, bytes_done, updated_at)
    SELECT i, 1 + i % ${SIZE.batches}, 'mailbox', 'a', 'b', 'Person ' || i, 'person ' || i, '/',
      CASE i % 20 WHEN 0 THEN 'failed' WHEN 1 THEN 'decision' ELSE 'syncing' END, 1000, 1000, 900, 1, 1, 1, 0 FROM n`.execute(
    db,
  );
  await sql`${numbers(SIZE.folders)} INSERT INTO folder (id, workload_id, source_key, source_id, path, folder_class, state,
      facts, items_total, items_done, items_bad, bytes_done, updated_at)
    SELECT i, 1 + (i - 1) % ${SIZE.workloads}, 'f' || i, printf('%0120d', i), '/Inbox/' || i, 'IPF.Note', 'done', '{}',
      50, 50, 0, 0, 0 FROM n`.execute(db);
  const perWorkload = SIZE.ledger / SIZE.workloads;
  for (let first = 1; first <= SIZE.workloads; first += 500) {
    await sql`WITH RECURSIVE w(k) AS (SELECT ${first} UNION ALL SELECT k + 1 FROM w WHERE k < ${first + 499}),
        n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${perWorkload})
      INSERT INTO ledger (workload_id, source_key, folder_id, state, source_id, source_change_key, target_id,
        target_change_key, search_key, item_class, associated, size, item_date, transport, fence, updated_at)
      SELECT k, CAST(printf('%016d', i) AS BLOB), k + (i % ${SIZE.folders / SIZE.workloads}) * ${SIZE.workloads},
        CASE i % 1000 WHEN 0 THEN 'bad' ELSE 'done' END, printf('%0150d', i), 'CQAAABYAAADz', printf('%0150d', k), 'CQAAABYAAADz',
        randomblob(16), 'IPM.Note', 0, 50000, 1700000000000, 'export', 1, 0 FROM w CROSS JOIN n`.execute(db);
    progress(
      `${((first + 499) * perWorkload).toLocaleString('en')} of ${SIZE.ledger.toLocaleString('en')} items are there`,
    );
  }
  await sql`INSERT INTO bad_item (workload_id, folder_id, folder_path, source_key, source_id, item_class, size, reason,
      message, state, updated_at)
    SELECT workload_id, folder_id, '/Inbox', source_key, source_id, item_class, size, 'tooLarge', 'too large', 'open', 0
    FROM ledger WHERE state = 'bad'`.execute(db);
  await sql`${numbers(SIZE.events)} INSERT INTO event (at, kind, batch_id, workload_id, data)
    SELECT i, 'workload.state', 1 + i % 50, 1 + i % 5000, '{}' FROM n`.execute(db);
  await store.close();
}

import { sql } from 'kysely';
import { appendAudit } from '../core/store/audit.ts';
import { folderFactsSchema } from '../core/store/folders.ts';
import { openStore } from '../core/store/open.ts';
import type { Store } from '../core/store/store.ts';
import { NO_ITEMS, type VerificationResult } from '../core/store/verifications.ts';

/** How large a project is in which every list has to open quickly. */
export const SIZE = {
  ledger: 5_000_000,
  folders: 100_000,
  workloads: 5_000,
  batches: 50,
  recipients: 100_000,
  events: 200_000,
  machines: 20,
  logLines: 200_000,
  audit: 20_000,
  changes: 100_000,
  checks: 5_000,
};
/** Rows as a large project leaves them, made inside SQLite. Ids are as long as those of Exchange. */
export async function fillProject(url: string, progress: (text: string) => void): Promise<void> {
  const store = await openStore(url, { create: true });
  const { db } = store;
  await sql`PRAGMA synchronous = OFF`.execute(db);
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
    SELECT i, 1 + (i - 1) % ${SIZE.workloads}, 'f' || i, printf('%0120d', i), '/Inbox/' || i, 'IPF.Note', 'inSync',
      CASE i % 500 WHEN 0 THEN ${JSON.stringify({ ...FACTS, note: 'renamed' })} ELSE ${JSON.stringify(FACTS)} END,
      50, 50, 0, 0, 0 FROM n`.execute(db);
  const perWorkload = SIZE.ledger / SIZE.workloads;
  for (let first = 1; first <= SIZE.workloads; first += 500) {
    await sql`WITH RECURSIVE w(k) AS (SELECT ${first} UNION ALL SELECT k + 1 FROM w WHERE k < ${first + 499}),
        n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${perWorkload})
      INSERT INTO ledger (workload_id, source_key, folder_id, state, source_id, source_change_key, target_id,
        target_change_key, search_key, item_class, associated, in_archive, size, item_date, transport, fence, updated_at)
      SELECT k, CAST(printf('%016d', i) AS BLOB), k + (i % ${SIZE.folders / SIZE.workloads}) * ${SIZE.workloads},
        CASE i % 1000 WHEN 0 THEN 'bad' ELSE 'done' END, printf('%0150d', i), 'CQAAABYAAADz', printf('%0150d', k), 'CQAAABYAAADz',
        randomblob(16), 'IPM.Note', 0, 0, 50000, 1700000000000, 'export', 1, 0 FROM w CROSS JOIN n`.execute(db);
    progress(
      `${((first + 499) * perWorkload).toLocaleString('en')} of ${SIZE.ledger.toLocaleString('en')} items are there`,
    );
  }
  await sql`INSERT INTO bad_item (workload_id, folder_id, folder_path, source_key, source_id, item_class, size, reason,
      message, state, updated_at)
    SELECT workload_id, folder_id, '/Inbox', source_key, source_id, item_class, size, 'tooLarge', 'too large', 'open', 0
    FROM ledger WHERE state = 'bad'`.execute(db);
  // Each workload was compared twice: only the newer one counts.
  await sql`${numbers(SIZE.workloads * 2)} INSERT INTO verification (workload_id, at, grade, result)
    SELECT 1 + (i - 1) % ${SIZE.workloads}, i, 'Investigate', ${JSON.stringify(VERIFIED)} FROM n`.execute(db);
  await sql`${numbers(SIZE.events)} INSERT INTO event (at, kind, batch_id, workload_id, data)
    SELECT i, 'workload.state', 1 + i % 50, 1 + i % 5000, '{}' FROM n`.execute(db);
  await fillBeside(store);
  await store.close();
}

/** As a folder's facts are written. */
const FACTS = folderFactsSchema.parse({ name: 'Inbox', root: 'mailbox', fingerprint: 'f'.repeat(64) });

/** As a comparison of 1,000 items is written, with a few findings. */
const VERIFIED: VerificationResult = {
  deep: false,
  folders: { source: 20, target: 20, missing: [], different: [] },
  items: { ...NO_ITEMS, source: 1000, target: 999, verified: 997, different: 2, missing: 1 },
  bytes: 50_000_000,
  methods: { properties: 999 },
  digest: 'ab'.repeat(32),
  findings: Array.from({ length: 3 }, (_, n) => ({
    kind: n === 0 ? 'missing' : 'different',
    folder: '/Inbox',
    itemClass: 'IPM.Note',
    sourceId: 's'.repeat(150),
    targetId: 't'.repeat(150),
    size: 50_000,
    date: 1_700_000_000_000,
    details: ['importance'],
  })),
  findingsTotal: 3,
  settings: [],
  notes: [],
  tookMs: 9_000,
  calls: 30,
};

/** A failed check has a cause and evidence in it; one that passed ignores both. */
const CHECK_DATA = JSON.stringify({
  requirement: { text: 'The port must be open', source: 'Requirements, Ports' },
  how: 'connect by TCP',
  blocks: true,
  evidence: ['connect ETIMEDOUT 10.0.0.7:443'],
  why: 'No answer came.',
  remedy: { text: 'Open the port in the firewall.' },
});

const numbers = (count: number) =>
  sql`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})`;

/** What stands beside the items: machines with their logs, throughput, audit, directory changes and checks. */
async function fillBeside(store: Store): Promise<void> {
  const { db } = store;
  const now = await store.now();
  await sql`${numbers(SIZE.machines)} INSERT INTO machine (id, name, name_key, kind, state, public_key, fingerprint, version,
      facts, enrolled_at, last_seen)
    SELECT i, 'worker-' || i, 'worker-' || i, 'worker', 'approved', '', 'f' || i, '1', '{}', 0, ${now} FROM n`.execute(
    db,
  );
  await sql`${numbers(SIZE.logLines)} INSERT INTO log_line (at, machine_id, level, text, data)
    SELECT ${now} - i, 1 + i % ${SIZE.machines}, 'warn', 'a task failed', '{"task":7,"error":"ServerBusy"}' FROM n`.execute(
    db,
  );
  // A day of all machines, each with three mailboxes at a time.
  await sql`${numbers(1440)} INSERT INTO throughput (minute, workload_id, machine_id, items, bytes, calls)
    SELECT ${Math.floor(now / 60_000)} - i, m.id * 3 + k.k, m.id, 100, 1000000, 9 FROM n CROSS JOIN machine m
      CROSS JOIN (SELECT 0 AS k UNION ALL SELECT 1 UNION ALL SELECT 2) k`.execute(db);
  await sql`${numbers(SIZE.workloads * 3)} INSERT INTO task (batch_id, workload_id, kind, state, priority, run_after, attempts,
      max_attempts, fence, machine_id, lease_until, payload, result, created_at, updated_at)
    SELECT 1 + i % ${SIZE.batches}, 1 + (i - 1) % ${SIZE.workloads}, 'sync',
      CASE WHEN i > ${SIZE.workloads * 3 - 60} THEN 'leased' WHEN i > ${SIZE.workloads * 2} THEN 'ready' ELSE 'done' END, 1000, 0, 1, 5, 1,
      1 + i % ${SIZE.machines}, ${now + 30_000}, '{}', '{}', 0, 0 FROM n`.execute(db);
  for (let first = 0; first < SIZE.audit; first += 1_000) {
    const entries = Array.from({ length: 1_000 }, (_, n) => ({
      who: 'consultant',
      host: 'server',
      action: 'directory.write',
      object: `CN=Person ${first + n},OU=Users,DC=example,DC=com`,
      before: { proxyAddresses: [`smtp:person${first + n}@example.com`] },
      after: { proxyAddresses: [`SMTP:person${first + n}@example.com`] },
    }));
    await db.transaction().execute((trx) => appendAudit(store, entries, trx));
  }
  await sql`INSERT INTO change_plan (id, purpose, state, created_at, created_by, notes)
    VALUES (1, 'prepare', 'planned', 0, 'consultant', '{"problems":[],"notes":[]}')`.execute(db);
  await sql`${numbers(SIZE.changes)} INSERT INTO directory_change (plan_id, forest_id, seq, kind, dn, source_id, reason,
      before_values, after_values, state, updated_at)
    SELECT 1, 2, i, CASE i % 5 WHEN 0 THEN 'add' ELSE 'modify' END, 'CN=Person ' || i || ',OU=Users,DC=example,DC=com', i, 'address',
      '{"proxyAddresses":["smtp:a@b.test"]}', '{"proxyAddresses":["SMTP:a@b.test","x500:/o=old/cn=a"]}', 'planned', 0
    FROM n`.execute(db);
  await sql`INSERT INTO check_run (id, started_at, finished_at, started_by, machine, scope)
    VALUES (1, ${now - 60_000}, ${now}, 'consultant', 'server', '{}')`.execute(db);
  await sql`${numbers(SIZE.checks)} INSERT INTO check_result (run_id, check_id, group_name, object, machine, outcome, title, data,
      took_ms)
    SELECT 1, 'ports.open', 'ports', 'host' || (i / 20) || ':' || (i % 20), 'server', CASE i % 10 WHEN 0 THEN 'failed' ELSE 'passed' END,
      'TCP port', ${CHECK_DATA}, 5 FROM n`.execute(db);
}

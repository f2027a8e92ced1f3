-- Times are milliseconds since 1970-01-01 UTC in 64-bit integers: no server's time zone, language or date format can
-- touch them. Addresses and names that are compared are stored a second time as *_key, normalised by the program, so
-- no server's collation decides what is equal.

CREATE TABLE setting (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT;

CREATE TABLE forest (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, name_key TEXT NOT NULL UNIQUE, role TEXT NOT NULL,
  config TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE account (
  id INTEGER PRIMARY KEY, forest_id INTEGER NOT NULL REFERENCES forest(id) ON DELETE CASCADE, purpose TEXT NOT NULL,
  user_name TEXT NOT NULL, secret_id INTEGER, updated_at INTEGER NOT NULL, UNIQUE (forest_id, purpose)
) STRICT;

-- Machines: consoles and workers, each with a key pair of its own.
CREATE TABLE machine (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, name_key TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
  state TEXT NOT NULL,
  public_key TEXT NOT NULL, fingerprint TEXT NOT NULL, version TEXT NOT NULL, facts TEXT NOT NULL,
  enrolled_at INTEGER NOT NULL, approved_at INTEGER, approved_by TEXT, approval BLOB, last_seen INTEGER NOT NULL
) STRICT;
CREATE TABLE data_key (
  version INTEGER NOT NULL, machine_id INTEGER NOT NULL REFERENCES machine(id) ON DELETE CASCADE,
  wrapped BLOB NOT NULL, created_at INTEGER NOT NULL, PRIMARY KEY (version, machine_id)
) STRICT;
CREATE TABLE secret (
  id INTEGER PRIMARY KEY AUTOINCREMENT, purpose TEXT NOT NULL, record TEXT NOT NULL, key_version INTEGER NOT NULL,
  nonce BLOB NOT NULL, ciphertext BLOB NOT NULL, updated_at INTEGER NOT NULL
) STRICT;

-- Recipients of both forests as the last discovery read them.
CREATE TABLE recipient (
  id INTEGER PRIMARY KEY, forest_id INTEGER NOT NULL REFERENCES forest(id) ON DELETE CASCADE, guid TEXT NOT NULL,
  dn TEXT NOT NULL, kind TEXT NOT NULL, display_name TEXT NOT NULL, mail TEXT, sam TEXT, upn TEXT, legacy_dn TEXT,
  department TEXT, name_key TEXT NOT NULL, hidden INTEGER NOT NULL, deleted INTEGER NOT NULL, usn INTEGER NOT NULL,
  when_changed INTEGER, attributes TEXT NOT NULL, stats TEXT, read_id INTEGER NOT NULL, UNIQUE (forest_id, guid)
) STRICT;
-- The Recipients screen pages by name within a forest.
CREATE INDEX recipient_by_name ON recipient (forest_id, deleted, name_key, id);
-- The Match screen pages by the source's name; the search across everything reads it alone.
CREATE INDEX recipient_names ON recipient (name_key, id, deleted, mail);
-- How many of which kind and department: what the filters of the Recipients screen offer.
CREATE INDEX recipient_facets ON recipient (forest_id, deleted, kind, department);
CREATE TABLE recipient_address (
  recipient_id INTEGER NOT NULL REFERENCES recipient(id) ON DELETE CASCADE, forest_id INTEGER NOT NULL,
  kind TEXT NOT NULL, address TEXT NOT NULL, address_key TEXT NOT NULL, is_primary INTEGER NOT NULL,
  PRIMARY KEY (recipient_id, kind, address_key)
) STRICT, WITHOUT ROWID;
-- Who holds this address in this forest: clashes, ndr healing, remapping of permissions.
CREATE INDEX address_by_key ON recipient_address (forest_id, kind, address_key, recipient_id);
-- Where the next delta of a forest starts.
CREATE TABLE directory_state (
  forest_id INTEGER PRIMARY KEY REFERENCES forest(id) ON DELETE CASCADE, server TEXT NOT NULL,
  invocation_id TEXT NOT NULL,
  usn INTEGER NOT NULL, cookie BLOB, sees_deleted INTEGER NOT NULL, read_id INTEGER NOT NULL,
  -- 1 while a full read is under way or was broken off: the next one goes on from it.
  unfinished INTEGER NOT NULL, full_at INTEGER, delta_at INTEGER, problems TEXT NOT NULL
) STRICT;

-- Who may use whose mailbox, as the directory and Exchange say it: people who share mailboxes move together. The grantee
-- stays as it was read (dn, sid or smtp), so that one who is read later, or never, is not lost.
CREATE TABLE mailbox_access (
  id INTEGER PRIMARY KEY AUTOINCREMENT, mailbox_id INTEGER NOT NULL REFERENCES recipient(id) ON DELETE CASCADE,
  origin TEXT NOT NULL, right_name TEXT NOT NULL, grantee_form TEXT NOT NULL, grantee TEXT NOT NULL,
  place TEXT NOT NULL,
  read_at INTEGER NOT NULL
) STRICT;
-- A reading replaces what the one before found for the mailbox.
CREATE INDEX mailbox_access_by_mailbox ON mailbox_access (mailbox_id, origin);

-- One row a source object; the decision of a person stands apart, by GUID, so that it outlives discovery.
CREATE TABLE match (
  id INTEGER PRIMARY KEY, source_id INTEGER NOT NULL UNIQUE REFERENCES recipient(id) ON DELETE CASCADE,
  target_id INTEGER REFERENCES recipient(id), state TEXT NOT NULL, rule TEXT NOT NULL, score REAL NOT NULL,
  evidence TEXT NOT NULL, candidates TEXT NOT NULL, updated_at INTEGER NOT NULL
) STRICT;
-- How many are in which state, and whose.
CREATE INDEX match_by_state ON match (state, source_id);
CREATE INDEX match_by_target ON match (target_id);
CREATE TABLE decision (
  source_guid TEXT NOT NULL PRIMARY KEY, target_guid TEXT, choice TEXT NOT NULL, who TEXT NOT NULL, at INTEGER NOT NULL
) STRICT;

-- Directory changes: planned, shown, applied with the values before, undone.
CREATE TABLE change_plan (
  id INTEGER PRIMARY KEY, batch_id INTEGER, purpose TEXT NOT NULL, state TEXT NOT NULL, created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL, notes TEXT NOT NULL
) STRICT;
CREATE TABLE directory_change (
  id INTEGER PRIMARY KEY, plan_id INTEGER NOT NULL REFERENCES change_plan(id) ON DELETE CASCADE,
  forest_id INTEGER NOT NULL REFERENCES forest(id), seq INTEGER NOT NULL, kind TEXT NOT NULL, dn TEXT NOT NULL,
  guid TEXT,
  source_id INTEGER, reason TEXT NOT NULL, before_values TEXT NOT NULL, after_values TEXT NOT NULL, state TEXT NOT NULL,
  message TEXT, updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX directory_change_by_plan ON directory_change (plan_id, state, seq);
-- The Prepare screen: a plan's changes in their order, and how many are in which state.
CREATE INDEX directory_change_in_order ON directory_change (plan_id, seq, state, kind, forest_id);

-- Batches, their workloads (one mailbox, archive or public-folder subtree each) and the queue of tasks.
CREATE TABLE batch (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, name_key TEXT NOT NULL UNIQUE, state TEXT NOT NULL,
  options TEXT NOT NULL,
  created_at INTEGER NOT NULL, started_at INTEGER, finished_at INTEGER
) STRICT;
CREATE TABLE workload (
  id INTEGER PRIMARY KEY AUTOINCREMENT, batch_id INTEGER NOT NULL REFERENCES batch(id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  source_id INTEGER, source_address TEXT NOT NULL, target_address TEXT NOT NULL, display_name TEXT NOT NULL,
  name_key TEXT NOT NULL, root TEXT NOT NULL, state TEXT NOT NULL, reason TEXT, priority REAL NOT NULL,
  grade TEXT, items_total INTEGER NOT NULL, items_done INTEGER NOT NULL, items_bad INTEGER NOT NULL,
  bytes_total INTEGER NOT NULL, bytes_done INTEGER NOT NULL, pace TEXT, synced_at INTEGER, updated_at INTEGER NOT NULL
) STRICT;
-- A batch's list, by state and by name.
CREATE INDEX workload_by_batch ON workload (batch_id, name_key, id);
CREATE INDEX workload_by_state ON workload (batch_id, state, id);
CREATE TABLE task (
  id INTEGER PRIMARY KEY AUTOINCREMENT, batch_id INTEGER, workload_id INTEGER, kind TEXT NOT NULL, state TEXT NOT NULL,
  priority REAL NOT NULL, run_after INTEGER NOT NULL, attempts INTEGER NOT NULL, max_attempts INTEGER NOT NULL,
  -- for_machine: only this machine may claim it (a preflight from there); null for whoever comes first.
  fence INTEGER NOT NULL, for_machine INTEGER, machine_id INTEGER, leased_at INTEGER, lease_until INTEGER,
  source_endpoint TEXT,
  -- correlation: the click or command that led to it.
  target_endpoint TEXT, correlation TEXT, payload TEXT NOT NULL, result TEXT, error TEXT, created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
-- The claim: the first ready tasks by priority whose time has come.
CREATE INDEX task_ready ON task (priority, id) WHERE state = 'ready';
-- What runs now (limits, heartbeat) and which leases ran out.
CREATE INDEX task_lease ON task (lease_until) WHERE state = 'leased';
-- A workload's tasks: the drawer, moving, holding. Without the state, which changes with every claim.
CREATE INDEX task_by_workload ON task (workload_id, id);
-- How each attempt ended, kept whole: written when it ends in anything but success, which the task's own row tells.
CREATE TABLE task_attempt (
  id INTEGER PRIMARY KEY, task_id INTEGER NOT NULL REFERENCES task(id) ON DELETE CASCADE, fence INTEGER NOT NULL,
  machine_id INTEGER, started_at INTEGER NOT NULL, ended_at INTEGER NOT NULL, outcome TEXT NOT NULL, message TEXT
) STRICT;
CREATE INDEX task_attempt_by_task ON task_attempt (task_id, id);
-- Limits that all workers share: so many tasks at one endpoint (or 'workload:ID') at a time, none before a time.
CREATE TABLE endpoint_limit (
  endpoint TEXT NOT NULL PRIMARY KEY, max_running INTEGER, until INTEGER, reason TEXT
) STRICT;
-- Times in which nothing is claimed for a scope: '*', an endpoint, 'batch:ID' or 'workload:ID'.
CREATE TABLE maintenance (
  id INTEGER PRIMARY KEY, scope TEXT NOT NULL, from_at INTEGER NOT NULL, to_at INTEGER NOT NULL, reason TEXT NOT NULL,
  -- The window or blackout it was worked out from; null where a person gave the times.
  window_id INTEGER
) STRICT;
CREATE INDEX maintenance_by_time ON maintenance (to_at);

-- Folders of a workload with their counterpart and the state of their sync.
CREATE TABLE folder (
  id INTEGER PRIMARY KEY, workload_id INTEGER NOT NULL REFERENCES workload(id) ON DELETE CASCADE,
  source_key TEXT NOT NULL, source_id TEXT NOT NULL, source_parent TEXT, target_id TEXT, path TEXT NOT NULL,
  folder_class TEXT NOT NULL, state TEXT NOT NULL, sync_state TEXT, facts TEXT NOT NULL, items_total INTEGER NOT NULL,
  items_done INTEGER NOT NULL, items_bad INTEGER NOT NULL, bytes_done INTEGER NOT NULL, updated_at INTEGER NOT NULL,
  UNIQUE (workload_id, source_key)
) STRICT;
-- Whose counterpart a folder of the target is.
CREATE INDEX folder_by_target ON folder (workload_id, target_id);
-- Every item ever seen, and what became of it. source_key is the first 16 bytes of SHA-256 over the source item id:
-- ids of 150 characters and more would make 50,000,000 rows twice as large.
CREATE TABLE ledger (
  workload_id INTEGER NOT NULL, source_key BLOB NOT NULL, folder_id INTEGER NOT NULL, state TEXT NOT NULL,
  source_id TEXT NOT NULL, source_change_key TEXT NOT NULL, target_id TEXT, target_change_key TEXT, search_key BLOB,
  item_class TEXT NOT NULL, associated INTEGER NOT NULL, in_archive INTEGER NOT NULL, size INTEGER NOT NULL,
  item_date INTEGER, digest BLOB, transport TEXT, reason TEXT, fence INTEGER NOT NULL, updated_at INTEGER NOT NULL,
  PRIMARY KEY (workload_id, source_key)
) STRICT, WITHOUT ROWID;
-- A folder's items, for delta, verify and the drawer's counts.
CREATE INDEX ledger_by_folder ON ledger (folder_id, state);
-- Copies that a lost answer may have doubled: a server can carry out a request long after the connection broke. Apart from
-- the ledger, whose row may change, move or go meanwhile.
CREATE TABLE late_copy (
  workload_id INTEGER NOT NULL REFERENCES workload(id) ON DELETE CASCADE, folder_id INTEGER NOT NULL,
  search_key BLOB NOT NULL, associated INTEGER NOT NULL, sent_at INTEGER NOT NULL,
  PRIMARY KEY (workload_id, folder_id, search_key)
) STRICT, WITHOUT ROWID;
CREATE TABLE bad_item (
  id INTEGER PRIMARY KEY, workload_id INTEGER NOT NULL REFERENCES workload(id) ON DELETE CASCADE, folder_id INTEGER,
  folder_path TEXT NOT NULL, source_key BLOB NOT NULL, source_id TEXT NOT NULL, item_class TEXT NOT NULL,
  size INTEGER NOT NULL, item_date INTEGER, reason TEXT NOT NULL, message TEXT NOT NULL, state TEXT NOT NULL,
  decided_by TEXT, decided_at INTEGER, updated_at INTEGER NOT NULL, UNIQUE (workload_id, source_key)
) STRICT;
-- Delegates, rules, automatic replies and other settings of a mailbox: what was written to the target last (digest), so
-- that a person's change there is told from ours, and why one did not move. live: a last sync has switched it on.
CREATE TABLE mailbox_setting (
  workload_id INTEGER NOT NULL REFERENCES workload(id) ON DELETE CASCADE, setting_key TEXT NOT NULL, kind TEXT NOT NULL,
  name TEXT NOT NULL, state TEXT NOT NULL, digest TEXT, reason TEXT, live INTEGER NOT NULL, updated_at INTEGER NOT NULL,
  PRIMARY KEY (workload_id, setting_key)
) STRICT, WITHOUT ROWID;
-- What verify found, one row a workload and run; certificates are made from it.
CREATE TABLE verification (
  id INTEGER PRIMARY KEY, workload_id INTEGER NOT NULL REFERENCES workload(id) ON DELETE CASCADE, at INTEGER NOT NULL,
  grade TEXT NOT NULL, result TEXT NOT NULL
) STRICT;
CREATE INDEX verification_by_workload ON verification (workload_id, id);

-- Progress, read by cursor: console and CLI ask for events after the last id they saw.
CREATE TABLE event (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, kind TEXT NOT NULL, batch_id INTEGER, workload_id INTEGER,
  machine_id INTEGER, correlation TEXT, data TEXT NOT NULL
) STRICT;
-- Throughput, one row a machine and workload and minute, for charts and forecasts.
CREATE TABLE throughput (
  minute INTEGER NOT NULL, workload_id INTEGER NOT NULL, machine_id INTEGER NOT NULL, items INTEGER NOT NULL,
  bytes INTEGER NOT NULL, calls INTEGER NOT NULL, PRIMARY KEY (minute, workload_id, machine_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE audit (
  id INTEGER PRIMARY KEY, at INTEGER NOT NULL, who TEXT NOT NULL, host TEXT NOT NULL, action TEXT NOT NULL,
  object TEXT NOT NULL, before_value TEXT, after_value TEXT,
  correlation TEXT, previous_hash BLOB NOT NULL, hash BLOB NOT NULL
) STRICT;
CREATE TABLE log_line (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, machine_id INTEGER, level TEXT NOT NULL,
  text TEXT NOT NULL,
  correlation TEXT, data TEXT NOT NULL
) STRICT;

-- Preflight: what was checked, from where, with what outcome.
CREATE TABLE check_run (
  id INTEGER PRIMARY KEY, started_at INTEGER NOT NULL, finished_at INTEGER, started_by TEXT NOT NULL,
  machine TEXT NOT NULL,
  scope TEXT NOT NULL
) STRICT;
CREATE TABLE check_result (
  id INTEGER PRIMARY KEY, run_id INTEGER NOT NULL REFERENCES check_run(id) ON DELETE CASCADE, check_id TEXT NOT NULL,
  group_name TEXT NOT NULL, object TEXT NOT NULL, machine TEXT NOT NULL, outcome TEXT NOT NULL, title TEXT NOT NULL,
  data TEXT NOT NULL, took_ms INTEGER NOT NULL, override_by TEXT, override_reason TEXT
) STRICT;
CREATE INDEX check_result_by_run ON check_result (run_id, group_name, id);
-- The newest result of each check, and its history.
CREATE INDEX check_result_by_check ON check_result (check_id, object, machine, id);

-- The cutover of a workload, step by step; see core/domain/cutover.ts. What stands here outlives every crash.
CREATE TABLE cutover_step (
  workload_id INTEGER NOT NULL REFERENCES workload(id) ON DELETE CASCADE, step TEXT NOT NULL, state TEXT NOT NULL,
  started_at INTEGER, ended_at INTEGER, who TEXT, reason TEXT,
  detail TEXT NOT NULL, PRIMARY KEY (workload_id, step)
) STRICT;
-- Mails to people about their move: one row a workload and occasion, so that nobody gets a mail twice.
CREATE TABLE notification (
  id INTEGER PRIMARY KEY, workload_id INTEGER NOT NULL REFERENCES workload(id) ON DELETE CASCADE,
  occasion TEXT NOT NULL, address TEXT NOT NULL, language TEXT NOT NULL, state TEXT NOT NULL,
  message_id TEXT NOT NULL, reason TEXT, updated_at INTEGER NOT NULL, UNIQUE (workload_id, occasion)
) STRICT;
-- When a batch starts and when it is cut over: the instant, and the wall clock and zone it was said in.
CREATE TABLE schedule (
  batch_id INTEGER NOT NULL REFERENCES batch(id) ON DELETE CASCADE, kind TEXT NOT NULL, at INTEGER NOT NULL,
  wall TEXT NOT NULL, zone TEXT NOT NULL, state TEXT NOT NULL, note TEXT,
  done_at INTEGER, PRIMARY KEY (batch_id, kind)
) STRICT;
-- Weekly windows (work is allowed only inside) and blackouts (no work inside), in the time zone of their site. The queue
-- reads the spans in maintenance that are worked out from them.
CREATE TABLE time_window (
  id INTEGER PRIMARY KEY, scope TEXT NOT NULL, kind TEXT NOT NULL, zone TEXT NOT NULL, rule TEXT NOT NULL,
  reason TEXT NOT NULL, created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
-- Public folders of a side as the last scan found them: what to move, and how to share it out.
CREATE TABLE public_folder (
  scan INTEGER NOT NULL, folder_key TEXT NOT NULL, folder_id TEXT NOT NULL, parent_key TEXT, path TEXT NOT NULL,
  depth INTEGER NOT NULL, folder_class TEXT NOT NULL,
  items INTEGER NOT NULL, bytes INTEGER NOT NULL, changed_at INTEGER, owner TEXT, mail_enabled INTEGER NOT NULL,
  replica TEXT, PRIMARY KEY (scan, folder_key)
) STRICT;
-- What a person decided for a user of the source who has rights on folders and no counterpart.
CREATE TABLE orphan (
  address_key TEXT NOT NULL, address TEXT NOT NULL, choice TEXT NOT NULL, target_address TEXT, who TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (address_key)
) STRICT;
-- The lock on a public folder before its last sync: the list of permissions before, and how far locking it is.
CREATE TABLE folder_lock (
  workload_id INTEGER NOT NULL REFERENCES workload(id) ON DELETE CASCADE, folder_key TEXT NOT NULL,
  folder_id TEXT NOT NULL, path TEXT NOT NULL, state TEXT NOT NULL, before_list TEXT NOT NULL,
  reason TEXT, updated_at INTEGER NOT NULL, PRIMARY KEY (workload_id, folder_key)
) STRICT;

CREATE TABLE account (
  id INTEGER PRIMARY KEY, forest_id INTEGER NOT NULL REFERENCES forest(id) ON DELETE CASCADE, purpose TEXT NOT NULL,
  user_name TEXT NOT NULL, secret_id INTEGER, updated_at INTEGER NOT NULL, UNIQUE (forest_id, purpose)
) STRICT;

CREATE TABLE audit (
  id INTEGER PRIMARY KEY, at INTEGER NOT NULL, who TEXT NOT NULL, host TEXT NOT NULL, action TEXT NOT NULL,
  object TEXT NOT NULL, before_value TEXT, after_value TEXT,
  correlation TEXT, previous_hash BLOB NOT NULL, hash BLOB NOT NULL
) STRICT;

CREATE TABLE bad_item (
  id INTEGER PRIMARY KEY, workload_id INTEGER NOT NULL REFERENCES workload(id) ON DELETE CASCADE, folder_id INTEGER,
  folder_path TEXT NOT NULL, source_key BLOB NOT NULL, source_id TEXT NOT NULL, item_class TEXT NOT NULL,
  size INTEGER NOT NULL, item_date INTEGER, reason TEXT NOT NULL, message TEXT NOT NULL, state TEXT NOT NULL,
  decided_by TEXT, decided_at INTEGER, updated_at INTEGER NOT NULL, UNIQUE (workload_id, source_key)
) STRICT;

CREATE TABLE batch (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, name_key TEXT NOT NULL UNIQUE, state TEXT NOT NULL,
  options TEXT NOT NULL,
  created_at INTEGER NOT NULL, started_at INTEGER, finished_at INTEGER
) STRICT;

CREATE TABLE change_plan (
  id INTEGER PRIMARY KEY, batch_id INTEGER, purpose TEXT NOT NULL, state TEXT NOT NULL, created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL, notes TEXT NOT NULL
) STRICT;

CREATE TABLE check_result (
  id INTEGER PRIMARY KEY, run_id INTEGER NOT NULL REFERENCES check_run(id) ON DELETE CASCADE, check_id TEXT NOT NULL,
  group_name TEXT NOT NULL, object TEXT NOT NULL, machine TEXT NOT NULL, outcome TEXT NOT NULL, title TEXT NOT NULL,
  data TEXT NOT NULL, took_ms INTEGER NOT NULL, override_by TEXT, override_reason TEXT
) STRICT;

CREATE INDEX check_result_by_check ON check_result (check_id, object, machine, id);

CREATE INDEX check_result_by_run ON check_result (run_id, group_name, id);

CREATE TABLE check_run (
  id INTEGER PRIMARY KEY, started_at INTEGER NOT NULL, finished_at INTEGER, started_by TEXT NOT NULL,
  machine TEXT NOT NULL,
  scope TEXT NOT NULL
) STRICT;

CREATE TABLE cutover_step (
  workload_id INTEGER NOT NULL REFERENCES workload(id) ON DELETE CASCADE, step TEXT NOT NULL, state TEXT NOT NULL,
  started_at INTEGER, ended_at INTEGER, who TEXT, reason TEXT,
  detail TEXT NOT NULL, PRIMARY KEY (workload_id, step)
) STRICT;

CREATE TABLE data_key (
  version INTEGER NOT NULL, machine_id INTEGER NOT NULL REFERENCES machine(id) ON DELETE CASCADE,
  wrapped BLOB NOT NULL, created_at INTEGER NOT NULL, PRIMARY KEY (version, machine_id)
) STRICT;

CREATE TABLE decision (
  source_guid TEXT NOT NULL PRIMARY KEY, target_guid TEXT, choice TEXT NOT NULL, who TEXT NOT NULL, at INTEGER NOT NULL
) STRICT;

CREATE TABLE directory_change (
  id INTEGER PRIMARY KEY, plan_id INTEGER NOT NULL REFERENCES change_plan(id) ON DELETE CASCADE,
  forest_id INTEGER NOT NULL REFERENCES forest(id), seq INTEGER NOT NULL, kind TEXT NOT NULL, dn TEXT NOT NULL,
  guid TEXT,
  source_id INTEGER, reason TEXT NOT NULL, before_values TEXT NOT NULL, after_values TEXT NOT NULL, state TEXT NOT NULL,
  message TEXT, updated_at INTEGER NOT NULL
) STRICT;

CREATE INDEX directory_change_by_plan ON directory_change (plan_id, state, seq);

CREATE INDEX directory_change_in_order ON directory_change (plan_id, seq, state, kind, forest_id);

CREATE TABLE directory_state (
  forest_id INTEGER PRIMARY KEY REFERENCES forest(id) ON DELETE CASCADE, server TEXT NOT NULL,
  invocation_id TEXT NOT NULL,
  usn INTEGER NOT NULL, cookie BLOB, sees_deleted INTEGER NOT NULL, read_id INTEGER NOT NULL,
  -- 1 while a full read is under way or was broken off: the next one goes on from it.
  unfinished INTEGER NOT NULL, full_at INTEGER, delta_at INTEGER, problems TEXT NOT NULL
) STRICT;

CREATE TABLE endpoint_limit (
  endpoint TEXT NOT NULL PRIMARY KEY, max_running INTEGER, until INTEGER, reason TEXT
) STRICT;

CREATE TABLE event (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, kind TEXT NOT NULL, batch_id INTEGER, workload_id INTEGER,
  machine_id INTEGER, correlation TEXT, data TEXT NOT NULL
) STRICT;

CREATE TABLE folder (
  id INTEGER PRIMARY KEY, workload_id INTEGER NOT NULL REFERENCES workload(id) ON DELETE CASCADE,
  source_key TEXT NOT NULL, source_id TEXT NOT NULL, source_parent TEXT, target_id TEXT, path TEXT NOT NULL,
  folder_class TEXT NOT NULL, state TEXT NOT NULL, sync_state TEXT, facts TEXT NOT NULL, items_total INTEGER NOT NULL,
  items_done INTEGER NOT NULL, items_bad INTEGER NOT NULL, bytes_done INTEGER NOT NULL, updated_at INTEGER NOT NULL,
  UNIQUE (workload_id, source_key)
) STRICT;

CREATE INDEX folder_by_target ON folder (workload_id, target_id);

CREATE TABLE folder_lock (
  workload_id INTEGER NOT NULL REFERENCES workload(id) ON DELETE CASCADE, folder_key TEXT NOT NULL,
  folder_id TEXT NOT NULL, path TEXT NOT NULL, state TEXT NOT NULL, before_list TEXT NOT NULL,
  reason TEXT, updated_at INTEGER NOT NULL, PRIMARY KEY (workload_id, folder_key)
) STRICT;

CREATE TABLE forest (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, name_key TEXT NOT NULL UNIQUE, role TEXT NOT NULL,
  config TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE late_copy (
  workload_id INTEGER NOT NULL REFERENCES workload(id) ON DELETE CASCADE, folder_id INTEGER NOT NULL,
  search_key BLOB NOT NULL, associated INTEGER NOT NULL, sent_at INTEGER NOT NULL,
  PRIMARY KEY (workload_id, folder_id, search_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger (
  workload_id INTEGER NOT NULL, source_key BLOB NOT NULL, folder_id INTEGER NOT NULL, state TEXT NOT NULL,
  source_id TEXT NOT NULL, source_change_key TEXT NOT NULL, target_id TEXT, target_change_key TEXT, search_key BLOB,
  item_class TEXT NOT NULL, associated INTEGER NOT NULL, in_archive INTEGER NOT NULL, size INTEGER NOT NULL,
  item_date INTEGER, digest BLOB, transport TEXT, reason TEXT, fence INTEGER NOT NULL, updated_at INTEGER NOT NULL,
  PRIMARY KEY (workload_id, source_key)
) STRICT, WITHOUT ROWID;

CREATE INDEX ledger_by_folder ON ledger (folder_id, state);

CREATE TABLE log_line (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, machine_id INTEGER, level TEXT NOT NULL,
  text TEXT NOT NULL,
  correlation TEXT, data TEXT NOT NULL
) STRICT;

CREATE TABLE machine (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, name_key TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
  state TEXT NOT NULL,
  public_key TEXT NOT NULL, fingerprint TEXT NOT NULL, version TEXT NOT NULL, facts TEXT NOT NULL,
  enrolled_at INTEGER NOT NULL, approved_at INTEGER, approved_by TEXT, approval BLOB, last_seen INTEGER NOT NULL
) STRICT;

CREATE TABLE mailbox_access (
  id INTEGER PRIMARY KEY AUTOINCREMENT, mailbox_id INTEGER NOT NULL REFERENCES recipient(id) ON DELETE CASCADE,
  origin TEXT NOT NULL, right_name TEXT NOT NULL, grantee_form TEXT NOT NULL, grantee TEXT NOT NULL,
  place TEXT NOT NULL,
  read_at INTEGER NOT NULL
) STRICT;

CREATE INDEX mailbox_access_by_mailbox ON mailbox_access (mailbox_id, origin);

CREATE TABLE mailbox_setting (
  workload_id INTEGER NOT NULL REFERENCES workload(id) ON DELETE CASCADE, setting_key TEXT NOT NULL, kind TEXT NOT NULL,
  name TEXT NOT NULL, state TEXT NOT NULL, digest TEXT, reason TEXT, live INTEGER NOT NULL, updated_at INTEGER NOT NULL,
  PRIMARY KEY (workload_id, setting_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE maintenance (
  id INTEGER PRIMARY KEY, scope TEXT NOT NULL, from_at INTEGER NOT NULL, to_at INTEGER NOT NULL, reason TEXT NOT NULL,
  -- The window or blackout it was worked out from; null where a person gave the times.
  window_id INTEGER
) STRICT;

CREATE INDEX maintenance_by_time ON maintenance (to_at);

CREATE TABLE match (
  id INTEGER PRIMARY KEY, source_id INTEGER NOT NULL UNIQUE REFERENCES recipient(id) ON DELETE CASCADE,
  target_id INTEGER REFERENCES recipient(id), state TEXT NOT NULL, rule TEXT NOT NULL, score REAL NOT NULL,
  evidence TEXT NOT NULL, candidates TEXT NOT NULL, updated_at INTEGER NOT NULL
) STRICT;

CREATE INDEX match_by_state ON match (state, source_id);

CREATE INDEX match_by_target ON match (target_id);

CREATE TABLE notification (
  id INTEGER PRIMARY KEY, workload_id INTEGER NOT NULL REFERENCES workload(id) ON DELETE CASCADE,
  occasion TEXT NOT NULL, address TEXT NOT NULL, language TEXT NOT NULL, state TEXT NOT NULL,
  message_id TEXT NOT NULL, reason TEXT, updated_at INTEGER NOT NULL, UNIQUE (workload_id, occasion)
) STRICT;

CREATE TABLE orphan (
  address_key TEXT NOT NULL, address TEXT NOT NULL, choice TEXT NOT NULL, target_address TEXT, who TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (address_key)
) STRICT;

CREATE TABLE public_folder (
  scan INTEGER NOT NULL, folder_key TEXT NOT NULL, folder_id TEXT NOT NULL, parent_key TEXT, path TEXT NOT NULL,
  depth INTEGER NOT NULL, folder_class TEXT NOT NULL,
  items INTEGER NOT NULL, bytes INTEGER NOT NULL, changed_at INTEGER, owner TEXT, mail_enabled INTEGER NOT NULL,
  replica TEXT, PRIMARY KEY (scan, folder_key)
) STRICT;

CREATE TABLE recipient (
  id INTEGER PRIMARY KEY, forest_id INTEGER NOT NULL REFERENCES forest(id) ON DELETE CASCADE, guid TEXT NOT NULL,
  dn TEXT NOT NULL, kind TEXT NOT NULL, display_name TEXT NOT NULL, mail TEXT, sam TEXT, upn TEXT, legacy_dn TEXT,
  department TEXT, name_key TEXT NOT NULL, hidden INTEGER NOT NULL, deleted INTEGER NOT NULL, usn INTEGER NOT NULL,
  when_changed INTEGER, attributes TEXT NOT NULL, stats TEXT, read_id INTEGER NOT NULL, UNIQUE (forest_id, guid)
) STRICT;

CREATE INDEX recipient_by_name ON recipient (forest_id, deleted, name_key, id);

CREATE INDEX recipient_facets ON recipient (forest_id, deleted, kind, department);

CREATE INDEX recipient_names ON recipient (name_key, id, deleted, mail);

CREATE TABLE recipient_address (
  recipient_id INTEGER NOT NULL REFERENCES recipient(id) ON DELETE CASCADE, forest_id INTEGER NOT NULL,
  kind TEXT NOT NULL, address TEXT NOT NULL, address_key TEXT NOT NULL, is_primary INTEGER NOT NULL,
  PRIMARY KEY (recipient_id, kind, address_key)
) STRICT, WITHOUT ROWID;

CREATE INDEX address_by_key ON recipient_address (forest_id, kind, address_key, recipient_id);

CREATE TABLE schedule (
  batch_id INTEGER NOT NULL REFERENCES batch(id) ON DELETE CASCADE, kind TEXT NOT NULL, at INTEGER NOT NULL,
  wall TEXT NOT NULL, zone TEXT NOT NULL, state TEXT NOT NULL, note TEXT,
  done_at INTEGER, PRIMARY KEY (batch_id, kind)
) STRICT;

CREATE TABLE schema_migration (
  number INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at INTEGER NOT NULL
) STRICT;

CREATE TABLE secret (
  id INTEGER PRIMARY KEY AUTOINCREMENT, purpose TEXT NOT NULL, record TEXT NOT NULL, key_version INTEGER NOT NULL,
  nonce BLOB NOT NULL, ciphertext BLOB NOT NULL, updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE setting (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT;

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

CREATE INDEX task_by_workload ON task (workload_id, id);

CREATE INDEX task_lease ON task (lease_until) WHERE state = 'leased';

CREATE INDEX task_ready ON task (priority, id) WHERE state = 'ready';

CREATE TABLE task_attempt (
  id INTEGER PRIMARY KEY, task_id INTEGER NOT NULL REFERENCES task(id) ON DELETE CASCADE, fence INTEGER NOT NULL,
  machine_id INTEGER, started_at INTEGER NOT NULL, ended_at INTEGER NOT NULL, outcome TEXT NOT NULL, message TEXT
) STRICT;

CREATE INDEX task_attempt_by_task ON task_attempt (task_id, id);

CREATE TABLE throughput (
  minute INTEGER NOT NULL, workload_id INTEGER NOT NULL, machine_id INTEGER NOT NULL, items INTEGER NOT NULL,
  bytes INTEGER NOT NULL, calls INTEGER NOT NULL, PRIMARY KEY (minute, workload_id, machine_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE time_window (
  id INTEGER PRIMARY KEY, scope TEXT NOT NULL, kind TEXT NOT NULL, zone TEXT NOT NULL, rule TEXT NOT NULL,
  reason TEXT NOT NULL, created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE verification (
  id INTEGER PRIMARY KEY, workload_id INTEGER NOT NULL REFERENCES workload(id) ON DELETE CASCADE, at INTEGER NOT NULL,
  grade TEXT NOT NULL, result TEXT NOT NULL
) STRICT;

CREATE INDEX verification_by_workload ON verification (workload_id, id);

CREATE TABLE workload (
  id INTEGER PRIMARY KEY AUTOINCREMENT, batch_id INTEGER NOT NULL REFERENCES batch(id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  source_id INTEGER, source_address TEXT NOT NULL, target_address TEXT NOT NULL, display_name TEXT NOT NULL,
  name_key TEXT NOT NULL, root TEXT NOT NULL, state TEXT NOT NULL, reason TEXT, priority REAL NOT NULL,
  grade TEXT, items_total INTEGER NOT NULL, items_done INTEGER NOT NULL, items_bad INTEGER NOT NULL,
  bytes_total INTEGER NOT NULL, bytes_done INTEGER NOT NULL, pace TEXT, synced_at INTEGER, updated_at INTEGER NOT NULL
) STRICT;

CREATE INDEX workload_by_batch ON workload (batch_id, name_key, id);

CREATE INDEX workload_by_state ON workload (batch_id, state, id);

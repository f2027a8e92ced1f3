-- The same tables as in sql/sqlite, for SQL Server 2016 and later. Every text column has a binary collation of its own,
-- so that the collation of server and database decides nothing; NVARCHAR, because a VARCHAR that meets an NVARCHAR
-- parameter is scanned instead of sought. Only item ids, which are ASCII and never compared, are VARCHAR.
-- Type names are in lower case, because in a database with a binary collation some servers take them literally.
-- Times are milliseconds since 1970-01-01 UTC in 64-bit integers: no server's time zone, language or date format can
-- touch them. Addresses and names that are compared are stored a second time as *_key, normalised by the program, so
-- no server's collation decides what is equal.

CREATE TABLE setting (
  name nvarchar(200) COLLATE Latin1_General_BIN2 NOT NULL PRIMARY KEY,
  value nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL
);

CREATE TABLE forest (
  id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY, name nvarchar(1000) COLLATE Latin1_General_BIN2 NOT NULL,
  name_key nvarchar(700) COLLATE Latin1_General_BIN2 NOT NULL UNIQUE,
  role nvarchar(20) COLLATE Latin1_General_BIN2 NOT NULL, config nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL,
  created_at bigint NOT NULL
);

CREATE TABLE account (
  id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY, forest_id bigint NOT NULL REFERENCES forest(id) ON DELETE CASCADE,
  purpose nvarchar(64) COLLATE Latin1_General_BIN2 NOT NULL,
  user_name nvarchar(1000) COLLATE Latin1_General_BIN2 NOT NULL, secret_id bigint, updated_at bigint NOT NULL,
  UNIQUE (forest_id, purpose)
);

-- Machines: consoles and workers, each with a key pair of its own.
CREATE TABLE machine (
  id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY, name nvarchar(1000) COLLATE Latin1_General_BIN2 NOT NULL,
  name_key nvarchar(700) COLLATE Latin1_General_BIN2 NOT NULL UNIQUE,
  kind nvarchar(32) COLLATE Latin1_General_BIN2 NOT NULL, state nvarchar(20) COLLATE Latin1_General_BIN2 NOT NULL,
  public_key nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL,
  fingerprint nvarchar(100) COLLATE Latin1_General_BIN2 NOT NULL,
  version nvarchar(64) COLLATE Latin1_General_BIN2 NOT NULL, facts nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL,
  enrolled_at bigint NOT NULL, approved_at bigint, approved_by nvarchar(1000) COLLATE Latin1_General_BIN2,
  approval varbinary(64), last_seen bigint NOT NULL
);
CREATE TABLE data_key (
  version bigint NOT NULL, machine_id bigint NOT NULL REFERENCES machine(id) ON DELETE CASCADE,
  wrapped varbinary(256) NOT NULL, created_at bigint NOT NULL, PRIMARY KEY (version, machine_id)
);
CREATE TABLE secret (
  id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY, purpose nvarchar(64) COLLATE Latin1_General_BIN2 NOT NULL,
  record nvarchar(1000) COLLATE Latin1_General_BIN2 NOT NULL, key_version bigint NOT NULL,
  nonce varbinary(32) NOT NULL, ciphertext varbinary(max) NOT NULL, updated_at bigint NOT NULL
);

-- Recipients of both forests as the last discovery read them.
CREATE TABLE recipient (
  id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY, forest_id bigint NOT NULL REFERENCES forest(id) ON DELETE CASCADE,
  guid nvarchar(64) COLLATE Latin1_General_BIN2 NOT NULL, dn nvarchar(2000) COLLATE Latin1_General_BIN2 NOT NULL,
  kind nvarchar(32) COLLATE Latin1_General_BIN2 NOT NULL,
  display_name nvarchar(1000) COLLATE Latin1_General_BIN2 NOT NULL, mail nvarchar(1000) COLLATE Latin1_General_BIN2,
  sam nvarchar(1000) COLLATE Latin1_General_BIN2, upn nvarchar(1000) COLLATE Latin1_General_BIN2,
  legacy_dn nvarchar(2000) COLLATE Latin1_General_BIN2, department nvarchar(1000) COLLATE Latin1_General_BIN2,
  name_key nvarchar(700) COLLATE Latin1_General_BIN2 NOT NULL, hidden smallint NOT NULL, deleted smallint NOT NULL,
  usn bigint NOT NULL, when_changed bigint, attributes nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL,
  stats nvarchar(max) COLLATE Latin1_General_BIN2, read_id bigint NOT NULL, UNIQUE (forest_id, guid)
);
-- The Recipients screen pages by name within a forest.
CREATE INDEX recipient_by_name ON recipient (forest_id, deleted, name_key, id);
-- The Match screen pages by the source's name; the search across everything reads it alone.
CREATE INDEX recipient_names ON recipient (name_key, id) INCLUDE (deleted, mail);
-- How many of which kind and department: what the filters of the Recipients screen offer.
CREATE INDEX recipient_facets ON recipient (forest_id, deleted, kind) INCLUDE (department);
CREATE TABLE recipient_address (
  recipient_id bigint NOT NULL REFERENCES recipient(id) ON DELETE CASCADE, forest_id bigint NOT NULL,
  kind nvarchar(32) COLLATE Latin1_General_BIN2 NOT NULL, address nvarchar(1123) COLLATE Latin1_General_BIN2 NOT NULL,
  address_key nvarchar(800) COLLATE Latin1_General_BIN2 NOT NULL, is_primary smallint NOT NULL,
  PRIMARY KEY NONCLUSTERED (recipient_id, kind, address_key)
);
-- Who holds this address in this forest: clashes, ndr healing, remapping of permissions.
CREATE INDEX address_by_key ON recipient_address (forest_id, kind, address_key, recipient_id);
-- Where the next delta of a forest starts.
CREATE TABLE directory_state (
  forest_id bigint NOT NULL PRIMARY KEY REFERENCES forest(id) ON DELETE CASCADE,
  server nvarchar(1000) COLLATE Latin1_General_BIN2 NOT NULL,
  invocation_id nvarchar(1000) COLLATE Latin1_General_BIN2 NOT NULL, usn bigint NOT NULL, cookie varbinary(max),
  sees_deleted smallint NOT NULL, read_id bigint NOT NULL,
  -- 1 while a full read is under way or was broken off: the next one goes on from it.
  unfinished smallint NOT NULL, full_at bigint, delta_at bigint,
  problems nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL
);

-- Who may use whose mailbox, as the directory and Exchange say it: people who share mailboxes move together. The grantee
-- stays as it was read (dn, sid or smtp), so that one who is read later, or never, is not lost.
CREATE TABLE mailbox_access (
  id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY,
  mailbox_id bigint NOT NULL REFERENCES recipient(id) ON DELETE CASCADE,
  origin nvarchar(32) COLLATE Latin1_General_BIN2 NOT NULL, right_name nvarchar(64) COLLATE Latin1_General_BIN2 NOT NULL,
  grantee_form nvarchar(8) COLLATE Latin1_General_BIN2 NOT NULL,
  grantee nvarchar(2000) COLLATE Latin1_General_BIN2 NOT NULL,
  place nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL, read_at bigint NOT NULL
);
-- A reading replaces what the one before found for the mailbox.
CREATE INDEX mailbox_access_by_mailbox ON mailbox_access (mailbox_id, origin);

-- One row a source object; the decision of a person stands apart, by GUID, so that it outlives discovery.
CREATE TABLE "match" (
  id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY,
  source_id bigint NOT NULL UNIQUE REFERENCES recipient(id) ON DELETE CASCADE,
  target_id bigint REFERENCES recipient(id), state nvarchar(20) COLLATE Latin1_General_BIN2 NOT NULL,
  "rule" nvarchar(1000) COLLATE Latin1_General_BIN2 NOT NULL, score float NOT NULL,
  evidence nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL,
  candidates nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL, updated_at bigint NOT NULL
);
-- How many are in which state, and whose.
CREATE INDEX match_by_state ON "match" (state, source_id);
CREATE INDEX match_by_target ON "match" (target_id);
CREATE TABLE decision (
  source_guid nvarchar(64) COLLATE Latin1_General_BIN2 NOT NULL PRIMARY KEY,
  target_guid nvarchar(64) COLLATE Latin1_General_BIN2, choice nvarchar(32) COLLATE Latin1_General_BIN2 NOT NULL,
  who nvarchar(1000) COLLATE Latin1_General_BIN2 NOT NULL, at bigint NOT NULL
);

-- Directory changes: planned, shown, applied with the values before, undone.
CREATE TABLE change_plan (
  id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY, batch_id bigint,
  purpose nvarchar(64) COLLATE Latin1_General_BIN2 NOT NULL, state nvarchar(20) COLLATE Latin1_General_BIN2 NOT NULL,
  created_at bigint NOT NULL, created_by nvarchar(1000) COLLATE Latin1_General_BIN2 NOT NULL,
  notes nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL
);
CREATE TABLE directory_change (
  id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY, plan_id bigint NOT NULL REFERENCES change_plan(id) ON DELETE CASCADE,
  forest_id bigint NOT NULL REFERENCES forest(id), seq bigint NOT NULL,
  kind nvarchar(32) COLLATE Latin1_General_BIN2 NOT NULL, dn nvarchar(2000) COLLATE Latin1_General_BIN2 NOT NULL,
  guid nvarchar(64) COLLATE Latin1_General_BIN2, source_id bigint,
  reason nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL,
  before_values nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL,
  after_values nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL,
  state nvarchar(20) COLLATE Latin1_General_BIN2 NOT NULL, message nvarchar(max) COLLATE Latin1_General_BIN2,
  updated_at bigint NOT NULL
);
CREATE INDEX directory_change_by_plan ON directory_change (plan_id, state, seq);
-- The Prepare screen: a plan's changes in their order, and how many are in which state.
CREATE INDEX directory_change_in_order ON directory_change (plan_id, seq, state, kind, forest_id);

-- Batches, their workloads (one mailbox, archive or public-folder subtree each) and the queue of tasks.
CREATE TABLE batch (
  id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY, name nvarchar(1000) COLLATE Latin1_General_BIN2 NOT NULL,
  name_key nvarchar(700) COLLATE Latin1_General_BIN2 NOT NULL UNIQUE,
  state nvarchar(20) COLLATE Latin1_General_BIN2 NOT NULL, options nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL,
  created_at bigint NOT NULL, started_at bigint, finished_at bigint
);
CREATE TABLE workload (
  id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY, batch_id bigint NOT NULL REFERENCES batch(id) ON DELETE CASCADE,
  kind nvarchar(32) COLLATE Latin1_General_BIN2 NOT NULL, source_id bigint,
  source_address nvarchar(1000) COLLATE Latin1_General_BIN2 NOT NULL,
  target_address nvarchar(1000) COLLATE Latin1_General_BIN2 NOT NULL,
  display_name nvarchar(1000) COLLATE Latin1_General_BIN2 NOT NULL,
  name_key nvarchar(700) COLLATE Latin1_General_BIN2 NOT NULL,
  root nvarchar(2000) COLLATE Latin1_General_BIN2 NOT NULL, state nvarchar(20) COLLATE Latin1_General_BIN2 NOT NULL,
  reason nvarchar(max) COLLATE Latin1_General_BIN2, priority float NOT NULL,
  grade nvarchar(20) COLLATE Latin1_General_BIN2, items_total bigint NOT NULL, items_done bigint NOT NULL,
  items_bad bigint NOT NULL, bytes_total bigint NOT NULL, bytes_done bigint NOT NULL,
  pace nvarchar(400) COLLATE Latin1_General_BIN2, synced_at bigint, updated_at bigint NOT NULL
);
-- A batch's list, by state and by name.
CREATE INDEX workload_by_batch ON workload (batch_id, name_key, id);
CREATE INDEX workload_by_state ON workload (batch_id, state, id);
CREATE TABLE task (
  id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY, batch_id bigint, workload_id bigint,
  kind nvarchar(32) COLLATE Latin1_General_BIN2 NOT NULL, state nvarchar(20) COLLATE Latin1_General_BIN2 NOT NULL,
  priority float NOT NULL, run_after bigint NOT NULL, attempts bigint NOT NULL, max_attempts bigint NOT NULL,
  -- for_machine: only this machine may claim it (a preflight from there); null for whoever comes first.
  fence bigint NOT NULL, for_machine bigint, machine_id bigint, leased_at bigint, lease_until bigint,
  source_endpoint nvarchar(200) COLLATE Latin1_General_BIN2,
  target_endpoint nvarchar(200) COLLATE Latin1_General_BIN2,
  -- correlation: the click or command that led to it.
  correlation nvarchar(64) COLLATE Latin1_General_BIN2,
  payload nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL, result nvarchar(max) COLLATE Latin1_General_BIN2,
  error nvarchar(max) COLLATE Latin1_General_BIN2, created_at bigint NOT NULL, updated_at bigint NOT NULL
);
-- The claim: the first ready tasks by priority whose time has come.
CREATE INDEX task_ready ON task (priority, id) WHERE state = 'ready';
-- What runs now (limits, heartbeat) and which leases ran out.
CREATE INDEX task_lease ON task (lease_until) WHERE state = 'leased';
-- A workload's tasks: the drawer, moving, holding. Without the state, which changes with every claim.
CREATE INDEX task_by_workload ON task (workload_id, id);
-- How each attempt ended, kept whole: written when it ends in anything but success, which the task's own row tells.
CREATE TABLE task_attempt (
  id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY, task_id bigint NOT NULL REFERENCES task(id) ON DELETE CASCADE,
  fence bigint NOT NULL, machine_id bigint, started_at bigint NOT NULL, ended_at bigint NOT NULL,
  outcome nvarchar(32) COLLATE Latin1_General_BIN2 NOT NULL, message nvarchar(max) COLLATE Latin1_General_BIN2
);
CREATE INDEX task_attempt_by_task ON task_attempt (task_id, id);
-- Limits that all workers share: so many tasks at one endpoint (or 'workload:ID') at a time, none before a time.
CREATE TABLE endpoint_limit (
  endpoint nvarchar(200) COLLATE Latin1_General_BIN2 NOT NULL PRIMARY KEY, max_running bigint, until bigint,
  reason nvarchar(max) COLLATE Latin1_General_BIN2
);
-- Times in which nothing is claimed for a scope: '*', an endpoint, 'batch:ID' or 'workload:ID'.
CREATE TABLE maintenance (
  id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY, scope nvarchar(200) COLLATE Latin1_General_BIN2 NOT NULL,
  from_at bigint NOT NULL, to_at bigint NOT NULL, reason nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL,
  -- The window or blackout it was worked out from; null where a person gave the times.
  window_id bigint
);
CREATE INDEX maintenance_by_time ON maintenance (to_at);

-- Folders of a workload with their counterpart and the state of their sync.
CREATE TABLE folder (
  id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY, workload_id bigint NOT NULL REFERENCES workload(id) ON DELETE CASCADE,
  source_key nvarchar(400) COLLATE Latin1_General_BIN2 NOT NULL,
  source_id varchar(1024) COLLATE Latin1_General_BIN2 NOT NULL,
  source_parent varchar(1024) COLLATE Latin1_General_BIN2, target_id varchar(1024) COLLATE Latin1_General_BIN2,
  path nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL,
  folder_class nvarchar(200) COLLATE Latin1_General_BIN2 NOT NULL,
  state nvarchar(20) COLLATE Latin1_General_BIN2 NOT NULL, sync_state nvarchar(max) COLLATE Latin1_General_BIN2,
  facts nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL, items_total bigint NOT NULL, items_done bigint NOT NULL,
  items_bad bigint NOT NULL, bytes_done bigint NOT NULL, updated_at bigint NOT NULL, UNIQUE (workload_id, source_key)
);
-- Whose counterpart a folder of the target is.
CREATE INDEX folder_by_target ON folder (workload_id, target_id);
-- Every item ever seen, and what became of it. source_key is the first 16 bytes of SHA-256 over the source item id:
-- ids of 150 characters and more would make 50,000,000 rows twice as large.
-- Of varying length, although all are of one: parameters are so, and Babelfish cannot look several of them up in an index of
-- the other type.
CREATE TABLE ledger (
  workload_id bigint NOT NULL, source_key varbinary(16) NOT NULL, folder_id bigint NOT NULL,
  state nvarchar(20) COLLATE Latin1_General_BIN2 NOT NULL,
  source_id varchar(1024) COLLATE Latin1_General_BIN2 NOT NULL,
  source_change_key varchar(1024) COLLATE Latin1_General_BIN2 NOT NULL,
  target_id varchar(1024) COLLATE Latin1_General_BIN2, target_change_key varchar(1024) COLLATE Latin1_General_BIN2,
  search_key varbinary(255), item_class nvarchar(255) COLLATE Latin1_General_BIN2 NOT NULL,
  associated bigint NOT NULL, in_archive bigint NOT NULL, size bigint NOT NULL, item_date bigint,
  digest varbinary(64),
  transport nvarchar(32) COLLATE Latin1_General_BIN2, reason nvarchar(max) COLLATE Latin1_General_BIN2,
  fence bigint NOT NULL, updated_at bigint NOT NULL, PRIMARY KEY (workload_id, source_key)
);
-- A folder's items, for delta, verify and the drawer's counts.
CREATE INDEX ledger_by_folder ON ledger (folder_id, state);
-- Copies that a lost answer may have doubled: a server can carry out a request long after the connection broke. Apart from
-- the ledger, whose row may change, move or go meanwhile.
CREATE TABLE late_copy (
  workload_id bigint NOT NULL REFERENCES workload(id) ON DELETE CASCADE, folder_id bigint NOT NULL,
  search_key varbinary(255) NOT NULL, associated bigint NOT NULL, sent_at bigint NOT NULL,
  PRIMARY KEY (workload_id, folder_id, search_key)
);
CREATE TABLE bad_item (
  id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY, workload_id bigint NOT NULL REFERENCES workload(id) ON DELETE CASCADE,
  folder_id bigint, folder_path nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL, source_key varbinary(16) NOT NULL,
  source_id varchar(1024) COLLATE Latin1_General_BIN2 NOT NULL,
  item_class nvarchar(255) COLLATE Latin1_General_BIN2 NOT NULL, size bigint NOT NULL, item_date bigint,
  reason nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL,
  message nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL, state nvarchar(20) COLLATE Latin1_General_BIN2 NOT NULL,
  decided_by nvarchar(1000) COLLATE Latin1_General_BIN2, decided_at bigint, updated_at bigint NOT NULL,
  UNIQUE (workload_id, source_key)
);
-- Delegates, rules, automatic replies and other settings of a mailbox: what was written to the target last (digest), so
-- that a person's change there is told from ours, and why one did not move. live: a last sync has switched it on.
CREATE TABLE mailbox_setting (
  workload_id bigint NOT NULL REFERENCES workload(id) ON DELETE CASCADE,
  setting_key nvarchar(64) COLLATE Latin1_General_BIN2 NOT NULL, kind nvarchar(32) COLLATE Latin1_General_BIN2 NOT NULL,
  name nvarchar(1000) COLLATE Latin1_General_BIN2 NOT NULL, state nvarchar(32) COLLATE Latin1_General_BIN2 NOT NULL,
  digest nvarchar(64) COLLATE Latin1_General_BIN2, reason nvarchar(1000) COLLATE Latin1_General_BIN2, live smallint NOT NULL,
  updated_at bigint NOT NULL, PRIMARY KEY (workload_id, setting_key)
);
-- What verify found, one row a workload and run; certificates are made from it.
CREATE TABLE verification (
  id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY, workload_id bigint NOT NULL REFERENCES workload(id) ON DELETE CASCADE,
  at bigint NOT NULL, grade nvarchar(20) COLLATE Latin1_General_BIN2 NOT NULL,
  result nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL
);
CREATE INDEX verification_by_workload ON verification (workload_id, id);

-- Progress, read by cursor: console and CLI ask for events after the last id they saw.
CREATE TABLE event (
  id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY, at bigint NOT NULL,
  kind nvarchar(32) COLLATE Latin1_General_BIN2 NOT NULL, batch_id bigint, workload_id bigint, machine_id bigint,
  correlation nvarchar(64) COLLATE Latin1_General_BIN2, data nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL
);
-- Throughput, one row a machine and workload and minute, for charts and forecasts.
CREATE TABLE throughput (
  minute bigint NOT NULL, workload_id bigint NOT NULL, machine_id bigint NOT NULL, items bigint NOT NULL,
  bytes bigint NOT NULL, calls bigint NOT NULL, PRIMARY KEY (minute, workload_id, machine_id)
);
CREATE TABLE audit (
  id bigint NOT NULL PRIMARY KEY, at bigint NOT NULL, who nvarchar(1000) COLLATE Latin1_General_BIN2 NOT NULL,
  host nvarchar(1000) COLLATE Latin1_General_BIN2 NOT NULL,
  action nvarchar(1000) COLLATE Latin1_General_BIN2 NOT NULL,
  object nvarchar(1000) COLLATE Latin1_General_BIN2 NOT NULL, before_value nvarchar(max) COLLATE Latin1_General_BIN2,
  after_value nvarchar(max) COLLATE Latin1_General_BIN2, correlation nvarchar(64) COLLATE Latin1_General_BIN2,
  previous_hash binary(32) NOT NULL, hash binary(32) NOT NULL
);
CREATE TABLE log_line (
  id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY, at bigint NOT NULL, machine_id bigint,
  level nvarchar(10) COLLATE Latin1_General_BIN2 NOT NULL, text nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL,
  correlation nvarchar(64) COLLATE Latin1_General_BIN2, data nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL
);

-- Preflight: what was checked, from where, with what outcome.
CREATE TABLE check_run (
  id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY, started_at bigint NOT NULL, finished_at bigint,
  started_by nvarchar(1000) COLLATE Latin1_General_BIN2 NOT NULL,
  machine nvarchar(1000) COLLATE Latin1_General_BIN2 NOT NULL,
  scope nvarchar(200) COLLATE Latin1_General_BIN2 NOT NULL
);
CREATE TABLE check_result (
  id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY, run_id bigint NOT NULL REFERENCES check_run(id) ON DELETE CASCADE,
  check_id nvarchar(100) COLLATE Latin1_General_BIN2 NOT NULL,
  group_name nvarchar(100) COLLATE Latin1_General_BIN2 NOT NULL,
  object nvarchar(1000) COLLATE Latin1_General_BIN2 NOT NULL,
  machine nvarchar(1000) COLLATE Latin1_General_BIN2 NOT NULL,
  outcome nvarchar(32) COLLATE Latin1_General_BIN2 NOT NULL,
  title nvarchar(1000) COLLATE Latin1_General_BIN2 NOT NULL, data nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL,
  took_ms bigint NOT NULL, override_by nvarchar(1000) COLLATE Latin1_General_BIN2,
  override_reason nvarchar(1000) COLLATE Latin1_General_BIN2
);
CREATE INDEX check_result_by_run ON check_result (run_id, group_name, id);
-- The newest result of each check, and its history.
CREATE INDEX check_result_by_check ON check_result (check_id, object, machine, id);

-- The cutover of a workload, step by step; see core/domain/cutover.ts. What stands here outlives every crash.
CREATE TABLE cutover_step (
  workload_id bigint NOT NULL REFERENCES workload(id) ON DELETE CASCADE,
  step nvarchar(32) COLLATE Latin1_General_BIN2 NOT NULL,
  state nvarchar(32) COLLATE Latin1_General_BIN2 NOT NULL,
  started_at bigint,
  ended_at bigint,
  who nvarchar(1000) COLLATE Latin1_General_BIN2,
  reason nvarchar(max) COLLATE Latin1_General_BIN2,
  detail nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL, PRIMARY KEY (workload_id, step)
);
-- Mails to people about their move: one row a workload and occasion, so that nobody gets a mail twice.
CREATE TABLE notification (
  id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY,
  workload_id bigint NOT NULL REFERENCES workload(id) ON DELETE CASCADE,
  occasion nvarchar(32) COLLATE Latin1_General_BIN2 NOT NULL,
  address nvarchar(400) COLLATE Latin1_General_BIN2 NOT NULL,
  language nvarchar(35) COLLATE Latin1_General_BIN2 NOT NULL,
  state nvarchar(32) COLLATE Latin1_General_BIN2 NOT NULL,
  message_id nvarchar(200) COLLATE Latin1_General_BIN2 NOT NULL,
  reason nvarchar(max) COLLATE Latin1_General_BIN2,
  updated_at bigint NOT NULL,
  UNIQUE (workload_id, occasion)
);
-- When a batch starts and when it is cut over: the instant, and the wall clock and zone it was said in.
CREATE TABLE schedule (
  batch_id bigint NOT NULL REFERENCES batch(id) ON DELETE CASCADE,
  kind nvarchar(32) COLLATE Latin1_General_BIN2 NOT NULL,
  at bigint NOT NULL,
  wall nvarchar(40) COLLATE Latin1_General_BIN2 NOT NULL,
  zone nvarchar(100) COLLATE Latin1_General_BIN2 NOT NULL,
  state nvarchar(32) COLLATE Latin1_General_BIN2 NOT NULL,
  note nvarchar(max) COLLATE Latin1_General_BIN2,
  done_at bigint, PRIMARY KEY (batch_id, kind)
);
-- Weekly windows (work is allowed only inside) and blackouts (no work inside), in the time zone of their site. The queue
-- reads the spans in maintenance that are worked out from them.
CREATE TABLE time_window (
  id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY,
  scope nvarchar(200) COLLATE Latin1_General_BIN2 NOT NULL,
  kind nvarchar(32) COLLATE Latin1_General_BIN2 NOT NULL,
  zone nvarchar(100) COLLATE Latin1_General_BIN2 NOT NULL,
  "rule" nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL,
  reason nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL,
  created_by nvarchar(1000) COLLATE Latin1_General_BIN2 NOT NULL,
  created_at bigint NOT NULL
);
-- Public folders of a side as the last scan found them: what to move, and how to share it out.
CREATE TABLE public_folder (
  scan bigint NOT NULL,
  folder_key nvarchar(64) COLLATE Latin1_General_BIN2 NOT NULL,
  folder_id nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL,
  parent_key nvarchar(64) COLLATE Latin1_General_BIN2,
  path nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL,
  depth bigint NOT NULL,
  folder_class nvarchar(400) COLLATE Latin1_General_BIN2 NOT NULL,
  items bigint NOT NULL,
  bytes bigint NOT NULL,
  changed_at bigint,
  owner nvarchar(max) COLLATE Latin1_General_BIN2,
  mail_enabled bigint NOT NULL,
  replica nvarchar(64) COLLATE Latin1_General_BIN2,
  PRIMARY KEY (scan, folder_key)
);
-- What a person decided for a user of the source who has rights on folders and no counterpart.
CREATE TABLE orphan (
  address_key nvarchar(400) COLLATE Latin1_General_BIN2 NOT NULL,
  address nvarchar(400) COLLATE Latin1_General_BIN2 NOT NULL,
  choice nvarchar(32) COLLATE Latin1_General_BIN2 NOT NULL,
  target_address nvarchar(400) COLLATE Latin1_General_BIN2,
  who nvarchar(1000) COLLATE Latin1_General_BIN2 NOT NULL,
  at bigint NOT NULL,
  PRIMARY KEY (address_key)
);
-- The lock on a public folder before its last sync: the list of permissions before, and how far locking it is.
CREATE TABLE folder_lock (
  workload_id bigint NOT NULL REFERENCES workload(id) ON DELETE CASCADE,
  folder_key nvarchar(64) COLLATE Latin1_General_BIN2 NOT NULL,
  folder_id nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL,
  path nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL,
  state nvarchar(32) COLLATE Latin1_General_BIN2 NOT NULL,
  before_list nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL,
  reason nvarchar(max) COLLATE Latin1_General_BIN2, updated_at bigint NOT NULL, PRIMARY KEY (workload_id, folder_key)
);

-- Rows that are written first by work of all machines that must not cross, and the version of claims within limits.
INSERT INTO setting (name, value) VALUES ('turn.work', '{}');
INSERT INTO setting (name, value) VALUES ('turn.audit', '{}');
INSERT INTO setting (name, value) VALUES ('queue.version', '1');

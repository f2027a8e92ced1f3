-- The same tables as in sql/sqlite, for SQL Server 2016 and later. Every text column has a binary collation of its own,
-- so that the collation of server and database decides nothing; NVARCHAR, because a VARCHAR that meets an NVARCHAR
-- parameter is scanned instead of sought. Only item ids, which are ASCII and never compared, are VARCHAR.
-- Times are milliseconds since 1970-01-01 UTC in 64-bit integers: no server's time zone, language or date format can
-- touch them. Addresses and names that are compared are stored a second time as *_key, normalised by the program, so
-- no server's collation decides what is equal.

CREATE TABLE setting (
  name NVARCHAR(200) COLLATE Latin1_General_BIN2 NOT NULL PRIMARY KEY,
  value NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL
);

CREATE TABLE forest (
  id BIGINT IDENTITY(1,1) NOT NULL PRIMARY KEY, name NVARCHAR(1000) COLLATE Latin1_General_BIN2 NOT NULL,
  name_key NVARCHAR(700) COLLATE Latin1_General_BIN2 NOT NULL UNIQUE,
  role NVARCHAR(20) COLLATE Latin1_General_BIN2 NOT NULL, config NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE account (
  id BIGINT IDENTITY(1,1) NOT NULL PRIMARY KEY, forest_id BIGINT NOT NULL REFERENCES forest(id) ON DELETE CASCADE,
  purpose NVARCHAR(64) COLLATE Latin1_General_BIN2 NOT NULL,
  user_name NVARCHAR(1000) COLLATE Latin1_General_BIN2 NOT NULL, secret_id BIGINT, updated_at BIGINT NOT NULL,
  UNIQUE (forest_id, purpose)
);

-- Machines: consoles and workers, each with a key pair of its own.
CREATE TABLE machine (
  id BIGINT IDENTITY(1,1) NOT NULL PRIMARY KEY, name NVARCHAR(1000) COLLATE Latin1_General_BIN2 NOT NULL,
  name_key NVARCHAR(700) COLLATE Latin1_General_BIN2 NOT NULL UNIQUE,
  kind NVARCHAR(32) COLLATE Latin1_General_BIN2 NOT NULL, state NVARCHAR(20) COLLATE Latin1_General_BIN2 NOT NULL,
  public_key NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
  fingerprint NVARCHAR(100) COLLATE Latin1_General_BIN2 NOT NULL,
  version NVARCHAR(64) COLLATE Latin1_General_BIN2 NOT NULL, facts NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
  enrolled_at BIGINT NOT NULL, approved_at BIGINT, approved_by NVARCHAR(1000) COLLATE Latin1_General_BIN2,
  approval VARBINARY(64), last_seen BIGINT NOT NULL
);
CREATE TABLE data_key (
  version BIGINT NOT NULL, machine_id BIGINT NOT NULL REFERENCES machine(id) ON DELETE CASCADE,
  wrapped VARBINARY(256) NOT NULL, created_at BIGINT NOT NULL, PRIMARY KEY (version, machine_id)
);
CREATE TABLE secret (
  id BIGINT IDENTITY(1,1) NOT NULL PRIMARY KEY, purpose NVARCHAR(64) COLLATE Latin1_General_BIN2 NOT NULL,
  record NVARCHAR(1000) COLLATE Latin1_General_BIN2 NOT NULL, key_version BIGINT NOT NULL,
  nonce VARBINARY(32) NOT NULL, ciphertext VARBINARY(MAX) NOT NULL, updated_at BIGINT NOT NULL
);

-- Recipients of both forests as the last discovery read them.
CREATE TABLE recipient (
  id BIGINT IDENTITY(1,1) NOT NULL PRIMARY KEY, forest_id BIGINT NOT NULL REFERENCES forest(id) ON DELETE CASCADE,
  guid NVARCHAR(64) COLLATE Latin1_General_BIN2 NOT NULL, dn NVARCHAR(2000) COLLATE Latin1_General_BIN2 NOT NULL,
  kind NVARCHAR(32) COLLATE Latin1_General_BIN2 NOT NULL,
  display_name NVARCHAR(1000) COLLATE Latin1_General_BIN2 NOT NULL, mail NVARCHAR(1000) COLLATE Latin1_General_BIN2,
  sam NVARCHAR(1000) COLLATE Latin1_General_BIN2, upn NVARCHAR(1000) COLLATE Latin1_General_BIN2,
  legacy_dn NVARCHAR(2000) COLLATE Latin1_General_BIN2, department NVARCHAR(1000) COLLATE Latin1_General_BIN2,
  name_key NVARCHAR(700) COLLATE Latin1_General_BIN2 NOT NULL, hidden SMALLINT NOT NULL, deleted SMALLINT NOT NULL,
  usn BIGINT NOT NULL, when_changed BIGINT, attributes NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
  stats NVARCHAR(MAX) COLLATE Latin1_General_BIN2, read_id BIGINT NOT NULL, UNIQUE (forest_id, guid)
);
-- The Recipients screen pages by name within a forest.
CREATE INDEX recipient_by_name ON recipient (forest_id, deleted, name_key, id);
CREATE TABLE recipient_address (
  recipient_id BIGINT NOT NULL REFERENCES recipient(id) ON DELETE CASCADE, forest_id BIGINT NOT NULL,
  kind NVARCHAR(32) COLLATE Latin1_General_BIN2 NOT NULL, address NVARCHAR(1123) COLLATE Latin1_General_BIN2 NOT NULL,
  address_key NVARCHAR(800) COLLATE Latin1_General_BIN2 NOT NULL, is_primary SMALLINT NOT NULL,
  PRIMARY KEY NONCLUSTERED (recipient_id, kind, address_key)
);
-- Who holds this address in this forest: clashes, ndr healing, remapping of permissions.
CREATE INDEX address_by_key ON recipient_address (forest_id, kind, address_key, recipient_id);
-- Where the next delta of a forest starts.
CREATE TABLE directory_state (
  forest_id BIGINT NOT NULL PRIMARY KEY REFERENCES forest(id) ON DELETE CASCADE,
  server NVARCHAR(1000) COLLATE Latin1_General_BIN2 NOT NULL,
  invocation_id NVARCHAR(1000) COLLATE Latin1_General_BIN2 NOT NULL, usn BIGINT NOT NULL, cookie VARBINARY(MAX),
  sees_deleted SMALLINT NOT NULL, read_id BIGINT NOT NULL,
  -- 1 while a full read is under way or was broken off: the next one goes on from it.
  unfinished SMALLINT NOT NULL, full_at BIGINT, delta_at BIGINT,
  problems NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL
);

-- One row a source object; the decision of a person stands apart, by GUID, so that it outlives discovery.
CREATE TABLE "match" (
  id BIGINT IDENTITY(1,1) NOT NULL PRIMARY KEY,
  source_id BIGINT NOT NULL UNIQUE REFERENCES recipient(id) ON DELETE CASCADE,
  target_id BIGINT REFERENCES recipient(id), state NVARCHAR(20) COLLATE Latin1_General_BIN2 NOT NULL,
  "rule" NVARCHAR(1000) COLLATE Latin1_General_BIN2 NOT NULL, score FLOAT NOT NULL,
  evidence NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
  candidates NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL, updated_at BIGINT NOT NULL
);
CREATE INDEX match_by_state ON "match" (state, id);
CREATE INDEX match_by_target ON "match" (target_id);
CREATE TABLE decision (
  source_guid NVARCHAR(64) COLLATE Latin1_General_BIN2 NOT NULL PRIMARY KEY,
  target_guid NVARCHAR(64) COLLATE Latin1_General_BIN2, choice NVARCHAR(32) COLLATE Latin1_General_BIN2 NOT NULL,
  who NVARCHAR(1000) COLLATE Latin1_General_BIN2 NOT NULL, at BIGINT NOT NULL
);

-- Directory changes: planned, shown, applied with the values before, undone.
CREATE TABLE change_plan (
  id BIGINT IDENTITY(1,1) NOT NULL PRIMARY KEY, batch_id BIGINT,
  purpose NVARCHAR(64) COLLATE Latin1_General_BIN2 NOT NULL, state NVARCHAR(20) COLLATE Latin1_General_BIN2 NOT NULL,
  created_at BIGINT NOT NULL, created_by NVARCHAR(1000) COLLATE Latin1_General_BIN2 NOT NULL,
  notes NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL
);
CREATE TABLE directory_change (
  id BIGINT IDENTITY(1,1) NOT NULL PRIMARY KEY, plan_id BIGINT NOT NULL REFERENCES change_plan(id) ON DELETE CASCADE,
  forest_id BIGINT NOT NULL REFERENCES forest(id), seq BIGINT NOT NULL,
  kind NVARCHAR(32) COLLATE Latin1_General_BIN2 NOT NULL, dn NVARCHAR(2000) COLLATE Latin1_General_BIN2 NOT NULL,
  guid NVARCHAR(64) COLLATE Latin1_General_BIN2, source_id BIGINT,
  reason NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
  before_values NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
  after_values NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
  state NVARCHAR(20) COLLATE Latin1_General_BIN2 NOT NULL, message NVARCHAR(MAX) COLLATE Latin1_General_BIN2,
  updated_at BIGINT NOT NULL
);
CREATE INDEX directory_change_by_plan ON directory_change (plan_id, state, seq);

-- Batches, their workloads (one mailbox, archive or public-folder subtree each) and the queue of tasks.
CREATE TABLE batch (
  id BIGINT IDENTITY(1,1) NOT NULL PRIMARY KEY, name NVARCHAR(1000) COLLATE Latin1_General_BIN2 NOT NULL,
  name_key NVARCHAR(700) COLLATE Latin1_General_BIN2 NOT NULL UNIQUE,
  state NVARCHAR(20) COLLATE Latin1_General_BIN2 NOT NULL, options NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
  created_at BIGINT NOT NULL, started_at BIGINT, finished_at BIGINT
);
CREATE TABLE workload (
  id BIGINT IDENTITY(1,1) NOT NULL PRIMARY KEY, batch_id BIGINT NOT NULL REFERENCES batch(id) ON DELETE CASCADE,
  kind NVARCHAR(32) COLLATE Latin1_General_BIN2 NOT NULL, source_id BIGINT,
  source_address NVARCHAR(1000) COLLATE Latin1_General_BIN2 NOT NULL,
  target_address NVARCHAR(1000) COLLATE Latin1_General_BIN2 NOT NULL,
  display_name NVARCHAR(1000) COLLATE Latin1_General_BIN2 NOT NULL,
  name_key NVARCHAR(700) COLLATE Latin1_General_BIN2 NOT NULL,
  root NVARCHAR(2000) COLLATE Latin1_General_BIN2 NOT NULL, state NVARCHAR(20) COLLATE Latin1_General_BIN2 NOT NULL,
  reason NVARCHAR(MAX) COLLATE Latin1_General_BIN2, priority FLOAT NOT NULL,
  grade NVARCHAR(20) COLLATE Latin1_General_BIN2, items_total BIGINT NOT NULL, items_done BIGINT NOT NULL,
  items_bad BIGINT NOT NULL, bytes_total BIGINT NOT NULL, bytes_done BIGINT NOT NULL,
  pace NVARCHAR(400) COLLATE Latin1_General_BIN2, synced_at BIGINT, updated_at BIGINT NOT NULL
);
-- A batch's list, by state and by name.
CREATE INDEX workload_by_batch ON workload (batch_id, name_key, id);
CREATE INDEX workload_by_state ON workload (batch_id, state, id);
CREATE TABLE task (
  id BIGINT IDENTITY(1,1) NOT NULL PRIMARY KEY, batch_id BIGINT, workload_id BIGINT,
  kind NVARCHAR(32) COLLATE Latin1_General_BIN2 NOT NULL, state NVARCHAR(20) COLLATE Latin1_General_BIN2 NOT NULL,
  priority FLOAT NOT NULL, run_after BIGINT NOT NULL, attempts BIGINT NOT NULL, max_attempts BIGINT NOT NULL,
  -- for_machine: only this machine may claim it (a preflight from there); null for whoever comes first.
  fence BIGINT NOT NULL, for_machine BIGINT, machine_id BIGINT, leased_at BIGINT, lease_until BIGINT,
  source_endpoint NVARCHAR(200) COLLATE Latin1_General_BIN2,
  target_endpoint NVARCHAR(200) COLLATE Latin1_General_BIN2,
  payload NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL, result NVARCHAR(MAX) COLLATE Latin1_General_BIN2,
  error NVARCHAR(MAX) COLLATE Latin1_General_BIN2, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL
);
-- The claim: the first ready tasks by priority whose time has come.
CREATE INDEX task_ready ON task (priority, id) WHERE state = 'ready';
-- What runs now (limits, heartbeat) and which leases ran out.
CREATE INDEX task_lease ON task (lease_until) WHERE state = 'leased';
-- A workload's tasks: the drawer, moving, holding.
CREATE INDEX task_by_workload ON task (workload_id, state);
-- How each attempt ended, kept whole: written when it ends in anything but success, which the task's own row tells.
CREATE TABLE task_attempt (
  id BIGINT IDENTITY(1,1) NOT NULL PRIMARY KEY, task_id BIGINT NOT NULL REFERENCES task(id) ON DELETE CASCADE,
  fence BIGINT NOT NULL, machine_id BIGINT, started_at BIGINT NOT NULL, ended_at BIGINT NOT NULL,
  outcome NVARCHAR(32) COLLATE Latin1_General_BIN2 NOT NULL, message NVARCHAR(MAX) COLLATE Latin1_General_BIN2
);
CREATE INDEX task_attempt_by_task ON task_attempt (task_id, id);
-- Limits that all workers share: so many tasks at one endpoint (or 'workload:ID') at a time, none before a time.
CREATE TABLE endpoint_limit (
  endpoint NVARCHAR(200) COLLATE Latin1_General_BIN2 NOT NULL PRIMARY KEY, max_running BIGINT, until BIGINT,
  reason NVARCHAR(MAX) COLLATE Latin1_General_BIN2
);
-- Times in which nothing is claimed for a scope: '*', an endpoint, 'batch:ID' or 'workload:ID'.
CREATE TABLE maintenance (
  id BIGINT IDENTITY(1,1) NOT NULL PRIMARY KEY, scope NVARCHAR(200) COLLATE Latin1_General_BIN2 NOT NULL,
  from_at BIGINT NOT NULL, to_at BIGINT NOT NULL, reason NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL
);
CREATE INDEX maintenance_by_time ON maintenance (to_at);

-- Folders of a workload with their counterpart and the state of their sync.
CREATE TABLE folder (
  id BIGINT IDENTITY(1,1) NOT NULL PRIMARY KEY, workload_id BIGINT NOT NULL REFERENCES workload(id) ON DELETE CASCADE,
  source_key NVARCHAR(400) COLLATE Latin1_General_BIN2 NOT NULL,
  source_id VARCHAR(1024) COLLATE Latin1_General_BIN2 NOT NULL,
  source_parent VARCHAR(1024) COLLATE Latin1_General_BIN2, target_id VARCHAR(1024) COLLATE Latin1_General_BIN2,
  path NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
  folder_class NVARCHAR(200) COLLATE Latin1_General_BIN2 NOT NULL,
  state NVARCHAR(20) COLLATE Latin1_General_BIN2 NOT NULL, sync_state NVARCHAR(MAX) COLLATE Latin1_General_BIN2,
  facts NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL, items_total BIGINT NOT NULL, items_done BIGINT NOT NULL,
  items_bad BIGINT NOT NULL, bytes_done BIGINT NOT NULL, updated_at BIGINT NOT NULL, UNIQUE (workload_id, source_key)
);
-- Every item ever seen, and what became of it. source_key is the first 16 bytes of SHA-256 over the source item id:
-- ids of 150 characters and more would make 50,000,000 rows twice as large.
CREATE TABLE ledger (
  workload_id BIGINT NOT NULL, source_key BINARY(16) NOT NULL, folder_id BIGINT NOT NULL,
  state NVARCHAR(20) COLLATE Latin1_General_BIN2 NOT NULL,
  source_id VARCHAR(1024) COLLATE Latin1_General_BIN2 NOT NULL,
  source_change_key VARCHAR(1024) COLLATE Latin1_General_BIN2 NOT NULL,
  target_id VARCHAR(1024) COLLATE Latin1_General_BIN2, target_change_key VARCHAR(1024) COLLATE Latin1_General_BIN2,
  search_key VARBINARY(255), item_class NVARCHAR(255) COLLATE Latin1_General_BIN2 NOT NULL,
  associated BIGINT NOT NULL, size BIGINT NOT NULL, item_date BIGINT, digest VARBINARY(64),
  transport NVARCHAR(32) COLLATE Latin1_General_BIN2, reason NVARCHAR(MAX) COLLATE Latin1_General_BIN2,
  fence BIGINT NOT NULL, updated_at BIGINT NOT NULL, PRIMARY KEY (workload_id, source_key)
);
-- A folder's items, for delta, verify and the drawer's counts.
CREATE INDEX ledger_by_folder ON ledger (folder_id, state);
CREATE TABLE bad_item (
  id BIGINT IDENTITY(1,1) NOT NULL PRIMARY KEY, workload_id BIGINT NOT NULL REFERENCES workload(id) ON DELETE CASCADE,
  folder_id BIGINT, folder_path NVARCHAR(1000) COLLATE Latin1_General_BIN2 NOT NULL, source_key BINARY(16) NOT NULL,
  source_id VARCHAR(1024) COLLATE Latin1_General_BIN2 NOT NULL,
  item_class NVARCHAR(255) COLLATE Latin1_General_BIN2 NOT NULL, size BIGINT NOT NULL, item_date BIGINT,
  reason NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
  message NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL, state NVARCHAR(20) COLLATE Latin1_General_BIN2 NOT NULL,
  decided_by NVARCHAR(1000) COLLATE Latin1_General_BIN2, decided_at BIGINT, updated_at BIGINT NOT NULL,
  UNIQUE (workload_id, source_key)
);
-- What verify found, one row a workload and run; certificates are made from it.
CREATE TABLE verification (
  id BIGINT IDENTITY(1,1) NOT NULL PRIMARY KEY, workload_id BIGINT NOT NULL REFERENCES workload(id) ON DELETE CASCADE,
  at BIGINT NOT NULL, grade NVARCHAR(20) COLLATE Latin1_General_BIN2 NOT NULL,
  result NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL
);
CREATE INDEX verification_by_workload ON verification (workload_id, id);

-- Progress, read by cursor: console and CLI ask for events after the last id they saw.
CREATE TABLE event (
  id BIGINT IDENTITY(1,1) NOT NULL PRIMARY KEY, at BIGINT NOT NULL,
  kind NVARCHAR(32) COLLATE Latin1_General_BIN2 NOT NULL, batch_id BIGINT, workload_id BIGINT, machine_id BIGINT,
  correlation NVARCHAR(64) COLLATE Latin1_General_BIN2, data NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL
);
-- Throughput, one row a machine and workload and minute, for charts and forecasts.
CREATE TABLE throughput (
  minute BIGINT NOT NULL, workload_id BIGINT NOT NULL, machine_id BIGINT NOT NULL, items BIGINT NOT NULL,
  bytes BIGINT NOT NULL, calls BIGINT NOT NULL, PRIMARY KEY (minute, workload_id, machine_id)
);
CREATE TABLE audit (
  id BIGINT NOT NULL PRIMARY KEY, at BIGINT NOT NULL, who NVARCHAR(1000) COLLATE Latin1_General_BIN2 NOT NULL,
  host NVARCHAR(1000) COLLATE Latin1_General_BIN2 NOT NULL,
  action NVARCHAR(1000) COLLATE Latin1_General_BIN2 NOT NULL,
  object NVARCHAR(1000) COLLATE Latin1_General_BIN2 NOT NULL, before_value NVARCHAR(MAX) COLLATE Latin1_General_BIN2,
  after_value NVARCHAR(MAX) COLLATE Latin1_General_BIN2, correlation NVARCHAR(64) COLLATE Latin1_General_BIN2,
  previous_hash BINARY(32) NOT NULL, hash BINARY(32) NOT NULL
);
CREATE TABLE log_line (
  id BIGINT IDENTITY(1,1) NOT NULL PRIMARY KEY, at BIGINT NOT NULL, machine_id BIGINT,
  level NVARCHAR(10) COLLATE Latin1_General_BIN2 NOT NULL, text NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
  correlation NVARCHAR(64) COLLATE Latin1_General_BIN2, data NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL
);

-- Preflight: what was checked, from where, with what outcome.
CREATE TABLE check_run (
  id BIGINT IDENTITY(1,1) NOT NULL PRIMARY KEY, started_at BIGINT NOT NULL, finished_at BIGINT,
  started_by NVARCHAR(1000) COLLATE Latin1_General_BIN2 NOT NULL,
  machine NVARCHAR(1000) COLLATE Latin1_General_BIN2 NOT NULL,
  scope NVARCHAR(200) COLLATE Latin1_General_BIN2 NOT NULL
);
CREATE TABLE check_result (
  id BIGINT IDENTITY(1,1) NOT NULL PRIMARY KEY, run_id BIGINT NOT NULL REFERENCES check_run(id) ON DELETE CASCADE,
  check_id NVARCHAR(100) COLLATE Latin1_General_BIN2 NOT NULL,
  group_name NVARCHAR(100) COLLATE Latin1_General_BIN2 NOT NULL,
  object NVARCHAR(1000) COLLATE Latin1_General_BIN2 NOT NULL,
  machine NVARCHAR(1000) COLLATE Latin1_General_BIN2 NOT NULL,
  outcome NVARCHAR(32) COLLATE Latin1_General_BIN2 NOT NULL,
  title NVARCHAR(1000) COLLATE Latin1_General_BIN2 NOT NULL, data NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
  took_ms BIGINT NOT NULL, override_by NVARCHAR(1000) COLLATE Latin1_General_BIN2,
  override_reason NVARCHAR(1000) COLLATE Latin1_General_BIN2
);
CREATE INDEX check_result_by_run ON check_result (run_id, group_name, id);
-- The newest result of each check, and its history.
CREATE INDEX check_result_by_check ON check_result (check_id, object, machine, id);

-- Rows that claims and appenders of the audit log write first, so that they happen one after another.
INSERT INTO setting (name, value) VALUES ('turn.queue', '{}');
INSERT INTO setting (name, value) VALUES ('turn.audit', '{}');

/** Kysely's view of the tables in sql/: booleans are 0/1, times are ms since the epoch, JSON is text read by zod. */
import type { Generated } from 'kysely';
import type {
  CutoverStepTable,
  FolderLockTable,
  NotificationTable,
  OrphanTable,
  PublicFolderTable,
  ScheduleTable,
  TimeWindowTable,
} from './schema-cutover.ts';

export interface SettingTable {
  name: string;
  value: string;
}

export interface ForestTable {
  id: Generated<number>;
  name: string;
  name_key: string;
  role: string;
  config: string;
  created_at: number;
}

export interface AccountTable {
  id: Generated<number>;
  forest_id: number;
  purpose: string;
  user_name: string;
  secret_id: number | null;
  updated_at: number;
}

export interface MachineTable {
  id: Generated<number>;
  name: string;
  name_key: string;
  kind: string;
  state: string;
  public_key: string;
  fingerprint: string;
  version: string;
  facts: string;
  enrolled_at: number;
  approved_at: number | null;
  approved_by: string | null;
  approval: Uint8Array | null;
  last_seen: number;
}

export interface DataKeyTable {
  version: number;
  machine_id: number;
  wrapped: Uint8Array;
  created_at: number;
}

export interface SecretTable {
  id: Generated<number>;
  purpose: string;
  record: string;
  key_version: number;
  nonce: Uint8Array;
  ciphertext: Uint8Array;
  updated_at: number;
}

export interface RecipientTable {
  id: Generated<number>;
  forest_id: number;
  guid: string;
  dn: string;
  kind: string;
  display_name: string;
  mail: string | null;
  sam: string | null;
  upn: string | null;
  legacy_dn: string | null;
  department: string | null;
  name_key: string;
  hidden: number;
  deleted: number;
  usn: number;
  when_changed: number | null;
  attributes: string;
  stats: string | null;
  read_id: number;
}

export interface RecipientAddressTable {
  recipient_id: number;
  forest_id: number;
  kind: string;
  address: string;
  address_key: string;
  is_primary: number;
}

export interface DirectoryStateTable {
  forest_id: number;
  server: string;
  invocation_id: string;
  usn: number;
  cookie: Uint8Array | null;
  sees_deleted: number;
  read_id: number;
  unfinished: number;
  full_at: number | null;
  delta_at: number | null;
  problems: string;
}

export interface MailboxAccessTable {
  id: Generated<number>;
  mailbox_id: number;
  origin: string;
  right_name: string;
  grantee_form: string;
  grantee: string;
  place: string;
  read_at: number;
}

export interface MatchTable {
  id: Generated<number>;
  source_id: number;
  target_id: number | null;
  state: string;
  rule: string;
  score: number;
  evidence: string;
  candidates: string;
  updated_at: number;
}

export interface DecisionTable {
  source_guid: string;
  target_guid: string | null;
  choice: string;
  who: string;
  at: number;
}

export interface ChangePlanTable {
  id: Generated<number>;
  batch_id: number | null;
  purpose: string;
  state: string;
  created_at: number;
  created_by: string;
  notes: string;
}

export interface DirectoryChangeTable {
  id: Generated<number>;
  plan_id: number;
  forest_id: number;
  seq: number;
  kind: string;
  dn: string;
  guid: string | null;
  source_id: number | null;
  reason: string;
  before_values: string;
  after_values: string;
  state: string;
  message: string | null;
  updated_at: number;
}

export interface BatchTable {
  id: Generated<number>;
  name: string;
  name_key: string;
  state: string;
  options: string;
  created_at: number;
  started_at: number | null;
  finished_at: number | null;
}

export interface WorkloadTable {
  id: Generated<number>;
  batch_id: number;
  kind: string;
  source_id: number | null;
  source_address: string;
  target_address: string;
  display_name: string;
  name_key: string;
  root: string;
  state: string;
  reason: string | null;
  priority: number;
  grade: string | null;
  items_total: number;
  items_done: number;
  items_bad: number;
  bytes_total: number;
  bytes_done: number;
  pace: string | null;
  synced_at: number | null;
  updated_at: number;
}

export interface TaskTable {
  id: Generated<number>;
  batch_id: number | null;
  workload_id: number | null;
  kind: string;
  state: string;
  priority: number;
  run_after: number;
  attempts: number;
  max_attempts: number;
  fence: number;
  for_machine: number | null;
  machine_id: number | null;
  leased_at: number | null;
  lease_until: number | null;
  source_endpoint: string | null;
  target_endpoint: string | null;
  correlation: string | null;
  payload: string;
  result: string | null;
  error: string | null;
  created_at: number;
  updated_at: number;
}

export interface TaskAttemptTable {
  id: Generated<number>;
  task_id: number;
  fence: number;
  machine_id: number | null;
  started_at: number;
  ended_at: number;
  outcome: string;
  message: string | null;
}

export interface EndpointLimitTable {
  endpoint: string;
  max_running: number | null;
  until: number | null;
  reason: string | null;
}

export interface MaintenanceTable {
  id: Generated<number>;
  scope: string;
  from_at: number;
  to_at: number;
  reason: string;
  window_id: number | null;
}

export interface FolderTable {
  id: Generated<number>;
  workload_id: number;
  source_key: string;
  source_id: string;
  source_parent: string | null;
  target_id: string | null;
  path: string;
  folder_class: string;
  state: string;
  sync_state: string | null;
  facts: string;
  items_total: number;
  items_done: number;
  items_bad: number;
  bytes_done: number;
  updated_at: number;
}

export interface LedgerTable {
  workload_id: number;
  source_key: Uint8Array;
  folder_id: number;
  state: string;
  source_id: string;
  source_change_key: string;
  target_id: string | null;
  target_change_key: string | null;
  search_key: Uint8Array | null;
  item_class: string;
  associated: number;
  in_archive: number;
  size: number;
  item_date: number | null;
  digest: Uint8Array | null;
  transport: string | null;
  reason: string | null;
  fence: number;
  updated_at: number;
}

export interface LateCopyTable {
  workload_id: number;
  folder_id: number;
  search_key: Uint8Array;
  associated: number;
  sent_at: number;
}

export interface BadItemTable {
  id: Generated<number>;
  workload_id: number;
  folder_id: number | null;
  folder_path: string;
  source_key: Uint8Array;
  source_id: string;
  item_class: string;
  size: number;
  item_date: number | null;
  reason: string;
  message: string;
  state: string;
  decided_by: string | null;
  decided_at: number | null;
  updated_at: number;
}

export interface MailboxSettingTable {
  workload_id: number;
  setting_key: string;
  kind: string;
  name: string;
  state: string;
  digest: string | null;
  reason: string | null;
  live: number;
  updated_at: number;
}

export interface VerificationTable {
  id: Generated<number>;
  workload_id: number;
  at: number;
  grade: string;
  result: string;
}

export interface EventTable {
  id: Generated<number>;
  at: number;
  kind: string;
  batch_id: number | null;
  workload_id: number | null;
  machine_id: number | null;
  correlation: string | null;
  data: string;
}

export interface ThroughputTable {
  minute: number;
  workload_id: number;
  machine_id: number;
  items: number;
  bytes: number;
  calls: number;
}

export interface AuditTable {
  id: number;
  at: number;
  who: string;
  host: string;
  action: string;
  object: string;
  before_value: string | null;
  after_value: string | null;
  correlation: string | null;
  previous_hash: Uint8Array;
  hash: Uint8Array;
}

export interface LogLineTable {
  id: Generated<number>;
  at: number;
  machine_id: number | null;
  level: string;
  text: string;
  correlation: string | null;
  data: string;
}

export interface CheckRunTable {
  id: Generated<number>;
  started_at: number;
  finished_at: number | null;
  started_by: string;
  machine: string;
  scope: string;
}

export interface CheckResultTable {
  id: Generated<number>;
  run_id: number;
  check_id: string;
  group_name: string;
  object: string;
  machine: string;
  outcome: string;
  title: string;
  data: string;
  took_ms: number;
  override_by: string | null;
  override_reason: string | null;
}

export interface Database {
  cutover_step: CutoverStepTable;
  notification: NotificationTable;
  schedule: ScheduleTable;
  time_window: TimeWindowTable;
  public_folder: PublicFolderTable;
  orphan: OrphanTable;
  folder_lock: FolderLockTable;
  setting: SettingTable;
  forest: ForestTable;
  account: AccountTable;
  machine: MachineTable;
  data_key: DataKeyTable;
  secret: SecretTable;
  recipient: RecipientTable;
  recipient_address: RecipientAddressTable;
  directory_state: DirectoryStateTable;
  mailbox_access: MailboxAccessTable;
  match: MatchTable;
  decision: DecisionTable;
  change_plan: ChangePlanTable;
  directory_change: DirectoryChangeTable;
  batch: BatchTable;
  workload: WorkloadTable;
  task: TaskTable;
  task_attempt: TaskAttemptTable;
  endpoint_limit: EndpointLimitTable;
  maintenance: MaintenanceTable;
  folder: FolderTable;
  ledger: LedgerTable;
  late_copy: LateCopyTable;
  bad_item: BadItemTable;
  mailbox_setting: MailboxSettingTable;
  verification: VerificationTable;
  event: EventTable;
  throughput: ThroughputTable;
  audit: AuditTable;
  log_line: LogLineTable;
  check_run: CheckRunTable;
  check_result: CheckResultTable;
}

table account
  id bigint not null identity
  forest_id bigint not null
  purpose nvarchar(64) binary not null
  user_name nvarchar(1000) binary not null
  secret_id bigint
  updated_at bigint not null

table audit
  id bigint not null
  at bigint not null
  who nvarchar(1000) binary not null
  host nvarchar(1000) binary not null
  action nvarchar(1000) binary not null
  object nvarchar(1000) binary not null
  before_value nvarchar(max) binary
  after_value nvarchar(max) binary
  correlation nvarchar(64) binary
  previous_hash binary(32) not null
  hash binary(32) not null

table bad_item
  id bigint not null identity
  workload_id bigint not null
  folder_id bigint
  folder_path nvarchar(max) binary not null
  source_key varbinary(16) not null
  source_id varchar(1024) binary not null
  item_class nvarchar(255) binary not null
  size bigint not null
  item_date bigint
  reason nvarchar(max) binary not null
  message nvarchar(max) binary not null
  state nvarchar(20) binary not null
  decided_by nvarchar(1000) binary
  decided_at bigint
  updated_at bigint not null

table batch
  id bigint not null identity
  name nvarchar(1000) binary not null
  name_key nvarchar(700) binary not null
  state nvarchar(20) binary not null
  options nvarchar(max) binary not null
  created_at bigint not null
  started_at bigint
  finished_at bigint

table change_plan
  id bigint not null identity
  batch_id bigint
  purpose nvarchar(64) binary not null
  state nvarchar(20) binary not null
  created_at bigint not null
  created_by nvarchar(1000) binary not null
  notes nvarchar(max) binary not null

table check_result
  id bigint not null identity
  run_id bigint not null
  check_id nvarchar(100) binary not null
  group_name nvarchar(100) binary not null
  object nvarchar(1000) binary not null
  machine nvarchar(1000) binary not null
  outcome nvarchar(32) binary not null
  title nvarchar(1000) binary not null
  data nvarchar(max) binary not null
  took_ms bigint not null
  override_by nvarchar(1000) binary
  override_reason nvarchar(1000) binary

table check_run
  id bigint not null identity
  started_at bigint not null
  finished_at bigint
  started_by nvarchar(1000) binary not null
  machine nvarchar(1000) binary not null
  scope nvarchar(200) binary not null

table cutover_step
  workload_id bigint not null
  step nvarchar(32) binary not null
  state nvarchar(32) binary not null
  started_at bigint
  ended_at bigint
  who nvarchar(1000) binary
  reason nvarchar(max) binary
  detail nvarchar(max) binary not null

table data_key
  version bigint not null
  machine_id bigint not null
  wrapped varbinary(256) not null
  created_at bigint not null

table decision
  source_guid nvarchar(64) binary not null
  target_guid nvarchar(64) binary
  choice nvarchar(32) binary not null
  who nvarchar(1000) binary not null
  at bigint not null

table directory_change
  id bigint not null identity
  plan_id bigint not null
  forest_id bigint not null
  seq bigint not null
  kind nvarchar(32) binary not null
  dn nvarchar(2000) binary not null
  guid nvarchar(64) binary
  source_id bigint
  reason nvarchar(max) binary not null
  before_values nvarchar(max) binary not null
  after_values nvarchar(max) binary not null
  state nvarchar(20) binary not null
  message nvarchar(max) binary
  updated_at bigint not null

table directory_state
  forest_id bigint not null
  server nvarchar(1000) binary not null
  invocation_id nvarchar(1000) binary not null
  usn bigint not null
  cookie varbinary(max)
  sees_deleted smallint not null
  read_id bigint not null
  unfinished smallint not null
  full_at bigint
  delta_at bigint
  problems nvarchar(max) binary not null

table endpoint_limit
  endpoint nvarchar(200) binary not null
  max_running bigint
  until bigint
  reason nvarchar(max) binary

table event
  id bigint not null identity
  at bigint not null
  kind nvarchar(32) binary not null
  batch_id bigint
  workload_id bigint
  machine_id bigint
  correlation nvarchar(64) binary
  data nvarchar(max) binary not null

table folder
  id bigint not null identity
  workload_id bigint not null
  source_key nvarchar(400) binary not null
  source_id varchar(1024) binary not null
  source_parent varchar(1024) binary
  target_id varchar(1024) binary
  path nvarchar(max) binary not null
  folder_class nvarchar(200) binary not null
  state nvarchar(20) binary not null
  sync_state nvarchar(max) binary
  facts nvarchar(max) binary not null
  items_total bigint not null
  items_done bigint not null
  items_bad bigint not null
  bytes_done bigint not null
  updated_at bigint not null

table folder_lock
  workload_id bigint not null
  folder_key nvarchar(64) binary not null
  folder_id nvarchar(max) binary not null
  path nvarchar(max) binary not null
  state nvarchar(32) binary not null
  before_list nvarchar(max) binary not null
  reason nvarchar(max) binary
  updated_at bigint not null

table forest
  id bigint not null identity
  name nvarchar(1000) binary not null
  name_key nvarchar(700) binary not null
  role nvarchar(20) binary not null
  config nvarchar(max) binary not null
  created_at bigint not null

table late_copy
  workload_id bigint not null
  folder_id bigint not null
  search_key varbinary(255) not null
  associated bigint not null
  sent_at bigint not null

table ledger
  workload_id bigint not null
  source_key varbinary(16) not null
  folder_id bigint not null
  state nvarchar(20) binary not null
  source_id varchar(1024) binary not null
  source_change_key varchar(1024) binary not null
  target_id varchar(1024) binary
  target_change_key varchar(1024) binary
  search_key varbinary(255)
  item_class nvarchar(255) binary not null
  associated bigint not null
  in_archive bigint not null
  size bigint not null
  item_date bigint
  digest varbinary(64)
  transport nvarchar(32) binary
  reason nvarchar(max) binary
  fence bigint not null
  updated_at bigint not null

table log_line
  id bigint not null identity
  at bigint not null
  machine_id bigint
  level nvarchar(10) binary not null
  text nvarchar(max) binary not null
  correlation nvarchar(64) binary
  data nvarchar(max) binary not null

table machine
  id bigint not null identity
  name nvarchar(1000) binary not null
  name_key nvarchar(700) binary not null
  kind nvarchar(32) binary not null
  state nvarchar(20) binary not null
  public_key nvarchar(max) binary not null
  fingerprint nvarchar(100) binary not null
  version nvarchar(64) binary not null
  facts nvarchar(max) binary not null
  enrolled_at bigint not null
  approved_at bigint
  approved_by nvarchar(1000) binary
  approval varbinary(64)
  last_seen bigint not null

table mailbox_access
  id bigint not null identity
  mailbox_id bigint not null
  origin nvarchar(32) binary not null
  right_name nvarchar(64) binary not null
  grantee_form nvarchar(8) binary not null
  grantee nvarchar(2000) binary not null
  place nvarchar(max) binary not null
  read_at bigint not null

table mailbox_setting
  workload_id bigint not null
  setting_key nvarchar(64) binary not null
  kind nvarchar(32) binary not null
  name nvarchar(1000) binary not null
  state nvarchar(32) binary not null
  digest nvarchar(64) binary
  reason nvarchar(1000) binary
  live smallint not null
  updated_at bigint not null

table maintenance
  id bigint not null identity
  scope nvarchar(200) binary not null
  from_at bigint not null
  to_at bigint not null
  reason nvarchar(max) binary not null
  window_id bigint

table match
  id bigint not null identity
  source_id bigint not null
  target_id bigint
  state nvarchar(20) binary not null
  rule nvarchar(1000) binary not null
  score float not null
  evidence nvarchar(max) binary not null
  candidates nvarchar(max) binary not null
  updated_at bigint not null

table notification
  id bigint not null identity
  workload_id bigint not null
  occasion nvarchar(32) binary not null
  address nvarchar(400) binary not null
  language nvarchar(35) binary not null
  state nvarchar(32) binary not null
  message_id nvarchar(200) binary not null
  reason nvarchar(max) binary
  updated_at bigint not null

table orphan
  address_key nvarchar(400) binary not null
  address nvarchar(400) binary not null
  choice nvarchar(32) binary not null
  target_address nvarchar(400) binary
  who nvarchar(1000) binary not null
  at bigint not null

table public_folder
  scan bigint not null
  folder_key nvarchar(64) binary not null
  folder_id nvarchar(max) binary not null
  parent_key nvarchar(64) binary
  path nvarchar(max) binary not null
  depth bigint not null
  folder_class nvarchar(400) binary not null
  items bigint not null
  bytes bigint not null
  changed_at bigint
  owner nvarchar(max) binary
  mail_enabled bigint not null
  replica nvarchar(64) binary

table recipient
  id bigint not null identity
  forest_id bigint not null
  guid nvarchar(64) binary not null
  dn nvarchar(2000) binary not null
  kind nvarchar(32) binary not null
  display_name nvarchar(1000) binary not null
  mail nvarchar(1000) binary
  sam nvarchar(1000) binary
  upn nvarchar(1000) binary
  legacy_dn nvarchar(2000) binary
  department nvarchar(1000) binary
  name_key nvarchar(700) binary not null
  hidden smallint not null
  deleted smallint not null
  usn bigint not null
  when_changed bigint
  attributes nvarchar(max) binary not null
  stats nvarchar(max) binary
  read_id bigint not null

table recipient_address
  recipient_id bigint not null
  forest_id bigint not null
  kind nvarchar(32) binary not null
  address nvarchar(1123) binary not null
  address_key nvarchar(800) binary not null
  is_primary smallint not null

table schedule
  batch_id bigint not null
  kind nvarchar(32) binary not null
  at bigint not null
  wall nvarchar(40) binary not null
  zone nvarchar(100) binary not null
  state nvarchar(32) binary not null
  note nvarchar(max) binary
  done_at bigint

table schema_migration
  number bigint not null
  name nvarchar(200) binary not null
  checksum nvarchar(64) binary not null
  applied_at bigint not null

table secret
  id bigint not null identity
  purpose nvarchar(64) binary not null
  record nvarchar(1000) binary not null
  key_version bigint not null
  nonce varbinary(32) not null
  ciphertext varbinary(max) not null
  updated_at bigint not null

table setting
  name nvarchar(200) binary not null
  value nvarchar(max) binary not null

table task
  id bigint not null identity
  batch_id bigint
  workload_id bigint
  kind nvarchar(32) binary not null
  state nvarchar(20) binary not null
  priority float not null
  run_after bigint not null
  attempts bigint not null
  max_attempts bigint not null
  fence bigint not null
  for_machine bigint
  machine_id bigint
  leased_at bigint
  lease_until bigint
  source_endpoint nvarchar(200) binary
  target_endpoint nvarchar(200) binary
  correlation nvarchar(64) binary
  payload nvarchar(max) binary not null
  result nvarchar(max) binary
  error nvarchar(max) binary
  created_at bigint not null
  updated_at bigint not null

table task_attempt
  id bigint not null identity
  task_id bigint not null
  fence bigint not null
  machine_id bigint
  started_at bigint not null
  ended_at bigint not null
  outcome nvarchar(32) binary not null
  message nvarchar(max) binary

table throughput
  minute bigint not null
  workload_id bigint not null
  machine_id bigint not null
  items bigint not null
  bytes bigint not null
  calls bigint not null

table time_window
  id bigint not null identity
  scope nvarchar(200) binary not null
  kind nvarchar(32) binary not null
  zone nvarchar(100) binary not null
  rule nvarchar(max) binary not null
  reason nvarchar(max) binary not null
  created_by nvarchar(1000) binary not null
  created_at bigint not null

table verification
  id bigint not null identity
  workload_id bigint not null
  at bigint not null
  grade nvarchar(20) binary not null
  result nvarchar(max) binary not null

table workload
  id bigint not null identity
  batch_id bigint not null
  kind nvarchar(32) binary not null
  source_id bigint
  source_address nvarchar(1000) binary not null
  target_address nvarchar(1000) binary not null
  display_name nvarchar(1000) binary not null
  name_key nvarchar(700) binary not null
  root nvarchar(2000) binary not null
  state nvarchar(20) binary not null
  reason nvarchar(max) binary
  priority float not null
  grade nvarchar(20) binary
  items_total bigint not null
  items_done bigint not null
  items_bad bigint not null
  bytes_total bigint not null
  bytes_done bigint not null
  pace nvarchar(400) binary
  synced_at bigint
  updated_at bigint not null

account references forest on delete cascade
bad_item references workload on delete cascade
check_result references check_run on delete cascade
cutover_step references workload on delete cascade
data_key references machine on delete cascade
directory_change references change_plan on delete cascade
directory_change references forest on delete no_action
directory_state references forest on delete cascade
folder references workload on delete cascade
folder_lock references workload on delete cascade
late_copy references workload on delete cascade
mailbox_access references recipient on delete cascade
mailbox_setting references workload on delete cascade
match references recipient on delete cascade
match references recipient on delete no_action
notification references workload on delete cascade
recipient references forest on delete cascade
recipient_address references recipient on delete cascade
schedule references batch on delete cascade
task_attempt references task on delete cascade
verification references workload on delete cascade
workload references batch on delete cascade

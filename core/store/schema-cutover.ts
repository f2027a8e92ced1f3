/** Kysely's view of the tables for cutover, schedules, notifications and public folders; see sql/. */
import type { Generated } from 'kysely';

export interface CutoverStepTable {
  workload_id: number;
  step: string;
  state: string;
  started_at: number | null;
  ended_at: number | null;
  who: string | null;
  reason: string | null;
  detail: string;
}

export interface NotificationTable {
  id: Generated<number>;
  workload_id: number;
  occasion: string;
  address: string;
  language: string;
  state: string;
  message_id: string;
  reason: string | null;
  updated_at: number;
}

export interface ScheduleTable {
  batch_id: number;
  kind: string;
  at: number;
  wall: string;
  zone: string;
  state: string;
  note: string | null;
  done_at: number | null;
}

export interface TimeWindowTable {
  id: Generated<number>;
  scope: string;
  kind: string;
  zone: string;
  rule: string;
  reason: string;
  created_by: string;
  created_at: number;
}

export interface PublicFolderTable {
  scan: number;
  folder_key: string;
  folder_id: string;
  parent_key: string | null;
  path: string;
  depth: number;
  folder_class: string;
  items: number;
  bytes: number;
  changed_at: number | null;
  owner: string | null;
  mail_enabled: number;
  replica: string | null;
}

export interface OrphanTable {
  address_key: string;
  address: string;
  choice: string;
  target_address: string | null;
  who: string;
  at: number;
}

export interface FolderLockTable {
  workload_id: number;
  folder_key: string;
  folder_id: string;
  path: string;
  state: string;
  before_list: string;
  reason: string | null;
  updated_at: number;
}

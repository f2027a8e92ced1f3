import type { FolderPermission } from '../model.ts';

/** MAPI rights of the levels people know ([MS-OXCPERM] 2.2.7). */
export const LEVEL_RIGHTS = {
  None: 0,
  Owner: 0x7fb,
  PublishingEditor: 0x4fb,
  Editor: 0x47b,
  PublishingAuthor: 0x49b,
  Author: 0x41b,
  NoneditingAuthor: 0x413,
  Reviewer: 0x401,
  Contributor: 0x402,
} as const;
export type Level = keyof typeof LEVEL_RIGHTS;
/** Free/busy simple and detailed: on calendars they come with every right to read. */
const FREE_BUSY = 0x1800;

/** A permission of a level for a user, or for `Default` or `Anonymous`. */
export function level(name: Level, user: string, displayName: string, calendar: boolean): FolderPermission {
  const rights = LEVEL_RIGHTS[name];
  return { user, displayName, level: name, rights: calendar && rights & 1 ? rights | FREE_BUSY : rights };
}

import type { FolderPermission } from '../model.ts';
import { LEVEL_RIGHTS, type Level } from '../permission-levels.ts';

/** Free/busy simple and detailed: on calendars they come with every right to read. */
const FREE_BUSY = 0x1800;

/** A permission of a level for a user, or for `Default` or `Anonymous`. */
export function level(name: Level, user: string, displayName: string, calendar: boolean): FolderPermission {
  const rights = LEVEL_RIGHTS[name];
  return { user, displayName, level: name, rights: calendar && rights & 1 ? rights | FREE_BUSY : rights };
}

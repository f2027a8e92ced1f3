import type { BatchOptions } from '../../domain/batch-options.ts';
import type { ItemInfo } from '../../exchange/mail-store.ts';
import type { FolderRow } from '../../store/folders.ts';
import type { LedgerRow } from '../../store/ledger.ts';
import { itemDate } from './filter.ts';

const DAY_MS = 86_400_000;
/** What an archive takes by age: mail, what meetings and servers send, posts. Appointments and people have no such age. */
const MAIL = ['ipm.note', 'ipm.schedule', 'ipm.post', 'report'];

/**
 * Whether an item is old enough for the archive at a time (ms since the epoch), by the date it is filtered by.
 * Folder-associated items stay with their folders.
 */
export function isForArchive(options: BatchOptions, now: number): (item: ItemInfo) => boolean {
  const days = options.archiveOlderThanDays;
  if (days === null) return () => false;
  const before = now - days * DAY_MS;
  return (item) => {
    const date = itemDate(item);
    return !item.associated && date !== null && date < before && isMail(item.itemClass);
  };
}

function isMail(itemClass: string): boolean {
  const lower = itemClass.toLowerCase();
  return MAIL.some((base) => lower === base || lower.startsWith(`${base}.`));
}

/** The folder of the target that a row's copy belongs into: its folder's counterpart, or that one's twin in the archive. */
export function placeOf(folder: FolderRow | undefined, row: Pick<LedgerRow, 'inArchive'>): string | null {
  return (row.inArchive ? folder?.facts.archiveId : null) ?? folder?.targetId ?? null;
}

/** Every folder of the target that holds copies of a folder's items. */
export function placesOf(folder: FolderRow): string[] {
  return [folder.targetId, folder.facts.archiveId].filter((id) => id !== null);
}

import { smtpKey } from '../../domain/addresses.ts';
import type { MailboxAccess } from '../../domain/mailbox-access.ts';
import type { MailboxStats } from '../../domain/mailbox-stats.ts';
import type { FolderInfo, MailStore } from '../../exchange/mail-store.ts';

export interface MailboxFacts {
  stats: Omit<MailboxStats, 'at'>;
  access: MailboxAccess[];
  /** What could not be read beside that, in words. */
  notes: string[];
}

/** Levels that give nothing, and users that are nobody in particular. */
const NOBODY = new Set(['default', 'anonymous']);
const NO_LEVEL = new Set(['None', 'FreeBusyTimeOnly', 'FreeBusyTimeAndSubjectAndLocation']);

/**
 * Reads how large a mailbox is and who may use it: its folders with their permission lists, and its delegates.
 * @throws what the mail store throws when the mailbox cannot be opened
 */
export async function collectMailbox(mailStore: MailStore, signal?: AbortSignal): Promise<MailboxFacts> {
  const stats = { items: 0, bytes: 0, folders: 0, lastLogon: null, lastChange: null as number | null };
  const access: MailboxAccess[] = [];
  const paths = new Map<string, string>();
  for await (const folder of mailStore.folders('mailbox', { signal, permissions: true })) {
    const above = folder.parentId === null ? undefined : paths.get(folder.parentId);
    const path = above === undefined ? '' : `${above}/${folder.name}`;
    paths.set(folder.id, path);
    stats.folders++;
    if (folder.search) continue;
    stats.items += folder.itemCount + (folder.associatedCount ?? 0);
    stats.bytes += folder.sizeBytes ?? 0;
    if (folder.changedAt != null) stats.lastChange = Math.max(stats.lastChange ?? 0, folder.changedAt);
    access.push(...folderAccess(folder, path));
  }
  const notes: string[] = [];
  access.push(...(await delegateAccess(mailStore, notes, signal)));
  return { stats, access: withoutOwner(access, mailStore.address), notes };
}

function folderAccess(folder: FolderInfo, path: string): MailboxAccess[] {
  return (folder.permissions?.entries ?? []).flatMap(({ user, level, rights }) => {
    const none = NO_LEVEL.has(level) || (level === 'Custom' && !givesSomething(rights));
    if (NOBODY.has(user.toLowerCase()) || !user.includes('@') || none) return [];
    return [entry('folderPermissions', level, user, path)];
  });
}

function givesSomething(rights: Record<string, string>): boolean {
  return (
    rights.IsFolderOwner === 'true' ||
    rights.CanCreateItems === 'true' ||
    [rights.ReadItems, rights.EditItems, rights.DeleteItems].some(
      (right) => right !== undefined && !/^(?:None|TimeOnly|TimeAndSubjectAndLocation)$/.test(right),
    )
  );
}

function entry(
  origin: 'folderPermissions' | 'delegates',
  right: string,
  address: string,
  place: string,
): MailboxAccess {
  return { origin, right, granteeForm: 'smtp', grantee: smtpKey(address), place };
}

async function delegateAccess(mailStore: MailStore, notes: string[], signal?: AbortSignal): Promise<MailboxAccess[]> {
  const { settings } = mailStore;
  const able = settings?.supports('delegates') ?? 'this store has none';
  if (!settings || able !== true) {
    notes.push(`Delegates were not read: ${able === true ? '' : able}.`);
    return [];
  }
  try {
    const { list } = await settings.delegates({ signal });
    return list.map(({ address }) => entry('delegates', 'Delegate', address, ''));
  } catch (error) {
    if (signal?.aborted) throw error;
    notes.push(`Delegates were not read: ${error instanceof Error ? error.message : 'the server refused'}`);
    return [];
  }
}

function withoutOwner(access: MailboxAccess[], address: string): MailboxAccess[] {
  const own = smtpKey(address);
  return access.filter((one) => one.grantee !== own && one.grantee !== '');
}

import type { Transaction } from 'kysely';
import { TransplantError } from '../../domain/errors.ts';
import { LOCK_MOVES, type LockState, lockedLevel, lockedRights } from '../../domain/folder-lock.ts';
import { EwsError } from '../../exchange/ews/codes.ts';
import type { FolderInfo, MailStore, OpenMailStore, Permissions } from '../../exchange/mail-store.ts';
import { override } from '../../exchange/override.ts';
import { type FolderLock, locksOf, putLocks } from '../../store/folder-locks.ts';
import { folderKey } from '../../store/folders.ts';
import type { Database } from '../../store/schema.ts';
import type { Store } from '../../store/store.ts';
import { joinPath } from '../hierarchy/names.ts';
import { permissionsHash } from '../hierarchy/permissions.ts';
import { findSourceFolder } from '../hierarchy/source-folder.ts';

/** Some folders could not be locked, or not be released. */
export class FoldersBlocked extends TransplantError {}

export interface LockContext {
  store: Store;
  source: MailStore;
  workload: { id: number; root: string };
  /** The account that locks: it keeps its rights, or nobody could release the folders again. */
  account: string;
  signal: AbortSignal;
  guard: () => void;
  /** Runs writes to the database, under a task's fence where there is one. */
  write: <T>(work: (trx: Transaction<Database>) => Promise<T>) => Promise<T>;
}

const FOLDERS_AT_ONCE = 50;
/** People may make folders while the others are being locked: the tree is read again until nothing new is found. */
const ROUNDS = 4;

/**
 * Takes every right to change anything from everybody, in each folder of a subtree, and reads every list back: the lock
 * has taken when it is seen. The lists from before are kept first. Done again after a crash it goes on.
 * @returns folders locked
 * @throws FoldersBlocked naming the folders that could not be locked, with the reason and what to do
 */
export async function lockFolders(context: LockContext): Promise<number> {
  let locked = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const known = new Map((await locksOf(context.store.db, context.workload.id)).map((lock) => [lock.key, lock]));
    let fresh = 0;
    let open = 0;
    let group: FolderLock[] = [];
    const flush = async () => {
      open += await lockGroup(context, group);
      group = [];
    };
    locked = 0;
    for await (const { folder, path } of tree(context)) {
      locked++;
      const key = folderKey(folder.id);
      const before = known.get(key);
      const list = folder.permissions ?? { calendar: false, entries: [], unknown: [] };
      if (before?.state === 'locked' && isLocked(list, context.account)) continue;
      fresh++;
      // What was kept before counts: the list may be half locked by now.
      const kept = before && before.state !== 'released' ? before.before : list;
      group.push({
        workloadId: context.workload.id,
        key,
        folderId: folder.id,
        path,
        state: 'locking',
        before: kept,
        reason: null,
      });
      if (group.length >= FOLDERS_AT_ONCE) await flush();
    }
    await flush();
    if (open > 0) break;
    if (fresh === 0) return locked;
  }
  throw await blocked(context, 'lock');
}

/** @returns how many of them could not be locked */
async function lockGroup(context: LockContext, locks: FolderLock[]): Promise<number> {
  if (locks.length === 0) return 0;
  const { store, source, signal } = context;
  await context.write((trx) => putLocks(store, trx, locks));
  for (const lock of locks) {
    context.guard();
    lock.reason = await refusal(() =>
      source.updateFolder(lock.folderId, { permissions: lockedList(lock.before, context.account) }, writing(context)),
    );
  }
  const answers = await source.getFolders(
    locks.map(({ folderId }) => folderId),
    { signal, permissions: true },
  );
  for (const [index, lock] of locks.entries()) {
    const answer = answers[index];
    const there = answer?.ok ? answer.value.permissions : undefined;
    if (lock.reason === null && there && isLocked(there, context.account)) move(lock, 'locked', null);
    else move(lock, 'blocked', lock.reason ?? NOT_TAKEN);
  }
  await context.write((trx) => putLocks(store, trx, locks));
  return locks.filter(({ state }) => state === 'blocked').length;
}

/**
 * Gives every folder its list from before back, and reads it back: it is released when it is seen.
 * @returns folders released
 * @throws FoldersBlocked naming those that are still locked
 */
export async function releaseFolders(context: LockContext): Promise<number> {
  const { store, source, signal } = context;
  const held = (await locksOf(store.db, context.workload.id)).filter(({ state }) => state !== 'released');
  for (let at = 0; at < held.length; at += FOLDERS_AT_ONCE) {
    const group = held.slice(at, at + FOLDERS_AT_ONCE);
    for (const lock of group) move(lock, 'releasing', null);
    await context.write((trx) => putLocks(store, trx, group));
    for (const lock of group) {
      context.guard();
      lock.reason = await refusal(() =>
        source.updateFolder(lock.folderId, { permissions: lock.before }, writing(context)),
      );
    }
    const answers = await source.getFolders(
      group.map(({ folderId }) => folderId),
      { signal, permissions: true },
    );
    for (const [index, lock] of group.entries()) {
      const answer = answers[index];
      const gone = answer && !answer.ok && answer.error instanceof EwsError && /NotFound$/.test(answer.error.code);
      const there = answer?.ok ? answer.value.permissions : undefined;
      // A folder that is gone holds nobody up.
      if (gone || (there && permissionsHash(there) === permissionsHash(lock.before))) move(lock, 'released', null);
      else move(lock, 'blocked', lock.reason ?? NOT_RELEASED);
    }
    await context.write((trx) => putLocks(store, trx, group));
  }
  if (held.some(({ state }) => state === 'blocked')) throw await blocked(context, 'release');
  return held.length;
}

/** The source as it was before the lock, so that the last delta and the comparison take the lists that people had. */
export function openUnlocked(store: Store, workloadId: number, open: OpenMailStore): OpenMailStore {
  return async (role, address, kind) => {
    const opened = await open(role, address, kind);
    if (role !== 'source' || kind !== 'publicFolders') return opened;
    const held = (await locksOf(store.db, workloadId)).filter(({ state }) => state !== 'released');
    if (held.length === 0) return opened;
    const before = new Map(held.map((lock) => [lock.key, lock.before]));
    const unlocked = (folder: FolderInfo): FolderInfo => {
      const list = folder.permissions ? before.get(folderKey(folder.id)) : undefined;
      return list ? { ...folder, permissions: list } : folder;
    };
    return override(opened, {
      async *folders(root, options) {
        for await (const folder of opened.folders(root, options)) yield unlocked(folder);
      },
      async getFolders(ids, options) {
        const answers = await opened.getFolders(ids, options);
        return answers.map((answer) => (answer.ok ? { ok: true, value: unlocked(answer.value) } : answer));
      },
    });
  };
}

/** Every folder of the subtree with its path; the root of all public folders holds nothing and has no list of its own. */
async function* tree({ source, workload, signal }: LockContext): AsyncGenerator<{ folder: FolderInfo; path: string }> {
  const root = workload.root || '/';
  const pair = { source: 'publicFolders', target: 'publicFolders', sourceBelow: root, targetBelow: '' } as const;
  const below = root === '/' ? undefined : await findSourceFolder(source, pair, signal);
  const paths = new Map<string, string>();
  for await (const folder of source.folders('publicFolders', { signal, below, permissions: true })) {
    const path = folder.parentId === null ? root : joinPath(paths.get(folder.parentId) ?? root, folder.name);
    if (folder.childCount > 0 || folder.parentId === null) paths.set(folder.id, path);
    if (folder.parentId === null && root === '/') continue;
    yield { folder, path };
  }
}

function lockedList(list: Permissions, account: string): Permissions {
  return {
    calendar: list.calendar,
    unknown: [],
    entries: list.entries.map((entry) =>
      isAccount(entry.user, account)
        ? entry
        : { ...entry, level: lockedLevel(entry.level), rights: lockedRights(entry.rights) },
    ),
  };
}

function isLocked(list: Permissions, account: string): boolean {
  return permissionsHash(list) === permissionsHash(lockedList(list, account));
}

/** `DOMAIN\name`, `name@domain` and an SMTP address name one account when their names are equal. */
function isAccount(user: string, account: string): boolean {
  const name = (text: string) => text.toLowerCase().replace(/^.*\\/, '').replace(/@.*$/, '');
  return name(user) === name(account);
}

function move(lock: FolderLock, to: LockState, reason: string | null): void {
  if (!LOCK_MOVES[lock.state].includes(to)) throw new Error(`a lock does not go from ${lock.state} to ${to}`);
  lock.state = to;
  lock.reason = reason;
}

const writing = ({ signal, guard }: LockContext) => ({ signal, guard });

const NOT_TAKEN =
  'Its list was written, and is not locked when read back. Somebody changes it meanwhile: find out who, and start again.';
const NOT_RELEASED = 'Its list was written, and is not as before when read back. Compare it by hand, and start again.';

/** Why a server refused a list, with what to do; null when it took it. @throws what is no refusal */
async function refusal(work: () => Promise<void>): Promise<string | null> {
  try {
    await work();
    return null;
  } catch (error) {
    if (!(error instanceof EwsError)) throw error;
    return REMEDIES[error.code] ?? `The server refused its list (${error.code}).`;
  }
}

const REMEDIES: Record<string, string> = {
  ErrorAccessDenied:
    'The public-folders account may not change its list. Make it an owner: Add-PublicFolderClientPermission -Identity PATH -User ACCOUNT -AccessRights Owner',
  ErrorFolderNotFound: 'The folder is gone. Start again: it is read anew.',
  ErrorInvalidUserSid:
    'Its list names somebody who is no more. Take that entry off: Remove-PublicFolderClientPermission -Identity PATH -User NAME',
};

const NAMED = 20;

async function blocked({ store, workload }: LockContext, what: 'lock' | 'release'): Promise<FoldersBlocked> {
  const all = (await locksOf(store.db, workload.id)).filter(({ state }) => state === 'blocked');
  const named = all.slice(0, NAMED).map(({ path, reason }) => `${path}: ${reason ?? ''}`);
  const more = all.length > NAMED ? ` And ${all.length - NAMED} more.` : '';
  return new FoldersBlocked({
    tried: `${what} the public folders below ${workload.root}`,
    happened:
      all.length === 0 ? 'New folders keep being made.' : `${all.length} could not be: ${named.join(' ')}${more}`,
    next:
      what === 'lock'
        ? 'Mend these and start the cutover again; abort releases the others.'
        : 'Mend these and undo again.',
  });
}

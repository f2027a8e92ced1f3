import type { Kysely } from 'kysely';
import { z } from 'zod';
import { LOCK_STATES, type LockState } from '../domain/folder-lock.ts';
import { upsertMany } from './bulk.ts';
import type { Database } from './schema.ts';
import type { Store } from './store.ts';

/** A folder's permission list as it was before the lock. */
export const lockedListSchema = z.object({
  calendar: z.boolean(),
  entries: z.array(
    z.object({
      user: z.string(),
      displayName: z.string(),
      level: z.string(),
      rights: z.record(z.string(), z.string()),
    }),
  ),
  unknown: z.array(z.string()),
});

export interface FolderLock {
  workloadId: number;
  key: string;
  folderId: string;
  path: string;
  state: LockState;
  before: z.infer<typeof lockedListSchema>;
  /** Why it is blocked, and what to do. */
  reason: string | null;
}

export async function locksOf(db: Kysely<Database>, workloadId: number): Promise<FolderLock[]> {
  const rows = await db
    .selectFrom('folder_lock')
    .selectAll()
    .where('workload_id', '=', workloadId)
    .orderBy('path')
    .execute();
  return rows.map((row) => ({
    workloadId: row.workload_id,
    key: row.folder_key,
    folderId: row.folder_id,
    path: row.path,
    state: z.enum(LOCK_STATES).parse(row.state),
    before: lockedListSchema.parse(JSON.parse(row.before_list)),
    reason: row.reason,
  }));
}

export async function putLocks(store: Store, db: Kysely<Database>, locks: readonly FolderLock[]): Promise<void> {
  const now = await store.now(db);
  await upsertMany(
    store,
    db,
    'folder_lock',
    locks.map((lock) => ({
      workload_id: lock.workloadId,
      folder_key: lock.key,
      folder_id: lock.folderId,
      path: lock.path,
      state: lock.state,
      before_list: JSON.stringify(lock.before),
      reason: lock.reason,
      updated_at: now,
    })),
    { key: ['workload_id', 'folder_key'] },
  );
}

import type { Transaction } from 'kysely';
import { upsertMany } from './bulk.ts';
import type { LedgerRow } from './ledger.ts';
import type { Database } from './schema.ts';
import type { Store } from './store.ts';

type Db = Store['db'] | Transaction<Database>;

const bytes = (searchKey: string): Uint8Array => new Uint8Array(Buffer.from(searchKey, 'hex'));

/** Notes, before items are sent again after a lost answer, that a second copy of them may turn up in their folders. */
export async function noteLateCopies(
  store: Store,
  trx: Transaction<Database>,
  rows: readonly Pick<LedgerRow, 'workloadId' | 'folderId' | 'searchKey' | 'associated'>[],
  now: number,
): Promise<void> {
  const notes = new Map<string, Database['late_copy']>();
  for (const { workloadId, folderId, searchKey, associated } of rows)
    if (searchKey !== null)
      notes.set(`${folderId} ${searchKey}`, {
        workload_id: workloadId,
        folder_id: folderId,
        search_key: bytes(searchKey),
        associated: associated ? 1 : 0,
        sent_at: now,
      });
  await upsertMany(store, trx, 'late_copy', [...notes.values()], { key: ['workload_id', 'folder_id', 'search_key'] });
}

/** Folders in which a second copy of something may turn up. */
export async function foldersWithLateCopies(store: Store, workloadId: number): Promise<number[]> {
  const rows = await store.db
    .selectFrom('late_copy')
    .select('folder_id')
    .distinct()
    .where('workload_id', '=', workloadId)
    .execute();
  return rows.map((row) => Number(row.folder_id));
}

/** What a second copy may turn up of in a folder; search keys in lower-case hex. */
export async function lateCopiesOf(
  store: Store,
  workloadId: number,
  folderId: number,
): Promise<{ searchKey: string; associated: boolean }[]> {
  const rows = await store.db
    .selectFrom('late_copy')
    .select(['search_key', 'associated'])
    .where('workload_id', '=', workloadId)
    .where('folder_id', '=', folderId)
    .execute();
  return rows.map((row) => ({
    searchKey: Buffer.from(row.search_key).toString('hex'),
    associated: Number(row.associated) === 1,
  }));
}

/** Nothing of what was sent again before a time comes late any more. */
export async function forgetLateCopies(trx: Db, workloadId: number, folderId: number, before: number): Promise<void> {
  await trx
    .deleteFrom('late_copy')
    .where('workload_id', '=', workloadId)
    .where('folder_id', '=', folderId)
    .where('sent_at', '<', before)
    .execute();
}

/** The copies of these rows are the target's own from now on: nothing that looks like them may be removed. */
export async function keepCopies(
  trx: Transaction<Database>,
  rows: readonly Pick<LedgerRow, 'workloadId' | 'folderId' | 'searchKey'>[],
): Promise<void> {
  for (const { workloadId, folderId, searchKey } of rows)
    if (searchKey !== null)
      await trx
        .deleteFrom('late_copy')
        .where('workload_id', '=', workloadId)
        .where('folder_id', '=', folderId)
        .where('search_key', '=', bytes(searchKey))
        .execute();
}

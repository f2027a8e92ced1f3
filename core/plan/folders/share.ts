import type { Kysely } from 'kysely';
import { shareOut, type Weighed, weightOf } from '../../domain/folder-shares.ts';
import { folderFactsSchema } from '../../store/folders.ts';
import type { Database } from '../../store/schema.ts';

/** A share is worth a task of its own from this weight on (items, and bytes as items). */
const SHARE_WEIGHT = 5_000;
/** More shares than workers, so that the last of them end at about the same time. */
const MOST_SHARES = 32;

/**
 * Payloads of the tasks of a workload's first sync: one for all folders, or shares of a large tree of public folders.
 * Later syncs are one task, which sees items that were moved from one folder to another.
 */
export async function syncPayloads(db: Kysely<Database>, workloadId: number): Promise<{ folders?: number[] }[]> {
  const workload = await db
    .selectFrom('workload')
    .select(['kind', 'synced_at'])
    .where('id', '=', workloadId)
    .executeTakeFirst();
  if (workload?.kind !== 'publicFolders' || workload.synced_at !== null) return [{}];
  const folders = await weighedFolders(db, workloadId);
  const total = folders.reduce((sum, folder) => sum + weightOf(folder), 0);
  const count = Math.min(MOST_SHARES, Math.floor(total / SHARE_WEIGHT));
  if (count < 2) return [{}];
  return shareOut(folders, count).map((ids) => ({ folders: ids }));
}

async function weighedFolders(db: Kysely<Database>, workloadId: number): Promise<Weighed[]> {
  const found: Weighed[] = [];
  for (let after = 0; ; ) {
    const rows = await db
      .selectFrom('folder')
      .select(['id', 'path', 'facts'])
      .where('workload_id', '=', workloadId)
      .where('id', '>', after)
      .orderBy('id')
      .limit(2_000)
      .execute();
    for (const { id, path, facts } of rows) {
      const { sourceItems, sizeBytes } = folderFactsSchema.parse(JSON.parse(facts));
      found.push({ id, path, items: sourceItems, bytes: sizeBytes ?? 0 });
    }
    const last = rows.at(-1);
    if (!last) return found;
    after = last.id;
  }
}

import { sql } from 'kysely';
import { z } from 'zod';
import { FOLDER_STATES, type FolderRow, folderFactsSchema } from './folders.ts';
import type { Store } from './store.ts';

/** A folder as a report shows it. */
export type ReportedFolder = Pick<
  FolderRow,
  'workloadId' | 'path' | 'folderClass' | 'state' | 'itemsTotal' | 'itemsDone' | 'itemsBad' | 'bytesDone'
> & { note: string; orphans: string[] };

/** All that a report wants of the facts. */
const remarks = folderFactsSchema.pick({ note: true, orphans: true });

/**
 * The folders of a batch by workload, each workload's in the order in which they were found; in one statement.
 * @param noted only those with a note or with users that nobody stands for in the target
 */
export async function reportedFolders(
  store: Store,
  batchId: number,
  noted: boolean,
): Promise<Map<number, ReportedFolder[]>> {
  let query = store.db
    .selectFrom('folder')
    .innerJoin('workload', 'workload.id', 'folder.workload_id')
    .select([
      'folder.workload_id',
      'folder.path',
      'folder.folder_class',
      'folder.state',
      'folder.items_total',
      'folder.items_done',
      'folder.items_bad',
      'folder.bytes_done',
      'folder.facts',
    ])
    .where('workload.batch_id', '=', batchId);
  // Most folders say that there is nothing to say: they are not even read. The underscore stands for the bracket, which
  // means something else to SQL Server.
  if (noted)
    query = query.where(sql<boolean>`(folder.facts NOT LIKE '%"note":""%' OR folder.facts NOT LIKE '%"orphans":_]%')`);
  const rows = await query.orderBy('folder.workload_id').orderBy('folder.id').execute();
  const folders = rows.map((row): ReportedFolder => {
    const { note, orphans } = remarks.parse(JSON.parse(row.facts));
    return {
      workloadId: Number(row.workload_id),
      path: row.path,
      folderClass: row.folder_class,
      state: z.enum(FOLDER_STATES).parse(row.state),
      itemsTotal: Number(row.items_total),
      itemsDone: Number(row.items_done),
      itemsBad: Number(row.items_bad),
      bytesDone: Number(row.bytes_done),
      note,
      orphans,
    };
  });
  const kept = noted ? folders.filter(({ note, orphans }) => note !== '' || orphans.length > 0) : folders;
  return Map.groupBy(kept, ({ workloadId }) => workloadId);
}

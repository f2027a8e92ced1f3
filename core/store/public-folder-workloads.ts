import { batchOptionsSchema, type PublicFolderTarget, type TargetChangePolicy } from '../domain/batch-options.ts';
import type { State } from '../domain/words.ts';
import type { Store } from './store.ts';
import { stateSchema } from './workloads.ts';

/** A subtree of public folders in a batch. */
export interface PublicFolderWorkload {
  id: number;
  batchId: number;
  batch: string;
  /** Path of its top folder; `/` is the whole tree. */
  root: string;
  state: State;
  itemsTotal: number;
  itemsDone: number;
  /** Where it goes, when that is not the same place among the target's public folders. */
  target: PublicFolderTarget | undefined;
  /** Synced both ways, with who wins in a conflict. */
  bothWays: TargetChangePolicy | undefined;
}

/** Every subtree that a batch holds, except of batches that were taken back. */
export async function publicFolderWorkloads(store: Store): Promise<PublicFolderWorkload[]> {
  const rows = await store.db
    .selectFrom('workload')
    .innerJoin('batch', 'batch.id', 'workload.batch_id')
    .select([
      'workload.id as id',
      'batch.id as batch_id',
      'batch.name as batch',
      'batch.options as options',
      'workload.root as root',
      'workload.state as state',
      'workload.items_total as items_total',
      'workload.items_done as items_done',
    ])
    .where('workload.kind', '=', 'publicFolders')
    .where('batch.state', '!=', 'undone')
    .orderBy('workload.root')
    .execute();
  return rows.map((row) => {
    const options = batchOptionsSchema.parse(JSON.parse(row.options));
    return {
      id: row.id,
      batchId: row.batch_id,
      batch: row.batch,
      root: row.root,
      state: stateSchema.parse(row.state),
      itemsTotal: row.items_total,
      itemsDone: row.items_done,
      target: options.publicFolders.find(({ path }) => path === row.root),
      bothWays: options.twoWay.find(({ path }) => path === row.root)?.rule,
    };
  });
}

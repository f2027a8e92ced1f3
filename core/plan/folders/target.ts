import type { PublicFolderTarget } from '../../domain/batch-options.ts';
import { UsageError } from '../../domain/errors.ts';
import { type Batch, setBatchOptions } from '../../store/batches.ts';
import type { Store } from '../../store/store.ts';
import { workloadsOf } from '../../store/workloads.ts';
import { treePath } from '../batches/create.ts';

/**
 * Says where a subtree of a batch goes. Shared and Microsoft 365 group mailboxes are both `mailbox`: a group's folders are
 * folders of its mailbox.
 * @throws UsageError when the batch has no such subtree, it was synced already, or a mailbox has no address
 */
export async function setFolderTarget(
  store: Store,
  batch: Batch,
  target: PublicFolderTarget,
): Promise<PublicFolderTarget[]> {
  const path = treePath(target.path);
  const tried = `set the target of ${path} in batch "${batch.name}"`;
  const workload = (await workloadsOf(store, batch.id)).find(
    ({ kind, root }) => kind === 'publicFolders' && root.toLowerCase() === path.toLowerCase(),
  );
  if (!workload) {
    throw new UsageError({
      tried,
      happened: 'The batch has no such subtree.',
      next: `Make a batch with it: transplant batch create NAME --public-folders ${path}`,
    });
  }
  if (workload.syncedAt !== null) {
    throw new UsageError({
      tried,
      happened: 'It was synced already, and its folders stand in the target.',
      next: 'Undo the batch and make a new one for another target.',
    });
  }
  if ((target.kind === 'publicFolders') !== (target.address === '')) {
    throw new UsageError({
      tried,
      happened: target.kind === 'publicFolders' ? 'Public folders have no address.' : 'The mailbox has no address.',
      next: 'Name the mailbox by its address, or leave the address out for public folders.',
    });
  }
  const others = batch.options.publicFolders.filter((one) => treePath(one.path).toLowerCase() !== path.toLowerCase());
  const targets = [...others, { ...target, path }];
  await setBatchOptions(store, batch.id, { ...batch.options, publicFolders: targets });
  return targets;
}

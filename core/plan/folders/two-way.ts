import type { TwoWay } from '../../domain/batch-options.ts';
import { UsageError } from '../../domain/errors.ts';
import { type Batch, setBatchOptions } from '../../store/batches.ts';
import type { Store } from '../../store/store.ts';
import { workloadsOf } from '../../store/workloads.ts';
import { treePath } from '../batches/create.ts';

/**
 * Says that a batch's subtree is synced both ways, and who wins where both sides changed the same item; without a rule
 * it goes one way again.
 * @throws UsageError when the batch has no such subtree, it does not go into public folders, or addresses are rewritten
 */
export async function setTwoWay(
  store: Store,
  batch: Batch,
  choice: { path: string; rule: TwoWay['rule'] | null },
): Promise<TwoWay[]> {
  const path = treePath(choice.path);
  const same = (other: string): boolean => treePath(other).toLowerCase() === path.toLowerCase();
  const tried = `sync ${path} of batch "${batch.name}" both ways`;
  const workload = (await workloadsOf(store, batch.id)).find(
    ({ kind, root }) => kind === 'publicFolders' && same(root),
  );
  if (!workload) {
    throw new UsageError({
      tried,
      happened: 'The batch has no such subtree.',
      next: `Make a batch with it: transplant batch create NAME --public-folders ${path}`,
    });
  }
  const target = batch.options.publicFolders.find((one) => same(one.path));
  if (target !== undefined && target.kind !== 'publicFolders') {
    throw new UsageError({
      tried,
      happened: 'It goes into a mailbox.',
      next: 'Both ways go between public folders only; sync it one way, or choose public folders as its target.',
    });
  }
  if (batch.options.rewriteAddresses) {
    throw new UsageError({
      tried,
      happened: 'The batch rewrites addresses inside items, and the rewritten ones would come back to the source.',
      next: 'Put the subtree into a batch without --rewrite-addresses.',
    });
  }
  const others = batch.options.twoWay.filter((one) => !same(one.path));
  const twoWay = choice.rule === null ? others : [...others, { path: workload.root, rule: choice.rule }];
  await setBatchOptions(store, batch.id, { ...batch.options, twoWay });
  return twoWay;
}

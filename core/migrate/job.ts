import { z } from 'zod';
import type { BatchOptions } from '../domain/batch-options.ts';
import { UsageError } from '../domain/errors.ts';
import type { FolderRoot, MailStore } from '../exchange/mail-store.ts';
import { batchById } from '../store/batches.ts';
import { type Workload, workloadById } from '../store/workloads.ts';
import { AddressRewriter } from './addresses/rewriter.ts';
import type { TaskContext } from './context.ts';

/** A root of the source and where it goes in the target. */
export interface RootPair {
  source: FolderRoot;
  target: FolderRoot;
  /** Path of the source folder to start from; `/` for all. */
  sourceBelow: string;
  /** Path of the target folder below which everything is put; empty for the root. */
  targetBelow: string;
}

/** One task with both sides open. */
export interface Job {
  context: TaskContext;
  workload: Workload;
  options: BatchOptions;
  source: MailStore;
  target: MailStore;
  roots: RootPair[];
  /** Set where addresses inside items are rewritten. */
  rewriter?: AddressRewriter | undefined;
  /** People work on both sides: what they change in the target is brought to the source. */
  twoWay: boolean;
  /** Which of these target items have a row already, where that is not asked of the ledger in the usual direction. */
  inUse?: ((targetIds: string[]) => Promise<Set<string>>) | undefined;
  /** Signal and guard for calls that change the target. */
  writing: { signal: AbortSignal; guard: () => void };
}

const payloadSchema = z
  .object({
    /** Row ids of folders: this task's share of a workload that several workers work on. */
    folders: z.array(z.int()).optional(),
    deep: z.boolean().optional(),
  })
  .nullish();

export type TaskPayload = NonNullable<z.infer<typeof payloadSchema>>;

export function payloadOf(context: TaskContext): TaskPayload {
  return payloadSchema.parse(context.claim.payload) ?? {};
}

/** Opens both sides of a task's workload. @throws UsageError when the workload is gone. */
export async function openJob(context: TaskContext): Promise<Job> {
  const { store, claim } = context;
  const workload = claim.workloadId === undefined ? undefined : await workloadById(store, claim.workloadId);
  const batch = workload && (await batchById(store, workload.batchId));
  if (!workload || !batch)
    throw new UsageError({
      tried: `run task ${claim.id}`,
      happened: 'Its workload is not there any more.',
      next: 'Nothing needs to be done; the batch was removed.',
    });
  const roots = rootsOf(workload, batch.options);
  const targetIsMailbox = roots.some((root) => root.target !== 'publicFolders');
  const source = await context.openMailStore('source', workload.sourceAddress, workload.kind);
  const target = await context.openMailStore(
    'target',
    workload.kind === 'publicFolders' && targetIsMailbox
      ? publicTarget(workload, batch.options).address
      : workload.targetAddress,
    workload.kind === 'publicFolders' && targetIsMailbox ? 'mailbox' : workload.kind,
  );
  const twoWay = twoWayOf(workload, batch.options);
  return {
    context,
    workload,
    options: twoWay ? { ...batch.options, targetChanges: twoWay.rule } : batch.options,
    twoWay: twoWay !== undefined,
    source,
    target,
    roots,
    ...(batch.options.rewriteAddresses ? { rewriter: new AddressRewriter(store) } : {}),
    writing: { signal: context.signal, guard: context.guard },
  };
}

function twoWayOf(workload: Workload, options: BatchOptions) {
  if (workload.kind !== 'publicFolders' || publicTarget(workload, options).kind !== 'publicFolders') return undefined;
  return options.twoWay.find(({ path }) => path.toLowerCase() === workload.root.toLowerCase());
}

function publicTarget(workload: Workload, options: BatchOptions) {
  const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
  return (
    options.publicFolders.find((t) => same(t.path, workload.root)) ??
    ({ path: workload.root, kind: 'publicFolders', address: '', below: '' } as const)
  );
}

function rootsOf(workload: Workload, options: BatchOptions): RootPair[] {
  const pair = (source: FolderRoot, target: FolderRoot = source): RootPair => ({
    source,
    target,
    sourceBelow: '/',
    targetBelow: '',
  });
  switch (workload.kind) {
    case 'mailbox':
      return [
        pair('mailbox'),
        ...(options.archive ? [pair('archive')] : []),
        ...(options.recoverableItems ? [pair('recoverableItems')] : []),
        ...(options.recoverableItems && options.archive ? [pair('archiveRecoverableItems')] : []),
      ];
    case 'archive':
      return [pair('archive'), ...(options.recoverableItems ? [pair('archiveRecoverableItems')] : [])];
    case 'publicFolders': {
      const to = publicTarget(workload, options);
      const root: FolderRoot =
        to.kind === 'publicFolders' ? 'publicFolders' : to.kind === 'archive' ? 'archive' : 'mailbox';
      return [{ source: 'publicFolders', target: root, sourceBelow: workload.root || '/', targetBelow: to.below }];
    }
  }
}

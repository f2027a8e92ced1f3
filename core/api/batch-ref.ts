import { z } from 'zod';
import { UsageError } from '../domain/errors.ts';
import { workloadsByName } from '../plan/batches/actions.ts';
import { type Batch, batchById, batchByName } from '../store/batches.ts';
import { listForests } from '../store/forests.ts';
import type { Store } from '../store/store.ts';
import { openDirectoryWriter } from './adapters.ts';
import type { ApiContext } from './context.ts';

/** A batch by its name, or by its id as the console's addresses have it. */
export const batchRef = z.union([z.int().positive(), z.string().min(1)]);
export type BatchRef = z.infer<typeof batchRef>;

/** Some members of a batch: by id as the console has them, by name or address as a person types them; all when neither. */
export const memberRefs = {
  workloadIds: z.array(z.int().positive()).optional(),
  mailboxes: z.array(z.string().min(1)).optional(),
};

/** @throws UsageError when there is no such batch */
export async function resolveBatch(store: Store, ref: BatchRef): Promise<Batch> {
  if (typeof ref === 'string') return await batchByName(store, ref);
  const batch = await batchById(store, ref);
  if (batch) return batch;
  throw new UsageError({
    tried: `find batch ${ref}`,
    happened: 'There is none with this number; it may have been removed.',
    next: 'Go back to the list of batches.',
  });
}

/** Ids of the members that were named; undefined for all. @throws UsageError when nobody has one of the names */
export async function resolveMembers(
  store: Store,
  batch: Batch,
  tried: string,
  refs: { workloadIds?: number[] | undefined; mailboxes?: string[] | undefined },
): Promise<number[] | undefined> {
  if (!refs.mailboxes) return refs.workloadIds;
  const named = await workloadsByName(store, batch.id, refs.mailboxes);
  if (named.unknown.length > 0) {
    throw new UsageError({
      tried: `${tried} some mailboxes of batch "${batch.name}"`,
      happened: `Nobody in it has the name or address ${named.unknown.join(', ')}.`,
      next: 'Look at its members with: transplant batch show NAME',
    });
  }
  return [...(refs.workloadIds ?? []), ...named.ids];
}

/** Opens the directory of a forest for writing, by its number. */
export function writersOf(ctx: ApiContext) {
  return async (forestId: number) => {
    const forest = (await listForests(ctx.store)).find((one) => one.id === forestId);
    if (!forest) {
      throw new UsageError({
        tried: 'write to the directory of a forest',
        happened: 'It was removed from the project.',
        next: 'Add the forest again and call again.',
      });
    }
    return await openDirectoryWriter(ctx, forest);
  };
}

/** Who does it, for plans and the audit log. */
export const actorOf = (ctx: ApiContext) => ({
  who: ctx.actor.user,
  host: ctx.actor.host,
  correlation: ctx.correlation,
});

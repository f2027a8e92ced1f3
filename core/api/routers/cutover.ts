import { z } from 'zod';
import { cutoverOf } from '../../plan/cutover/show.ts';
import { acceptFindings, signOff } from '../../plan/cutover/sign-off.ts';
import { actorOf, batchRef, memberRefs, resolveBatch, resolveMembers, writersOf } from '../batch-ref.ts';
import { procedure, router } from '../trpc.ts';

const noteSchema = z.string().trim().min(1).max(2_000);

/** The cutover of a batch, step by step. It is begun, broken off and undone by `batches.act`. */
export const cutoverRouter = router({
  /** How far each member is, what comes next, what may be done now and, where it may not, why. */
  show: procedure.input(z.object({ batch: batchRef })).query(async ({ ctx, input }) => {
    const batch = await resolveBatch(ctx.store, input.batch);
    const { forwarding, lockPublicFolders } = batch.options;
    return {
      batch: batch.name,
      state: batch.state,
      forwarding,
      lockPublicFolders,
      ...(await cutoverOf(ctx.store, batch.id)),
    };
  }),

  /** A person accepts what a comparison found; the cutover of these members goes on. */
  accept: procedure
    .input(z.object({ batch: batchRef, ...memberRefs, note: noteSchema }))
    .mutation(async ({ ctx, input }) => {
      const batch = await resolveBatch(ctx.store, input.batch);
      const ids = await resolveMembers(ctx.store, batch, 'accept the findings of', input);
      return await acceptFindings(ctx.store, batch.id, ids, { ...actorOf(ctx), note: input.note });
    }),

  /** A person signs the batch off, or some members; nothing of it can be undone from then on. */
  signOff: procedure
    .input(z.object({ batch: batchRef, ...memberRefs, note: noteSchema }))
    .mutation(async ({ ctx, input }) => {
      const batch = await resolveBatch(ctx.store, input.batch);
      const workloadIds = await resolveMembers(ctx.store, batch, 'sign off', input);
      return await signOff(ctx.store, batch.id, writersOf(ctx), { ...actorOf(ctx), workloadIds, note: input.note });
    }),
});

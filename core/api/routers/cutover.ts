import { z } from 'zod';
import { FORWARDING_MODES } from '../../domain/cutover.ts';
import { UsageError } from '../../domain/errors.ts';
import { cutoverOf } from '../../plan/cutover/show.ts';
import { acceptFindings, signOff } from '../../plan/cutover/sign-off.ts';
import { appendAudit } from '../../store/audit.ts';
import { setBatchOptions } from '../../store/batches.ts';
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

  /** How mail goes on after the switch, and whether public folders are locked before it; before the cutover has begun. */
  setOptions: procedure
    .input(
      z.object({
        batch: batchRef,
        forwarding: z.enum(FORWARDING_MODES).optional(),
        lockPublicFolders: z.boolean().optional(),
      }),
    )
    .mutation(async ({ ctx, input: { batch: ref, forwarding, lockPublicFolders } }) => {
      const batch = await resolveBatch(ctx.store, ref);
      const { members } = await cutoverOf(ctx.store, batch.id);
      const turned = members.filter((member) => member.turnedAt !== null);
      if (forwarding !== undefined && forwarding !== batch.options.forwarding && turned.length > 0) {
        throw new UsageError({
          tried: `change how mail of batch "${batch.name}" goes on`,
          happened: `Mail flow of ${turned.length} members has turned already.`,
          next: 'Sign the batch off, or undo it first.',
        });
      }
      const after = {
        ...(forwarding !== undefined && { forwarding }),
        ...(lockPublicFolders !== undefined && { lockPublicFolders }),
      };
      await setBatchOptions(ctx.store, batch.id, { ...batch.options, ...after });
      const entry = { action: 'batch.options', object: `batch ${batch.name}`, after };
      await appendAudit(ctx.store, [{ ...actorOf(ctx), ...entry }]);
      return { batch: batch.name, ...after };
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

import { z } from 'zod';
import { appendAudit } from '../../store/audit.ts';
import { BAD_REASONS, BAD_STATES, decideBadItems, listBadItems } from '../../store/bad-items.ts';
import { procedure, router } from '../trpc.ts';

export const badItemsRouter = router({
  list: procedure
    .input(
      z.object({
        batchId: z.int().positive().optional(),
        workloadId: z.int().positive().optional(),
        reason: z.enum(BAD_REASONS).optional(),
        state: z.enum(BAD_STATES).optional(),
        after: z.int().optional(),
        limit: z.int().min(1).max(1_000).default(200),
      }),
    )
    .query(async ({ ctx, input }) => await listBadItems(ctx.store, input)),

  /** A person's decision: on single items, or on all of one reason in a batch. */
  decide: procedure
    .input(
      z.object({
        which: z.union([
          z.object({ ids: z.array(z.int().positive()).min(1).max(1_000) }),
          z.object({ batchId: z.int().positive(), reason: z.enum(BAD_REASONS) }),
        ]),
        state: z.enum(BAD_STATES),
        why: z.string().max(500).default(''),
      }),
    )
    .mutation(async ({ ctx, input }) => {
      const changed = await decideBadItems(ctx.store, input.which, { state: input.state, who: ctx.actor.user });
      await appendAudit(ctx.store, [
        {
          who: ctx.actor.user,
          host: ctx.actor.host,
          action: `bad-items.${input.state}`,
          object: 'ids' in input.which ? `bad items ${input.which.ids.join(', ')}` : `batch ${input.which.batchId}`,
          after: { ...('reason' in input.which ? { reason: input.which.reason } : {}), count: changed, why: input.why },
          correlation: ctx.correlation,
        },
      ]);
      return { changed };
    }),
});

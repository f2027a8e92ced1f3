import { z } from 'zod';
import { listAudit, verifyAudit } from '../../store/audit.ts';
import { noteAnchor, readAnchors } from '../audit-anchors.ts';
import { procedure, router } from '../trpc.ts';

export const auditRouter = router({
  /** A page of entries, newest first; `before` is the id of the last one that was seen. */
  list: procedure
    .input(
      z.object({
        before: z.int().positive().optional(),
        limit: z.int().min(1).max(500).default(100),
        action: z.string().max(100).optional(),
      }),
    )
    .query(async ({ ctx, input }) => {
      const { before, limit, action } = input;
      const page = { ...(before !== undefined && { before }), ...(action !== undefined && { action }) };
      return await listAudit(ctx.store, { ...page, limit });
    }),

  /**
   * Reads the whole chain again. When it holds, its last entry is noted on this machine, so that a log that is
   * written anew as a whole is found the next time.
   */
  verify: procedure.mutation(async ({ ctx }) => {
    const verdict = await verifyAudit(ctx.store, await readAnchors(ctx.store.url));
    if (verdict.findings.length === 0 && verdict.head) await noteAnchor(ctx.store.url, verdict.head);
    return verdict;
  }),
});

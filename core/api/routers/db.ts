import { z } from 'zod';
import { databaseStatus } from '../../store/status.ts';
import { procedure, router } from '../trpc.ts';

export const dbRouter = router({
  /** Server, version, collation, rights and the state of the schema. */
  status: procedure.query(async ({ ctx }) => await databaseStatus(ctx.store)),

  /** Opens another database, looks at it and lets it go. A mutation, so that a password in it never stands in an address. */
  test: procedure.input(z.object({ url: z.string().trim().min(1).max(2_000) })).mutation(async ({ input }) => {
    const { openForInspection } = await import('../../store/open.ts');
    const store = await openForInspection(input.url);
    try {
      return await databaseStatus(store);
    } finally {
      await store.close();
    }
  }),
});

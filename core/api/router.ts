import { batchesRouter } from './routers/batches.ts';
import { statusRouter } from './routers/status.ts';
import { router } from './trpc.ts';

/** The only door into core for console and command line: one sub-router a screen, in routers/. */
export const appRouter = router({
  batches: batchesRouter,
  status: statusRouter,
});
export type AppRouter = typeof appRouter;

import { batchesRouter } from './routers/batches.ts';
import { preflightRouter } from './routers/preflight.ts';
import { statusRouter } from './routers/status.ts';
import { workersRouter } from './routers/workers.ts';
import { router } from './trpc.ts';

/** The only door into core for console and command line: one sub-router a screen, in routers/. */
export const appRouter = router({
  batches: batchesRouter,
  preflight: preflightRouter,
  status: statusRouter,
  workers: workersRouter,
});
export type AppRouter = typeof appRouter;

import { router } from './trpc.ts';

/** The only door into core for console and command line: one sub-router a screen, in routers/. */
export const appRouter = router({});
export type AppRouter = typeof appRouter;

import { auditRouter } from './routers/audit.ts';
import { badItemsRouter } from './routers/bad-items.ts';
import { batchesRouter } from './routers/batches.ts';
import { cutoverRouter } from './routers/cutover.ts';
import { dbRouter } from './routers/db.ts';
import { discoverRouter } from './routers/discover.ts';
import { forestsRouter } from './routers/forests.ts';
import { matchRouter } from './routers/match.ts';
import { notificationsRouter } from './routers/notifications.ts';
import { overviewRouter } from './routers/overview.ts';
import { planRouter } from './routers/plan.ts';
import { practiceRouter } from './routers/practice.ts';
import { preflightRouter } from './routers/preflight.ts';
import { prepareRouter } from './routers/prepare.ts';
import { publicFoldersRouter } from './routers/public-folders.ts';
import { recipientsRouter } from './routers/recipients.ts';
import { reportsRouter } from './routers/reports.ts';
import { scheduleRouter } from './routers/schedule.ts';
import { searchRouter } from './routers/search.ts';
import { settingsRouter } from './routers/settings.ts';
import { statusRouter } from './routers/status.ts';
import { viewsRouter } from './routers/views.ts';
import { workersRouter } from './routers/workers.ts';
import { router } from './trpc.ts';

/** The only door into core for console and command line: one sub-router a screen, in routers/. */
export const appRouter = router({
  audit: auditRouter,
  db: dbRouter,
  discover: discoverRouter,
  forests: forestsRouter,
  badItems: badItemsRouter,
  batches: batchesRouter,
  cutover: cutoverRouter,
  schedule: scheduleRouter,
  match: matchRouter,
  preflight: preflightRouter,
  prepare: prepareRouter,
  reports: reportsRouter,
  status: statusRouter,
  workers: workersRouter,
  notifications: notificationsRouter,
  overview: overviewRouter,
  plan: planRouter,
  practice: practiceRouter,
  publicFolders: publicFoldersRouter,
  recipients: recipientsRouter,
  search: searchRouter,
  settings: settingsRouter,
  views: viewsRouter,
});
export type AppRouter = typeof appRouter;

import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import * as z from 'zod/mini';
import { OverviewPage } from '../features/overview/OverviewPage.tsx';
import { ErrorNote } from '../ui/ErrorNote.tsx';
import { Frame } from './Frame.tsx';
import { NotFound } from './NotFound.tsx';
import {
  auditSearch,
  batchSearch,
  foldersSearch,
  forestsSearch,
  matchesSearch,
  planSearch,
  preflightSearch,
  prepareSearch,
  recipientsSearch,
  reportsSearch,
  workersSearch,
} from './searches.ts';

const positive = z.int().check(z.positive());

/** One route a screen; the code of a screen is read when somebody goes there, except of the first one. */
const root = createRootRoute({
  component: Frame,
  notFoundComponent: NotFound,
  errorComponent: ({ error, reset }) => <ErrorNote error={error} retry={reset} />,
});

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: OverviewPage,
});

const start = createRoute({
  getParentRoute: () => root,
  path: '/start',
  component: lazyRouteComponent(() => import('../features/start/StartPage.tsx'), 'StartPage'),
});

const forests = createRoute({
  getParentRoute: () => root,
  path: '/forests',
  validateSearch: forestsSearch,
  component: lazyRouteComponent(() => import('../features/forests/ForestsPage.tsx'), 'ForestsPage'),
});

const preflight = createRoute({
  getParentRoute: () => root,
  path: '/preflight',
  validateSearch: preflightSearch,
  component: lazyRouteComponent(() => import('../features/preflight/PreflightPage.tsx'), 'PreflightPage'),
});

const recipients = createRoute({
  getParentRoute: () => root,
  path: '/recipients',
  validateSearch: recipientsSearch,
  component: lazyRouteComponent(() => import('../features/recipients/RecipientsPage.tsx'), 'RecipientsPage'),
});

const matches = createRoute({
  getParentRoute: () => root,
  path: '/matches',
  validateSearch: matchesSearch,
  component: lazyRouteComponent(() => import('../features/matches/MatchesPage.tsx'), 'MatchesPage'),
});

const prepare = createRoute({
  getParentRoute: () => root,
  path: '/prepare',
  validateSearch: prepareSearch,
  component: lazyRouteComponent(() => import('../features/prepare/PreparePage.tsx'), 'PreparePage'),
});

const reports = createRoute({
  getParentRoute: () => root,
  path: '/reports',
  validateSearch: reportsSearch,
  component: lazyRouteComponent(() => import('../features/reports/ReportsPage.tsx'), 'ReportsPage'),
});

const folders = createRoute({
  getParentRoute: () => root,
  path: '/public-folders',
  validateSearch: foldersSearch,
  component: lazyRouteComponent(() => import('../features/folders/FoldersPage.tsx'), 'FoldersPage'),
});

const notifications = createRoute({
  getParentRoute: () => root,
  path: '/notifications',
  component: lazyRouteComponent(() => import('../features/notifications/NotificationsPage.tsx'), 'NotificationsPage'),
});

const settings = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  component: lazyRouteComponent(() => import('../features/settings/SettingsPage.tsx'), 'SettingsPage'),
});

const rules = createRoute({
  getParentRoute: () => root,
  path: '/matches/rules',
  component: lazyRouteComponent(() => import('../features/rules/RulesPage.tsx'), 'RulesPage'),
});

const flow = createRoute({
  getParentRoute: () => root,
  path: '/prepare/flow',
  component: lazyRouteComponent(() => import('../features/rules/FlowPage.tsx'), 'FlowPage'),
});

const plan = createRoute({
  getParentRoute: () => root,
  path: '/plan',
  validateSearch: planSearch,
  component: lazyRouteComponent(() => import('../features/plan/PlanPage.tsx'), 'PlanPage'),
});

const workers = createRoute({
  getParentRoute: () => root,
  path: '/workers',
  validateSearch: workersSearch,
  component: lazyRouteComponent(() => import('../features/workers/WorkersPage.tsx'), 'WorkersPage'),
});

const audit = createRoute({
  getParentRoute: () => root,
  path: '/audit',
  validateSearch: auditSearch,
  component: lazyRouteComponent(() => import('../features/audit/AuditPage.tsx'), 'AuditPage'),
});

const batches = createRoute({
  getParentRoute: () => root,
  path: '/batches',
  component: lazyRouteComponent(() => import('../features/batches/BatchesPage.tsx'), 'BatchesPage'),
});

export const batch = createRoute({
  getParentRoute: () => root,
  path: '/batches/$batchId',
  params: {
    parse: ({ batchId }) => ({ batchId: positive.parse(Number(batchId)) }),
    stringify: ({ batchId }) => ({ batchId: String(batchId) }),
  },
  validateSearch: batchSearch,
  component: lazyRouteComponent(() => import('../features/batch/BatchPage.tsx'), 'BatchPage'),
});

export const appRoutes = createRouter({
  routeTree: root.addChildren([
    home,
    start,
    forests,
    preflight,
    recipients,
    matches,
    prepare,
    rules,
    flow,
    plan,
    batches,
    batch,
    workers,
    reports,
    audit,
    folders,
    notifications,
    settings,
  ]),
  defaultPreload: 'intent',
  scrollRestoration: false,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof appRoutes;
  }
}

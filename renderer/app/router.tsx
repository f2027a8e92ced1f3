import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { z } from 'zod';
import { STATES, type State } from '../../core/domain/words.ts';
import { ErrorNote } from '../ui/ErrorNote.tsx';
import { Frame } from './Frame.tsx';
import { NotFound } from './NotFound.tsx';

/** One route a screen; the code of a screen is read when somebody goes there. */
const root = createRootRoute({
  component: Frame,
  notFoundComponent: NotFound,
  errorComponent: ({ error, reset }) => <ErrorNote error={error} retry={reset} />,
});

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/batches' });
  },
});

const batches = createRoute({
  getParentRoute: () => root,
  path: '/batches',
  component: lazyRouteComponent(() => import('../features/batches/BatchesPage.tsx'), 'BatchesPage'),
});

/** What stands in the address of a batch, so that a link shows the same rows: nothing wrong in it does harm. */
const batchSearch = z.object({
  row: z.int().positive().optional().catch(undefined),
  q: z.string().max(200).optional().catch(undefined),
  state: z
    .enum(Object.keys(STATES) as [State, ...State[]])
    .optional()
    .catch(undefined),
  sort: z.enum(['name', 'state', 'items', 'left', 'bad', 'bytes', 'priority']).optional().catch(undefined),
  down: z.boolean().optional().catch(undefined),
});

export const batch = createRoute({
  getParentRoute: () => root,
  path: '/batches/$batchId',
  params: {
    parse: ({ batchId }) => ({ batchId: z.coerce.number().int().positive().parse(batchId) }),
    stringify: ({ batchId }) => ({ batchId: String(batchId) }),
  },
  validateSearch: batchSearch,
  component: lazyRouteComponent(() => import('../features/batch/BatchPage.tsx'), 'BatchPage'),
});

export const appRoutes = createRouter({
  routeTree: root.addChildren([home, batches, batch]),
  defaultPreload: 'intent',
  scrollRestoration: false,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof appRoutes;
  }
}

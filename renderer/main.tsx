import './app/zod.ts';
import createCache from '@emotion/cache';
import '@fontsource-variable/inter/wght.css';
import { QueryClient } from '@tanstack/react-query';
import { createRoot } from 'react-dom/client';
import { App, STYLE_KEY } from './app/App.tsx';
import { appRoutes } from './app/router.tsx';
import 'virtual:theme.css';
import './base.css';
import 'virtual:first-screen.css';
import { overviewQuery } from './features/overview/OverviewPage.tsx';
import { firstSaid } from './rpc/early.ts';

/** The policy lets style elements in only with the nonce of this page. */
const nonce = document.querySelector('meta[property=csp-nonce]')?.getAttribute('content') ?? undefined;
const styles = createCache({ key: STYLE_KEY, ...(nonce && { nonce }) });

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      retry: 1,
      staleTime: 2_000,
      refetchOnWindowFocus: true,
      // What is not on a screen any more is forgotten after a minute: a console stays open for days.
      gcTime: 60_000,
    },
  },
});

/** A service that takes longer than this, ms, is waited for on the screen. */
const EARLY_MS = 150;
/** A window that nobody sees paints nothing. */
const UNSEEN_MS = 50;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const painted = () =>
  Promise.race([new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))), pause(UNSEEN_MS)]);

const root = document.getElementById('root');
if (!root) throw new Error('the page has no root');

/** The sentence is seen on the first screen that came with the page, before it is drawn over. */
async function firstSeen(): Promise<void> {
  await Promise.all([firstSaid, queries.prefetchQuery(overviewQuery)]);
  await painted();
}

// The screen's code and, where that was asked for early, its data are there before the first drawing: drawn once, not thrice.
void Promise.all([appRoutes.load(), firstSaid && Promise.race([firstSeen(), pause(EARLY_MS)])]).then(() =>
  createRoot(root).render(<App styles={styles} queries={queries} />),
);

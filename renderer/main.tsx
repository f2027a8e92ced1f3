import './app/zod.ts';
import createCache from '@emotion/cache';
import { CacheProvider } from '@emotion/react';
import '@fontsource-variable/inter/wght.css';
import CssBaseline from '@mui/material/CssBaseline';
import { ThemeProvider } from '@mui/material/styles';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { appRoutes } from './app/router.tsx';
import { en, TextsContext } from './app/texts.ts';
import { theme } from './app/theme.ts';
import 'virtual:theme.css';
import './base.css';
import { overviewQuery } from './features/overview/OverviewPage.tsx';

/** The policy lets style elements in only with the nonce of this page. */
const nonce = document.querySelector('meta[property=csp-nonce]')?.getAttribute('content') ?? undefined;
const styles = createCache({ key: 't', ...(nonce && { nonce }) });

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
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const home = location.pathname === '/';
const root = document.getElementById('root');
if (!root) throw new Error('the page has no root');
const page = (
  <StrictMode>
    <CacheProvider value={styles}>
      <ThemeProvider theme={theme} defaultMode="system" storageWindow={null} disableStyleSheetGeneration>
        <CssBaseline enableColorScheme />
        <TextsContext value={en}>
          <QueryClientProvider client={queries}>
            <RouterProvider router={appRoutes} />
          </QueryClientProvider>
        </TextsContext>
      </ThemeProvider>
    </CacheProvider>
  </StrictMode>
);

// The screen's code and, where that was asked for early, its data are there before the first drawing: drawn once, not thrice.
void Promise.all([
  appRoutes.load(),
  home && Promise.race([queries.prefetchQuery(overviewQuery), pause(EARLY_MS)]),
]).then(() => createRoot(root).render(page));

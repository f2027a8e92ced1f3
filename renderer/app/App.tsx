import type { EmotionCache } from '@emotion/cache';
import { CacheProvider } from '@emotion/react';
import CssBaseline from '@mui/material/CssBaseline';
import { ThemeProvider } from '@mui/material/styles';
import { type QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode, useState } from 'react';
import { appRoutes } from './router.tsx';
import { en, TextsContext } from './texts.ts';
import { makeTheme } from './theme.ts';

/** Begins the names of classes; those of the first screen, drawn when the program is built, are the same. */
export const STYLE_KEY = 't';

/** The whole console, in a browser and where its first screen is drawn beforehand (first-screen.tsx). */
export function App({ styles, queries }: { styles: EmotionCache; queries: QueryClient }) {
  const [theme] = useState(makeTheme);
  return (
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
}

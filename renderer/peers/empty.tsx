import createCache from '@emotion/cache';
import { CacheProvider } from '@emotion/react';
import '@fontsource-variable/inter/wght.css';
import { Box, Button, Typography } from '@mui/material';
import CssBaseline from '@mui/material/CssBaseline';
import { createTheme, ThemeProvider } from '@mui/material/styles';
import { createRoot } from 'react-dom/client';

/** The page that bench/console compares the console's first paint with: React and MUI, and nothing to show. */
const nonce = document.querySelector('meta[property=csp-nonce]')?.getAttribute('content') ?? undefined;
const root = document.getElementById('root');
if (!root) throw new Error('the page has no root');
createRoot(root).render(
  <CacheProvider value={createCache({ key: 'p', ...(nonce && { nonce }) })}>
    <ThemeProvider theme={createTheme({ cssVariables: true })}>
      <CssBaseline />
      <Box component="main" sx={{ p: 4 }}>
        <Typography variant="h1" role="status">
          Empty
        </Typography>
        <Button variant="contained">Press</Button>
      </Box>
    </ThemeProvider>
  </CacheProvider>,
);

import { Box } from '@mui/material';
import type { ReactNode } from 'react';

/**
 * A place with a drawer: the page at the left, the drawer, where one is open, at the right. What is given as `head` stands
 * over both, where the drawer is the larger part.
 */
export function Page({ children, drawer, head }: { children: ReactNode; drawer?: ReactNode; head?: ReactNode }) {
  const body = (
    <Box sx={{ display: 'flex', flex: 1, minHeight: 0, position: 'relative' }}>
      <Box sx={{ flex: 1, minWidth: 0, display: 'flex', flexDirection: 'column' }}>{children}</Box>
      {drawer}
    </Box>
  );
  if (head === undefined) return body;
  return (
    <Box sx={{ display: 'flex', flexDirection: 'column', flex: 1, minHeight: 0 }}>
      {head}
      {body}
    </Box>
  );
}

/** The part of a page that scrolls as a whole. */
export function Scroll({ children, label }: { children: ReactNode; label: string }) {
  return (
    <Box
      role="region"
      aria-label={label}
      tabIndex={0}
      sx={{
        px: { xs: 4, sm: 6 },
        pb: 6,
        flex: 1,
        minHeight: 0,
        overflow: 'auto',
        scrollbarGutter: 'stable',
        '&:focus-visible': { outline: 'none' },
      }}
    >
      {children}
    </Box>
  );
}

/** The part of a page that a list fills. */
export function Fill({ children }: { children: ReactNode }) {
  return (
    <Box sx={{ px: { xs: 4, sm: 6 }, pb: 6, flex: 1, minHeight: 0, display: 'flex', flexDirection: 'column' }}>
      {children}
    </Box>
  );
}

import { Box } from '@mui/material';
import type { ReactNode } from 'react';

/** Names with values, one a line. Values that are missing are left out. */
export function Facts({ facts, wide = 112 }: { facts: (readonly [string, ReactNode])[]; wide?: number }) {
  const shown = facts.filter(([, value]) => value !== undefined && value !== null && value !== '' && value !== false);
  return (
    <Box
      component="dl"
      sx={{
        m: 0,
        display: 'grid',
        gridTemplateColumns: `${wide}px minmax(0, 1fr)`,
        columnGap: 3,
        rowGap: 1,
        fontSize: '0.8125rem',
        '& dt': { color: 'text.secondary' },
        '& dd': { m: 0, overflowWrap: 'anywhere', unicodeBidi: 'isolate' },
      }}
    >
      {shown.map(([name, value]) => (
        <Box key={name} sx={{ display: 'contents' }}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </Box>
      ))}
    </Box>
  );
}

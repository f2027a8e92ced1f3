import { Box } from '@mui/material';
import type { ReactNode } from 'react';

/** A short table inside a page; long lists are VirtualTable. */
export function Table({
  label,
  head,
  children,
}: {
  label: string;
  head: readonly { title: string; right?: boolean; width?: string }[];
  children: ReactNode;
}) {
  return (
    <Box sx={{ overflowX: 'auto', position: 'relative' }} tabIndex={0} role="region" aria-label={label}>
      <Box
        component="table"
        sx={{
          width: '100%',
          borderCollapse: 'collapse',
          fontSize: '0.8125rem',
          '& th': { fontSize: '0.75rem', fontWeight: 600, color: 'text.secondary', textAlign: 'start' },
          '& th, & td': { py: 1.5, pr: 4, verticalAlign: 'top', borderBottom: 1, borderColor: 'line' },
          '& td': { overflowWrap: 'anywhere', unicodeBidi: 'isolate' },
          '& button': { whiteSpace: 'nowrap' },
          '& .right': { textAlign: 'end' },
          '& tbody tr:last-of-type td': { borderBottom: 0 },
        }}
      >
        <caption className="visually-hidden">{label}</caption>
        <thead>
          <tr>
            {head.map((column) => (
              <th
                key={column.title}
                scope="col"
                className={column.right ? 'right' : undefined}
                style={column.width === undefined ? undefined : { width: column.width }}
              >
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </Box>
    </Box>
  );
}

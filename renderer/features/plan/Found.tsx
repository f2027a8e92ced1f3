import { Box, Typography } from '@mui/material';
import { useState } from 'react';
import { useTexts } from '../../app/texts.ts';
import type { Outputs } from '../../rpc/client.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { count } from '../../ui/figures.ts';
import { type Column, VirtualTable } from '../../ui/VirtualTable.tsx';

type Preview = Outputs['plan']['candidates'];
type Line = Preview['lines'][number];
const nothing = () => undefined;

/** Who a filter finds. */
export function Found({ preview }: { preview: Preview }) {
  const { plan: t, recipients: tr } = useTexts();
  const [active, setActive] = useState(0);
  const { lines } = preview;
  if (lines.length === 0) {
    return <EmptyState title={t.nobody} />;
  }
  const c = t.columns;
  const columns: Column<Line>[] = [
    { id: 'name', title: c.name, track: 'minmax(130px, 2fr)', cell: (one) => one.displayName },
    {
      id: 'department',
      title: c.department,
      track: 'minmax(100px, 1fr)',
      hideBelow: 520,
      cell: (one) => one.department ?? '',
    },
    { id: 'kind', title: c.kind, track: '124px', hideBelow: 640, cell: (one) => tr.kinds[one.kind] },
    { id: 'address', title: c.address, track: 'minmax(140px, 2fr)', hideBelow: 760, cell: (one) => one.sourceAddress },
    { id: 'batch', title: c.batch, track: 'minmax(80px, 1fr)', cell: (one) => one.batch ?? '' },
  ];
  return (
    <Box sx={{ height: 420, display: 'flex', flexDirection: 'column', gap: 1 }}>
      <VirtualTable
        label={t.tabs.filter}
        columns={columns}
        total={lines.length}
        rowAt={(index) => lines[index]}
        rowId={(one) => one.sourceId}
        onRange={nothing}
        active={Math.min(active, lines.length - 1)}
        onActive={setActive}
        onOpen={nothing}
      />
      {preview.found > lines.length && (
        <Typography variant="caption" color="text.secondary">
          {t.moreThanShown(count(lines.length))}
        </Typography>
      )}
    </Box>
  );
}

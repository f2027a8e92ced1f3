import { Box, Typography } from '@mui/material';
import { lazy, Suspense } from 'react';
import { useTexts } from '../../app/texts.ts';
import { Panel } from '../../ui/Panel.tsx';
import type { Overview } from './sentence.ts';
import { CHART_HEIGHT } from './series.ts';

/** The drawing is a library of its own size: the page does not wait for it. */
const ThroughputChart = lazy(() => import('./ThroughputChart.tsx'));

/** Items a minute over the last hour. */
export function ThroughputPanel({ overview }: { overview: Overview }) {
  const { overview: t } = useTexts();
  return (
    <Panel title={t.throughput}>
      {overview.throughput.length === 0 ? (
        <Typography variant="body2" color="text.secondary">
          {t.noThroughput}
        </Typography>
      ) : (
        <Box sx={{ height: CHART_HEIGHT }}>
          <Suspense fallback={null}>
            <ThroughputChart minutes={overview.throughput} now={overview.now} />
          </Suspense>
        </Box>
      )}
    </Panel>
  );
}

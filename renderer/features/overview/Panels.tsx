import { Box } from '@mui/material';
import { AuditPanel } from './AuditPanel.tsx';
import { BatchesPanel } from './BatchesPanel.tsx';
import { SetUpPanel } from './SetUpPanel.tsx';
import type { Overview } from './sentence.ts';
import { ThroughputPanel } from './ThroughputPanel.tsx';
import { WaitingPanel } from './WaitingPanel.tsx';
import { WorkersPanel } from './WorkersPanel.tsx';

/** Everything of the overview below its sentence. */
export default function Panels({
  overview,
  fresh,
}: {
  overview: Overview;
  /** There is no batch yet. */
  fresh: boolean;
}) {
  return (
    <Box
      sx={{
        display: 'grid',
        gap: 4,
        gridTemplateColumns: { xs: 'minmax(0, 1fr)', md: 'minmax(0, 3fr) minmax(0, 2fr)' },
        alignItems: 'start',
      }}
    >
      <Box sx={{ display: 'grid', gap: 4, minWidth: 0 }}>
        {fresh && <SetUpPanel progress={overview.progress} />}
        {(!fresh || overview.throughput.length > 0) && <ThroughputPanel overview={overview} />}
        {!fresh && <BatchesPanel overview={overview} />}
      </Box>
      <Box sx={{ display: 'grid', gap: 4, minWidth: 0 }}>
        <WaitingPanel waiting={overview.waiting} />
        <WorkersPanel overview={overview} />
        <AuditPanel entries={overview.audit} now={overview.now} />
      </Box>
    </Box>
  );
}

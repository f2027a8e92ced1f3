import { Box, Typography } from '@mui/material';
import { useTexts } from '../../app/texts.ts';
import { count, share } from '../../ui/figures.ts';
import { LinkButton, TextLink } from '../../ui/LinkButton.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { ProgressBar } from '../../ui/Progress.tsx';
import { StateMark } from '../../ui/StateMark.tsx';
import { partOf } from '../batch/states.ts';
import type { Overview } from './sentence.ts';

/** Those that run first, then those that are planned, then the rest. */
const RANK: Record<string, number> = {
  syncing: 0,
  cuttingOver: 0,
  waiting: 0,
  decision: 1,
  failed: 1,
  inSync: 2,
  held: 3,
};
const SHOWN = 8;

/** Batches with how far they are. */
export function BatchesPanel({ overview }: { overview: Overview }) {
  const { overview: t } = useTexts();
  const lines = overview.batches
    .toSorted((a, b) => (RANK[a.state] ?? 4) - (RANK[b.state] ?? 4) || b.id - a.id)
    .slice(0, SHOWN);
  return (
    <Panel title={t.batches} actions={<LinkButton to="/batches">{t.allBatches}</LinkButton>}>
      {lines.length === 0 && (
        <Typography variant="body2" color="text.secondary">
          {t.noBatches}
        </Typography>
      )}
      <Box component="ul" sx={{ m: 0, p: 0, listStyle: 'none' }}>
        {lines.map(({ id, name, state, totals }) => {
          const part = partOf({ ...totals, state });
          return (
            <Box
              component="li"
              key={id}
              sx={{
                display: 'grid',
                gridTemplateColumns: {
                  xs: 'minmax(0, 1fr) 110px',
                  sm: 'minmax(0, 1.4fr) 120px minmax(80px, 1fr) 44px 96px',
                },
                columnGap: 3,
                alignItems: 'center',
                minHeight: 36,
                borderTop: 1,
                borderColor: 'line',
                fontSize: '0.8125rem',
              }}
            >
              <TextLink
                to="/batches/$batchId"
                params={{ batchId: id }}
                color="inherit"
                underline="hover"
                noWrap
                sx={{ unicodeBidi: 'isolate' }}
              >
                {name}
              </TextLink>
              <StateMark state={state} />
              <Box sx={{ display: { xs: 'none', sm: 'contents' } }}>
                <ProgressBar value={part} label={name} />
                <Box sx={{ textAlign: 'end' }}>{share(part)}</Box>
                <Box sx={{ textAlign: 'end', color: 'text.secondary' }}>{count(totals.itemsDone)}</Box>
              </Box>
            </Box>
          );
        })}
      </Box>
    </Panel>
  );
}

import { Box, Typography } from '@mui/material';
import { useTexts } from '../../app/texts.ts';
import { CodeBlock } from '../../ui/CodeBlock.tsx';
import { rate } from '../../ui/figures.ts';
import { LinkButton } from '../../ui/LinkButton.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { Spark } from '../../ui/Spark.tsx';
import type { Overview } from './sentence.ts';
import { minuteSeries } from './series.ts';

/** Every worker as a small picture of the last half hour, all with the same scale. */
export function WorkersPanel({ overview }: { overview: Overview }) {
  const { overview: t, workers: tw } = useTexts();
  const series = overview.workers.map((worker) => minuteSeries(worker.minutes, overview.now, 30).map((m) => m.items));
  const top = Math.max(1, ...series.flat());
  return (
    <Panel title={t.workers} actions={<LinkButton to="/workers">{t.allWorkers}</LinkButton>}>
      {overview.workers.length === 0 && (
        <>
          <Typography variant="body2" color="text.secondary" sx={{ mb: 2 }}>
            {t.noWorkers}
          </Typography>
          <CodeBlock code={t.workerCommand} />
        </>
      )}
      <Box sx={{ display: 'grid', gap: 2, gridTemplateColumns: 'repeat(auto-fill, minmax(136px, 1fr))' }}>
        {overview.workers.map((worker, i) => {
          const perSecond = worker.facts.itemsPerSecond ?? 0;
          return (
            <Box
              key={worker.id}
              sx={{
                border: 1,
                borderColor: 'line',
                borderRadius: 1,
                px: 2,
                py: 1.5,
                display: 'grid',
                gap: 1,
                minWidth: 0,
              }}
            >
              <Typography variant="caption" noWrap sx={{ fontWeight: 600, unicodeBidi: 'isolate' }} title={worker.name}>
                {worker.name}
              </Typography>
              <Spark values={series[i] ?? []} top={top} label={worker.name} />
              <Typography variant="caption" color={worker.away ? 'error' : 'text.secondary'} noWrap>
                {worker.away
                  ? t.away
                  : worker.state === 'waiting'
                    ? tw.states.waiting
                    : perSecond > 0
                      ? rate(perSecond)
                      : t.idle}
              </Typography>
            </Box>
          );
        })}
      </Box>
    </Panel>
  );
}

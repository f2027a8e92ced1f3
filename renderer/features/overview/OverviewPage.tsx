import { Box, Button } from '@mui/material';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTexts } from '../../app/texts.ts';
import { api, type Outputs } from '../../rpc/client.ts';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { count, rate, timeOfDay } from '../../ui/figures.ts';
import { Page, Scroll } from '../../ui/Page.tsx';
import { PageHead } from '../../ui/PageHead.tsx';
import { AuditPanel } from './AuditPanel.tsx';
import { BatchesPanel } from './BatchesPanel.tsx';
import { SetUpPanel } from './SetUpPanel.tsx';
import { ThroughputPanel } from './ThroughputPanel.tsx';
import { WaitingPanel } from './WaitingPanel.tsx';
import { WorkersPanel } from './WorkersPanel.tsx';

export type Overview = Outputs['overview']['show'];

/** What the first screen shows; asked for before it is drawn (main.tsx). */
export const overviewQuery = queryOptions({
  queryKey: ['overview', 'show'],
  queryFn: ({ signal }) => api.overview.show.query(undefined, { signal }),
});

/** What goes on now, what needs a decision, when it will end. */
export function OverviewPage() {
  const { overview: t } = useTexts();
  const navigate = useNavigate();
  const shown = useQuery({
    ...overviewQuery,
    refetchInterval: ({ state }) => (state.data && state.data.running > 0 ? 3_000 : 10_000),
  });
  const data = shown.data;
  const fresh = data !== undefined && data.batches.length === 0;
  return (
    <Page>
      <PageHead
        title={t.title}
        sentence={data && sentenceOf(data, t)}
        actions={
          fresh &&
          data.progress.forests === 0 && (
            <Button variant="contained" onClick={() => void navigate({ to: '/start' })}>
              {t.setUp}
            </Button>
          )
        }
      />
      <Scroll label={t.title}>
        {shown.error && <ErrorNote error={shown.error} retry={() => void shown.refetch()} />}
        {data && (
          <Box
            sx={{
              display: 'grid',
              gap: 4,
              gridTemplateColumns: { xs: 'minmax(0, 1fr)', md: 'minmax(0, 3fr) minmax(0, 2fr)' },
              alignItems: 'start',
            }}
          >
            <Box sx={{ display: 'grid', gap: 4, minWidth: 0 }}>
              {fresh && <SetUpPanel progress={data.progress} />}
              {(!fresh || data.throughput.length > 0) && <ThroughputPanel overview={data} />}
              {!fresh && <BatchesPanel overview={data} />}
            </Box>
            <Box sx={{ display: 'grid', gap: 4, minWidth: 0 }}>
              <WaitingPanel waiting={data.waiting} />
              <WorkersPanel overview={data} />
              <AuditPanel entries={data.audit} now={data.now} />
            </Box>
          </Box>
        )}
      </Scroll>
    </Page>
  );
}

function sentenceOf(data: Overview, t: ReturnType<typeof useTexts>['overview']): string {
  const { forecast } = data;
  return t.sentence({
    running: data.running,
    remaining: count(data.remaining),
    rate: forecast && rate(forecast.perSecond),
    end: forecast && timeOfDay(forecast.at),
    range:
      forecast && forecast.early !== forecast.late
        ? t.range(timeOfDay(forecast.early), forecast.late === undefined ? undefined : timeOfDay(forecast.late))
        : undefined,
    planned: data.batches.filter(({ state }) => state === 'planned').length,
    done: data.batches.filter(({ state }) => state === 'done').length,
    empty: data.progress.forests === 0,
  });
}

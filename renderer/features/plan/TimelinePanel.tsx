import { Box } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTexts } from '../../app/texts.ts';
import { api, type Outputs } from '../../rpc/client.ts';
import { Chips } from '../../ui/Chips.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { dateOf, exactTime } from '../../ui/figures.ts';
import { TextLink } from '../../ui/LinkButton.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { StateMark } from '../../ui/StateMark.tsx';
import { type Scale, scaleOf } from './scale.ts';
import { WindowsTable } from './WindowsTable.tsx';

type TimeLine = Outputs['schedule']['timeLine'];
const DAY = 86_400_000;
const SPANS = { week: 7, month: 31, quarter: 92 } as const;
type Length = keyof typeof SPANS;
const LABEL = 200;

/** Batches over time, from their start to their cutover; bands where nothing runs. */
export function TimelinePanel() {
  const { plan: t } = useTexts();
  const [length, setLength] = useState<Length>('week');
  const [start] = useState(() => Date.now() - DAY);
  const between = { from: start, to: start + SPANS[length] * DAY };
  const shown = useQuery({
    queryKey: ['batches', 'timeLine', between],
    queryFn: ({ signal }) => api.schedule.timeLine.query(between, { signal }),
    refetchInterval: 30_000,
  });
  return (
    <Box sx={{ display: 'grid', gap: 4, gridTemplateColumns: 'minmax(0, 1fr)' }}>
      <Panel
        title={t.tabs.timeline}
        actions={
          <Chips<Length>
            label={t.length}
            all={undefined}
            chips={(Object.keys(SPANS) as Length[]).map((value) => ({ value, label: t.lengths[value] }))}
            chosen={length}
            choose={(next) => setLength(next ?? length)}
          />
        }
      >
        {shown.error && <ErrorNote error={shown.error} retry={() => void shown.refetch()} />}
        {shown.data && shown.data.batches.length === 0 && <EmptyState title={t.nothingPlanned} />}
        {shown.data && <Drawing line={shown.data} scale={scaleOf(between.from, between.to)} />}
      </Panel>
      <WindowsTable />
    </Box>
  );
}

const part = (scale: Scale, from: number, to: number) => ({
  left: `${100 * scale.at(from)}%`,
  width: `${100 * Math.max(0, scale.at(to) - scale.at(from))}%`,
});

function Drawing({ line, scale }: { line: TimeLine; scale: Scale }) {
  const { plan: t } = useTexts();
  return (
    <Box sx={{ position: 'relative', overflow: 'hidden', fontSize: '0.8125rem', pb: 1 }}>
      <Box sx={{ position: 'absolute', insetBlock: 0, left: LABEL, right: 0 }}>
        {line.closed
          .filter(({ scope }) => scope === '*')
          .flatMap(({ spans, reason }) =>
            spans.map((span) => (
              <Box
                key={`${span.from} ${reason}`}
                title={t.closedFrom(reason, exactTime(span.from), exactTime(span.to))}
                sx={{ position: 'absolute', insetBlock: 0, bgcolor: 'action.selected' }}
                style={part(scale, span.from, span.to)}
              />
            )),
          )}
        <Box
          title={t.now}
          sx={{ position: 'absolute', insetBlock: 0, width: '2px', bgcolor: 'primary.main' }}
          style={{ left: part(scale, line.now, line.now).left }}
        />
      </Box>
      <Box sx={{ ml: `${LABEL}px`, height: 24, position: 'relative', color: 'text.secondary', fontSize: '0.75rem' }}>
        {scale.ticks.map((tick) => (
          <Box
            component="span"
            key={tick}
            sx={{ position: 'absolute', whiteSpace: 'nowrap', borderLeft: 1, borderColor: 'divider', pl: 1 }}
            style={{ left: part(scale, tick, tick).left }}
          >
            {dateOf(tick)}
          </Box>
        ))}
      </Box>
      {line.batches.map((batch) => (
        <Row key={batch.id} batch={batch} line={line} scale={scale} />
      ))}
    </Box>
  );
}

function Row({ batch, line, scale }: { batch: TimeLine['batches'][number]; line: TimeLine; scale: Scale }) {
  const { plan: t, cutover: tc } = useTexts();
  const planned = (kind: string) => batch.schedule.find((row) => row.kind === kind)?.at;
  const from = batch.startedAt ?? planned('start');
  const to = batch.finishedAt ?? planned('cutover') ?? line.now;
  const own = line.closed.filter(({ scope }) => scope === `batch:${batch.id}`).flatMap(({ spans }) => spans);
  return (
    <Box
      sx={{
        display: 'grid',
        gridTemplateColumns: `${LABEL}px minmax(0, 1fr)`,
        minHeight: 36,
        alignItems: 'center',
        borderTop: 1,
        borderColor: 'line',
      }}
    >
      <Box sx={{ display: 'flex', gap: 2, minWidth: 0, pr: 3 }}>
        <StateMark state={batch.state} quiet />
        <TextLink
          to="/batches/$batchId"
          params={{ batchId: batch.id }}
          search={{ tab: 'cutover' }}
          color="inherit"
          underline="hover"
          noWrap
          sx={{ unicodeBidi: 'isolate' }}
        >
          {batch.name}
        </TextLink>
      </Box>
      <Box sx={{ position: 'relative', height: 20 }}>
        {own.map((span) => (
          <Box
            key={span.from}
            sx={{ position: 'absolute', insetBlock: 0, bgcolor: 'action.selected' }}
            style={part(scale, span.from, span.to)}
          />
        ))}
        {from !== undefined && to > from && (
          <Box
            title={t.spanOf(batch.name, exactTime(from), exactTime(to))}
            sx={{ position: 'absolute', top: 4, height: 12, minWidth: 4, borderRadius: '4px', bgcolor: 'primary.main' }}
            style={part(scale, from, to)}
          />
        )}
        {batch.schedule.map((row) => (
          <Box
            component="span"
            key={row.kind}
            title={`${tc.scheduleKinds[row.kind]}: ${tc.scheduled(row.wall.replace('T', ' '), row.zone, tc.scheduleStates[row.state])}`}
            sx={{
              position: 'absolute',
              top: 0,
              ml: '-6px',
              fontSize: '0.8125rem',
              lineHeight: '20px',
              fontWeight: 600,
            }}
            style={{ left: part(scale, row.at, row.at).left }}
          >
            {row.kind === 'cutover' ? '⇄' : row.kind === 'start' ? '▸' : '✉'}
          </Box>
        ))}
      </Box>
    </Box>
  );
}

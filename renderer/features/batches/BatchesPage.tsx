import { Box } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useCallback, useState } from 'react';
import { useTexts } from '../../app/texts.ts';
import { api, type Outputs } from '../../rpc/client.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { bytes, count, exactTime, share, timeOfDay } from '../../ui/figures.ts';
import { Fill, Page } from '../../ui/Page.tsx';
import { PageHead } from '../../ui/PageHead.tsx';
import { ProgressBar } from '../../ui/Progress.tsx';
import { StateMark } from '../../ui/StateMark.tsx';
import { type Column, VirtualTable } from '../../ui/VirtualTable.tsx';
import { isRunning, partOf } from '../batch/states.ts';

type Line = Outputs['batches']['list'][number];

/** Every batch with its state. */
export function BatchesPage() {
  const { batch: t } = useTexts();
  const navigate = useNavigate();
  const [active, setActive] = useState(0);
  const list = useQuery({
    queryKey: ['batches', 'list'],
    queryFn: ({ signal }) => api.batches.list.query(undefined, { signal }),
    refetchInterval: ({ state }) => (state.data?.some((line) => isRunning(line.state)) ? 2_000 : 30_000),
  });
  const lines = list.data ?? [];
  const rowAt = useCallback((index: number) => lines[index], [lines]);
  const columns: Column<Line>[] = [
    { id: 'name', title: t.columns.name, track: 'minmax(160px, 2fr)', cell: (b) => b.name },
    { id: 'state', title: t.columns.state, track: '140px', cell: (b) => <StateMark state={b.state} /> },
    { id: 'members', title: t.columns.members, track: '90px', right: true, cell: (b) => count(b.totals.workloads) },
    {
      id: 'progress',
      title: t.columns.progress,
      track: 'minmax(140px, 1fr)',
      cell: (b) => (
        <Box sx={{ display: 'grid', gridTemplateColumns: '1fr 44px', gap: 2, alignItems: 'center' }}>
          <ProgressBar value={partOf({ ...b.totals, state: b.state })} label={b.name} />
          <span className="right">{share(partOf({ ...b.totals, state: b.state }))}</span>
        </Box>
      ),
    },
    {
      id: 'items',
      title: t.columns.items,
      track: '150px',
      right: true,
      cell: (b) => `${count(b.totals.itemsDone)}/${count(b.totals.itemsTotal)}`,
    },
    { id: 'size', title: t.columns.size, track: '90px', right: true, cell: (b) => bytes(b.totals.bytesDone) },
    { id: 'bad', title: t.columns.bad, track: '60px', right: true, cell: (b) => count(b.totals.itemsBad) },
    {
      id: 'started',
      title: t.columns.started,
      track: '110px',
      hideBelow: 900,
      cell: (b) => (b.startedAt === null ? '' : <time title={exactTime(b.startedAt)}>{timeOfDay(b.startedAt)}</time>),
    },
  ];
  return (
    <Page>
      <PageHead title={t.batches} sentence={list.data && sentence(lines, t)} />
      <Fill>
        {list.error && <ErrorNote error={list.error} retry={() => void list.refetch()} />}
        {list.data && lines.length === 0 && (
          <EmptyState title={t.noBatches} text={t.noBatchesNext} command={t.noBatchesCommand} />
        )}
        {lines.length > 0 && (
          <VirtualTable
            label={t.batches}
            columns={columns}
            total={lines.length}
            rowAt={rowAt}
            rowId={(line) => line.id}
            onRange={nothing}
            active={active}
            onActive={setActive}
            onOpen={(line) => void navigate({ to: '/batches/$batchId', params: { batchId: line.id } })}
          />
        )}
      </Fill>
    </Page>
  );
}

const nothing = () => undefined;

function sentence(lines: Line[], t: ReturnType<typeof useTexts>['batch']): string {
  return t.listSentence({
    batches: t.countBatches(lines.length, count(lines.length)),
    running: lines.filter((line) => isRunning(line.state)).length,
    decisions: lines.filter((line) => line.state === 'decision').length,
  });
}

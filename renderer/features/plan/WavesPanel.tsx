import { Box, Button, LinearProgress, Slider, TextField, Typography } from '@mui/material';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useDeferredValue, useEffect, useId, useMemo, useState } from 'react';
import { showError, toast } from '../../app/Toasts.tsx';
import { useTexts } from '../../app/texts.ts';
import { api } from '../../rpc/client.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { count, share } from '../../ui/figures.ts';
import { Panel } from '../../ui/Panel.tsx';
import { CutTable } from './CutTable.tsx';
import { pictureOf } from './picture.ts';
import { WavesTable } from './WavesTable.tsx';

/** A library of its own size: whoever plans by filter does not wait for it. */
const WaveGraph = lazy(() => import('./WaveGraph.tsx'));

const GIGABYTE = 1_000_000_000;
/** At this end of the slider a wave may be of any size. */
const ANY_SIZE = 2_000;

/** Waves that keep those together who share mailboxes, as they would be with the limits that are set. */
export function WavesPanel({
  free,
  max,
  gigabytes,
  set,
}: {
  free: number;
  max: number | undefined;
  gigabytes: number | undefined;
  set: (next: { max?: number | undefined; gb?: number | undefined }) => void;
}) {
  const { plan: t } = useTexts();
  const [prefix, setPrefix] = useState('Wave');
  const most = max ?? Math.min(100, Math.max(1, free));
  const limits = useDeferredValue(
    useMemo(
      () => ({ maxMailboxes: most, ...(gigabytes !== undefined && { maxBytes: gigabytes * GIGABYTE }) }),
      [most, gigabytes],
    ),
  );
  const named = prefix.trim() || 'Wave';
  const plan = useQuery({
    queryKey: ['batches', 'waves', limits, named],
    queryFn: ({ signal }) => api.plan.waves.query({ ...limits, prefix: named }, { signal }),
    placeholderData: keepPreviousData,
  });
  const graph = useQuery({
    queryKey: ['batches', 'graph'],
    queryFn: ({ signal }) => api.plan.graph.query(undefined, { signal }),
  });
  const picture = useMemo(
    () => (plan.data && graph.data ? pictureOf(graph.data, plan.data) : undefined),
    [plan.data, graph.data],
  );
  if (free === 0) return <EmptyState title={t.nothingFree} />;
  const data = plan.data;
  const kept = data && data.totalWeight > 0 ? 1 - data.cutWeight / data.totalWeight : 1;
  const inPlan = data?.cut.filter(({ aWave, bWave }) => aWave !== null && bWave !== null) ?? [];
  return (
    <Box sx={{ display: 'grid', gap: 4 }}>
      <Panel
        title={t.tabs.waves}
        actions={<MakeWaves limits={limits} prefix={named} waves={data?.waves.length ?? 0} />}
      >
        <Box
          sx={{
            display: 'grid',
            columnGap: 6,
            rowGap: 2,
            gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 220px), 1fr))',
            pt: 1,
          }}
        >
          <Limit
            label={t.maxMailboxes}
            value={most}
            top={Math.max(free, 10)}
            shown={count(most)}
            onChange={(value) => set({ max: value })}
          />
          <Limit
            label={t.maxGigabytes}
            value={gigabytes ?? ANY_SIZE}
            top={ANY_SIZE}
            shown={gigabytes === undefined ? t.noLimit : t.gigabytes(count(gigabytes))}
            onChange={(value) => set({ gb: value >= ANY_SIZE ? undefined : value })}
          />
          <TextField
            label={t.prefix}
            helperText={t.prefixHint(`${named} 1`)}
            value={prefix}
            onChange={(event) => setPrefix(event.target.value)}
            slotProps={{ htmlInput: { maxLength: 150 } }}
          />
        </Box>
        {plan.error ? <ErrorNote error={plan.error} retry={() => void plan.refetch()} /> : null}
        {graph.error ? <ErrorNote error={graph.error} retry={() => void graph.refetch()} /> : null}
        {data && (
          <Typography variant="body2" role="status" sx={{ mt: 3 }}>
            {t.waveSentence({
              waves: data.waves.length,
              wavesShown: count(data.waves.length),
              mailboxes: count(data.mailboxes),
              kept: share(kept),
              cut: inPlan.length,
              cutShown: count(inPlan.length),
            })}
          </Typography>
        )}
        {data?.notes.map((note) => (
          <Typography key={note} variant="body2" color="text.secondary">
            {note}
          </Typography>
        ))}
      </Panel>
      <Panel title={t.graph} actions={<Collect />}>
        {picture?.people.length === 0 && <EmptyState title={t.graphNone} />}
        {picture && picture.people.length > 0 && (
          <>
            {picture.sharing > picture.people.length && (
              <Typography variant="caption" color="text.secondary" component="p" sx={{ mb: 2 }}>
                {t.graphPart(count(picture.people.length), count(picture.sharing))}
              </Typography>
            )}
            <Suspense fallback={<Box sx={{ height: 'min(60vh, 620px)' }} />}>
              <WaveGraph picture={picture} />
            </Suspense>
          </>
        )}
      </Panel>
      {data && <CutTable plan={data} />}
      {data && <WavesTable plan={data} />}
    </Box>
  );
}

function Limit({
  label,
  value,
  top,
  shown,
  onChange,
}: {
  label: string;
  value: number;
  top: number;
  shown: string;
  onChange: (value: number) => void;
}) {
  const id = useId();
  return (
    <Box>
      <Typography variant="body2" id={id} sx={{ display: 'flex', gap: 2 }}>
        {label}
        <b>{shown}</b>
      </Typography>
      <Slider
        size="small"
        min={1}
        max={top}
        value={Math.min(value, top)}
        onChange={(_event, next) => onChange(next as number)}
        aria-labelledby={id}
        getAriaValueText={() => shown}
      />
    </Box>
  );
}

function MakeWaves({
  limits,
  prefix,
  waves,
}: {
  limits: { maxMailboxes: number; maxBytes?: number };
  prefix: string;
  waves: number;
}) {
  const { plan: t } = useTexts();
  const client = useQueryClient();
  const navigate = useNavigate();
  const create = useMutation({
    mutationFn: () => api.plan.create.mutate({ ...limits, prefix }),
    onSuccess: async ({ created }) => {
      toast(t.madeWaves(count(created.length)));
      await client.invalidateQueries();
      await navigate({ to: '/batches' });
    },
    onError: showError,
  });
  return (
    <Button variant="contained" disabled={waves === 0 || create.isPending} onClick={() => create.mutate()}>
      {t.makeWaves(waves, count(waves))}
    </Button>
  );
}

/** Has workers read sizes, folder permissions and delegates, and shows how far they are. */
function Collect() {
  const { plan: t } = useTexts();
  const client = useQueryClient();
  const state = useQuery({
    queryKey: ['batches', 'collected'],
    queryFn: ({ signal }) => api.plan.collected.query(undefined, { signal }),
    refetchInterval: (query) => ((query.state.data?.openTasks ?? 0) > 0 ? 2_000 : 30_000),
  });
  const collect = useMutation({
    mutationFn: () => api.plan.collect.mutate({}),
    onSettled: () => client.invalidateQueries({ queryKey: ['batches'] }),
    onError: showError,
  });
  const open = state.data?.openTasks ?? 0;
  const measured = state.data?.measured;
  // What workers have read changes graph and waves; it is seen as it comes.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only the figures say when
  useEffect(() => {
    for (const key of ['waves', 'graph']) void client.invalidateQueries({ queryKey: ['batches', key] });
  }, [open, measured, client]);
  const said =
    open > 0
      ? t.collecting(count(open))
      : state.data && t.measured(count(state.data.measured), count(state.data.mailboxes));
  return (
    <>
      <Box role="status" sx={{ minWidth: 0 }}>
        <Typography variant="caption" color="text.secondary" noWrap component="p">
          {said}
        </Typography>
        {open > 0 && <LinearProgress aria-label={said ?? ''} />}
      </Box>
      <Button
        variant="outlined"
        disabled={collect.isPending || open > 0}
        onClick={() => collect.mutate()}
        sx={{ flex: 'none' }}
      >
        {t.collect}
      </Button>
    </>
  );
}

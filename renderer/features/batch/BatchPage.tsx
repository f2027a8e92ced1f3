import { Box, TextField, Typography, useMediaQuery } from '@mui/material';
import { styled } from '@mui/material/styles';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useDeferredValue, useEffect, useMemo, useState } from 'react';
import { timeLeft } from '../../../core/domain/progress.ts';
import { STATES, type State } from '../../../core/domain/words.ts';
import { useTexts } from '../../app/texts.ts';
import { api, type Inputs, type Outputs } from '../../rpc/client.ts';
import { type KeyedListSource, useKeyedList } from '../../rpc/keyedList.ts';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { bytes, count, duration, rate, share, timeOfDay } from '../../ui/figures.ts';
import { PageHead } from '../../ui/PageHead.tsx';
import { ProgressBar } from '../../ui/Progress.tsx';
import { StateMark } from '../../ui/StateMark.tsx';
import { type Column, type Sorting, VirtualTable } from '../../ui/VirtualTable.tsx';
import { BatchActions } from './BatchActions.tsx';
import { type Rates, useRates } from './rates.ts';
import { WorkloadDrawer } from './WorkloadDrawer.tsx';

type Batch = Outputs['batches']['show'];
type Line = Outputs['batches']['lines']['lines'][number];
type WorkloadSort = NonNullable<Inputs['batches']['lines']['sort']>;

const route = getRouteApi('/batches/$batchId');
/** ms between two looks while something runs. */
const LIVE_MS = 1_000;

export const isRunning = (state: State) => state === 'waiting' || state === 'syncing' || state === 'cuttingOver';

/** A running batch: every mailbox with state, items, rate, time left and bad items; a drawer for the chosen one. */
export function BatchPage() {
  const { batchId } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { batch: t } = useTexts();
  const rates = useRates();
  const shown = useQuery({
    queryKey: ['batches', 'show', batchId],
    queryFn: ({ signal }) => api.batches.show.query({ batch: batchId }, { signal }),
    refetchInterval: ({ state }) => (state.data && isRunning(state.data.state) ? LIVE_MS : 30_000),
  });
  const batch = shown.data;
  const running = batch !== undefined && isRunning(batch.state);
  const [text, setText] = useState(search.q ?? '');
  const q = useDeferredValue(text.trim());
  useEffect(() => {
    void navigate({ search: (old) => ({ ...old, q: q === '' ? undefined : q }), replace: true });
  }, [q, navigate]);

  const sorting: Sorting = { by: search.sort ?? 'name', descending: search.down === true };
  const source = useLines(batchId, q, search.state, sorting, running);
  const list = useKeyedList(source);
  const columns = useColumns(rates, batch?.now ?? 0);
  const [active, setActive] = useState(0);
  const open = useCallback(
    (id: number | undefined) =>
      void navigate({ search: (old) => ({ ...old, row: id }), replace: search.row !== undefined }),
    [navigate, search.row],
  );

  if (shown.error) {
    return (
      <Box sx={{ p: 6 }}>
        <ErrorNote error={shown.error} retry={() => void shown.refetch()} />
      </Box>
    );
  }
  if (batch) rates.add(0, batch.now, batch.totals.itemsDone, batch.totals.bytesDone);
  const total = list.total ?? 0;
  return (
    <Box sx={{ display: 'flex', flex: 1, minHeight: 0 }}>
      <Box sx={{ flex: 1, minWidth: 0, display: 'flex', flexDirection: 'column' }}>
        <PageHead
          title={batch?.name}
          parent={{ to: '/batches', label: t.batches }}
          sentence={batch && sentenceOf(batch, rates, t)}
          actions={batch && <BatchActions batch={batch} />}
        />
        {batch && <Totals batch={batch} rates={rates} />}
        <Box sx={{ px: 6, py: 3, display: 'flex', gap: 3, alignItems: 'center', flexWrap: 'wrap' }}>
          <TextField
            value={text}
            onChange={(event) => setText(event.target.value)}
            placeholder={t.search}
            sx={{ width: 240 }}
            slotProps={{ htmlInput: { 'aria-label': t.search, type: 'search', maxLength: 200 } }}
          />
          {batch && (
            <StateFilter
              batch={batch}
              drawer={search.row !== undefined}
              chosen={search.state}
              choose={(state) => void navigate({ search: (old) => ({ ...old, state }), replace: true })}
            />
          )}
        </Box>
        <Box sx={{ px: 6, pb: 6, flex: 1, minHeight: 0, display: 'flex', flexDirection: 'column' }}>
          {list.error ? <ErrorNote error={list.error} retry={list.retry} /> : null}
          {list.total === 0 ? (
            <Typography color="text.secondary">{t.nobody}</Typography>
          ) : (
            <VirtualTable
              label={t.members}
              columns={columns}
              total={total}
              rowAt={list.rowAt}
              rowId={(line) => line.id}
              onRange={list.show}
              open={search.row}
              active={active}
              onActive={setActive}
              onOpen={(line) => open(line.id)}
              sorting={sorting}
              onSort={(next) =>
                void navigate({
                  search: (old) => ({
                    ...old,
                    sort: next.by as WorkloadSort,
                    down: next.descending || undefined,
                  }),
                  replace: true,
                })
              }
            />
          )}
        </Box>
      </Box>
      {search.row !== undefined && (
        <WorkloadDrawer id={search.row} rates={rates} live={running} onClose={() => open(undefined)} />
      )}
    </Box>
  );
}

function useLines(
  batchId: number,
  q: string,
  state: State | undefined,
  sorting: Sorting,
  running: boolean,
): KeyedListSource<Line> {
  return useMemo(() => {
    const query = {
      batchId,
      sort: sorting.by as WorkloadSort,
      descending: sorting.descending,
      ...(q !== '' && { search: q }),
      ...(state && { states: [state] }),
    };
    return {
      key: ['batches', 'lines', query],
      anchors: (every, signal) => api.batches.anchors.query({ ...query, every }, { signal }),
      page: async (after, limit, signal) =>
        (await api.batches.lines.query({ ...query, ...(after && { after }), limit }, { signal })).lines,
      ...(running && { refreshMs: LIVE_MS }),
    };
  }, [batchId, q, state, sorting.by, sorting.descending, running]);
}

/** A directory may hold a name of blanks; somebody still has to be shown. */
const nameOf = (line: Line) => line.displayName.trim() || line.sourceAddress || line.root;

function useColumns(rates: Rates, now: number): Column<Line>[] {
  const { batch: t } = useTexts();
  const seen = (line: Line) => {
    if (now > 0) rates.add(line.id, now, line.itemsDone, line.bytesDone);
    return isRunning(line.state) ? rates.items(line.id) : undefined;
  };
  return [
    {
      id: 'mailbox',
      title: t.columns.mailbox,
      track: 'minmax(120px, 2fr)',
      sort: 'name',
      cell: (line) => <span title={line.sourceAddress || line.root}>{nameOf(line)}</span>,
    },
    {
      id: 'state',
      title: t.columns.state,
      track: '120px',
      sort: 'state',
      cell: (line) => <StateMark state={line.state} />,
    },
    {
      id: 'items',
      title: t.columns.items,
      track: 'minmax(158px, 1.2fr)',
      sort: 'items',
      cell: (line) => (
        <Box sx={{ display: 'grid', gridTemplateColumns: 'minmax(24px, 1fr) 14ch', gap: 2, alignItems: 'center' }}>
          <ProgressBar
            value={line.itemsTotal === 0 ? 0 : line.itemsDone / line.itemsTotal}
            label={nameOf(line)}
            height={4}
          />
          <span className="right">
            {count(line.itemsDone)}/{count(line.itemsTotal)}
          </span>
        </Box>
      ),
    },
    {
      id: 'size',
      title: t.columns.size,
      track: '76px',
      hideBelow: 740,
      right: true,
      sort: 'bytes',
      cell: (line) => bytes(line.bytesDone),
    },
    {
      id: 'rate',
      title: t.columns.rate,
      track: '56px',
      right: true,
      cell: (line) => {
        const perSecond = seen(line);
        return perSecond === undefined || perSecond === 0 ? '–' : rate(perSecond);
      },
    },
    {
      id: 'left',
      title: t.columns.left,
      track: '84px',
      hideBelow: 660,
      right: true,
      sort: 'left',
      cell: (line) => {
        const left = isRunning(line.state)
          ? timeLeft(line.itemsTotal - line.itemsDone, rates.items(line.id))
          : undefined;
        return left === undefined || left === 0 ? '–' : duration(left);
      },
    },
    { id: 'bad', title: t.columns.bad, track: '44px', right: true, sort: 'bad', cell: (line) => count(line.itemsBad) },
  ];
}

function sentenceOf(batch: Batch, rates: Rates, t: ReturnType<typeof useTexts>['batch']): string {
  const { byState, workloads } = batch.totals;
  const left = timeLeft(batch.totals.itemsTotal - batch.totals.itemsDone, rates.items(0));
  return t.sentence({
    state: batch.state,
    members: count(workloads),
    inSync: count((byState.inSync ?? 0) + (byState.done ?? 0)),
    done: count(byState.done ?? 0),
    decisions: byState.decision ?? 0,
    failed: byState.failed ?? 0,
    doneAt: isRunning(batch.state) && left !== undefined && left > 0 ? timeOfDay(Date.now() + left) : undefined,
  });
}

/** The bar over the list: how much is there, how fast it goes, how long it takes. */
function Totals({ batch, rates }: { batch: Batch; rates: Rates }) {
  const { batch: t } = useTexts();
  const { itemsDone, itemsTotal, bytesDone, bytesTotal } = batch.totals;
  const part = itemsTotal === 0 ? (batch.state === 'done' ? 1 : 0) : itemsDone / itemsTotal;
  const perSecond = isRunning(batch.state) ? rates.items(0) : undefined;
  const left = timeLeft(itemsTotal - itemsDone, perSecond);
  const facts = [
    t.items(count(itemsDone), count(itemsTotal)),
    bytesTotal > 0 ? t.size(bytes(bytesDone), bytes(bytesTotal)) : bytes(bytesDone),
    ...(perSecond ? [t.rate(rate(perSecond), bytes(rates.bytes(0) ?? 0))] : []),
    ...(left !== undefined && left > 0 && isRunning(batch.state) ? [t.left(duration(left))] : []),
  ];
  return (
    <Box sx={{ px: 6, display: 'grid', gap: 2 }}>
      <Box sx={{ display: 'grid', gridTemplateColumns: '1fr 56px', gap: 3, alignItems: 'center' }}>
        <ProgressBar value={part} label={batch.name} height={8} />
        <Typography variant="h2" component="span" sx={{ textAlign: 'right' }}>
          {share(part)}
        </Typography>
      </Box>
      <Typography variant="body2" color="text.secondary">
        {facts.join('  ·  ')}
      </Typography>
    </Box>
  );
}

const Chips = styled('div')(({ theme }) => ({
  flex: '1 1 0',
  minWidth: 320,
  display: 'flex',
  flexWrap: 'wrap',
  gap: 4,
  '& button': {
    all: 'unset',
    display: 'inline-flex',
    alignItems: 'center',
    gap: 6,
    height: 28,
    paddingInline: 10,
    borderRadius: 6,
    cursor: 'pointer',
    fontSize: '0.8125rem',
    border: `1px solid ${(theme.vars ?? theme).palette.divider}`,
    background: (theme.vars ?? theme).palette.background.paper,
    '&:hover': { background: (theme.vars ?? theme).palette.action.hover },
    '&:focus-visible': { outline: `2px solid ${(theme.vars ?? theme).palette.primary.main}`, outlineOffset: 1 },
    '&[aria-pressed=true]': {
      borderColor: (theme.vars ?? theme).palette.primary.main,
      boxShadow: `inset 0 0 0 1px ${(theme.vars ?? theme).palette.primary.main}`,
    },
    '& b': { fontWeight: 600 },
  },
}));

/** The states that members are in, each with its count; one can be chosen. */
function StateFilter({
  batch,
  chosen,
  choose,
  drawer,
}: {
  batch: Batch;
  /** The drawer takes room: signs and counts alone, the words on hover and for screen readers. */
  drawer: boolean;
  chosen: State | undefined;
  choose: (state: State | undefined) => void;
}) {
  const { batch: t } = useTexts();
  const { byState, workloads } = batch.totals;
  const narrow = useMediaQuery('(max-width: 1599px)') && drawer;
  const present = (Object.keys(STATES) as State[]).filter((state) => (byState[state] ?? 0) > 0 || state === chosen);
  return (
    <Chips role="group" aria-label={t.columns.state}>
      <button type="button" aria-pressed={chosen === undefined} onClick={() => choose(undefined)}>
        {t.allStates} <b>{count(workloads)}</b>
      </button>
      {present.map((state) => (
        <button
          key={state}
          type="button"
          title={t.states[state]}
          aria-pressed={chosen === state}
          onClick={() => choose(chosen === state ? undefined : state)}
        >
          <StateMark state={state} quiet={narrow} /> <b>{count(byState[state] ?? 0)}</b>
        </button>
      ))}
    </Chips>
  );
}

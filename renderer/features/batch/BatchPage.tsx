import { Tab, Tabs } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { timeLeft } from '../../../core/domain/progress.ts';
import type { State } from '../../../core/domain/words.ts';
import { useTexts } from '../../app/texts.ts';
import { api, type Inputs, type Outputs } from '../../rpc/client.ts';
import { everyPage } from '../../rpc/everyPage.ts';
import { type KeyedListSource, useKeyedList } from '../../rpc/keyedList.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { count, timeOfDay } from '../../ui/figures.ts';
import { ListBar } from '../../ui/list/ListBar.tsx';
import { useListView } from '../../ui/list/useListView.ts';
import { useSelection } from '../../ui/list/useSelection.ts';
import { Fill, Page, Scroll } from '../../ui/Page.tsx';
import { PageHead } from '../../ui/PageHead.tsx';
import { VirtualTable } from '../../ui/VirtualTable.tsx';
import { CutoverTab } from '../cutover/CutoverTab.tsx';
import { MailsTab } from '../cutover/MailsTab.tsx';
import { BatchActions } from './BatchActions.tsx';
import { ChosenMembers } from './ChosenMembers.tsx';
import { useColumns } from './columns.tsx';
import { type Rates, useRates } from './rates.ts';
import { StateFilter } from './StateFilter.tsx';
import { isRunning, LIVE_MS } from './states.ts';
import { Totals } from './Totals.tsx';
import { type Move, useMove } from './useMove.ts';
import { WorkloadDrawer } from './WorkloadDrawer.tsx';

export type Batch = Outputs['batches']['show'];
export type Line = Outputs['batches']['lines']['lines'][number];
export type Query = Omit<Inputs['batches']['lines'], 'after' | 'limit'>;

const route = getRouteApi('/batches/$batchId');

/** A running batch: every mailbox with state, items, rate, time left and bad items; a drawer for the chosen one. */
export function BatchPage() {
  const { batchId } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { batch: t, cutover: tc } = useTexts();
  const rates = useRates();
  const shown = useQuery({
    queryKey: ['batches', 'show', batchId],
    queryFn: ({ signal }) => api.batches.show.query({ batch: batchId }, { signal }),
    refetchInterval: ({ state }) => (state.data && isRunning(state.data.state) ? LIVE_MS : 30_000),
  });
  const batch = shown.data;
  const running = batch !== undefined && isRunning(batch.state);
  const query = useQueryOf(batchId, search);
  const source = useMemo(() => sourceOf(query, running), [query, running]);
  const list = useKeyedList(source);
  const chosen = useSelection((index) => list.rowAt(index)?.id);
  const columns = useColumns(rates, batch?.now ?? 0);
  const view = useListView('batch', columns);
  const [active, setActive] = useState(0);
  const move = useMove(batchId);
  const set = (next: Partial<typeof search>) =>
    void navigate({ search: (old) => ({ ...old, ...next }), replace: true });
  const open = (row: number | undefined) =>
    void navigate({ search: (old) => ({ ...old, row }), replace: search.row !== undefined });

  if (shown.error) {
    return (
      <Fill>
        <ErrorNote error={shown.error} retry={() => void shown.refetch()} />
      </Fill>
    );
  }
  if (batch) rates.add(0, batch.now, batch.totals.itemsDone, batch.totals.bytesDone);
  const members = (
    <>
      <ListBar
        view={view}
        file={`batch-${batchId}`}
        csv={{
          rows: (signal) =>
            everyPage(
              (after, limit) => api.batches.lines.query({ ...query, ...(after && { after }), limit }, { signal }),
              signal,
              500,
            ),
        }}
        search={{
          value: search.q ?? '',
          onChange: (q) => set({ q: q || undefined, row: undefined }),
          label: t.search,
        }}
        filters={
          batch && (
            <StateFilter
              batch={batch}
              drawer={search.row !== undefined}
              chosen={search.state}
              choose={(state) => set({ state, row: undefined })}
            />
          )
        }
      />
      {batch && <ChosenMembers batch={batch} chosen={chosen} total={list.total ?? 0} query={query} />}
      <Fill>
        {list.error ? <ErrorNote error={list.error} retry={list.retry} /> : null}
        {list.total === 0 ? (
          <EmptyState title={t.nobody} />
        ) : (
          <VirtualTable
            label={t.members}
            columns={view.columns}
            total={list.total ?? 0}
            rowAt={list.rowAt}
            rowId={(line) => line.id}
            onRange={list.show}
            open={search.row}
            active={active}
            onActive={setActive}
            onOpen={(line) => open(line.id)}
            onMove={(line, to) => {
              move.mutate({ workloadIds: [line.id], move: to });
              if (search.sort === 'priority') setActive(placeAfter(to, active, (list.total ?? 1) - 1));
            }}
            selection={chosen}
            chooseLabel={t.members}
            sorting={{ by: search.sort ?? 'name', descending: search.down === true }}
            onSort={({ by, descending }) => set({ sort: by as Query['sort'], down: descending || undefined })}
          />
        )}
      </Fill>
    </>
  );
  return (
    <Page
      drawer={
        search.row !== undefined && (
          <WorkloadDrawer id={search.row} rates={rates} live={running} onClose={() => open(undefined)} />
        )
      }
    >
      <PageHead
        title={batch?.name}
        parent={{ to: '/batches', label: t.batches }}
        sentence={batch && sentenceOf(batch, rates, t)}
        actions={batch && <BatchActions batch={batch} />}
      />
      {batch && <Totals batch={batch} rates={rates} />}
      <Tabs
        value={search.tab ?? 'members'}
        onChange={(_event, tab: 'members' | 'cutover' | 'mails') =>
          set({ tab: tab === 'members' ? undefined : tab, row: undefined })
        }
        sx={{ px: { xs: 4, sm: 6 }, mb: 3, flex: 'none' }}
      >
        {(['members', 'cutover', 'mails'] as const).map((tab) => (
          <Tab key={tab} value={tab} label={tc.tabs[tab]} />
        ))}
      </Tabs>
      {batch && search.tab === 'cutover' && (
        <Scroll label={tc.tabs.cutover}>
          <CutoverTab batch={batchId} name={batch.name} />
        </Scroll>
      )}
      {batch && search.tab === 'mails' && (
        <Fill>
          <MailsTab batch={batchId} />
        </Fill>
      )}
      {search.tab === undefined && members}
    </Page>
  );
}

/** Where the row stands after it was moved, so that the keyboard stays on it. */
function placeAfter(move: Move, at: number, last: number): number {
  if (move === 'top') return 0;
  if (move === 'bottom') return last;
  return Math.max(0, Math.min(last, move === 'up' ? at - 1 : at + 1));
}

function useQueryOf(batchId: number, search: ReturnType<typeof route.useSearch>): Query {
  const { q, state, sort, down } = search;
  return useMemo(
    () => ({
      batchId,
      sort: sort ?? 'name',
      descending: down === true,
      ...(q !== undefined && { search: q }),
      ...(state && { states: [state] satisfies State[] }),
    }),
    [batchId, q, state, sort, down],
  );
}

function sourceOf(query: Query, running: boolean): KeyedListSource<Line> {
  return {
    key: ['batches', 'lines', query],
    anchors: (every, signal) => api.batches.anchors.query({ ...query, every }, { signal }),
    page: async (after, limit, signal) =>
      (await api.batches.lines.query({ ...query, ...(after && { after }), limit }, { signal })).lines,
    ...(running && { refreshMs: LIVE_MS }),
  };
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

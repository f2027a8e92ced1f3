import { Tab, Tabs } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { memo, useCallback, useMemo } from 'react';
import { timeLeft } from '../../../core/domain/progress.ts';
import type { State } from '../../../core/domain/words.ts';
import { useTexts } from '../../app/texts.ts';
import { api, type Inputs, type Outputs } from '../../rpc/client.ts';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { count, timeOfDay } from '../../ui/figures.ts';
import { Fill, Page, Scroll } from '../../ui/Page.tsx';
import { PageHead } from '../../ui/PageHead.tsx';
import { CutoverTab } from '../cutover/CutoverTab.tsx';
import { MailsTab } from '../cutover/MailsTab.tsx';
import { BatchActions } from './BatchActions.tsx';
import { Members } from './Members.tsx';
import { type Rates, useRates } from './rates.ts';
import { isRunning, LIVE_MS } from './states.ts';
import { Totals } from './Totals.tsx';
import { WorkloadDrawer } from './WorkloadDrawer.tsx';

export type Batch = Outputs['batches']['show'];
export type Line = Outputs['batches']['lines']['lines'][number];
export type Query = Omit<Inputs['batches']['lines'], 'after' | 'limit'>;

const route = getRouteApi('/batches/$batchId');
export type BatchSearch = ReturnType<typeof route.useSearch>;

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
  const set = (next: Partial<typeof search>) =>
    void navigate({ search: (old) => ({ ...old, ...next }), replace: true });
  const open = (row: number | undefined) =>
    void navigate({ search: (old) => ({ ...old, row }), replace: search.row !== undefined });

  const choose = useCallback(
    (tab: BatchTab) =>
      void navigate({
        search: (old) => ({ ...old, tab: tab === 'members' ? undefined : tab, row: undefined }),
        replace: true,
      }),
    [navigate],
  );

  if (shown.error) {
    return (
      <Fill>
        <ErrorNote error={shown.error} retry={() => void shown.refetch()} />
      </Fill>
    );
  }
  if (batch) rates.add(0, batch.now, batch.totals.itemsDone, batch.totals.bytesDone);
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
      <BatchTabs tab={search.tab ?? 'members'} choose={choose} />
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
      {search.tab === undefined && (
        <Members
          batchId={batchId}
          batch={batch}
          query={query}
          running={running}
          rates={rates}
          search={search}
          set={set}
          open={open}
        />
      )}
    </Page>
  );
}

type BatchTab = 'members' | 'cutover' | 'mails';

/** Apart, because tabs measure themselves whenever they are drawn, and the page is drawn with every look at the batch. */
const BatchTabs = memo(function BatchTabs({ tab, choose }: { tab: BatchTab; choose: (tab: BatchTab) => void }) {
  const { cutover: t } = useTexts();
  return (
    <Tabs
      value={tab}
      onChange={(_event, next: BatchTab) => choose(next)}
      sx={{ px: { xs: 4, sm: 6 }, mb: 3, flex: 'none' }}
    >
      {(['members', 'cutover', 'mails'] as const).map((one) => (
        <Tab key={one} value={one} label={t.tabs[one]} />
      ))}
    </Tabs>
  );
});

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

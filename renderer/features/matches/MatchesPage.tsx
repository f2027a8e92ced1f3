import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { MATCH_STATES, type MatchState } from '../../../core/domain/words.ts';
import { useTexts } from '../../app/texts.ts';
import { api, type Inputs, type Outputs } from '../../rpc/client.ts';
import { everyPage } from '../../rpc/everyPage.ts';
import { type KeyedListSource, useKeyedList } from '../../rpc/keyedList.ts';
import { Chips } from '../../ui/Chips.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { count } from '../../ui/figures.ts';
import { ListBar } from '../../ui/list/ListBar.tsx';
import { useListView } from '../../ui/list/useListView.ts';
import { MatchMark } from '../../ui/MatchMark.tsx';
import { Fill, Page } from '../../ui/Page.tsx';
import { PageHead } from '../../ui/PageHead.tsx';
import { VirtualTable } from '../../ui/VirtualTable.tsx';
import { useColumns } from './columns.tsx';
import { DecisionPanel } from './DecisionPanel.tsx';
import { MatchActions } from './MatchActions.tsx';
import { RuleFilter } from './RuleFilter.tsx';
import { useQueue } from './useQueue.ts';

export type Line = Outputs['match']['list']['lines'][number];
export type Query = Omit<Inputs['match']['list'], 'after' | 'limit'>;

const route = getRouteApi('/matches');
/** States in which somebody has to decide: there the next one opens by itself. */
const OPEN: readonly MatchState[] = ['conflict', 'review'];

/** Which source object is which target object: a queue for what is doubtful, a list for the rest. */
export function MatchesPage() {
  const { matches: t, recipients: tr } = useTexts();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { q, rule, state } = search;
  const query = useMemo(
    (): Query => ({ ...(q && { search: q }), ...(rule && { rule }), ...(state && { states: [state] }) }),
    [q, rule, state],
  );
  const source = useMemo(() => sourceOf(query), [query]);
  const list = useKeyedList(source);
  const counts = useQuery({
    queryKey: ['match', 'counts'],
    queryFn: ({ signal }) => api.match.counts.query(undefined, { signal }),
  });
  const [active, setActive] = useState(0);
  const set = (next: Partial<typeof search>) =>
    void navigate({ search: (old) => ({ ...old, ...next }), replace: true });
  const columns = useColumns();
  const view = useListView('matches', columns);
  const total = list.total ?? 0;
  const queue = useQueue({
    list,
    active,
    setActive,
    row: search.row,
    open: (row) => set({ row }),
    queued: state !== undefined && OPEN.includes(state),
  });
  const all = counts.data?.counts;
  const known = all ? MATCH_STATES.reduce((sum, one) => sum + all[one], 0) : undefined;
  return (
    <Page
      head={
        <>
          <PageHead
            title={t.title}
            sentence={all && (known === 0 ? t.sentenceNone : sentenceOf(all, t))}
            actions={<MatchActions first={known === 0} query={query} />}
          />
          {known !== undefined && known > 0 && all && (
            <ListBar
              view={view}
              file="matches"
              csv={{
                rows: (signal) =>
                  everyPage(
                    (after, limit) => api.match.list.query({ ...query, ...(after && { after }), limit }, { signal }),
                    signal,
                  ),
              }}
              search={{
                value: q ?? '',
                onChange: (text) => set({ q: text || undefined, row: undefined }),
                label: t.search,
              }}
              filters={
                <>
                  <Chips<MatchState>
                    label={t.state}
                    all={{ label: t.all, count: known }}
                    chips={[...OPEN, ...MATCH_STATES.filter((one) => !OPEN.includes(one))]
                      .filter((one) => all[one] > 0 || one === state)
                      .map((one) => ({
                        value: one,
                        label: <MatchMark state={one} />,
                        count: all[one],
                        title: tr.matches[one],
                      }))}
                    chosen={state}
                    choose={(next) => {
                      setActive(0);
                      set({ state: next, row: undefined });
                    }}
                  />
                  <RuleFilter rule={rule} choose={(next) => set({ rule: next, row: undefined })} />
                </>
              }
            />
          )}
        </>
      }
      drawer={
        queue.row !== undefined && (
          <DecisionPanel
            key={queue.row}
            sourceId={queue.row}
            queue={queue}
            left={queue.queued ? total : undefined}
            onClose={queue.close}
          />
        )
      }
    >
      <Fill>
        {list.error ? <ErrorNote error={list.error} retry={list.retry} /> : null}
        {known === 0 ? (
          <EmptyState title={t.empty} text={t.emptyNext} />
        ) : list.total === 0 ? (
          <EmptyState title={state && OPEN.includes(state) ? t.queueDone : t.nothing} />
        ) : (
          <VirtualTable
            label={t.title}
            columns={view.columns}
            total={total}
            rowAt={list.rowAt}
            rowId={(line) => line.sourceId}
            onRange={list.show}
            open={queue.row}
            active={Math.min(active, Math.max(0, total - 1))}
            onActive={setActive}
            onOpen={(line) => set({ row: line.sourceId })}
          />
        )}
      </Fill>
    </Page>
  );
}

function sourceOf(query: Query): KeyedListSource<Line> {
  return {
    key: ['match', 'lines', query],
    anchors: (every, signal) => api.match.anchors.query({ ...query, every }, { signal }),
    page: async (after, limit, signal) =>
      (await api.match.list.query({ ...query, ...(after && { after }), limit }, { signal })).lines,
  };
}

function sentenceOf(all: Record<MatchState, number>, t: ReturnType<typeof useTexts>['matches']): string {
  const shown = Object.fromEntries(MATCH_STATES.map((state) => [state, count(all[state])])) as Record<
    MatchState,
    string
  >;
  return t.sentence({ ...shown, open: all.conflict + all.review });
}

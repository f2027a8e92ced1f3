import { Button, MenuItem, TextField, Typography } from '@mui/material';
import { useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useState } from 'react';
import { useTexts } from '../../app/texts.ts';
import { api, type Outputs } from '../../rpc/client.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { count, exactTime } from '../../ui/figures.ts';
import { ListBar } from '../../ui/list/ListBar.tsx';
import { useListView } from '../../ui/list/useListView.ts';
import { Fill, Page } from '../../ui/Page.tsx';
import { PageHead } from '../../ui/PageHead.tsx';
import { type Column, VirtualTable } from '../../ui/VirtualTable.tsx';
import { AuditDrawer } from './AuditDrawer.tsx';
import { ChainVerdict } from './ChainVerdict.tsx';

export type Entry = Outputs['audit']['list'][number];

const route = getRouteApi('/audit');
const PAGE = 200;

/** Who changed what, newest first; the chain of hashes can be verified. */
export function AuditPage() {
  const { audit: t } = useTexts();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [active, setActive] = useState(0);
  const list = useInfiniteQuery({
    queryKey: ['audit', 'list', search.action],
    queryFn: ({ pageParam, signal }) =>
      api.audit.list.query(
        {
          limit: PAGE,
          ...(search.action !== undefined && { action: search.action }),
          ...(pageParam !== undefined && { before: pageParam }),
        },
        { signal },
      ),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => (page.length < PAGE ? undefined : page.at(-1)?.id),
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) < 2 ? 10_000 : false),
  });
  const actions = useActions();
  const verify = useMutation({ mutationFn: () => api.audit.verify.mutate() });
  const entries = list.data?.pages.flat() ?? [];
  const rowAt = (index: number) => entries[index];
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  const onRange = useCallback(
    (_first: number, last: number) => {
      if (hasNextPage && !isFetchingNextPage && last > entries.length - 40) void fetchNextPage();
    },
    [hasNextPage, isFetchingNextPage, fetchNextPage, entries.length],
  );
  const columns = useColumns();
  const view = useListView('audit', columns);
  const open = (id: number | undefined) =>
    void navigate({ search: (old) => ({ ...old, row: id }), replace: search.row !== undefined });
  const chosen = entries.find(({ id }) => id === search.row);
  return (
    <Page drawer={search.row !== undefined && <AuditDrawer entry={chosen} onClose={() => open(undefined)} />}>
      <PageHead
        title={t.title}
        sentence={list.data && sentenceOf(entries, t)}
        actions={
          <Button variant="outlined" disabled={verify.isPending} onClick={() => verify.mutate()}>
            {t.verify}
          </Button>
        }
      />
      <ListBar
        view={view}
        file="audit"
        csv={{ rows: async () => entries }}
        filters={
          <TextField
            select
            label={t.action}
            value={search.action ?? ''}
            onChange={(event) =>
              void navigate({ search: { action: event.target.value || undefined, row: undefined }, replace: true })
            }
            sx={{ minWidth: 220 }}
          >
            <MenuItem value="">{t.allActions}</MenuItem>
            {actions.map((action) => (
              <MenuItem key={action} value={action}>
                {t.actionName(action)}
              </MenuItem>
            ))}
          </TextField>
        }
      />
      <Fill>
        {list.error && <ErrorNote error={list.error} retry={() => void list.refetch()} />}
        {verify.isPending && <Typography role="status">{t.verifying}</Typography>}
        {verify.error && <ErrorNote error={verify.error} />}
        {verify.data && <ChainVerdict verdict={verify.data} />}
        {list.data && entries.length === 0 && <EmptyState title={t.empty} text={t.emptyNext} />}
        {entries.length > 0 && (
          <VirtualTable
            label={t.title}
            columns={view.columns}
            total={entries.length}
            rowAt={rowAt}
            rowId={(entry) => entry.id}
            onRange={onRange}
            open={search.row}
            active={active}
            onActive={setActive}
            onOpen={(entry) => open(entry.id)}
          />
        )}
      </Fill>
    </Page>
  );
}

/** The kinds of action that the newest entries hold: what a filter can offer. */
function useActions(): string[] {
  const all = useInfiniteQuery({
    queryKey: ['audit', 'list', undefined],
    queryFn: ({ signal }) => api.audit.list.query({ limit: PAGE }, { signal }),
    initialPageParam: undefined,
    getNextPageParam: () => undefined,
  });
  return [...new Set(all.data?.pages.flat().map(({ action }) => action))].sort();
}

function useColumns(): Column<Entry>[] {
  const { audit: t } = useTexts();
  return [
    {
      id: 'at',
      title: t.columns.at,
      track: '176px',
      cell: (entry) => exactTime(entry.at),
      csv: (entry) => new Date(entry.at).toISOString(),
    },
    { id: 'who', title: t.columns.who, track: 'minmax(80px, 120px)', cell: (entry) => entry.who },
    {
      id: 'action',
      title: t.columns.action,
      track: 'minmax(120px, 200px)',
      cell: (entry) => t.actionName(entry.action),
      csv: (entry) => entry.action,
    },
    { id: 'object', title: t.columns.object, track: 'minmax(140px, 2fr)', cell: (entry) => entry.object },
    { id: 'host', title: t.columns.host, track: '140px', hideBelow: 800, cell: (entry) => entry.host },
    { id: 'id', title: t.columns.id, track: '76px', right: true, hideBelow: 700, cell: (entry) => count(entry.id) },
  ];
}

function sentenceOf(entries: Entry[], t: ReturnType<typeof useTexts>['audit']): string {
  const [last] = entries;
  return last ? t.sentence(count(entries.length), exactTime(last.at)) : t.sentenceNone;
}

import { Tab, Tabs } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTexts } from '../../app/texts.ts';
import { api, type Outputs } from '../../rpc/client.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { Fill, Page } from '../../ui/Page.tsx';
import { PageHead } from '../../ui/PageHead.tsx';
import { CheckDrawer } from './CheckDrawer.tsx';
import { CheckMatrix } from './CheckMatrix.tsx';
import { PortDrawer } from './PortDrawer.tsx';
import { PortMatrix } from './PortMatrix.tsx';
import { RunButton } from './RunButton.tsx';
import { rowsOf } from './rows.ts';
import { useRun } from './useRun.ts';

export type Result = Outputs['preflight']['show']['results'][number];

const route = getRouteApi('/preflight');

/** What the move needs, checked from every machine, with what mends it. */
export function PreflightPage() {
  const { preflight: t } = useTexts();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const run = useRun();
  const shown = useQuery({
    queryKey: ['preflight', 'show'],
    queryFn: ({ signal }) => api.preflight.show.query({}, { signal }),
    refetchInterval: run.running ? 2_000 : 30_000,
  });
  const ports = useQuery({
    queryKey: ['preflight', 'ports'],
    queryFn: ({ signal }) => api.preflight.ports.query(undefined, { signal }),
    enabled: search.tab === 'ports',
  });
  const rows = useMemo(() => rowsOf(shown.data?.results ?? []), [shown.data]);
  const chosen = rows.find(({ id }) => id === search.check);
  const close = () =>
    void navigate({ search: (old) => ({ ...old, check: undefined, from: undefined, to: undefined }), replace: true });
  const { from, to } = search;
  return (
    <Page
      drawer={
        search.tab === 'ports'
          ? from &&
            to &&
            ports.data && <PortDrawer key={`${from} ${to}`} ports={ports.data} from={from} to={to} onClose={close} />
          : chosen && <CheckDrawer key={chosen.id} row={chosen} run={run} onClose={close} />
      }
    >
      <PageHead
        title={t.title}
        sentence={shown.data && (run.running ? t.sentenceRunning : sentenceOf(shown.data, t))}
        actions={<RunButton run={run} again={rows.length > 0} />}
      />
      <Tabs
        value={search.tab ?? 'checks'}
        onChange={(_event, tab: 'checks' | 'ports') =>
          void navigate({ search: tab === 'ports' ? { tab } : {}, replace: true })
        }
        sx={{ px: { xs: 2, sm: 4 }, mb: 3, flex: 'none' }}
      >
        <Tab value="checks" label={t.checks} />
        <Tab value="ports" label={t.ports} />
      </Tabs>
      {run.error ? (
        <Fill>
          <ErrorNote error={run.error} />
        </Fill>
      ) : null}
      {shown.error && (
        <Fill>
          <ErrorNote error={shown.error} retry={() => void shown.refetch()} />
        </Fill>
      )}
      {search.tab === 'ports' ? (
        <PortMatrix ports={ports.data} error={ports.error} />
      ) : shown.data && rows.length === 0 ? (
        <Fill>
          <EmptyState title={t.empty} text={t.emptyNext} />
        </Fill>
      ) : (
        <CheckMatrix rows={rows} results={shown.data?.results ?? []} />
      )}
    </Page>
  );
}

function sentenceOf(data: Outputs['preflight']['show'], t: ReturnType<typeof useTexts>['preflight']): string {
  if (data.results.length === 0) return t.sentenceNone;
  return t.sentence({ ...data.counts, blocking: data.blocking });
}

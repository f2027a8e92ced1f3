import { Button } from '@mui/material';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { useTexts } from '../../app/texts.ts';
import { api } from '../../rpc/client.ts';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { Page, Scroll } from '../../ui/Page.tsx';
import { PageHead } from '../../ui/PageHead.tsx';
import { sentenceOf } from './sentence.ts';

/** The sentence comes first, with the frame; the panels a moment after it. */
const Panels = lazy(() => import('./Panels.tsx'));

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
          <Suspense fallback={null}>
            <Panels overview={data} fresh={fresh} />
          </Suspense>
        )}
      </Scroll>
    </Page>
  );
}

import { Tab, Tabs } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTexts } from '../../app/texts.ts';
import { api } from '../../rpc/client.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { count } from '../../ui/figures.ts';
import { LinkButton } from '../../ui/LinkButton.tsx';
import { Page, Scroll } from '../../ui/Page.tsx';
import { PageHead } from '../../ui/PageHead.tsx';
import { expressionOf, type Filter } from './expression.ts';
import { FilterPanel } from './FilterPanel.tsx';
import { TimelinePanel } from './TimelinePanel.tsx';
import { WavesPanel } from './WavesPanel.tsx';

type TabName = 'filter' | 'waves' | 'timeline';
const route = getRouteApi('/plan');

/** Which mailboxes go together, and when. */
export function PlanPage() {
  const { plan: t } = useTexts();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [filter, setFilter] = useState<Filter>({ department: '', kind: '', name: '', mail: '' });
  const tab: TabName = search.tab ?? 'filter';
  const all = useQuery({
    queryKey: ['batches', 'candidates', ''],
    queryFn: ({ signal }) => api.plan.candidates.query({ expression: '' }, { signal }),
  });
  const empty = all.data?.found === 0;
  return (
    <Page>
      <PageHead
        title={t.title}
        sentence={all.data && t.sentence({ free: count(all.data.free), elsewhere: count(all.data.elsewhere) })}
      />
      <Tabs
        value={tab}
        onChange={(_event, next: TabName) =>
          void navigate({ search: (old) => ({ ...old, tab: next === 'filter' ? undefined : next }), replace: true })
        }
        sx={{ px: { xs: 4, sm: 6 }, mb: 4, flex: 'none' }}
      >
        {(['filter', 'waves', 'timeline'] as const).map((name) => (
          <Tab key={name} value={name} label={t.tabs[name]} />
        ))}
      </Tabs>
      <Scroll label={t.title}>
        {all.error && <ErrorNote error={all.error} retry={() => void all.refetch()} />}
        {tab === 'timeline' && <TimelinePanel />}
        {empty && tab !== 'timeline' && (
          <EmptyState title={t.nothingMatched} text={t.nothingMatchedNext}>
            <LinkButton to="/matches" variant="outlined">
              {t.toMatches}
            </LinkButton>
          </EmptyState>
        )}
        {all.data && !empty && tab === 'filter' && (
          <FilterPanel all={all.data} filter={filter} onFilter={setFilter} expression={expressionOf(filter)} />
        )}
        {all.data && !empty && tab === 'waves' && (
          <WavesPanel
            free={all.data.free}
            max={search.max}
            gigabytes={search.gb}
            set={(next) => void navigate({ search: (old) => ({ ...old, ...next }), replace: true })}
          />
        )}
      </Scroll>
    </Page>
  );
}

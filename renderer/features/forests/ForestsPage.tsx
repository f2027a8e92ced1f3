import { Box, Button } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { FOREST_ROLES } from '../../../core/domain/words.ts';
import { useTexts } from '../../app/texts.ts';
import { api, type Outputs } from '../../rpc/client.ts';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { Page, Scroll } from '../../ui/Page.tsx';
import { PageHead } from '../../ui/PageHead.tsx';
import { ForestCard } from './ForestCard.tsx';
import { ForestDrawer } from './ForestDrawer.tsx';
import { MissingCard } from './MissingCard.tsx';

export type Forest = Outputs['forests']['list'][number];

const route = getRouteApi('/forests');

/** Both forests side by side: where their servers are, whether they are trusted, which accounts are used. */
export function ForestsPage() {
  const { forests: t } = useTexts();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const list = useQuery({
    queryKey: ['forests', 'list'],
    queryFn: ({ signal }) => api.forests.list.query(undefined, { signal }),
  });
  const forests = list.data ?? [];
  const open = (next: { edit?: string; add?: 'source' | 'target' }) => void navigate({ search: next });
  const edited = forests.find(({ name }) => name === search.edit);
  const missing = FOREST_ROLES.filter((role) => !forests.some((forest) => forest.role === role));
  return (
    <Page
      drawer={
        (edited || search.add) && (
          <ForestDrawer
            key={edited?.name ?? search.add}
            forest={edited}
            role={edited?.role ?? search.add ?? 'source'}
            onClose={() => open({})}
          />
        )
      }
    >
      <PageHead
        title={t.title}
        sentence={list.data && sentenceOf(forests, t)}
        actions={
          <Button
            variant={missing.length > 0 ? 'contained' : 'outlined'}
            onClick={() => open({ add: missing[0] ?? 'source' })}
          >
            {missing[0] ? t.addRole[missing[0]] : t.add}
          </Button>
        }
      />
      <Scroll label={t.title}>
        {list.error && <ErrorNote error={list.error} retry={() => void list.refetch()} />}
        {list.data && (
          <Box
            sx={{
              display: 'grid',
              gap: 4,
              gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 380px), 1fr))',
              alignItems: 'start',
            }}
          >
            {FOREST_ROLES.flatMap((role) => [
              ...forests
                .filter((forest) => forest.role === role)
                .map((forest) => (
                  <ForestCard key={forest.id} forest={forest} onEdit={() => open({ edit: forest.name })} />
                )),
              ...(missing.includes(role)
                ? [<MissingCard key={role} role={role} onAdd={() => open({ add: role })} />]
                : []),
            ])}
          </Box>
        )}
      </Scroll>
    </Page>
  );
}

function sentenceOf(forests: Forest[], t: ReturnType<typeof useTexts>['forests']): string {
  const names = (role: Forest['role']) =>
    forests
      .filter((forest) => forest.role === role)
      .map(({ name }) => name)
      .join(', ');
  const [source, target] = [names('source'), names('target')];
  if (source === '' && target === '') return t.sentenceNone;
  if (source === '' || target === '') return t.sentenceOne(source || target, source === '' ? 'target' : 'source');
  const accountsMissing = forests.filter(({ accounts }) => accounts.length === 0).length;
  return t.sentence({ source, target, accountsMissing, untrusted: 0 });
}

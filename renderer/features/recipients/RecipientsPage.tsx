import { Box } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTexts } from '../../app/texts.ts';
import { api, type Inputs, type Outputs } from '../../rpc/client.ts';
import { everyPage } from '../../rpc/everyPage.ts';
import type { KeyedListSource } from '../../rpc/keyedList.ts';
import { Chips } from '../../ui/Chips.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { KeyedTable } from '../../ui/list/KeyedTable.tsx';
import { Fill, Page } from '../../ui/Page.tsx';
import { PageHead } from '../../ui/PageHead.tsx';
import { BatchFromChosen } from './BatchFromChosen.tsx';
import { useColumns } from './columns.tsx';
import { Filters } from './Filters.tsx';
import { ReadButton } from './ReadButton.tsx';
import { RecipientDrawer } from './RecipientDrawer.tsx';
import { useSentence } from './sentence.ts';

export type Line = Outputs['recipients']['lines']['lines'][number];
export type Query = Omit<Inputs['recipients']['lines'], 'after' | 'limit'>;
type Side = 'source' | 'target';

const route = getRouteApi('/recipients');

/** Who and what is in a directory: both sides, filtered, in the columns one wants, with the counterpart beside it. */
export function RecipientsPage() {
  const { recipients: t } = useTexts();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const side: Side = search.side ?? 'source';
  const query = useQueryOf(search, side);
  const source = useMemo(() => sourceOf(query), [query]);
  const facets = useQuery({
    queryKey: ['discover', 'facets', side],
    queryFn: ({ signal }) => api.recipients.facets.query({ role: side }, { signal }),
  });
  const columns = useColumns(side);
  const sentence = useSentence(side, facets.data);
  const set = (next: Partial<typeof search>) =>
    void navigate({ search: (old) => ({ ...old, ...next }), replace: true });
  const open = (row: number | undefined) =>
    void navigate({ search: (old) => ({ ...old, row }), replace: search.row !== undefined });
  const empty = facets.data?.total === 0;
  return (
    <Page drawer={search.row !== undefined && <RecipientDrawer id={search.row} onClose={() => open(undefined)} />}>
      <PageHead title={t.title} sentence={sentence} actions={<ReadButton side={side} first={empty} />} />
      <Box sx={{ px: { xs: 4, sm: 6 }, pb: 3, flex: 'none' }}>
        <Chips<Side>
          label={t.title}
          all={undefined}
          chips={[
            { value: 'source', label: t.sides.source },
            { value: 'target', label: t.sides.target },
          ]}
          chosen={side}
          choose={(next) =>
            void navigate({ search: { side: next === 'target' ? 'target' : undefined }, replace: true })
          }
        />
      </Box>
      {empty ? (
        <Fill>
          <EmptyState title={t.empty} text={t.emptyNext} />
        </Fill>
      ) : (
        <KeyedTable
          key={side}
          source={source}
          columns={columns}
          name={`recipients-${side}`}
          file={`recipients-${side}`}
          everything={(signal) =>
            everyPage(
              (after, limit) => api.recipients.lines.query({ ...query, ...(after && { after }), limit }, { signal }),
              signal,
            )
          }
          search={{
            value: search.q ?? '',
            onChange: (q) => set({ q: q || undefined, row: undefined }),
            label: t.search,
          }}
          filters={<Filters facets={facets.data} search={search} set={set} />}
          chooser={
            side === 'source'
              ? (chosen, total) => <BatchFromChosen chosen={chosen} total={total} query={query} />
              : undefined
          }
          label={t.title}
          nothing={t.nothing}
          rowId={(line) => line.id}
          open={search.row}
          onOpen={(line) => open(line.id)}
          sorting={{ by: query.sort ?? 'name', descending: query.descending === true }}
          onSort={({ by, descending }) => set({ sort: by as Query['sort'], down: descending || undefined })}
        />
      )}
    </Page>
  );
}

function useQueryOf(search: ReturnType<typeof route.useSearch>, side: Side): Query {
  const { q, kind, department, match, sort, down } = search;
  return useMemo(
    () => ({
      role: side,
      sort: sort ?? 'name',
      descending: down === true,
      ...(q !== undefined && { search: q }),
      ...(kind && { kinds: [kind] }),
      ...(department !== undefined && { department }),
      ...(match && { matches: [match] }),
    }),
    [side, q, kind, department, match, sort, down],
  );
}

/** Lists are of the area "discover": they are read again when a directory was. */
function sourceOf(query: Query): KeyedListSource<Line> {
  return {
    key: ['discover', 'lines', query],
    anchors: (every, signal) => api.recipients.anchors.query({ ...query, every }, { signal }),
    page: async (after, limit, signal) =>
      (await api.recipients.lines.query({ ...query, ...(after && { after }), limit }, { signal })).lines,
  };
}

import { Box } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTexts } from '../../app/texts.ts';
import { api, type Outputs } from '../../rpc/client.ts';
import { Chips } from '../../ui/Chips.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { bytes, count, exactTime } from '../../ui/figures.ts';
import { Page, Scroll } from '../../ui/Page.tsx';
import { PageHead } from '../../ui/PageHead.tsx';
import { FolderBatch } from './FolderBatch.tsx';
import { FolderTree } from './FolderTree.tsx';
import { MeasureButton } from './MeasureButton.tsx';
import { OrphansPanel } from './OrphansPanel.tsx';
import { isWithin } from './paths.ts';
import { SizesView, useSizes } from './SizesView.tsx';
import { SpansPanel } from './SpansPanel.tsx';

export type Span = Outputs['publicFolders']['workloads'][number];
type Side = 'source' | 'target' | 'sizes';

const route = getRouteApi('/public-folders');

/** The tree of public folders, read level by level as it is opened; subtrees are chosen for batches. */
export function FoldersPage() {
  const { folders: t } = useTexts();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const side: Side = search.side ?? 'source';
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const spans = useQuery({
    queryKey: ['batches', 'publicFolders'],
    queryFn: ({ signal }) => api.publicFolders.workloads.query(undefined, { signal }),
  });
  const list = spans.data ?? [];
  const toggle = (path: string) =>
    // A subtree brings everything below it: what lies within it needs no choice of its own.
    setChosen((old) =>
      old.includes(path) ? old.filter((one) => one !== path) : [...old.filter((one) => !isWithin(one, path)), path],
    );
  const sizes = useSizes(search.below, search.depth ?? 1, side === 'sizes');
  const scan = sizes.data?.scan;
  return (
    <Page>
      <PageHead
        title={t.title}
        sentence={side === 'sizes' ? sizes.data && scanned(scan, t) : spans.data && sentenceOf(list, t)}
        actions={
          side === 'sizes' ? (
            sizes.data && <MeasureButton first={!scan} />
          ) : (
            <FolderBatch chosen={chosen} onDone={() => setChosen([])} />
          )
        }
      />
      <Box sx={{ px: { xs: 4, sm: 6 }, pb: 3, flex: 'none' }}>
        <Chips<Side>
          label={t.title}
          all={undefined}
          chips={(['source', 'target', 'sizes'] as const).map((value) => ({ value, label: t.sides[value] }))}
          chosen={side}
          choose={(next) => void navigate({ search: { side: next === 'source' ? undefined : next }, replace: true })}
        />
      </Box>
      {side === 'sizes' ? (
        <SizesView spans={list} />
      ) : (
        <Scroll label={t.title}>
          {spans.error && <ErrorNote error={spans.error} retry={() => void spans.refetch()} />}
          <Box sx={{ display: 'grid', gap: 4, gridTemplateColumns: 'minmax(0, 1fr)' }}>
            {side === 'source' && <SpansPanel spans={list} />}
            {side === 'source' && <OrphansPanel />}
            <FolderTree
              key={side}
              side={side}
              spans={side === 'source' ? list : []}
              chosen={chosen}
              {...(side === 'source' && { onToggle: toggle })}
            />
          </Box>
        </Scroll>
      )}
    </Page>
  );
}

function scanned(
  scan: Outputs['publicFolders']['statistics']['scan'] | undefined,
  t: ReturnType<typeof useTexts>['folders'],
): string {
  if (!scan) return t.sizes.never;
  const { folders, items, at } = scan;
  return t.sizes.sentence({
    folders: count(folders),
    items: count(items),
    size: bytes(scan.bytes),
    when: exactTime(at),
  });
}

function sentenceOf(spans: Span[], t: ReturnType<typeof useTexts>['folders']): string {
  if (spans.length === 0) return t.sentenceNone;
  return t.sentence({
    subtrees: count(spans.length),
    batches: count(new Set(spans.map(({ batchId }) => batchId)).size),
  });
}

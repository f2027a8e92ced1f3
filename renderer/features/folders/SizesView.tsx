import { Button, MenuItem, TextField } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useMemo, useState } from 'react';
import { useTexts } from '../../app/texts.ts';
import { api } from '../../rpc/client.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { ListBar } from '../../ui/list/ListBar.tsx';
import { useListView } from '../../ui/list/useListView.ts';
import { Fill } from '../../ui/Page.tsx';
import { VirtualTable } from '../../ui/VirtualTable.tsx';
import type { Span } from './FoldersPage.tsx';
import { readable } from './paths.ts';
import { comparing, type Subtree, useSizeColumns } from './sizeColumns.tsx';

const DEPTHS = [1, 2, 3, 4, 5];
const LIMIT = 5_000;
const route = getRouteApi('/public-folders');

/** What the last reading of the tree found, shared by the list and the sentence over it. */
export function useSizes(below: string | undefined, depth: number, enabled: boolean) {
  return useQuery({
    queryKey: ['publicFolders', 'sizes', below ?? '', depth],
    queryFn: ({ signal }) =>
      api.publicFolders.statistics.query({ depth, limit: LIMIT, ...(below !== undefined && { below }) }, { signal }),
    enabled,
  });
}

/** Sums of subtrees to decide what to move: items, size, last change, owner. Enter goes below one. */
export function SizesView({ spans }: { spans: readonly Span[] }) {
  const { folders: t } = useTexts();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { below, q = '', sort = 'size', down = search.sort === undefined } = search;
  const depth = search.depth ?? 1;
  const [active, setActive] = useState(0);
  const sizes = useSizes(below, depth, true);
  const columns = useSizeColumns(spans);
  const view = useListView('folder-sizes', columns);
  const set = (next: Partial<typeof search>) => {
    setActive(0);
    void navigate({ search: (old) => ({ ...old, ...next }), replace: next.below === undefined });
  };
  const lines = useMemo(
    () => shown(sizes.data?.subtrees ?? [], q, below).sort(comparing(sort, down)),
    [sizes.data, q, below, sort, down],
  );
  const rowAt = useCallback((index: number) => lines[index], [lines]);
  if (sizes.error) {
    return (
      <Fill>
        <ErrorNote error={sizes.error} retry={() => void sizes.refetch()} />
      </Fill>
    );
  }
  if (sizes.data && !sizes.data.scan) {
    return (
      <Fill>
        <EmptyState title={t.sizes.never} text={t.sizes.neverNext} />
      </Fill>
    );
  }
  return (
    <>
      <ListBar
        view={view}
        file="public-folders"
        csv={{ rows: async () => lines }}
        search={{ value: q, onChange: (text) => set({ q: text || undefined }), label: t.sizes.search }}
        filters={
          <>
            <TextField
              select
              label={t.sizes.depth}
              value={depth}
              onChange={(event) => set({ depth: Number(event.target.value) })}
              sx={{ width: 110 }}
            >
              {DEPTHS.map((one) => (
                <MenuItem key={one} value={one}>
                  {t.sizes.levels(one)}
                </MenuItem>
              ))}
            </TextField>
            {below !== undefined && (
              <Button onClick={() => set({ below: undefined })}>{t.sizes.leave(readable(below))}</Button>
            )}
          </>
        }
      />
      <Fill>
        {sizes.data && lines.length === 0 ? (
          <EmptyState title={t.sizes.nothing} />
        ) : (
          <VirtualTable
            label={t.sizes.list}
            columns={view.columns}
            total={lines.length}
            rowAt={rowAt}
            rowId={(line) => lines.indexOf(line)}
            onRange={nothing}
            active={active}
            onActive={setActive}
            onOpen={(line) => {
              if (line.folders > 1 && line.path !== below) set({ below: line.path });
            }}
            sorting={{ by: sort, descending: down }}
            onSort={({ by, descending }) => set({ sort: by, down: descending })}
          />
        )}
      </Fill>
    </>
  );
}

const nothing = () => undefined;

/** Lines that the search leaves; the folder that one is in is the sum of the others, not one of them. */
function shown(all: readonly Subtree[], q: string, below: string | undefined): Subtree[] {
  const wanted = q.toLocaleLowerCase();
  return all.filter(
    ({ path, owner }) =>
      path.toLowerCase() !== below?.toLowerCase() &&
      (readable(path).toLocaleLowerCase().includes(wanted) || (owner ?? '').toLocaleLowerCase().includes(wanted)),
  );
}

import { Box, Skeleton } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { useTexts } from '../../app/texts.ts';
import { api } from '../../rpc/client.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { FolderItem } from './FolderItem.tsx';
import type { TreeShared } from './FolderTree.tsx';

/** The folders below one, read when they are first seen. Bars compare a folder with its largest neighbour. */
export function FolderLevel({
  shared,
  parent,
  below,
  depth,
}: {
  shared: TreeShared;
  parent: string;
  below: string | undefined;
  depth: number;
}) {
  const { folders: t } = useTexts();
  const level = useQuery({
    queryKey: ['publicFolders', 'children', shared.side, below ?? ''],
    queryFn: ({ signal }) =>
      api.publicFolders.children.query({ side: shared.side, ...(below !== undefined && { below }) }, { signal }),
    staleTime: 60_000,
  });
  if (level.isPending) {
    return (
      <Box className="line" role="treeitem" aria-level={depth} tabIndex={-1} sx={{ pl: depth * 5 }}>
        <Skeleton width={160} aria-label={t.loading} />
      </Box>
    );
  }
  if (level.error) {
    return (
      <Box role="treeitem" aria-level={depth} tabIndex={depth === 1 ? 0 : -1} sx={{ px: 4 }}>
        <ErrorNote error={level.error} retry={() => void level.refetch()} />
      </Box>
    );
  }
  if (level.data.length === 0) {
    return (
      <Box role="treeitem" aria-level={depth} tabIndex={depth === 1 ? 0 : -1} sx={{ px: 4 }}>
        <EmptyState title={t.empty} />
      </Box>
    );
  }
  const largest = Math.max(1, ...level.data.map(({ bytes }) => bytes ?? 0));
  return level.data.map((folder, index) => (
    <FolderItem
      key={folder.id}
      shared={shared}
      folder={folder}
      parent={parent}
      depth={depth}
      largest={largest}
      first={depth === 1 && index === 0}
      below={(path) => <FolderLevel shared={shared} parent={path} below={folder.id} depth={depth + 1} />}
    />
  ));
}

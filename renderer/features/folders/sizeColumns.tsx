import { useMemo } from 'react';
import { useTexts } from '../../app/texts.ts';
import type { Outputs } from '../../rpc/client.ts';
import { bytes, count, dateOf, exactTime } from '../../ui/figures.ts';
import type { Column } from '../../ui/VirtualTable.tsx';
import type { Span } from './FoldersPage.tsx';
import { isWithin, readable } from './paths.ts';

export type Subtree = Outputs['publicFolders']['statistics']['subtrees'][number];

/** What the lines can be sorted by. */
const KEYS: Record<string, (line: Subtree) => number | string> = {
  path: ({ path }) => readable(path).toLocaleLowerCase(),
  folders: ({ folders }) => folders,
  items: ({ items }) => items,
  size: (line) => line.bytes,
  changed: ({ changedAt }) => changedAt ?? 0,
  owner: ({ owner }) => owner?.toLocaleLowerCase() ?? '',
};

/** The order by a column; equal ones stand by name. */
export function comparing(by: string, descending: boolean): (a: Subtree, b: Subtree) => number {
  const key = KEYS[by] ?? KEYS.size ?? (() => 0);
  const sign = descending ? -1 : 1;
  return (a, b) => {
    const [x, y] = [key(a), key(b)];
    const order = typeof x === 'string' ? x.localeCompare(String(y)) : x - Number(y);
    return order === 0 ? a.path.localeCompare(b.path) : sign * order;
  };
}

export function useSizeColumns(spans: readonly Span[]): Column<Subtree>[] {
  const { folders: t } = useTexts();
  return useMemo(() => {
    const c = t.sizes.columns;
    const batchOf = (line: Subtree) => spans.find(({ root }) => isWithin(line.path, root))?.batch ?? '';
    const figure = (id: 'folders' | 'items', track: string): Column<Subtree> => ({
      id,
      title: c[id],
      track,
      right: true,
      sort: id,
      cell: (line) => count(line[id]),
      csv: (line) => line[id],
    });
    return [
      {
        id: 'path',
        title: c.path,
        track: 'minmax(160px, 2fr)',
        sort: 'path',
        cell: (line) => <span title={readable(line.path)}>{readable(line.path)}</span>,
        csv: (line) => readable(line.path),
      },
      {
        id: 'changed',
        title: c.changed,
        track: '130px',
        sort: 'changed',
        cell: ({ changedAt }) =>
          changedAt === null ? '–' : <time title={exactTime(changedAt)}>{dateOf(changedAt)}</time>,
        csv: ({ changedAt }) => (changedAt === null ? '' : new Date(changedAt).toISOString()),
      },
      {
        id: 'owner',
        title: c.owner,
        track: 'minmax(120px, 1fr)',
        sort: 'owner',
        hideBelow: 600,
        cell: ({ owner }) => <span title={owner ?? undefined}>{owner ?? '–'}</span>,
        csv: ({ owner }) => owner ?? '',
      },
      { id: 'batch', title: c.batch, track: 'minmax(80px, 0.6fr)', hideBelow: 800, cell: batchOf, csv: batchOf },
      { ...figure('folders', '80px'), hideBelow: 700 },
      figure('items', '90px'),
      {
        id: 'size',
        title: c.size,
        track: '90px',
        right: true,
        sort: 'size',
        cell: (line) => bytes(line.bytes),
        csv: (line) => line.bytes,
      },
      { id: 'mail', title: c.mail, track: '110px', right: true, hidden: true, cell: (line) => count(line.mailEnabled) },
    ];
  }, [t, spans]);
}

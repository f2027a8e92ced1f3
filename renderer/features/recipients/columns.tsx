import { useTexts } from '../../app/texts.ts';
import { dateOf } from '../../ui/figures.ts';
import { MatchMark } from '../../ui/MatchMark.tsx';
import type { Column } from '../../ui/VirtualTable.tsx';
import type { Line } from './RecipientsPage.tsx';

/** The columns of a side's list; some only when they are asked for. */
export function useColumns(side: 'source' | 'target'): Column<Line>[] {
  const { recipients: t } = useTexts();
  const c = t.columns;
  return [
    { id: 'name', title: c.name, track: 'minmax(140px, 2fr)', sort: 'name', cell: (line) => line.displayName },
    { id: 'kind', title: c.kind, track: '124px', sort: 'kind', cell: (line) => t.kinds[line.kind] },
    {
      id: 'mail',
      title: c.mail,
      track: 'minmax(140px, 2fr)',
      sort: 'mail',
      hideBelow: 520,
      cell: (line) => line.mail ?? '',
    },
    {
      id: 'department',
      title: c.department,
      track: 'minmax(90px, 1fr)',
      sort: 'department',
      hideBelow: 820,
      cell: (line) => line.department ?? '',
    },
    {
      id: 'match',
      title: c.match,
      track: '124px',
      cell: (line) => <MatchMark state={line.match ?? 'none'} />,
      csv: (line) => t.matches[line.match ?? 'none'],
    },
    {
      id: 'other',
      title: c.other,
      track: 'minmax(120px, 1.4fr)',
      hideBelow: 760,
      cell: (line) => line.otherName ?? '',
    },
    ...(side === 'source'
      ? [
          {
            id: 'batch',
            title: c.batch,
            track: 'minmax(80px, 1fr)',
            hideBelow: 900,
            cell: (line: Line) => line.batch ?? '',
          },
        ]
      : []),
    {
      id: 'changed',
      title: c.changed,
      track: '110px',
      sort: 'changed',
      hidden: true,
      cell: (line) => (line.whenChanged === null ? '' : dateOf(line.whenChanged)),
    },
    {
      id: 'hidden',
      title: c.hidden,
      track: '70px',
      hidden: true,
      cell: (line) => (line.hidden ? '✓' : ''),
    },
    { id: 'dn', title: c.dn, track: 'minmax(200px, 3fr)', hidden: true, cell: (line) => line.dn },
  ];
}

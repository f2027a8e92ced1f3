import { useTexts } from '../../app/texts.ts';
import { share } from '../../ui/figures.ts';
import { MatchMark } from '../../ui/MatchMark.tsx';
import type { Column } from '../../ui/VirtualTable.tsx';
import type { Line } from './MatchesPage.tsx';

export function useColumns(): Column<Line>[] {
  const { matches: t, recipients: tr } = useTexts();
  const c = t.columns;
  return [
    {
      id: 'source',
      title: c.source,
      track: 'minmax(72px, 2fr)',
      cell: (line) => <span title={line.sourceMail ?? line.sourceDn}>{line.sourceName}</span>,
      csv: (line) => line.sourceName,
    },
    {
      id: 'state',
      title: c.state,
      track: '116px',
      cell: (line) => <MatchMark state={line.state} />,
      csv: (line) => tr.matches[line.state],
    },
    {
      id: 'target',
      title: c.target,
      track: 'minmax(120px, 2fr)',
      hideBelow: 420,
      cell: (line) => line.targetName ?? (line.candidates.length > 1 ? `(${line.candidates.length})` : ''),
      csv: (line) => line.targetName ?? line.candidates.map((one) => one.targetDn).join(' | '),
    },
    { id: 'mail', title: c.mail, track: 'minmax(130px, 2fr)', hideBelow: 700, cell: (line) => line.sourceMail ?? '' },
    {
      id: 'rule',
      title: c.rule,
      track: 'minmax(100px, 150px)',
      hideBelow: 560,
      cell: (line) => t.rules[line.rule] ?? line.rule,
    },
    {
      id: 'score',
      title: c.score,
      track: '80px',
      right: true,
      hideBelow: 620,
      cell: (line) => (line.score > 0 ? share(line.score) : ''),
    },
    { id: 'dn', title: c.dn, track: 'minmax(200px, 3fr)', hidden: true, cell: (line) => line.sourceDn },
    {
      id: 'targetDn',
      title: c.targetDn,
      track: 'minmax(200px, 3fr)',
      hidden: true,
      cell: (line) => line.targetDn ?? '',
    },
  ];
}

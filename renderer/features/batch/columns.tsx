import { timeLeft } from '../../../core/domain/progress.ts';
import { useTexts } from '../../app/texts.ts';
import { bytes, count, duration, exactTime, rate } from '../../ui/figures.ts';
import { ProgressBar } from '../../ui/Progress.tsx';
import { StateMark } from '../../ui/StateMark.tsx';
import type { Column } from '../../ui/VirtualTable.tsx';
import type { Line } from './BatchPage.tsx';
import type { Rates } from './rates.ts';
import { isRunning, partOf } from './states.ts';

/** A directory may hold a name of blanks; somebody still has to be shown. */
export const nameOf = (line: Pick<Line, 'displayName' | 'sourceAddress' | 'root'>) =>
  line.displayName.trim() || line.sourceAddress || line.root;

/** The columns of a batch's list; rates come from what was seen on the screen. */
export function useColumns(rates: Rates, now: number): Column<Line>[] {
  const { batch: t } = useTexts();
  const c = t.columns;
  const seen = (line: Line) => {
    if (now > 0) rates.add(line.id, now, line.itemsDone, line.bytesDone);
    return isRunning(line.state) ? rates.items(line.id) : undefined;
  };
  return [
    {
      id: 'mailbox',
      title: c.mailbox,
      track: 'minmax(120px, 2fr)',
      sort: 'name',
      cell: (line) => <span title={line.sourceAddress || line.root}>{nameOf(line)}</span>,
      csv: nameOf,
    },
    {
      id: 'state',
      title: c.state,
      track: '120px',
      sort: 'state',
      cell: (line) => (
        <span title={line.reason ?? undefined}>
          <StateMark state={line.state} />
        </span>
      ),
      csv: (line) => t.states[line.state],
    },
    {
      id: 'items',
      title: c.items,
      track: 'minmax(158px, 1.2fr)',
      sort: 'items',
      cell: (line) => <Items line={line} />,
      csv: (line) => line.itemsDone,
    },
    {
      id: 'size',
      title: c.size,
      track: '76px',
      hideBelow: 740,
      right: true,
      sort: 'bytes',
      cell: (line) => bytes(line.bytesDone),
      csv: (line) => line.bytesDone,
    },
    {
      id: 'rate',
      title: c.rate,
      track: '56px',
      right: true,
      hideBelow: 600,
      cell: (line) => {
        const perSecond = seen(line);
        return perSecond === undefined || perSecond === 0 ? '–' : rate(perSecond);
      },
    },
    {
      id: 'left',
      title: c.left,
      track: '84px',
      hideBelow: 660,
      right: true,
      sort: 'left',
      cell: (line) => {
        const left = isRunning(line.state)
          ? timeLeft(line.itemsTotal - line.itemsDone, rates.items(line.id))
          : undefined;
        return left === undefined || left === 0 ? '–' : duration(left);
      },
      csv: (line) => line.itemsTotal - line.itemsDone,
    },
    { id: 'bad', title: c.bad, track: '44px', right: true, sort: 'bad', cell: (line) => count(line.itemsBad) },
    {
      id: 'priority',
      title: c.priority,
      track: '72px',
      right: true,
      sort: 'priority',
      hidden: true,
      cell: (line) => count(line.priority),
    },
    { id: 'source', title: c.source, track: 'minmax(160px, 1fr)', hidden: true, cell: (line) => line.sourceAddress },
    { id: 'target', title: c.target, track: 'minmax(160px, 1fr)', hidden: true, cell: (line) => line.targetAddress },
    {
      id: 'synced',
      title: c.synced,
      track: '170px',
      hidden: true,
      cell: (line) => (line.syncedAt === null ? '' : exactTime(line.syncedAt)),
    },
    { id: 'grade', title: c.grade, track: '56px', hidden: true, cell: (line) => line.grade ?? '' },
    { id: 'reason', title: c.reason, track: 'minmax(200px, 2fr)', hidden: true, cell: (line) => line.reason ?? '' },
  ];
}

function Items({ line }: { line: Line }) {
  return (
    <div className="items-cell">
      <ProgressBar value={partOf(line)} label={nameOf(line)} height={4} />
      <span className="right">
        {count(line.itemsDone)}/{count(line.itemsTotal)}
      </span>
    </div>
  );
}

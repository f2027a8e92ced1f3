// biome-ignore-all lint/a11y/useSemanticElements: rows stand where the scroll position puts them, which the elements of a table cannot do
import { memo, type PointerEvent, type ReactNode } from 'react';

export interface Column<T> {
  id: string;
  title: string;
  /** A CSS grid track: `120px`, `minmax(200px, 2fr)`. */
  track: string;
  right?: boolean;
  /** Left out where the list is narrower than this, px: the drawer shows it too. */
  hideBelow?: number;
  /** Given where the list can be sorted by this column. */
  sort?: string;
  /** Not shown until somebody chooses it. */
  hidden?: boolean;
  cell: (row: T) => ReactNode;
  /** What stands in an exported file, where the cell is more than text. */
  csv?: (row: T) => string | number | null;
}

export interface Sorting {
  by: string;
  descending: boolean;
}

export type Press<T> = (row: T | undefined, index: number, how: 'open' | 'toggle' | 'range') => void;

interface RowProps<T> {
  id: string;
  index: number;
  /** px from the top of the list. */
  start: number;
  row: T | undefined;
  columns: readonly Column<T>[];
  template: string;
  active: boolean;
  open: boolean;
  chosen: boolean;
  selectable: boolean;
  onPress: Press<T>;
  /** Given where the row can be dragged. */
  onGrip: ((index: number, event: PointerEvent) => void) | undefined;
  grip: string | undefined;
  dragged: boolean;
}

/** One row; drawn again only when something of it is another. */
export const Row = memo(PlainRow) as typeof PlainRow;

function PlainRow<T>({
  id,
  index,
  start,
  row,
  columns,
  template,
  active,
  open,
  chosen,
  selectable,
  onPress,
  onGrip,
  grip,
  dragged,
}: RowProps<T>) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled by the scroller, where the focus is
    <div
      id={id}
      role="row"
      tabIndex={-1}
      aria-rowindex={index + 2}
      aria-selected={selectable ? chosen : open}
      data-open={open}
      data-active={active}
      data-dragged={dragged}
      style={{ gridTemplateColumns: template, transform: `translateY(${start}px)` }}
      onClick={() => onPress(row, index, 'open')}
    >
      {onGrip && (
        // biome-ignore lint/a11y/useKeyWithClickEvents: Alt with an arrow does it, where the focus is
        <div
          role="gridcell"
          tabIndex={-1}
          className="grip"
          aria-label={grip}
          title={grip}
          onClick={(event) => event.stopPropagation()}
          onPointerDown={(event) => row && onGrip(index, event)}
        >
          {row && <Grip />}
        </div>
      )}
      {selectable && (
        // biome-ignore lint/a11y/useKeyWithClickEvents: Space does it, where the focus is
        <div
          role="gridcell"
          tabIndex={-1}
          className="choose"
          onClick={(event) => {
            event.stopPropagation();
            onPress(row, index, event.shiftKey ? 'range' : 'toggle');
          }}
        >
          {row && <i data-on={chosen} />}
        </div>
      )}
      {columns.map((column) => (
        <div key={column.id} role="gridcell" tabIndex={-1} className={column.right ? 'right' : undefined}>
          {row ? column.cell(row) : <div className="waiting" />}
        </div>
      ))}
    </div>
  );
}

/** Two columns of dots: something to take hold of. */
function Grip() {
  return (
    <svg viewBox="0 0 12 14" aria-hidden="true">
      {[2, 7, 12].map((y) => (
        <path key={y} d={`M3 ${y}a1.2 1.2 0 1 0 .01 0M9 ${y}a1.2 1.2 0 1 0 .01 0`} />
      ))}
    </svg>
  );
}

export function Head<T>({
  column,
  sorting,
  onSort,
}: {
  column: Column<T>;
  sorting: Sorting | undefined;
  onSort: ((sorting: Sorting) => void) | undefined;
}) {
  const { sort } = column;
  const sorted = sort !== undefined && sorting?.by === sort;
  const direction = sorted ? (sorting.descending ? 'descending' : 'ascending') : 'none';
  return (
    <div
      role="columnheader"
      tabIndex={-1}
      className={column.right ? 'right' : undefined}
      {...(sort === undefined ? {} : { 'aria-sort': direction })}
    >
      {sort !== undefined && onSort ? (
        <button type="button" onClick={() => onSort({ by: sort, descending: sorted ? !sorting.descending : false })}>
          {column.title}
          {sorted ? (sorting.descending ? ' ↓' : ' ↑') : ''}
        </button>
      ) : (
        column.title
      )}
    </div>
  );
}

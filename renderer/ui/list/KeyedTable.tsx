import { type ReactNode, useState } from 'react';
import { type KeyedListSource, useKeyedList } from '../../rpc/keyedList.ts';
import { EmptyState } from '../EmptyState.tsx';
import { ErrorNote } from '../ErrorNote.tsx';
import { Fill } from '../Page.tsx';
import { type Column, type RowDrag, type RowMove, type Sorting, VirtualTable } from '../VirtualTable.tsx';
import type { CsvRows } from './CsvButton.tsx';
import { ListBar } from './ListBar.tsx';
import { useListView } from './useListView.ts';
import { type Chosen, useSelection } from './useSelection.ts';

/** Where a row goes: its move, the rows around it as they are seen, and how the keyboard follows. */
export interface Moving<T> {
  move: RowMove;
  rowAt: (offset: number) => T | undefined;
  follow: (index: number) => void;
  active: number;
  total: number;
}

/**
 * A long list that is read by key, whole: search, filters, views, columns and export over it, what can be done with chosen
 * rows, the rows, and what stands there instead of them. It keeps to itself what changes while somebody scrolls.
 */
export function KeyedTable<T>({
  source,
  columns,
  name,
  file,
  everything,
  search,
  filters,
  tools,
  chooser,
  label,
  nothing,
  rowId,
  open,
  onOpen,
  sorting,
  onSort,
  onMove,
  drag,
}: {
  source: KeyedListSource<T>;
  columns: Column<T>[];
  /** Under which columns and views are kept. */
  name: string;
  /** Name of the exported file, without its ending. */
  file: string;
  everything: CsvRows<T>['rows'];
  search: { value: string; onChange: (text: string) => void; label: string };
  filters?: ReactNode;
  /** More signs beside those of the list. */
  tools?: ReactNode;
  /** Given where rows can be chosen. */
  chooser?: ((chosen: Chosen, total: number) => ReactNode) | undefined;
  label: string;
  /** Said where no row is left. */
  nothing: string;
  rowId: (row: T) => number;
  open: number | undefined;
  onOpen: (row: T) => void;
  sorting?: Sorting;
  onSort?: (sorting: Sorting) => void;
  onMove?: (row: T, moving: Moving<T>) => void;
  /** Whoever is dragged takes the others along that are chosen with them. */
  drag?: (Omit<RowDrag<T>, 'onPlace'> & { onPlace: (ids: number[], before: T | undefined) => void }) | undefined;
}) {
  const list = useKeyedList(source);
  const chosen = useSelection((index) => {
    const row = list.rowAt(index);
    return row && rowId(row);
  });
  const [active, setActive] = useState(0);
  const view = useListView(name, columns);
  const total = list.total ?? 0;
  const idsWith = (row: T) => (chosen.has(rowId(row)) ? chosen.ids : [rowId(row)]);
  return (
    <>
      <ListBar view={view} file={file} csv={{ rows: everything }} search={search} filters={filters} tools={tools} />
      {chooser?.(chosen, total)}
      <Fill>
        {list.error ? <ErrorNote error={list.error} retry={list.retry} /> : null}
        {list.total === 0 ? (
          <EmptyState title={nothing} />
        ) : (
          <VirtualTable<T>
            label={label}
            columns={view.columns}
            total={total}
            rowAt={list.rowAt}
            rowId={rowId}
            onRange={list.show}
            open={open}
            active={active}
            onActive={setActive}
            onOpen={onOpen}
            {...(sorting && onSort && { sorting, onSort })}
            {...(chooser && { selection: chosen, chooseLabel: label })}
            {...(onMove && {
              onMove: (row, move) =>
                onMove(row, {
                  move,
                  rowAt: (offset) => list.rowAt(active + offset),
                  follow: (index) => setActive(Math.max(0, Math.min(total - 1, index))),
                  active,
                  total,
                }),
            })}
            drag={drag && { ...drag, onPlace: (row, before) => drag.onPlace(idsWith(row), before) }}
          />
        )}
      </Fill>
    </>
  );
}

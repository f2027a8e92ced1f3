// biome-ignore-all lint/a11y/useSemanticElements: rows stand where the scroll position puts them, which the elements of a table cannot do
import { styled } from '@mui/material/styles';
import { useVirtualizer } from '@tanstack/react-virtual';
import {
  type KeyboardEvent,
  type RefObject,
  useCallback,
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { ROW } from '../app/theme.ts';
import { useDragRows } from './list/useDragRows.ts';
import { type Column, Head, type Press, Row, type Sorting } from './VirtualRow.tsx';

export type { Column, Sorting };

/** Rows that are chosen for an action on all of them. */
export interface Selection {
  has(id: number): boolean;
  /** The row at an index is chosen or no longer; with `range`, all from the last one that was. */
  toggle(id: number, index: number, range: boolean): void;
}

export type RowMove = 'up' | 'down' | 'top' | 'bottom';
const MOVES: Record<string, RowMove> = { ArrowUp: 'up', ArrowDown: 'down', Home: 'top', End: 'bottom' };

interface Props<T> {
  label: string;
  columns: readonly Column<T>[];
  total: number;
  rowAt: (index: number) => T | undefined;
  rowId: (row: T) => number;
  onRange: (first: number, last: number) => void;
  /** The row whose drawer is open. */
  open?: number | undefined;
  /** Index of the row under the keyboard, kept by the page so that arrows can walk the drawer. */
  active: number;
  onActive: (index: number) => void;
  onOpen: (row: T) => void;
  /** Given where rows have an order of their own: Alt with an arrow, Home or End changes it. */
  onMove?: (row: T, move: RowMove) => void;
  /** Given while rows stand in their own order: they can be dragged before another one, or behind the last. */
  drag?: RowDrag<T> | undefined;
  sorting?: Sorting;
  onSort?: (sorting: Sorting) => void;
  /** Given where rows can be chosen: Space does it, and a click into the first column. */
  selection?: Selection;
  /** What choosing a row is called, for those who cannot see it. */
  chooseLabel?: string;
}

export interface RowDrag<T> {
  onPlace: (row: T, before: T | undefined) => void;
  /** What the place to take a row by is called; says the keys that do the same. */
  label: (row: T) => string;
  title: string;
}

const Frame = styled('div')(({ theme }) => ({
  flex: 1,
  minHeight: 0,
  display: 'flex',
  flexDirection: 'column',
  border: `1px solid ${(theme.vars ?? theme).palette.divider}`,
  borderRadius: 6,
  background: (theme.vars ?? theme).palette.background.paper,
  overflow: 'hidden',
  '& [role=row]': { display: 'grid', alignItems: 'center', columnGap: 12, paddingInline: 16, fontSize: '0.8125rem' },
  '& [role=gridcell], & [role=columnheader]': {
    minWidth: 0,
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    unicodeBidi: 'isolate',
  },
  '& .right': { textAlign: 'right', justifySelf: 'stretch' },
  '& .head': {
    height: ROW,
    flex: 'none',
    borderBottom: `1px solid ${(theme.vars ?? theme).palette.divider}`,
    fontSize: '0.75rem',
    fontWeight: 600,
    color: (theme.vars ?? theme).palette.text.secondary,
    scrollbarGutter: 'stable',
    overflow: 'hidden',
  },
  '& .head button': {
    all: 'unset',
    cursor: 'pointer',
    borderRadius: 3,
    '&:focus-visible': { outline: '2px solid currentColor', outlineOffset: 2 },
    '&:hover': { color: (theme.vars ?? theme).palette.text.primary },
  },
  '& .scroll': { flex: 1, minHeight: 0, overflow: 'auto', scrollbarGutter: 'stable', outline: 'none' },
  outline: 'none',
  '&:focus-visible [data-active=true]': {
    boxShadow: `inset 0 0 0 2px ${(theme.vars ?? theme).palette.primary.main}`,
  },
  '& .body [role=row]': {
    position: 'absolute',
    insetInline: 0,
    height: ROW,
    cursor: 'default',
    borderBottom: `1px solid ${(theme.vars ?? theme).palette.line}`,
    // What a row does inside concerns nothing outside: the browser need not look.
    contain: 'strict',
    '&:hover': { background: (theme.vars ?? theme).palette.action.hover },
    '&[data-dragged=true]': { opacity: 0.5 },
    '&[aria-selected=true], &[data-open=true]': { background: (theme.vars ?? theme).palette.action.selected },
  },
  '& .choose': { alignSelf: 'stretch', display: 'grid', placeItems: 'center', cursor: 'pointer', overflow: 'visible' },
  '& .choose i': {
    width: 14,
    height: 14,
    borderRadius: 3,
    border: `1.5px solid ${(theme.vars ?? theme).palette.text.secondary}`,
    '&[data-on=true]': {
      borderColor: (theme.vars ?? theme).palette.primary.main,
      background: `${(theme.vars ?? theme).palette.primary.main} linear-gradient(transparent, transparent)`,
      boxShadow: `inset 0 0 0 2px ${(theme.vars ?? theme).palette.background.paper}`,
    },
  },
  '& .grip': { alignSelf: 'stretch', display: 'grid', placeItems: 'center', cursor: 'grab', touchAction: 'none' },
  '& .grip svg': { width: 12, height: 14, fill: (theme.vars ?? theme).palette.text.secondary },
  '&[data-dragging=true], &[data-dragging=true] .grip': { cursor: 'grabbing' },
  '& .drop': {
    position: 'absolute',
    insetInline: 0,
    height: 3,
    marginTop: -2,
    borderRadius: 2,
    zIndex: 1,
    pointerEvents: 'none',
    background: (theme.vars ?? theme).palette.primary.main,
  },
  '& .waiting': { height: 10, width: '60%', borderRadius: 5, background: (theme.vars ?? theme).palette.line },
}));

/**
 * A list of any length: only the rows on the screen exist. One tab stop; arrows, Page up and down, Home and End move,
 * Enter opens. Rows that are not read yet show as bars and never change the layout.
 */
export function VirtualTable<T>(props: Props<T>) {
  const { total, rowAt, rowId, onRange, open, active, onActive, onOpen } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const head = useRef<HTMLDivElement>(null);
  const name = useId();
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const { columns: all } = props;
  const columns = useMemo(() => all.filter((column) => width >= (column.hideBelow ?? 0)), [all, width]);
  const virtual = useVirtualizer({
    count: total,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 8,
  });
  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => onRange(first, last), [first, last, onRange]);
  const { selection } = props;
  const { drag } = props;
  const tracks = columns.map((column) => column.track);
  const template = [...(drag ? ['16px'] : []), ...(selection ? ['18px'] : []), ...tracks].join(' ');
  const dragged = useDragRows(scroller, total, (from, at) => {
    const row = rowAt(from);
    const before = at < total ? rowAt(at) : undefined;
    if (row && (before || at === total)) drag?.onPlace(row, before);
  });
  // Rows are kept as they are while others scroll by: what they call must stay the same.
  const press = useRef<Press<T>>(() => undefined);
  press.current = (row, index, how) => {
    onActive(index);
    if (!row) return;
    if (how === 'open') onOpen(row);
    else selection?.toggle(rowId(row), index, how === 'range');
  };
  const onPress = useCallback<Press<T>>((...what) => press.current(...what), []);

  const go = (index: number) => {
    const next = Math.max(0, Math.min(total - 1, index));
    onActive(next);
    virtual.scrollToIndex(next);
    const row = rowAt(next);
    if (open !== undefined && row) onOpen(row);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? ROW) / ROW) - 1);
    const moves: Record<string, number> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: total - 1,
    };
    const to = moves[event.key];
    if (event.target instanceof HTMLButtonElement) return;
    const move = event.altKey ? MOVES[event.key] : undefined;
    const current = rowAt(active);
    if (move && props.onMove) {
      if (current) props.onMove(current, move);
    } else if (to !== undefined) go(to);
    else if (event.key === ' ' && selection) {
      if (current) selection.toggle(rowId(current), active, event.shiftKey);
    } else if (event.key === 'Enter' || event.key === ' ') {
      if (current) onOpen(current);
    } else return;
    event.preventDefault();
  };

  return (
    <Frame
      ref={frame}
      role="grid"
      tabIndex={0}
      aria-label={props.label}
      aria-rowcount={total + 1}
      data-dragging={dragged.from !== undefined}
      aria-colcount={columns.length + (selection ? 1 : 0) + (drag ? 1 : 0)}
      aria-multiselectable={selection !== undefined}
      aria-activedescendant={total > 0 ? `${name}-${active}` : undefined}
      onKeyDown={onKeyDown}
    >
      <div
        ref={head}
        className="head"
        role="row"
        aria-rowindex={1}
        style={{ gridTemplateColumns: template }}
        tabIndex={-1}
      >
        {drag && (
          <div role="columnheader" tabIndex={-1}>
            <span className="visually-hidden">{drag.title}</span>
          </div>
        )}
        {selection && (
          <div role="columnheader" tabIndex={-1}>
            <span className="visually-hidden">{props.chooseLabel}</span>
          </div>
        )}
        {columns.map((column) => (
          <Head key={column.id} column={column} sorting={props.sorting} onSort={props.onSort} />
        ))}
      </div>
      <div
        ref={scroller}
        className="scroll"
        role="rowgroup"
        tabIndex={-1}
        onScroll={(event) => {
          if (head.current) head.current.scrollLeft = event.currentTarget.scrollLeft;
        }}
      >
        <div className="body" role="presentation" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {items.map(({ index, start }) => {
            const row = rowAt(index);
            const id = row === undefined ? undefined : rowId(row);
            return (
              <Row
                key={index}
                id={`${name}-${index}`}
                index={index}
                start={start}
                row={row}
                columns={columns}
                template={template}
                active={index === active}
                open={id !== undefined && id === open}
                chosen={id !== undefined && selection?.has(id) === true}
                selectable={selection !== undefined}
                onPress={onPress}
                onGrip={drag && dragged.begin}
                grip={row && drag?.label(row)}
                dragged={index === dragged.from}
              />
            );
          })}
          {dragged.at !== undefined && <div className="drop" style={{ top: dragged.at * ROW }} />}
        </div>
      </div>
    </Frame>
  );
}

/** The width of an element as it changes, px. */
function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(Number.POSITIVE_INFINITY);
  useLayoutEffect(() => {
    const { current } = element;
    if (!current) return;
    setWidth(current.clientWidth);
    const observer = new ResizeObserver(() => setWidth(current.clientWidth));
    observer.observe(current);
    return () => observer.disconnect();
  }, [element]);
  return width;
}

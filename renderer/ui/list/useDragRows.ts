import {
  type PointerEvent as ReactPointerEvent,
  type RefObject,
  useCallback,
  useEffect,
  useRef,
  useState,
} from 'react';
import { ROW } from '../../app/theme.ts';

export interface DraggedRow {
  /** Index of the row that is dragged. */
  from: number | undefined;
  /** Before which row it would be put down; the number of rows for the end. */
  at: number | undefined;
  begin: (index: number, event: ReactPointerEvent) => void;
}

/** Nearer to an edge than this, px, the list scrolls by itself. */
const EDGE = 32;

/**
 * Rows of a long list dragged by pointer: a line shows where one would be put down, the list scrolls at its edges, Escape
 * lets go. What listens is the window, because the row itself leaves the page when it is scrolled away.
 */
export function useDragRows(
  scroller: RefObject<HTMLElement | null>,
  total: number,
  drop: (from: number, at: number) => void,
): DraggedRow {
  const [from, setFrom] = useState<number>();
  const [at, setAt] = useState<number>();
  const now = useRef({ drop, total });
  now.current = { drop, total };
  const begin = useCallback((index: number, event: ReactPointerEvent) => {
    if (event.button !== 0) return;
    event.preventDefault();
    setFrom(index);
  }, []);
  useEffect(() => {
    const box = scroller.current;
    if (from === undefined || !box) return;
    let y = Number.NaN;
    let frame = requestAnimationFrame(function look() {
      frame = requestAnimationFrame(look);
      if (Number.isNaN(y)) return;
      const { top, bottom } = box.getBoundingClientRect();
      if (y < top + EDGE) box.scrollTop -= 12;
      else if (y > bottom - EDGE) box.scrollTop += 12;
      setAt(placeAt(y - top + box.scrollTop, now.current.total, from));
    });
    const end = () => {
      setFrom(undefined);
      setAt(undefined);
    };
    const onMove = (event: PointerEvent) => {
      y = event.clientY;
    };
    const onUp = (event: PointerEvent) => {
      const to = placeAt(event.clientY - box.getBoundingClientRect().top + box.scrollTop, now.current.total, from);
      end();
      if (to !== undefined && !Number.isNaN(y)) now.current.drop(from, to);
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      // Nobody else takes it for theirs: a drawer would close.
      event.stopImmediatePropagation();
      event.preventDefault();
      end();
    };
    window.addEventListener('pointermove', onMove);
    window.addEventListener('pointerup', onUp);
    window.addEventListener('pointercancel', end);
    window.addEventListener('blur', end);
    window.addEventListener('keydown', onKey, true);
    return () => {
      cancelAnimationFrame(frame);
      window.removeEventListener('pointermove', onMove);
      window.removeEventListener('pointerup', onUp);
      window.removeEventListener('pointercancel', end);
      window.removeEventListener('blur', end);
      window.removeEventListener('keydown', onKey, true);
    };
  }, [from, scroller]);
  return { from, at, begin };
}

/** The gap between rows nearest to a height in the list, px; undefined where the row would stay. */
function placeAt(y: number, total: number, from: number): number | undefined {
  const at = Math.max(0, Math.min(total, Math.round(y / ROW)));
  return at === from || at === from + 1 ? undefined : at;
}

import { useCallback, useRef, useState } from 'react';
import type { Selection } from '../VirtualTable.tsx';

export interface Chosen extends Selection {
  ids: number[];
  clear(): void;
  /** Chooses these and no others. */
  set(ids: readonly number[]): void;
}

/** Rows that are chosen, across pages. `idAt` gives the number of a row that has been read. */
export function useSelection(idAt: (index: number) => number | undefined): Chosen {
  const [ids, setIds] = useState<ReadonlySet<number>>(new Set());
  const last = useRef<number>(undefined);
  const known = useRef(idAt);
  known.current = idAt;
  const toggle = useCallback((id: number, index: number, range: boolean) => {
    const from = last.current;
    last.current = index;
    setIds((old) => {
      const next = new Set(old);
      if (range && from !== undefined) {
        for (let i = Math.min(from, index); i <= Math.max(from, index); i++) {
          const one = known.current(i);
          if (one !== undefined) next.add(one);
        }
      } else if (!next.delete(id)) next.add(id);
      return next;
    });
  }, []);
  return {
    ids: [...ids],
    has: (id) => ids.has(id),
    toggle,
    clear: () => setIds(new Set()),
    set: (all) => setIds(new Set(all)),
  };
}

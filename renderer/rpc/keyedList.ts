import { useQueries, useQuery } from '@tanstack/react-query';
import { useCallback, useRef, useState } from 'react';
import type { Outputs } from './client.ts';

/** Where a page begins: after this row. */
export type Cursor = Outputs['batches']['anchors']['anchors'][number];

/** Rows a page; a screen of 1440 px shows 40. */
const PAGE = 100;

export interface KeyedListSource<T> {
  /** Names the list in the cache: area first, then everything it depends on. */
  key: readonly unknown[];
  anchors(every: number, signal: AbortSignal): Promise<{ total: number; anchors: Cursor[] }>;
  page(after: Cursor | undefined, limit: number, signal: AbortSignal): Promise<T[]>;
  /** ms between two reads of what is visible; none reads on events alone. */
  refreshMs?: number | undefined;
}

export interface KeyedList<T> {
  /** Undefined until the list has been counted. */
  total: number | undefined;
  /** A row that has been read. */
  rowAt(index: number): T | undefined;
  /** The rows that are on the screen; their pages are read and kept fresh. */
  show(first: number, last: number): void;
  error: unknown;
  retry(): void;
}

/**
 * A long list, read in pages by key as it is scrolled: the service gives the key before each page, so that any part of
 * 100,000 rows is one short query away. Only what is on the screen is read again.
 */
export function useKeyedList<T>(source: KeyedListSource<T>): KeyedList<T> {
  const [range, setRange] = useState<[number, number]>([0, 0]);
  const anchors = useQuery({
    queryKey: [...source.key, 'anchors'],
    queryFn: ({ signal }) => source.anchors(PAGE, signal),
    refetchInterval: source.refreshMs === undefined ? false : source.refreshMs * 4,
  });
  const known = useRef<Cursor[]>([]);
  known.current = anchors.data?.anchors ?? [];
  const total = anchors.data?.total;
  const indexes = total === undefined ? [] : span(range[0], Math.min(range[1], Math.ceil(total / PAGE) - 1));
  const pages = useQueries({
    queries: indexes.map((index) => ({
      queryKey: [...source.key, 'page', index],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        source.page(index === 0 ? undefined : known.current[index - 1], PAGE, signal),
      refetchInterval: source.refreshMs ?? (false as const),
    })),
  });
  const lines = new Map(indexes.map((index, i) => [index, pages[i]?.data]));
  const show = useCallback((first: number, last: number) => {
    const next: [number, number] = [Math.floor(first / PAGE), Math.floor(last / PAGE)];
    setRange((old) => (old[0] === next[0] && old[1] === next[1] ? old : next));
  }, []);
  return {
    total,
    rowAt: (index) => lines.get(Math.floor(index / PAGE))?.[index % PAGE],
    show,
    error: anchors.error ?? pages.find((page) => page.error)?.error,
    retry: () => {
      void anchors.refetch();
      for (const page of pages) void page.refetch();
    },
  };
}

function span(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
}

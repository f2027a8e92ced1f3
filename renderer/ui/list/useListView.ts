import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api, type Outputs } from '../../rpc/client.ts';
import type { Column } from '../VirtualTable.tsx';

type Saved = Outputs['views']['show']['views'][number];

export interface ListView<T> {
  /** Name of the list, as its views are kept under. */
  list: string;
  /** Columns that are shown, in order. */
  columns: Column<T>[];
  /** All there are. */
  all: readonly Column<T>[];
  /** Shows these, or with null those of the program. */
  choose(columns: string[] | null): void;
  views: Saved[];
  save(name: string, search: Saved['search']): void;
  remove(name: string): void;
  error: unknown;
}

/** How this person wants to see a list: columns and saved views, kept in the database. */
export function useListView<T>(list: string, all: readonly Column<T>[]): ListView<T> {
  const client = useQueryClient();
  const queryKey = ['views', list];
  const kept = useQuery({
    queryKey,
    queryFn: ({ signal }) => api.views.show.query({ list }, { signal }),
    staleTime: 60_000,
  });
  const done = { onSettled: () => client.invalidateQueries({ queryKey }) };
  const choose = useMutation({
    mutationFn: (columns: string[] | null) => api.views.columns.mutate({ list, columns }),
    onMutate: (columns) =>
      client.setQueryData(queryKey, (old: Outputs['views']['show'] | undefined) => ({
        views: old?.views ?? [],
        ...(columns && { columns }),
      })),
    ...done,
  });
  const save = useMutation({ mutationFn: (view: Saved) => api.views.save.mutate({ list, view }), ...done });
  const remove = useMutation({ mutationFn: (name: string) => api.views.remove.mutate({ list, name }), ...done });
  const chosen = kept.data?.columns;
  const columns = useMemo(
    () => all.filter(({ id, hidden }) => (chosen ? chosen.includes(id) : hidden !== true)),
    [all, chosen],
  );
  return {
    list,
    columns: columns.length > 0 ? columns : [...all],
    all,
    choose: (ids) => choose.mutate(ids),
    views: kept.data?.views ?? [],
    save: (name, search) => save.mutate({ name, search }),
    remove: (name) => remove.mutate(name),
    error: choose.error ?? save.error ?? remove.error,
  };
}

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { api } from '../../rpc/client.ts';

export interface RunWanted {
  /** Ids of single checks; none means all. */
  checks?: string[];
  /** Workers that shall check from where they are; none means this console. */
  machines?: string[];
}

export interface Run {
  running: boolean;
  error: unknown;
  start(wanted: RunWanted): void;
  cancel(): void;
}

/** Runs checks from here or asks workers to; can be given up, and what was found stays. */
export function useRun(): Run {
  const client = useQueryClient();
  const abort = useRef<AbortController>(null);
  const run = useMutation({
    mutationFn: async ({ checks = [], machines }: RunWanted) => {
      abort.current = new AbortController();
      const { signal } = abort.current;
      if (machines) await api.preflight.runFrom.mutate({ checks, machines }, { signal });
      else await api.preflight.run.mutate({ checks }, { signal });
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['preflight'] }),
  });
  return {
    running: run.isPending,
    error: abort.current?.signal.aborted ? undefined : run.error,
    start: (wanted) => run.mutate(wanted),
    cancel: () => abort.current?.abort(),
  };
}

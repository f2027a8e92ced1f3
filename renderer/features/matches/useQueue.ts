import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import type { MatchState } from '../../../core/domain/words.ts';
import { showError, toast } from '../../app/Toasts.tsx';
import { useTexts } from '../../app/texts.ts';
import { api } from '../../rpc/client.ts';
import type { KeyedList } from '../../rpc/keyedList.ts';
import type { Line } from './MatchesPage.tsx';

export type Choice = { kind: 'match'; targetDn: string; targetName: string } | { kind: 'none' } | { kind: 'create' };

interface Decided {
  guid: string;
  name: string;
  was: { state: MatchState; targetId: number | null };
}

export interface Queue {
  /** Number of the source object that is open. */
  row: number | undefined;
  queued: boolean;
  pending: boolean;
  canUndo: boolean;
  decide(line: Line, choice: Choice): void;
  skip(): void;
  undo(): void;
  close(): void;
}

/**
 * A list of things to decide: what is decided leaves it, and the next one opens by itself. Decisions of this session can
 * be undone in the order they were made.
 */
export function useQueue({
  list,
  active,
  setActive,
  row,
  open,
  queued,
}: {
  list: KeyedList<Line>;
  active: number;
  setActive: (index: number) => void;
  row: number | undefined;
  open: (row: number | undefined) => void;
  queued: boolean;
}): Queue {
  const { matches: t } = useTexts();
  const client = useQueryClient();
  const decided = useRef<Decided[]>([]);
  const reread = () => client.invalidateQueries({ queryKey: ['match'] });
  const total = list.total ?? 0;
  const current = list.rowAt(Math.min(active, total - 1));

  // The row that is open was decided and left the list: the one that took its place opens.
  const gone = useRef(false);
  useEffect(() => {
    if (!queued || !current || current.sourceId === row) return;
    if (row === undefined || gone.current) {
      gone.current = false;
      open(current.sourceId);
    }
  }, [queued, current, row, open]);
  useEffect(() => {
    if (queued && total === 0 && list.total !== undefined && row !== undefined && gone.current) open(undefined);
  }, [queued, total, list.total, row, open]);

  const decide = useMutation({
    mutationFn: async ({ line, choice }: { line: Line; choice: Choice }) => {
      await api.match.set.mutate({
        source: line.sourceGuid,
        rerun: false,
        choice: choice.kind,
        ...(choice.kind === 'match' && { target: choice.targetDn }),
      });
      decided.current.push({
        guid: line.sourceGuid,
        name: line.sourceName,
        was: { state: line.state, targetId: line.targetId },
      });
      return t.decided[choice.kind](line.sourceName, choice.kind === 'match' ? choice.targetName : '');
    },
    onSuccess: async (said) => {
      gone.current = true;
      toast(said);
      await reread();
    },
    onError: showError,
  });
  const undo = useMutation({
    mutationFn: async () => {
      const last = decided.current.at(-1);
      if (!last) return t.nothingToUndo;
      await api.match.clear.mutate({ source: last.guid, rerun: false, was: last.was });
      decided.current.pop();
      return t.undone(last.name);
    },
    onSuccess: async (said) => {
      toast(said);
      gone.current = true;
      await reread();
    },
    onError: showError,
  });
  return {
    row,
    queued,
    pending: decide.isPending || undo.isPending,
    canUndo: decided.current.length > 0,
    decide: (line, choice) => {
      if (!decide.isPending) decide.mutate({ line, choice });
    },
    skip: () => {
      const next = total === 0 ? 0 : (active + 1) % total;
      setActive(next);
      const line = list.rowAt(next);
      if (line) open(line.sourceId);
    },
    undo: () => {
      if (!undo.isPending) undo.mutate();
    },
    close: () => open(undefined),
  };
}

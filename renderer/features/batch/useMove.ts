import { useMutation, useQueryClient } from '@tanstack/react-query';
import { showError, toast } from '../../app/Toasts.tsx';
import { useTexts } from '../../app/texts.ts';
import { api, type Inputs } from '../../rpc/client.ts';
import { count } from '../../ui/figures.ts';

export type Move = Inputs['batches']['move']['move'];

/** Changes the order in which members of a batch get their turn. */
export function useMove(batch: number) {
  const { batch: t } = useTexts();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (input: { workloadIds: number[]; move: Move }) => api.batches.move.mutate({ batch, ...input }),
    onSuccess: ({ moved }, { move }) => {
      toast(moved === 0 ? t.movedNone : t.moved[move](moved, count(moved)));
      return client.invalidateQueries({ queryKey: ['batches'] });
    },
    onError: showError,
  });
}

/** Moves members to the ends, or right before another one (none for the end). */
export function usePlace(batch: number) {
  const { batch: t } = useTexts();
  const client = useQueryClient();
  const place = useMutation({
    mutationFn: (input: { workloadIds: number[]; before: number | undefined }) =>
      api.batches.place.mutate({ batch, ...input }),
    onSuccess: ({ moved }) => {
      toast(moved === 0 ? t.movedNone : t.placed(moved, count(moved)));
      return client.invalidateQueries({ queryKey: ['batches'] });
    },
    onError: showError,
  });
  return { move: useMove(batch), place };
}

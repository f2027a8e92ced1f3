import { useMutation, useQueryClient } from '@tanstack/react-query';
import { toast } from '../../app/Toasts.tsx';
import { useTexts } from '../../app/texts.ts';
import { api, type Inputs } from '../../rpc/client.ts';
import { count } from '../../ui/figures.ts';

export type Action = Inputs['batches']['act']['action'];

/** Does something to a batch, or to some of its members, and says how many it moved and why others stayed. */
export function useAct(batch: number, done: () => void) {
  const { batch: t } = useTexts();
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ action, workloadIds }: { action: Action; workloadIds?: number[] }) =>
      api.batches.act.mutate({ batch, action, ...(workloadIds && { workloadIds }) }),
    onSuccess: (result, { action }) => {
      const stayed = result.stayed.map((one) => t.stayed(count(one.count), one.why));
      toast([t.did[action](result.moved, count(result.moved)), ...stayed].join(' '));
      done();
      return client.invalidateQueries({ queryKey: ['batches'] });
    },
  });
}

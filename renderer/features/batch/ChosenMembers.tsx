import { Button } from '@mui/material';
import { useState } from 'react';
import { showError } from '../../app/Toasts.tsx';
import { useTexts } from '../../app/texts.ts';
import { api } from '../../rpc/client.ts';
import { ChosenBar } from '../../ui/list/ChosenBar.tsx';
import type { Chosen } from '../../ui/list/useSelection.ts';
import { AskAct, type Asked, needsAsking } from './AskAct.tsx';
import type { Batch, Query } from './BatchPage.tsx';
import { OrderButton } from './OrderButton.tsx';
import { useAct } from './useAct.ts';

const ACTIONS = ['start', 'pause', 'hold', 'cutover', 'undo'] as const;

/** What can be done with the members that are chosen. */
export function ChosenMembers({
  batch,
  chosen,
  total,
  query,
}: {
  batch: Batch;
  chosen: Chosen;
  total: number;
  query: Query;
}) {
  const { batch: t } = useTexts();
  const [asked, setAsked] = useState<Asked>();
  const act = useAct(batch.id, () => {
    setAsked(undefined);
    chosen.clear();
  });
  const { batchId, search, states } = query;
  const all = () => void api.batches.ids.query({ batchId, search, states }).then(chosen.set, showError);
  return (
    <>
      <ChosenBar chosen={chosen} total={total} chooseAll={all}>
        {ACTIONS.map((action) => (
          <Button
            key={action}
            disabled={act.isPending}
            onClick={() => {
              if (needsAsking(action)) setAsked(action);
              else act.mutate({ action, workloadIds: chosen.ids }, { onError: showError });
            }}
          >
            {t.actions[action]}
          </Button>
        ))}
        <OrderButton batch={batch.id} ids={chosen.ids} />
      </ChosenBar>
      {asked && (
        <AskAct
          batch={batch}
          asked={asked}
          act={act}
          members={chosen.ids.length}
          workloadIds={chosen.ids}
          onClose={() => {
            setAsked(undefined);
            act.reset();
          }}
        />
      )}
    </>
  );
}

import { useTexts } from '../../app/texts.ts';
import { Ask } from '../../ui/Ask.tsx';
import { count } from '../../ui/figures.ts';
import type { Batch } from './BatchPage.tsx';
import type { Action, useAct } from './useAct.ts';

export type Asked = 'cutover' | 'undo';

/** What reaches people outside this program is asked about before. */
export const needsAsking = (action: Action): action is Asked => action === 'cutover' || action === 'undo';

/** The question before a cutover, for which the name of the batch is typed, and before it is taken back. */
export function AskAct({
  batch,
  asked,
  act,
  members,
  workloadIds,
  onClose,
}: {
  batch: Batch;
  asked: Asked;
  act: ReturnType<typeof useAct>;
  /** How many it is about. */
  members: number;
  workloadIds?: number[];
  onClose: () => void;
}) {
  const { batch: t } = useTexts();
  return (
    <Ask
      open
      title={t.confirm[asked].title(batch.name)}
      confirm={t.actions[asked]}
      {...(asked === 'cutover' && { typed: batch.name })}
      pending={act.isPending}
      error={act.error}
      onConfirm={() => act.mutate({ action: asked, ...(workloadIds && { workloadIds }) })}
      onClose={onClose}
    >
      {t.confirm[asked].text(count(members))}
    </Ask>
  );
}

import { Button, Menu, MenuItem } from '@mui/material';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { showError } from '../../app/Toasts.tsx';
import { useTexts } from '../../app/texts.ts';
import { api } from '../../rpc/client.ts';
import { Ask } from '../../ui/Ask.tsx';
import { count } from '../../ui/figures.ts';
import { LinkButton } from '../../ui/LinkButton.tsx';
import type { Progress } from './PreparePage.tsx';
import { isBusy, mainForest, partsOf, totalOf } from './plan.ts';

/** What can be done with a plan, by its state: write it, take it back, or work out another. */
export function PlanActions({
  plan,
  names,
  onOptions,
  onShow,
}: {
  plan: Progress | undefined;
  names: ReadonlyMap<number, string>;
  onOptions: () => void;
  onShow: (show: 'notes' | 'check') => void;
}) {
  const { prepare: t, frame, rules } = useTexts();
  const client = useQueryClient();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const [asked, setAsked] = useState<'apply' | 'undo'>();
  // Whoever cancels knows; everything else has to be said.
  const cancelled = useRef(false);
  const settled = {
    onSettled: () => client.invalidateQueries(),
    onError: (error: unknown) => cancelled.current || showError(error),
  };
  const apply = useMutation({ mutationFn: (planId: number) => api.prepare.applyPlan.mutate({ planId }), ...settled });
  const undo = useMutation({ mutationFn: (planId: number) => api.prepare.undoPlan.mutate({ planId }), ...settled });
  const start = (kind: 'apply' | 'undo') => {
    setAsked(undefined);
    cancelled.current = false;
    if (!plan) return;
    (kind === 'apply' ? apply : undo).mutate(plan.plan.id);
    // It goes on behind; how far it is comes by asking, so that the page can be left.
    setTimeout(() => void client.invalidateQueries({ queryKey: ['prepare', 'progress'] }), 300);
  };
  if (!plan) {
    return (
      <>
        <LinkButton to="/prepare/flow">{rules.openFlow}</LinkButton>
        <Button variant="contained" onClick={onOptions}>
          {t.plan}
        </Button>
      </>
    );
  }
  if (isBusy(plan)) {
    return (
      <Button
        variant="outlined"
        onClick={() => {
          cancelled.current = true;
          void api.prepare.cancel.mutate({ planId: plan.plan.id }).catch(showError);
        }}
      >
        {frame.cancel}
      </Button>
    );
  }
  const { state, notes } = plan.plan;
  const noteCount = notes.notes.length + notes.problems.length;
  return (
    <>
      <LinkButton to="/prepare/flow">{rules.openFlow}</LinkButton>
      {noteCount > 0 && <Button onClick={() => onShow('notes')}>{t.notes(count(noteCount))}</Button>}
      <Button aria-haspopup="menu" onClick={(event) => setAnchor(event.currentTarget)}>
        {frame.moreActions}
      </Button>
      <Menu anchorEl={anchor} open={anchor !== null} onClose={() => setAnchor(null)} onClick={() => setAnchor(null)}>
        <MenuItem dense onClick={onOptions}>
          {t.planAgain}
        </MenuItem>
        <MenuItem dense onClick={() => onShow('check')}>
          {t.check}
        </MenuItem>
      </Menu>
      {(state === 'applied' || state === 'applying' || state === 'undoing') && (
        <Button variant="outlined" onClick={() => setAsked('undo')}>
          {state === 'undoing' ? t.undoGoOn : t.undo}
        </Button>
      )}
      {(state === 'planned' || state === 'applying') && (
        <Button variant="contained" disabled={totalOf(plan) === 0} onClick={() => setAsked('apply')}>
          {state === 'applying' ? t.goOn : t.apply(count(totalOf(plan)))}
        </Button>
      )}
      {(state === 'undone' || state === 'superseded') && (
        <Button variant="contained" onClick={onOptions}>
          {t.plan}
        </Button>
      )}
      <Ask
        open={asked === 'apply'}
        title={t.applyTitle}
        confirm={t.apply(count(totalOf(plan)))}
        typed={mainForest(plan, names)}
        onConfirm={() => start('apply')}
        onClose={() => setAsked(undefined)}
      >
        {t.applyText(partsOf(plan, names, t).join('; '))}
      </Ask>
      <Ask
        open={asked === 'undo'}
        title={t.undoTitle}
        confirm={t.undo}
        onConfirm={() => start('undo')}
        onClose={() => setAsked(undefined)}
      >
        {t.undoText}
      </Ask>
    </>
  );
}

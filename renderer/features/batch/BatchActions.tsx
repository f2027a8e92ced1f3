import MoreHoriz from '@mui/icons-material/MoreHoriz';
import { Button, Menu, MenuItem } from '@mui/material';
import { useState } from 'react';
import type { State } from '../../../core/domain/words.ts';
import { showError } from '../../app/Toasts.tsx';
import { useTexts } from '../../app/texts.ts';
import { ToolButton } from '../../ui/ToolButton.tsx';
import { AskAct, type Asked, needsAsking } from './AskAct.tsx';
import type { Batch } from './BatchPage.tsx';
import { type Action, useAct } from './useAct.ts';

/** The one thing that most likely comes next, by state; the others are in the menu. */
function primaryOf(state: State): Action | undefined {
  switch (state) {
    case 'planned':
    case 'held':
    case 'failed':
    case 'decision':
    case 'undone':
      return 'start';
    case 'waiting':
    case 'syncing':
      return 'pause';
    case 'inSync':
      return 'cutover';
    case 'cuttingOver':
    case 'done':
      return undefined;
  }
}

/** Start, pause, hold, cut over, undo: with a question before what reaches further. */
export function BatchActions({ batch }: { batch: Batch }) {
  const { batch: t } = useTexts();
  const [menu, setMenu] = useState<HTMLElement | null>(null);
  const [asked, setAsked] = useState<Asked>();
  const act = useAct(batch.id, () => setAsked(undefined));
  const doIt = (action: Action) => {
    setMenu(null);
    act.reset();
    if (needsAsking(action)) setAsked(action);
    else act.mutate({ action }, { onError: showError });
  };
  const primary = primaryOf(batch.state);
  const others = (['start', 'pause', 'hold', 'cutover', 'undo'] as const).filter((action) => action !== primary);
  const nameOf = (action: Action) =>
    action === 'start' && batch.state !== 'planned' ? t.actions.resume : t.actions[action];
  const members = asked === 'cutover' ? (batch.totals.byState.inSync ?? 0) : batch.totals.workloads;
  return (
    <>
      {primary && (
        <Button
          variant={primary === 'pause' ? 'outlined' : 'contained'}
          disabled={act.isPending}
          onClick={() => doIt(primary)}
        >
          {nameOf(primary)}
        </Button>
      )}
      <ToolButton label={t.more} menu onClick={(event) => setMenu(event.currentTarget)}>
        <MoreHoriz fontSize="small" />
      </ToolButton>
      <Menu anchorEl={menu} open={menu !== null} onClose={() => setMenu(null)}>
        {others.map((action) => (
          <MenuItem key={action} dense onClick={() => doIt(action)}>
            {nameOf(action)}
          </MenuItem>
        ))}
      </Menu>
      {asked && (
        <AskAct
          batch={batch}
          asked={asked}
          act={act}
          members={members}
          onClose={() => {
            setAsked(undefined);
            act.reset();
          }}
        />
      )}
    </>
  );
}

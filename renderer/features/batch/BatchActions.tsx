import MoreHoriz from '@mui/icons-material/MoreHoriz';
import {
  Button,
  Dialog,
  DialogActions,
  DialogContent,
  DialogContentText,
  DialogTitle,
  IconButton,
  Menu,
  MenuItem,
} from '@mui/material';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { State } from '../../../core/domain/words.ts';
import { toast } from '../../app/Toasts.tsx';
import { useTexts } from '../../app/texts.ts';
import { api, type Inputs, type Outputs } from '../../rpc/client.ts';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { count } from '../../ui/figures.ts';

type Batch = Outputs['batches']['show'];
type Action = Inputs['batches']['act']['action'];

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
  const { batch: t, frame } = useTexts();
  const client = useQueryClient();
  const [menu, setMenu] = useState<HTMLElement | null>(null);
  const [asked, setAsked] = useState<'cutover' | 'undo'>();
  const act = useMutation({
    mutationFn: (action: Action) => api.batches.act.mutate({ batch: batch.id, action }),
    onSuccess: (result, action) => {
      const stayed = result.stayed.map((one) => t.stayed(count(one.count), one.why));
      toast([t.did[action](result.moved, count(result.moved)), ...stayed].join(' '));
      setAsked(undefined);
      return client.invalidateQueries({ queryKey: ['batches'] });
    },
  });
  const doIt = (action: Action) => {
    setMenu(null);
    act.reset();
    if (action === 'cutover' || action === 'undo') setAsked(action);
    else act.mutate(action);
  };
  const close = () => {
    setAsked(undefined);
    act.reset();
  };
  const primary = primaryOf(batch.state);
  const others = (['start', 'pause', 'hold', 'cutover', 'undo'] as const).filter((action) => action !== primary);
  const nameOf = (action: Action) =>
    action === 'start' && batch.state !== 'planned' ? t.actions.resume : t.actions[action];
  const ready = batch.totals.byState.inSync ?? 0;
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
      <IconButton aria-label={t.more} aria-haspopup="menu" onClick={(event) => setMenu(event.currentTarget)}>
        <MoreHoriz fontSize="small" />
      </IconButton>
      <Menu anchorEl={menu} open={menu !== null} onClose={() => setMenu(null)}>
        {others.map((action) => (
          <MenuItem key={action} dense onClick={() => doIt(action)}>
            {nameOf(action)}
          </MenuItem>
        ))}
      </Menu>
      <Dialog open={asked !== undefined || act.isError} onClose={close} maxWidth="sm">
        {asked && <DialogTitle>{t.confirm[asked].title(batch.name)}</DialogTitle>}
        <DialogContent>
          {asked && (
            <DialogContentText>
              {asked === 'cutover'
                ? t.confirm.cutover.text(count(ready))
                : t.confirm.undo.text(count(batch.totals.workloads))}
            </DialogContentText>
          )}
          {act.error && <ErrorNote error={act.error} />}
        </DialogContent>
        <DialogActions>
          <Button onClick={close}>{frame.cancel}</Button>
          {asked && (
            <Button variant="contained" disabled={act.isPending} onClick={() => act.mutate(asked)}>
              {t.actions[asked]}
            </Button>
          )}
        </DialogActions>
      </Dialog>
    </>
  );
}

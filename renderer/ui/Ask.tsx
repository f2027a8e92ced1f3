import { Button, Dialog, DialogActions, DialogContent, DialogContentText, DialogTitle, TextField } from '@mui/material';
import { type ReactNode, useState } from 'react';
import { useTexts } from '../app/texts.ts';
import { ErrorNote } from './ErrorNote.tsx';

/**
 * A question before what reaches far. Where it cannot be taken back, a name must be typed. It stays open until what was
 * asked for is done, and shows why it was not.
 */
export function Ask({
  open,
  title,
  children,
  confirm,
  typed,
  pending = false,
  error,
  onConfirm,
  onClose,
  disabled = false,
}: {
  open: boolean;
  title: string;
  children: ReactNode;
  confirm: string;
  /** What has to be typed, letter by letter. */
  typed?: string;
  pending?: boolean;
  error?: unknown;
  onConfirm: () => void;
  onClose: () => void;
  disabled?: boolean;
}) {
  return (
    <Dialog open={open} onClose={onClose} maxWidth="sm" fullWidth>
      {open && (
        <Content {...{ title, confirm, typed, pending, error, onConfirm, onClose, disabled }}>{children}</Content>
      )}
    </Dialog>
  );
}

function Content({
  title,
  children,
  confirm,
  typed,
  pending,
  error,
  onConfirm,
  onClose,
  disabled,
}: {
  title: string;
  children: ReactNode;
  confirm: string;
  typed: string | undefined;
  pending: boolean;
  error: unknown;
  onConfirm: () => void;
  onClose: () => void;
  disabled: boolean;
}) {
  const { frame } = useTexts();
  const [text, setText] = useState('');
  const ready = !disabled && !pending && (typed === undefined || text === typed);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) onConfirm();
      }}
    >
      <DialogTitle>{title}</DialogTitle>
      <DialogContent>
        <DialogContentText component="div" sx={{ color: 'text.primary' }}>
          {children}
        </DialogContentText>
        {typed !== undefined && (
          <TextField
            autoFocus
            fullWidth
            sx={{ mt: 4 }}
            label={frame.typed(typed)}
            value={text}
            onChange={(event) => setText(event.target.value)}
            slotProps={{ htmlInput: { autoComplete: 'off', spellCheck: false } }}
          />
        )}
        {error ? <ErrorNote error={error} /> : null}
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose}>{frame.cancel}</Button>
        <Button type="submit" variant="contained" disabled={!ready}>
          {confirm}
        </Button>
      </DialogActions>
    </form>
  );
}

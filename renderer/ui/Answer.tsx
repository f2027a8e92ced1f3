import { Button, Dialog, DialogActions, DialogContent, DialogTitle, LinearProgress } from '@mui/material';
import type { ReactNode } from 'react';
import { useTexts } from '../app/texts.ts';
import { ErrorNote } from './ErrorNote.tsx';

/** What came of something that a person asked for; until then that it is worked out, or why there is no answer. */
export function Answer({
  title,
  pending,
  error,
  children,
  action,
  wide = false,
  onClose,
}: {
  title: string;
  pending: boolean;
  error: unknown;
  children: ReactNode;
  /** What most likely comes next. */
  action?: ReactNode;
  /** There is a table in it. */
  wide?: boolean;
  onClose: () => void;
}) {
  const { frame } = useTexts();
  return (
    <Dialog open onClose={onClose} maxWidth={wide ? 'md' : 'sm'} fullWidth>
      <DialogTitle>{title}</DialogTitle>
      <DialogContent sx={{ fontSize: '0.875rem', overflowWrap: 'anywhere' }}>
        {pending && <LinearProgress aria-label={title} />}
        {error ? <ErrorNote error={error} /> : children}
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose} autoFocus={action === undefined}>
          {frame.close}
        </Button>
        {action}
      </DialogActions>
    </Dialog>
  );
}

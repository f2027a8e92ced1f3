import Close from '@mui/icons-material/Close';
import { Box, IconButton, Paper, Snackbar } from '@mui/material';
import { ErrorNote } from '../ui/ErrorNote.tsx';
import { create } from '../ui/signal.ts';
import { useTexts } from './texts.ts';

/** Short words about what was done; they stand at the bottom left, where no button is, and go by themselves. */
const current = create<{ id: number; text: string } | undefined>(undefined);
let last = 0;

export function toast(text: string): void {
  current.set({ id: ++last, text });
}

/** What went wrong with something that has no place of its own on the screen: it stays until it is closed. */
const problem = create<unknown>(undefined);

export function showError(error: unknown): void {
  problem.set(error);
}

export function Toasts() {
  return (
    <>
      <Words />
      <Problem />
    </>
  );
}

function Problem() {
  const error = problem.use();
  const { frame } = useTexts();
  if (error === undefined) return null;
  return (
    <Paper
      elevation={6}
      sx={{
        position: 'fixed',
        left: 24,
        bottom: 24,
        zIndex: 'snackbar',
        maxWidth: 'min(560px, calc(100vw - 48px))',
        p: 2,
      }}
    >
      <Box sx={{ display: 'flex', justifyContent: 'flex-end' }}>
        <IconButton aria-label={frame.close} onClick={() => problem.set(undefined)}>
          <Close fontSize="small" />
        </IconButton>
      </Box>
      <ErrorNote error={error} />
    </Paper>
  );
}

function Words() {
  const shown = current.use();
  return (
    <Snackbar
      key={shown?.id}
      open={shown !== undefined}
      message={shown?.text}
      autoHideDuration={6_000}
      anchorOrigin={{ vertical: 'bottom', horizontal: 'left' }}
      onClose={(_event, reason) => {
        if (reason !== 'clickaway') current.set(undefined);
      }}
    />
  );
}

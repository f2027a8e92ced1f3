import Close from '@mui/icons-material/Close';
import { Box, IconButton, Paper, Typography } from '@mui/material';
import { serviceAway } from '../rpc/live.ts';
import { ErrorNote } from '../ui/ErrorNote.tsx';
import { create } from '../ui/signal.ts';
import { useTexts } from './texts.ts';

/** Short words about what was done; they stand in the line at the bottom, where they hide nothing, and go by themselves. */
const current = create<string>('');
/** How long they stay, ms. */
const STAY_MS = 12_000;
let timer: ReturnType<typeof setTimeout> | undefined;

export function toast(text: string): void {
  clearTimeout(timer);
  current.set(text);
  timer = setTimeout(() => current.set(''), STAY_MS);
}

/** What went wrong with something that has no place of its own on the screen: it stays until it is closed. */
const problem = create<unknown>(undefined);

export function showError(error: unknown): void {
  problem.set(error);
}

/** The line at the bottom of every screen: what was done last, and whether the service still answers. */
export function StatusLine() {
  const { frame } = useTexts();
  const said = current.use();
  const away = serviceAway.use();
  return (
    <Box
      component="footer"
      sx={{
        gridColumn: 2,
        display: 'flex',
        alignItems: 'center',
        gap: 4,
        px: { xs: 4, sm: 6 },
        borderTop: 1,
        borderColor: 'divider',
        bgcolor: 'background.paper',
        minWidth: 0,
      }}
    >
      <Typography variant="caption" role="status" noWrap sx={{ flex: 1, minWidth: 0, unicodeBidi: 'isolate' }}>
        {said}
      </Typography>
      {away && (
        <Typography variant="caption" role="alert" color="error" noWrap>
          {frame.away}
        </Typography>
      )}
    </Box>
  );
}

/** An error that belongs to no place on the screen; over everything until it is closed. */
export function Problem() {
  const error = problem.use();
  const { frame } = useTexts();
  if (error === undefined) return null;
  return (
    <Paper
      elevation={6}
      sx={{
        position: 'fixed',
        left: 24,
        bottom: 44,
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

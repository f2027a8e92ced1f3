import { Snackbar } from '@mui/material';
import { create } from '../ui/signal.ts';

/** Short words about what was done; they stand at the bottom left, where no button is, and go by themselves. */
const current = create<{ id: number; text: string } | undefined>(undefined);
let last = 0;

export function toast(text: string): void {
  current.set({ id: ++last, text });
}

export function Toasts() {
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

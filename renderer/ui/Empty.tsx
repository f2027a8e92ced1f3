import { Typography } from '@mui/material';

/** A list that a filter left nothing of. */
export function Empty({ text }: { text: string }) {
  return (
    <Typography color="text.secondary" sx={{ py: 4 }}>
      {text}
    </Typography>
  );
}

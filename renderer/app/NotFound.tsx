import { Typography } from '@mui/material';
import { useTexts } from './texts.ts';

export function NotFound() {
  const { frame } = useTexts();
  return (
    <>
      <Typography variant="h1">{frame.notFound}</Typography>
      <Typography color="text.secondary">{frame.notFoundNext}</Typography>
    </>
  );
}

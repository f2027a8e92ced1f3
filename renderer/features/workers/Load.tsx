import { Box } from '@mui/material';
import { useTexts } from '../../app/texts.ts';
import { bytes } from '../../ui/figures.ts';
import { ProgressBar } from '../../ui/Progress.tsx';

/** How much of something is used, in bytes. */
export function Load({ used, total, label }: { used: number | undefined; total: number | undefined; label: string }) {
  const { workers: t } = useTexts();
  if (used === undefined || total === undefined || total === 0) return null;
  return (
    <Box
      sx={{ display: 'grid', gridTemplateColumns: '1fr auto', gap: 2, alignItems: 'center' }}
      title={t.of(bytes(used), bytes(total))}
    >
      <ProgressBar value={used / total} label={label} height={4} />
      <span>{bytes(used)}</span>
    </Box>
  );
}

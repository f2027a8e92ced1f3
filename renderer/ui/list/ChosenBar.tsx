import { Box, Button, Typography } from '@mui/material';
import type { ReactNode } from 'react';
import { useTexts } from '../../app/texts.ts';
import { count } from '../figures.ts';
import type { Chosen } from './useSelection.ts';

/** What can be done with the rows that are chosen. */
export function ChosenBar({
  chosen,
  total,
  chooseAll,
  children,
}: {
  chosen: Chosen;
  total: number;
  chooseAll: () => void;
  children: ReactNode;
}) {
  const { list: t } = useTexts();
  if (chosen.ids.length === 0) return null;
  return (
    <Box
      role="toolbar"
      aria-label={t.chosen(count(chosen.ids.length))}
      sx={{
        mx: { xs: 4, sm: 6 },
        mb: 2,
        px: 3,
        minHeight: 44,
        display: 'flex',
        gap: 2,
        alignItems: 'center',
        flexWrap: 'wrap',
        border: 1,
        borderColor: 'primary.main',
        borderRadius: 1,
        bgcolor: 'background.paper',
        flex: 'none',
      }}
    >
      <Typography variant="body2" sx={{ fontWeight: 600 }} role="status">
        {t.chosen(count(chosen.ids.length))}
      </Typography>
      {children}
      <Box sx={{ flex: 1 }} />
      {chosen.ids.length < total && <Button onClick={chooseAll}>{t.chooseAll(count(total))}</Button>}
      <Button onClick={chosen.clear}>{t.chooseNone}</Button>
    </Box>
  );
}

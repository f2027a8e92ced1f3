import { Box, Button, Typography } from '@mui/material';
import type { ForestRole } from '../../../core/domain/words.ts';
import { useTexts } from '../../app/texts.ts';

/** The place of a forest that is still to be added. */
export function MissingCard({ role, onAdd }: { role: ForestRole; onAdd: () => void }) {
  const { forests: t } = useTexts();
  return (
    <Box
      sx={{
        border: '1px dashed',
        borderColor: 'divider',
        borderRadius: 1,
        p: 6,
        display: 'grid',
        gap: 2,
        justifyItems: 'start',
        alignContent: 'center',
        minHeight: 200,
      }}
    >
      <Typography variant="h3" component="h2">
        {t.roles[role]}
      </Typography>
      <Typography variant="body2" color="text.secondary">
        {t.missing[role]}
      </Typography>
      <Button variant="outlined" onClick={onAdd}>
        {t.addRole[role]}
      </Button>
    </Box>
  );
}

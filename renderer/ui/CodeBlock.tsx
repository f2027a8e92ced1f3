import { Box, Typography } from '@mui/material';
import { CopyButton } from './CopyButton.tsx';

const FRAME = { border: 1, borderColor: 'divider', borderRadius: 1, overflow: 'hidden', bgcolor: 'background.default' };

/** A command or script to be run elsewhere, with where, and a button to copy it. */
export function CodeBlock({ code, where }: { code: string; where?: string }) {
  if (where === undefined && !code.includes('\n')) {
    return (
      <Box sx={{ ...FRAME, display: 'flex', alignItems: 'center', pl: 3 }}>
        <Box component="code" sx={{ flex: 1, minWidth: 0, fontSize: '0.75rem', py: 2, overflowWrap: 'anywhere' }}>
          {code}
        </Box>
        <CopyButton text={code} />
      </Box>
    );
  }
  return (
    <Box sx={FRAME}>
      <Box sx={{ display: 'flex', alignItems: 'center', pl: 3, borderBottom: 1, borderColor: 'divider' }}>
        <Typography variant="caption" color="text.secondary" sx={{ flex: 1, py: 1, overflowWrap: 'anywhere' }}>
          {where}
        </Typography>
        <CopyButton text={code} />
      </Box>
      <Box
        component="pre"
        tabIndex={0}
        sx={{ m: 0, px: 3, py: 2, overflow: 'auto', maxHeight: 320, fontSize: '0.75rem', lineHeight: 1.5 }}
      >
        {code}
      </Box>
    </Box>
  );
}

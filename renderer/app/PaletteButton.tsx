import Search from '@mui/icons-material/Search';
import { Box, Button } from '@mui/material';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useTexts } from './texts.ts';

const Palette = lazy(() => import('./Palette.tsx'));

/** Still read out, where there is no room for it. */
const HIDDEN_WHEN_NARROW = {
  '@media (max-width: 899px)': {
    position: 'absolute',
    width: 1,
    height: 1,
    overflow: 'hidden',
    clipPath: 'inset(50%)',
  },
} as const;

/** Opens the command palette; Ctrl+K does so from everywhere. */
export function PaletteButton() {
  const { frame } = useTexts();
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey)
        return;
      event.preventDefault();
      setOpen(true);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
  return (
    <>
      <Button
        variant="outlined"
        color="inherit"
        startIcon={<Search fontSize="small" />}
        onClick={() => setOpen(true)}
        aria-keyshortcuts="Control+K"
        sx={{
          color: 'text.secondary',
          borderColor: 'divider',
          fontWeight: 400,
          flex: 'none',
          '& .MuiButton-startIcon': { mr: { xs: 0, md: 2 }, ml: 0 },
          minWidth: 0,
        }}
      >
        <Box component="span" sx={HIDDEN_WHEN_NARROW}>
          {frame.palette}
          <Box component="kbd" sx={{ ml: 4, font: 'inherit', fontSize: '0.75rem' }}>
            {frame.paletteKeys}
          </Box>
        </Box>
      </Button>
      {open && (
        <Suspense fallback={null}>
          <Palette onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}

import Close from '@mui/icons-material/Close';
import { Box, IconButton, Typography } from '@mui/material';
import { type ReactNode, useEffect, useRef } from 'react';
import { useTexts } from '../app/texts.ts';
import { DRAWER } from '../app/theme.ts';

/**
 * What a chosen row holds, at the right of its list; over it where the window is narrow. Esc closes and gives the
 * keyboard back to the list.
 */
export function Drawer({
  title,
  note,
  onClose,
  children,
  width = DRAWER,
  large = false,
  actions,
}: {
  title: ReactNode;
  /** Names the drawer where the title is no text. */
  note?: string;
  onClose: () => void;
  children: ReactNode;
  width?: number;
  /** Under a head of its own, as the larger part: framed, and as wide as the list leaves room for. */
  large?: boolean;
  actions?: ReactNode;
}) {
  const { frame } = useTexts();
  const element = useRef<HTMLElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented || document.querySelector('[role=dialog], [role=menu]'))
        return;
      // The list that the row is in, so that the arrows walk on.
      const inside = element.current?.contains(document.activeElement);
      if (inside) element.current?.parentElement?.querySelector<HTMLElement>('[role=grid]')?.focus();
      onClose();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [onClose]);
  return (
    <Box
      component="aside"
      ref={element}
      aria-label={typeof title === 'string' ? title : (note ?? '')}
      sx={{
        width: { xs: '100%', md: large ? `min(${width}px, calc(100% - 300px))` : width - 40, xl: width },
        position: { xs: 'absolute', md: 'static' },
        inset: 0,
        zIndex: 2,
        flex: 'none',
        borderLeft: 1,
        ...(large && { borderTop: 1, borderTopLeftRadius: '6px' }),
        borderColor: 'divider',
        bgcolor: 'background.paper',
        display: 'flex',
        flexDirection: 'column',
        minHeight: 0,
      }}
    >
      <Box sx={{ px: 5, pt: 4, pb: 2, display: 'flex', alignItems: 'center', gap: 3, flex: 'none' }}>
        <Typography variant="h2" noWrap component="h2" sx={{ flex: 1, unicodeBidi: 'isolate' }}>
          {title}
        </Typography>
        {actions}
        <IconButton aria-label={frame.close} onClick={onClose}>
          <Close fontSize="small" />
        </IconButton>
      </Box>
      <Box
        sx={{
          flex: 1,
          minHeight: 0,
          overflow: 'auto',
          px: 5,
          pb: 5,
          display: 'flex',
          flexDirection: 'column',
          gap: 4,
          '& > *': { flex: 'none' },
        }}
        tabIndex={0}
      >
        {children}
      </Box>
    </Box>
  );
}

import { IconButton, Tooltip } from '@mui/material';
import type { MouseEvent, ReactNode } from 'react';

/** A button that is a sign, with its word on hover and for those who cannot see it. */
export function ToolButton({
  label,
  children,
  onClick,
  menu = false,
}: {
  label: string;
  children: ReactNode;
  onClick: (event: MouseEvent<HTMLButtonElement>) => void;
  /** It opens a menu. */
  menu?: boolean;
}) {
  return (
    <Tooltip title={label}>
      <IconButton aria-label={label} {...(menu && { 'aria-haspopup': 'menu' as const })} onClick={onClick}>
        {children}
      </IconButton>
    </Tooltip>
  );
}

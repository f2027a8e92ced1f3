import { Box, Typography } from '@mui/material';
import { type ReactNode, useId } from 'react';

/** A part of a page with a heading of its own. */
export function Panel({
  title,
  actions,
  children,
  plain = false,
}: {
  title: string;
  actions?: ReactNode;
  children: ReactNode;
  /** Without a surface, inside a drawer. */
  plain?: boolean;
}) {
  const id = useId();
  return (
    <Box
      {...(plain ? {} : { component: 'section', 'aria-labelledby': id })}
      sx={{
        minWidth: 0,
        ...(!plain && {
          border: 1,
          borderColor: 'divider',
          borderRadius: 1,
          bgcolor: 'background.paper',
          px: 4,
          pt: 3,
          pb: 4,
        }),
      }}
    >
      <Box sx={{ display: 'flex', alignItems: 'center', gap: 2, minHeight: 32, mb: 1 }}>
        <Typography
          variant="h3"
          component={plain ? 'h3' : 'h2'}
          id={id}
          sx={{ flex: 1, minWidth: 0, unicodeBidi: 'isolate' }}
          noWrap
        >
          {title}
        </Typography>
        {actions}
      </Box>
      {children}
    </Box>
  );
}

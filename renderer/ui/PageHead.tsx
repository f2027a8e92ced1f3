import { Box, Skeleton, Typography } from '@mui/material';
import type { ReactNode } from 'react';
import { TextLink } from './LinkButton.tsx';

/** The head of a page: where one is, how things stand in one sentence, at most one primary button. */
export function PageHead({
  title,
  parent,
  sentence,
  actions,
}: {
  title: string | undefined;
  parent?: { to: string; label: string };
  sentence: string | undefined;
  actions?: ReactNode;
}) {
  return (
    <Box sx={{ px: { xs: 4, sm: 6 }, pt: 5, pb: 3, display: 'grid', gap: 1, flex: 'none' }}>
      <Box sx={{ display: 'flex', alignItems: 'center', gap: 4, minHeight: 32 }}>
        <Typography variant="h1" noWrap sx={{ minWidth: 0, unicodeBidi: 'isolate' }}>
          {parent && (
            <>
              <TextLink to={parent.to} color="text.secondary" underline="always">
                {parent.label}
              </TextLink>
              <Box component="span" sx={{ color: 'text.secondary', px: 2 }}>
                /
              </Box>
            </>
          )}
          {title === undefined ? <Skeleton sx={{ width: 160, display: 'inline-block' }} /> : <bdi>{title}</bdi>}
        </Typography>
        <Box sx={{ flex: 1 }} />
        {actions}
      </Box>
      <Typography color="text.secondary" role="status">
        {sentence ?? <Skeleton sx={{ width: 320, maxWidth: '100%' }} />}
      </Typography>
    </Box>
  );
}

import { Box, Typography } from '@mui/material';
import type { ReactNode } from 'react';
import { CodeBlock } from './CodeBlock.tsx';

/**
 * A place with nothing in it. Where nothing is there yet it says what to do next; where a filter left nothing, the title
 * alone is enough.
 */
export function EmptyState({
  title,
  text,
  command,
  children,
}: {
  title: string;
  text?: string;
  /** What makes the first one, on the command line. */
  command?: string;
  /** Buttons that do what the text says. */
  children?: ReactNode;
}) {
  if (text === undefined) {
    return (
      <Typography color="text.secondary" sx={{ py: 4 }}>
        {title}
      </Typography>
    );
  }
  return (
    <Box sx={{ py: 12, maxWidth: 560, display: 'grid', gap: 2, justifyItems: 'start' }}>
      <Typography variant="h2" component="p">
        {title}
      </Typography>
      <Typography color="text.secondary">{text}</Typography>
      {children}
      {command && (
        <Box sx={{ justifySelf: 'stretch' }}>
          <CodeBlock code={command} />
        </Box>
      )}
    </Box>
  );
}

import { Box, Button, Typography } from '@mui/material';
import { useState } from 'react';
import { useTexts } from '../app/texts.ts';

/** A place with nothing in it yet says what to do next. */
export function EmptyState({ title, text, command }: { title: string; text: string; command?: string }) {
  const { frame } = useTexts();
  const [copied, setCopied] = useState(false);
  return (
    <Box sx={{ py: 12, maxWidth: 560, display: 'grid', gap: 2 }}>
      <Typography variant="h2" component="p">
        {title}
      </Typography>
      <Typography color="text.secondary">{text}</Typography>
      {command && (
        <Box
          sx={{
            display: 'flex',
            alignItems: 'center',
            gap: 2,
            bgcolor: 'background.paper',
            border: 1,
            borderColor: 'divider',
            borderRadius: 1,
            px: 3,
            py: 1,
          }}
        >
          <Box component="code" sx={{ flex: 1, fontSize: '0.8125rem', overflowWrap: 'anywhere' }}>
            {command}
          </Box>
          <Button onClick={() => void navigator.clipboard.writeText(command).then(() => setCopied(true))}>
            {copied ? frame.copied : frame.copy}
          </Button>
        </Box>
      )}
    </Box>
  );
}

import { Box, Button, Typography } from '@mui/material';
import { useState } from 'react';
import { useTexts } from '../app/texts.ts';
import { problemOf } from '../rpc/client.ts';

/** What went wrong: what was tried, what happened, what to do, with a button to copy it and one to try again. */
export function ErrorNote({ error, retry }: { error: unknown; retry?: () => void }) {
  const { frame } = useTexts();
  const [copied, setCopied] = useState(false);
  const problem = problemOf(error);
  const lines = [
    ...(problem.tried === undefined ? [] : [frame.tried(problem.tried)]),
    problem.happened,
    problem.next,
    ...(problem.correlation === undefined ? [] : [frame.report(problem.correlation)]),
  ];
  return (
    <Box
      role="alert"
      sx={{
        border: 1,
        borderColor: 'error.main',
        borderRadius: 1,
        p: 4,
        my: 3,
        maxWidth: 720,
        display: 'grid',
        gap: 1,
        overflowWrap: 'anywhere',
      }}
    >
      {lines.slice(0, 3).map((line, index) => (
        <Typography key={line} variant={index === 0 ? 'h3' : 'body2'} component="p">
          {line}
        </Typography>
      ))}
      {lines.length > 3 && (
        <Typography variant="caption" color="text.secondary">
          {lines[3]}
        </Typography>
      )}
      <Box sx={{ display: 'flex', gap: 2, mt: 2 }}>
        {retry && (
          <Button variant="outlined" onClick={retry}>
            {frame.reload}
          </Button>
        )}
        <Button
          onClick={() => {
            void navigator.clipboard.writeText(lines.join('\n')).then(() => setCopied(true));
          }}
        >
          {copied ? frame.copied : frame.copy}
        </Button>
      </Box>
    </Box>
  );
}

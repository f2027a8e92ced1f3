import { Box, Button, Typography } from '@mui/material';
import { useTexts } from '../app/texts.ts';
import { type Problem, problemOf } from '../rpc/client.ts';
import { CopyButton } from './CopyButton.tsx';

/** Trouble in words: of a call that failed, or of something in the background that met it. */
type Trouble = { error: unknown } | { problem: Pick<Problem, 'happened' | 'next'> & Partial<Problem> };

/** What went wrong: what was tried, what happened, what to do, with a button to copy it and one to try again. */
export function ErrorNote({ retry, ...trouble }: Trouble & { retry?: () => void }) {
  const { frame } = useTexts();
  const problem = 'problem' in trouble ? trouble.problem : problemOf(trouble.error);
  const lines = [...(problem.tried === undefined ? [] : [frame.tried(problem.tried)]), problem.happened, problem.next];
  const report = problem.correlation === undefined ? [] : [frame.report(problem.correlation)];
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
      {lines.map((line, index) => (
        <Typography key={line} variant={index === 0 ? 'h3' : 'body2'} component="p">
          {line}
        </Typography>
      ))}
      {report.map((line) => (
        <Typography key={line} variant="caption" color="text.secondary">
          {line}
        </Typography>
      ))}
      <Box sx={{ display: 'flex', gap: 2, mt: 2 }}>
        {retry && (
          <Button variant="outlined" onClick={retry}>
            {frame.reload}
          </Button>
        )}
        <CopyButton text={[...lines, ...report].join('\n')} />
      </Box>
    </Box>
  );
}

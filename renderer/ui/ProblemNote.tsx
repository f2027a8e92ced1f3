import { Box, Typography } from '@mui/material';
import { useTexts } from '../app/texts.ts';
import { CopyButton } from './CopyButton.tsx';

/** Trouble that something in the background met: what was tried, what happened, what to do. */
export function ProblemNote({ problem }: { problem: { tried: string; happened: string; next: string } }) {
  const { frame } = useTexts();
  const lines = [frame.tried(problem.tried), problem.happened, problem.next];
  return (
    <Box
      role="alert"
      sx={{ border: 1, borderColor: 'error.main', borderRadius: 1, p: 3, mb: 3, overflowWrap: 'anywhere' }}
    >
      {lines.map((line, index) => (
        <Typography key={line} variant={index === 0 ? 'h3' : 'body2'} component="p">
          {line}
        </Typography>
      ))}
      <CopyButton text={lines.join('\n')} />
    </Box>
  );
}

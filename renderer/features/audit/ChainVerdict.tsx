import { Box, Typography } from '@mui/material';
import { useTexts } from '../../app/texts.ts';
import type { Outputs } from '../../rpc/client.ts';
import { count } from '../../ui/figures.ts';

/** What the verification of the chain says. */
export function ChainVerdict({ verdict }: { verdict: Outputs['audit']['verify'] }) {
  const { audit: t } = useTexts();
  const whole = verdict.findings.length === 0;
  return (
    <Box
      role="status"
      sx={{
        border: 1,
        borderColor: whole ? 'success.main' : 'error.main',
        borderRadius: 1,
        p: 4,
        mb: 4,
        maxHeight: 240,
        overflow: 'auto',
        flex: 'none',
      }}
    >
      <Typography variant="h3" component="p">
        {whole ? `✓ ${t.whole(count(verdict.entries))}` : `✕ ${t.broken(count(verdict.findings.length))}`}
      </Typography>
      {verdict.findings.map((finding) => (
        <Typography key={`${finding.id} ${finding.problem}`} variant="body2">
          {finding.text}
        </Typography>
      ))}
    </Box>
  );
}

import { Box, Button, TextField, Typography } from '@mui/material';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTexts } from '../../app/texts.ts';
import { api } from '../../rpc/client.ts';
import { Ask } from '../../ui/Ask.tsx';
import { CodeBlock } from '../../ui/CodeBlock.tsx';
import { CopyButton } from '../../ui/CopyButton.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { count, duration } from '../../ui/figures.ts';
import { OutcomeMark } from '../../ui/OutcomeMark.tsx';
import type { Result } from './PreflightPage.tsx';

/** What one look found: evidence, remedy with its script, and the decision to go on in spite of it. */
export function CheckResult({ result }: { result: Result }) {
  const { preflight: t } = useTexts();
  const { finding } = result;
  const remedy = 'remedy' in finding ? finding.remedy : undefined;
  const lines = 'evidence' in finding ? finding.evidence : [finding.why];
  return (
    <Box component="section" sx={{ borderTop: 1, borderColor: 'divider', pt: 3, display: 'grid', gap: 2 }}>
      <Box sx={{ display: 'flex', gap: 3, alignItems: 'center', flexWrap: 'wrap' }}>
        <Typography variant="h3" component="h3" sx={{ overflowWrap: 'anywhere', unicodeBidi: 'isolate' }}>
          {result.object}
        </Typography>
        <OutcomeMark outcome={finding.outcome} />
        <Box sx={{ flex: 1 }} />
        <CopyButton text={asText(result, t)} label={t.copyAll} />
      </Box>
      <Typography variant="caption" color="text.secondary" component="p">
        {`${result.machine}, ${result.tookMs < 1_000 ? t.tookMs(count(result.tookMs)) : t.took(duration(result.tookMs))}. ${t.how}: ${result.how}`}
      </Typography>
      <Box component="ul" sx={{ m: 0, pl: 4, fontSize: '0.8125rem', '& li': { overflowWrap: 'anywhere' } }}>
        {lines.map((line) => (
          <li key={line}>
            <bdi>{line}</bdi>
          </li>
        ))}
      </Box>
      {remedy && (
        <Box sx={{ display: 'grid', gap: 2 }}>
          <Typography variant="body2">
            <b>{t.remedy}: </b>
            {remedy.text}
          </Typography>
          {remedy.script && <CodeBlock code={remedy.script.code} where={remedy.script.where} />}
        </Box>
      )}
      <Override result={result} />
    </Box>
  );
}

function Override({ result }: { result: Result }) {
  const { preflight: t } = useTexts();
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const [reason, setReason] = useState('');
  const set = useMutation({
    mutationFn: (text: string | null) => api.preflight.override.mutate({ resultId: result.resultId, reason: text }),
    onSuccess: () => {
      setOpen(false);
      return client.invalidateQueries({ queryKey: ['preflight'] });
    },
  });
  if (result.override) {
    return (
      <Box sx={{ display: 'flex', gap: 2, alignItems: 'center' }}>
        <Typography variant="body2" sx={{ flex: 1 }}>
          {t.overridden(result.override.by, result.override.reason)}
        </Typography>
        <Button onClick={() => set.mutate(null)}>{t.withdraw}</Button>
      </Box>
    );
  }
  const { outcome } = result.finding;
  if (!result.blocks || outcome !== 'failed') return set.error ? <ErrorNote error={set.error} /> : null;
  return (
    <>
      <Box>
        <Button onClick={() => setOpen(true)}>{t.override}</Button>
      </Box>
      <Ask
        open={open}
        title={t.overrideTitle}
        confirm={t.override}
        pending={set.isPending}
        error={set.error}
        disabled={reason.trim().length < 5}
        onConfirm={() => set.mutate(reason.trim())}
        onClose={() => setOpen(false)}
      >
        {t.overrideText}
        <TextField
          fullWidth
          autoFocus
          sx={{ mt: 4 }}
          label={t.overrideReason}
          helperText={t.overrideReasonHint}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
      </Ask>
    </>
  );
}

/** Everything about a result, to be sent to whoever can mend it. */
function asText(result: Result, t: ReturnType<typeof useTexts>['preflight']): string {
  const { finding } = result;
  const remedy = 'remedy' in finding ? finding.remedy : undefined;
  return [
    `${result.title}: ${t.outcomes[finding.outcome]}`,
    `${t.columns.object}: ${result.object}`,
    `${t.columns.machine}: ${result.machine}`,
    `${t.requirement}: ${result.requirement.text} (${result.requirement.source})`,
    ...('evidence' in finding ? finding.evidence : [finding.why]).map((line) => `- ${line}`),
    ...(remedy ? [`${t.remedy}: ${remedy.text}`] : []),
    ...(remedy?.script ? [`${remedy.script.where}:`, remedy.script.code] : []),
  ].join('\n');
}

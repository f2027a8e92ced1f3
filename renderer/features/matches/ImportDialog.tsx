import { Box, Checkbox, FormControlLabel, LinearProgress, Typography } from '@mui/material';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { toast } from '../../app/Toasts.tsx';
import { useTexts } from '../../app/texts.ts';
import { api } from '../../rpc/client.ts';
import { Ask } from '../../ui/Ask.tsx';
import { count } from '../../ui/figures.ts';

const SHOWN = 200;

/** What a reviewed file would change, before it does. */
export function ImportDialog({ content, onClose }: { content: string; onClose: () => void }) {
  const { matches: t } = useTexts();
  const client = useQueryClient();
  const [skipErrors, setSkip] = useState(false);
  const preview = useQuery({
    queryKey: ['match', 'import', content.length, content.slice(0, 64)],
    queryFn: () => api.match.importText.mutate({ content }),
    staleTime: 0,
    gcTime: 0,
  });
  const apply = useMutation({
    mutationFn: () => api.match.importText.mutate({ content, apply: true, skipErrors }),
    onSuccess: ({ applied }) => {
      toast(t.imported(count(applied)));
      onClose();
      return client.invalidateQueries();
    },
  });
  const found = preview.data?.preview;
  const errors = found?.errors ?? [];
  return (
    <Ask
      open
      title={t.importTitle}
      confirm={t.importApply}
      pending={apply.isPending || preview.isPending}
      disabled={!found || found.changes.length === 0 || (errors.length > 0 && !skipErrors)}
      error={preview.error ?? apply.error}
      onConfirm={() => apply.mutate()}
      onClose={onClose}
    >
      {preview.isPending && <LinearProgress aria-label={t.importTitle} />}
      {found && (
        <Typography variant="body2" sx={{ mb: 2 }}>
          {t.importSentence(count(found.rows), count(found.changes.length), count(errors.length))}
        </Typography>
      )}
      <Box sx={{ maxHeight: 260, overflow: 'auto', fontSize: '0.8125rem', overflowWrap: 'anywhere' }} tabIndex={0}>
        {errors.slice(0, SHOWN).map((one) => (
          <Box key={`${one.row} ${one.reason}`} sx={{ color: 'error.main' }}>
            {t.importRow(count(one.row), one.reason)}
          </Box>
        ))}
        {found?.changes.slice(0, SHOWN).map((one) => (
          <Box key={one.row}>{t.importChange(one.sourceDn, one.to.choice, one.to.targetDn)}</Box>
        ))}
      </Box>
      {errors.length > 0 && (
        <FormControlLabel
          control={<Checkbox size="small" checked={skipErrors} onChange={(_event, on) => setSkip(on)} />}
          label={t.importSkip}
          slotProps={{ typography: { variant: 'body2' } }}
        />
      )}
    </Ask>
  );
}

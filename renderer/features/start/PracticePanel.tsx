import { Box, Button, LinearProgress, MenuItem, TextField, Typography } from '@mui/material';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTexts } from '../../app/texts.ts';
import { api } from '../../rpc/client.ts';
import { CodeBlock } from '../../ui/CodeBlock.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { count } from '../../ui/figures.ts';
import { Panel } from '../../ui/Panel.tsx';

/** How large the practice organisations can be. */
const SIZES = {
  small: { users: 12, items: 600, folders: 30 },
  usual: { users: 40, items: 3_000, folders: 200 },
  large: { users: 400, items: 30_000, folders: 1_000 },
} as const;
type Size = keyof typeof SIZES;

/** Two made-up organisations on this machine, to try everything on. */
export function PracticePanel() {
  const { start: t } = useTexts();
  const client = useQueryClient();
  const [wanted, setWanted] = useState<Size>('usual');
  const state = useQuery({
    queryKey: ['practice', 'state'],
    queryFn: ({ signal }) => api.practice.state.query(undefined, { signal }),
    refetchInterval: (query) => (query.state.data?.phase === 'starting' ? 700 : 10_000),
  });
  const start = useMutation({
    mutationFn: () => api.practice.start.mutate(SIZES[wanted]),
    onSettled: () => client.invalidateQueries({ queryKey: ['practice'] }),
  });
  const stop = useMutation({
    mutationFn: () => api.practice.stop.mutate(),
    onSettled: () => client.invalidateQueries({ queryKey: ['practice'] }),
  });
  const phase = state.data?.phase;
  // Once it runs, forests and accounts are there: every page shall know.
  useEffect(() => {
    if (phase === 'running') void client.invalidateQueries();
  }, [phase, client]);
  if (!state.data) return state.error ? <ErrorNote error={state.error} /> : null;
  const { practises, possible, size, says, problem } = state.data;
  return (
    <Panel title={t.practice}>
      <Typography variant="body2" color="text.secondary" sx={{ mb: 3 }}>
        {t.practiceText}
      </Typography>
      {size && (
        <Typography variant="body2" sx={{ mb: 3 }}>
          {t.practiceSize(count(size.users), count(size.items), count(size.folders))}
        </Typography>
      )}
      {!possible && (
        <>
          <Typography variant="body2" sx={{ mb: 2 }}>
            {t.impossible}
          </Typography>
          <CodeBlock code={t.labCommand} />
        </>
      )}
      {phase === 'starting' && (
        <Box role="status" sx={{ display: 'grid', gap: 2, mb: 3 }}>
          <Typography variant="body2">{t.starting}</Typography>
          <LinearProgress aria-label={t.starting} />
          <Typography variant="caption" color="text.secondary" noWrap>
            {says}
          </Typography>
        </Box>
      )}
      {phase === 'running' && (
        <Typography role="status" variant="body2" sx={{ mb: 3 }}>
          ✓ {t.running}
        </Typography>
      )}
      {phase === 'failed' && problem && <ErrorNote problem={problem} />}
      {phase !== 'running' && phase !== 'starting' && practises && (
        <Typography variant="body2" sx={{ mb: 3 }}>
          {t.stoppedPractice}
        </Typography>
      )}
      {start.error && <ErrorNote error={start.error} />}
      {stop.error && <ErrorNote error={stop.error} />}
      {possible && !practises && phase !== 'starting' && (
        <TextField
          select
          fullWidth
          label={t.practiceChoose}
          value={wanted}
          onChange={(event) => setWanted(event.target.value as Size)}
          sx={{ mb: 3 }}
        >
          {(Object.keys(SIZES) as Size[]).map((size) => (
            <MenuItem key={size} value={size}>
              {t.practiceSizes[size](
                t.practiceSize(count(SIZES[size].users), count(SIZES[size].items), count(SIZES[size].folders)),
              )}
            </MenuItem>
          ))}
        </TextField>
      )}
      {possible && phase !== 'running' && phase !== 'starting' && (
        <Button variant="outlined" disabled={start.isPending} onClick={() => start.mutate()}>
          {practises ? t.startAgain : t.startPractice}
        </Button>
      )}
      {phase === 'running' && (
        <Button disabled={stop.isPending} onClick={() => stop.mutate()}>
          {t.stopPractice}
        </Button>
      )}
    </Panel>
  );
}

import { Box, Button, TextField, Typography } from '@mui/material';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { toast } from '../../app/Toasts.tsx';
import { useTexts } from '../../app/texts.ts';
import { api } from '../../rpc/client.ts';
import { Ask } from '../../ui/Ask.tsx';
import { count } from '../../ui/figures.ts';
import { readable } from './paths.ts';
import { isComplete, SAME, type Target, TargetFields } from './TargetFields.tsx';

/** Puts the chosen subtrees into a batch, each with the place it goes to. */
export function FolderBatch({ chosen, onDone }: { chosen: readonly string[]; onDone: () => void }) {
  const { folders: t } = useTexts();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [open, setOpen] = useState(false);
  const [name, setName] = useState('');
  const [targets, setTargets] = useState<Record<string, Target>>({});
  const targetOf = (path: string) => targets[path] ?? SAME;
  const create = useMutation({
    mutationFn: () =>
      api.batches.create.mutate({
        name: name.trim(),
        choice: { kind: 'none' },
        publicFolders: [...chosen],
        options: {
          publicFolders: chosen
            .filter((path) => targetOf(path).kind !== 'publicFolders')
            .map((path) => ({ path, ...targetOf(path) })),
        },
      }),
    onSuccess: async (made) => {
      setOpen(false);
      onDone();
      toast(t.made(made.batch.name, count(made.publicFolders)));
      await client.invalidateQueries();
      await navigate({ to: '/batches/$batchId', params: { batchId: made.batch.id } });
    },
  });
  const incomplete = !chosen.every((path) => isComplete(targetOf(path)));
  const change = (path: string, next: Target) => setTargets((old) => ({ ...old, [path]: next }));
  return (
    <>
      {chosen.length > 0 && <Button onClick={onDone}>{t.clear}</Button>}
      <Button variant="contained" disabled={chosen.length === 0} onClick={() => setOpen(true)}>
        {t.makeBatch}
      </Button>
      <Ask
        open={open}
        title={t.batchTitle}
        confirm={t.makeBatch}
        pending={create.isPending}
        error={create.error}
        disabled={name.trim() === '' || incomplete}
        onConfirm={() => create.mutate()}
        onClose={() => {
          setOpen(false);
          create.reset();
        }}
      >
        <Typography variant="body2">{t.batchText}</Typography>
        <TextField
          autoFocus
          fullWidth
          sx={{ my: 4 }}
          label={t.batchName}
          value={name}
          onChange={(event) => setName(event.target.value)}
          slotProps={{ htmlInput: { maxLength: 200 } }}
        />
        {chosen.map((path) => {
          const target = targetOf(path);
          return (
            <Box key={path} sx={{ borderTop: 1, borderColor: 'line', py: 3, display: 'grid', gap: 2 }}>
              <Typography variant="body2" sx={{ fontWeight: 600, overflowWrap: 'anywhere', unicodeBidi: 'isolate' }}>
                {readable(path)}
              </Typography>
              <TargetFields target={target} onChange={(next) => change(path, next)} />
            </Box>
          );
        })}
      </Ask>
    </>
  );
}

import { Box, TextField, Typography } from '@mui/material';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { toast } from '../../app/Toasts.tsx';
import { useTexts } from '../../app/texts.ts';
import { api } from '../../rpc/client.ts';
import { Ask } from '../../ui/Ask.tsx';
import { count } from '../../ui/figures.ts';
import { ContentFields } from './ContentFields.tsx';
import { CONTENT, isSound, optionsOf } from './content.ts';

/** Name and the options that people decide about; nothing starts by making a batch. */
export function MakeBatch({ expression, free, onClose }: { expression: string; free: number; onClose: () => void }) {
  const { plan: t } = useTexts();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const [content, setContent] = useState(CONTENT);
  const create = useMutation({
    mutationFn: () =>
      api.batches.create.mutate({
        name: name.trim(),
        choice: expression === '' ? { kind: 'all' } : { kind: 'filter', expression },
        options: optionsOf(content),
      }),
    onSuccess: async (made) => {
      toast(t.made(made.batch.name, count(made.mailboxes)));
      await client.invalidateQueries();
      await navigate({ to: '/batches/$batchId', params: { batchId: made.batch.id } });
    },
  });
  return (
    <Ask
      open
      title={t.make}
      confirm={t.make}
      pending={create.isPending}
      error={create.error}
      disabled={name.trim() === '' || !isSound(content)}
      onConfirm={() => create.mutate()}
      onClose={onClose}
    >
      <Typography variant="body2">{`${expression === '' ? t.everybody : expression}: ${count(free)}`}</Typography>
      <Box sx={{ display: 'grid', gap: 3, pt: 4 }}>
        <TextField
          autoFocus
          label={t.name}
          value={name}
          onChange={(event) => setName(event.target.value)}
          slotProps={{ htmlInput: { maxLength: 200 } }}
        />
        <ContentFields value={content} onChange={setContent} />
      </Box>
    </Ask>
  );
}

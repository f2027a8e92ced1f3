import { Button, TextField } from '@mui/material';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { showError, toast } from '../../app/Toasts.tsx';
import { useTexts } from '../../app/texts.ts';
import { api } from '../../rpc/client.ts';
import { Ask } from '../../ui/Ask.tsx';
import { count } from '../../ui/figures.ts';
import { ChosenBar } from '../../ui/list/ChosenBar.tsx';
import type { Chosen } from '../../ui/list/useSelection.ts';
import type { Query } from './RecipientsPage.tsx';

/** Puts the chosen recipients into a new batch. */
export function BatchFromChosen({ chosen, total, query }: { chosen: Chosen; total: number; query: Query }) {
  const { recipients: t } = useTexts();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [open, setOpen] = useState(false);
  const [name, setName] = useState('');
  const create = useMutation({
    mutationFn: () => api.batches.create.mutate({ name: name.trim(), choice: { kind: 'sources', ids: chosen.ids } }),
    onSuccess: async (made) => {
      setOpen(false);
      chosen.clear();
      toast(t.batchMade(made.batch.name, count(made.mailboxes)));
      await client.invalidateQueries();
      await navigate({ to: '/batches/$batchId', params: { batchId: made.batch.id } });
    },
  });
  const { sort: _, descending: __, ...filter } = query;
  return (
    <>
      <ChosenBar
        chosen={chosen}
        total={total}
        chooseAll={() => void api.recipients.ids.query(filter).then(chosen.set, showError)}
      >
        <Button variant="outlined" onClick={() => setOpen(true)}>
          {t.intoBatch}
        </Button>
      </ChosenBar>
      <Ask
        open={open}
        title={t.batchTitle(count(chosen.ids.length))}
        confirm={t.intoBatch}
        pending={create.isPending}
        error={create.error}
        disabled={name.trim() === ''}
        onConfirm={() => create.mutate()}
        onClose={() => {
          setOpen(false);
          create.reset();
        }}
      >
        {t.batchText}
        <TextField
          autoFocus
          fullWidth
          sx={{ mt: 4 }}
          label={t.batchName}
          value={name}
          onChange={(event) => setName(event.target.value)}
          slotProps={{ htmlInput: { maxLength: 200 } }}
        />
      </Ask>
    </>
  );
}

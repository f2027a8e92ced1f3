import { Box, Button, TextField, Typography } from '@mui/material';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTexts } from '../../app/texts.ts';
import { api } from '../../rpc/client.ts';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { Facts } from '../../ui/Facts.tsx';
import { dateOf } from '../../ui/figures.ts';
import { Panel } from '../../ui/Panel.tsx';
import type { Forest } from './ForestsPage.tsx';

/** Looks for the EWS address by Autodiscover, and says where it was found; what was tried stands beneath. */
export function FindEws({ forest, onFound }: { forest: Forest; onFound: (url: string) => void }) {
  const { forests: t } = useTexts();
  const client = useQueryClient();
  const [mailbox, setMailbox] = useState('');
  const [hosts, setHosts] = useState('');
  const find = useMutation({
    mutationFn: () =>
      api.forests.findEws.mutate({
        name: forest.name,
        ...(mailbox.trim() !== '' && { mailbox: mailbox.trim() }),
        allowHosts: hosts.split(/[\s,;]+/).filter((host) => host !== ''),
      }),
    onSuccess: ({ found }) => {
      onFound(found.url);
      return client.invalidateQueries({ queryKey: ['forests'] });
    },
  });
  const { ewsFound, ewsUrl } = forest.config;
  const found = find.data?.found;
  return (
    <Panel
      plain
      title={t.findEws}
      actions={
        <Button disabled={find.isPending} onClick={() => find.mutate()}>
          {find.isPending ? t.finding : t.find}
        </Button>
      }
    >
      <Typography variant="body2" color="text.secondary" sx={{ mb: 3 }}>
        {t.findText}
      </Typography>
      <Box sx={{ display: 'grid', gap: 3 }}>
        <TextField
          label={t.findMailbox}
          value={mailbox}
          helperText={t.findMailboxHint}
          onChange={(event) => setMailbox(event.target.value)}
        />
        <TextField
          label={t.allowHosts}
          value={hosts}
          helperText={t.allowHostsHint}
          onChange={(event) => setHosts(event.target.value)}
        />
        {find.error && <ErrorNote error={find.error} retry={() => find.mutate()} />}
        <div role="status">
          <Facts
            facts={
              found
                ? [
                    [t.foundAt, found.url],
                    [t.foundBy, found.how],
                    [t.tried, found.steps.join('\n')],
                  ]
                : [
                    [t.foundAt, ewsFound && ewsUrl],
                    [t.foundBy, ewsFound && `${ewsFound.how}, ${dateOf(ewsFound.at)}`],
                  ]
            }
          />
        </div>
      </Box>
    </Panel>
  );
}

import { Box, Button, TextField } from '@mui/material';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { showError, toast } from '../../app/Toasts.tsx';
import { useTexts } from '../../app/texts.ts';
import { api, type Inputs } from '../../rpc/client.ts';
import { Ask } from '../../ui/Ask.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { count } from '../../ui/figures.ts';
import { Panel } from '../../ui/Panel.tsx';
import { Table } from '../../ui/Table.tsx';

type Decision = Inputs['publicFolders']['decideOrphan'];

/** People with rights on folders whom the target does not know: somebody else gets the rights, or nobody. */
export function OrphansPanel() {
  const { folders: t } = useTexts();
  const client = useQueryClient();
  const [asked, setAsked] = useState<string>();
  const [to, setTo] = useState('');
  const list = useQuery({
    queryKey: ['batches', 'orphans'],
    queryFn: ({ signal }) => api.publicFolders.orphans.query({}, { signal }),
  });
  const decide = useMutation({
    mutationFn: (decision: Decision) => api.publicFolders.decideOrphan.mutate(decision),
    onSuccess: () => {
      setAsked(undefined);
      setTo('');
      toast(t.orphanDecided);
      return client.invalidateQueries({ queryKey: ['batches', 'orphans'] });
    },
    onError: showError,
  });
  const orphans = list.data ?? [];
  if (list.error) return <ErrorNote error={list.error} retry={() => void list.refetch()} />;
  if (orphans.length === 0) return null;
  return (
    <Panel title={t.orphans}>
      <Table
        label={t.orphans}
        head={[
          { title: t.orphan, width: '26%' },
          { title: t.orphanFolders },
          { title: t.decision, width: '20%' },
          { title: '', width: '250px' },
        ]}
      >
        {orphans.map(({ address, folders, paths, decision }) => (
          <tr key={address}>
            <td>{address}</td>
            <td>
              {count(folders)}: {paths.join(', ').slice(0, 300)}
            </td>
            <td>
              {decision === undefined
                ? `▲ ${t.undecided}`
                : decision.choice === 'map'
                  ? t.mapped(decision.targetAddress ?? '')
                  : t.dropped}
            </td>
            <td>
              <Box sx={{ display: 'flex', gap: 1, flexWrap: 'wrap' }}>
                <Button disabled={decide.isPending} onClick={() => setAsked(address)}>
                  {t.map}
                </Button>
                <Button
                  disabled={decide.isPending}
                  onClick={() => decide.mutate(decision ? { address, choice: null } : { address, choice: 'drop' })}
                >
                  {decision ? t.takeBack : t.drop}
                </Button>
              </Box>
            </td>
          </tr>
        ))}
      </Table>
      <Ask
        open={asked !== undefined}
        title={t.mapTitle(asked ?? '')}
        confirm={t.map}
        pending={decide.isPending}
        disabled={!to.includes('@')}
        onConfirm={() => asked && decide.mutate({ address: asked, choice: 'map', targetAddress: to.trim() })}
        onClose={() => setAsked(undefined)}
      >
        {t.mapText}
        <TextField
          autoFocus
          fullWidth
          type="email"
          sx={{ mt: 4 }}
          label={t.mapAddress}
          value={to}
          onChange={(event) => setTo(event.target.value)}
        />
      </Ask>
    </Panel>
  );
}

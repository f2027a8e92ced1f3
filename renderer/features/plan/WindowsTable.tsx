import { Box, Button, MenuItem, TextField } from '@mui/material';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { parseWindow, WINDOW_KINDS, type WindowKind } from '../../../core/domain/schedule.ts';
import { showError, toast } from '../../app/Toasts.tsx';
import { useTexts } from '../../app/texts.ts';
import { api } from '../../rpc/client.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { Table } from '../../ui/Table.tsx';

/** Times in which work is allowed, and blackouts; each in the zone of whoever gave it. */
export function WindowsTable() {
  const { plan: t } = useTexts();
  const client = useQueryClient();
  const shown = useQuery({
    queryKey: ['batches', 'windows'],
    queryFn: ({ signal }) => api.schedule.windows.query(undefined, { signal }),
  });
  const remove = useMutation({
    mutationFn: (id: number) => api.schedule.removeWindow.mutate({ id }),
    onSuccess: () => toast(t.windowRemoved),
    onError: showError,
    onSettled: () => client.invalidateQueries({ queryKey: ['batches'] }),
  });
  const windows = shown.data?.windows ?? [];
  const c = t.windowColumns;
  return (
    <Panel title={t.windows}>
      {shown.error && <ErrorNote error={shown.error} retry={() => void shown.refetch()} />}
      {shown.data && windows.length === 0 && <EmptyState title={t.noWindows} />}
      {windows.length > 0 && (
        <Table
          label={t.windows}
          head={[
            { title: c.kind, width: '110px' },
            { title: c.rule, width: '30%' },
            { title: c.scope, width: '14%' },
            { title: c.reason },
            { title: '', width: '96px' },
          ]}
        >
          {windows.map((window) => (
            <tr key={window.id}>
              <td>{t.windowKinds[window.kind]}</td>
              <td>{`${window.words} ${window.zone}`}</td>
              <td>{window.scope === '*' ? t.everything : window.scope}</td>
              <td>{window.reason}</td>
              <td>
                <Button disabled={remove.isPending} onClick={() => remove.mutate(window.id)}>
                  {t.removeWindow}
                </Button>
              </td>
            </tr>
          ))}
        </Table>
      )}
      <AddWindow />
    </Panel>
  );
}

function AddWindow() {
  const { plan: t } = useTexts();
  const client = useQueryClient();
  const [kind, setKind] = useState<WindowKind>('blackout');
  const [text, setText] = useState('');
  const [reason, setReason] = useState('');
  const parsed = parseWindow(text);
  const add = useMutation({
    mutationFn: async () => {
      if (!parsed) return;
      const zone = parsed.zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
      await api.schedule.addWindow.mutate({ scope: '*', kind, zone, rule: parsed.rule, reason: reason.trim() });
    },
    onSuccess: () => {
      setText('');
      setReason('');
      toast(t.windowAdded);
      return client.invalidateQueries({ queryKey: ['batches'] });
    },
  });
  return (
    <Box
      component="form"
      onSubmit={(event) => {
        event.preventDefault();
        if (parsed && reason.trim() !== '') add.mutate();
      }}
      sx={{ display: 'flex', gap: 3, flexWrap: 'wrap', alignItems: 'flex-start', pt: 3 }}
    >
      <TextField
        select
        label={t.windowColumns.kind}
        value={kind}
        onChange={(event) => setKind(event.target.value as WindowKind)}
        sx={{ minWidth: 150 }}
      >
        {WINDOW_KINDS.map((one) => (
          <MenuItem key={one} value={one}>
            {t.windowKinds[one]}
          </MenuItem>
        ))}
      </TextField>
      <TextField
        label={t.windowColumns.rule}
        helperText={t.ruleHint}
        value={text}
        error={text.trim() !== '' && !parsed}
        onChange={(event) => setText(event.target.value)}
        sx={{ flex: '1 1 280px' }}
      />
      <TextField
        label={t.windowColumns.reason}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
        sx={{ flex: '1 1 200px' }}
        slotProps={{ htmlInput: { maxLength: 300 } }}
      />
      <Button
        type="submit"
        variant="outlined"
        disabled={!parsed || reason.trim() === '' || add.isPending}
        sx={{ mt: 1 }}
      >
        {t.addWindow}
      </Button>
      {add.error && <ErrorNote error={add.error} />}
    </Box>
  );
}

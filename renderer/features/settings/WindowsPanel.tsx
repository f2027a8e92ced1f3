import { Box, Button, MenuItem, TextField, Typography } from '@mui/material';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { showError, toast } from '../../app/Toasts.tsx';
import { useTexts } from '../../app/texts.ts';
import { api } from '../../rpc/client.ts';
import { Ask } from '../../ui/Ask.tsx';
import { exactTime } from '../../ui/figures.ts';
import { Panel } from '../../ui/Panel.tsx';
import { Table } from '../../ui/Table.tsx';
import { fromLocal, toLocal } from './localTime.ts';
import type { Settings } from './SettingsPage.tsx';

const HOUR = 3_600_000;

/** Times in which nothing new is begun. */
export function WindowsPanel({ settings }: { settings: Settings }) {
  const { settings: t } = useTexts();
  const client = useQueryClient();
  const [adding, setAdding] = useState(false);
  const remove = useMutation({
    mutationFn: (id: number) => api.settings.removeWindow.mutate({ id }),
    onSuccess: () => {
      toast(t.windowRemoved);
      return client.invalidateQueries({ queryKey: ['settings'] });
    },
    onError: showError,
  });
  const nameOf = (scope: string) => {
    if (scope === '*') return t.everything;
    const batch = settings.batches.find(({ id }) => scope === `batch:${id}`);
    return batch ? t.batch(batch.name) : scope;
  };
  return (
    <Panel title={t.windows} actions={<Button onClick={() => setAdding(true)}>{t.addWindow}</Button>}>
      <Typography variant="body2" color="text.secondary" sx={{ mb: 2 }}>
        {t.windowsText}
      </Typography>
      {settings.windows.length === 0 ? (
        <Typography variant="body2">{t.noWindows}</Typography>
      ) : (
        <Table
          label={t.windows}
          head={[
            { title: t.scope },
            { title: t.from },
            { title: t.to },
            { title: t.reason },
            { title: '', width: '80px' },
          ]}
        >
          {settings.windows.map((one) => (
            <tr key={one.id}>
              <td>{nameOf(one.scope)}</td>
              <td>{one.from <= settings.now ? t.now : exactTime(one.from)}</td>
              <td>{exactTime(one.to)}</td>
              <td>{one.reason}</td>
              <td>
                <Button onClick={() => remove.mutate(one.id)} aria-label={`${t.remove}: ${one.reason}`}>
                  {t.remove}
                </Button>
              </td>
            </tr>
          ))}
        </Table>
      )}
      {adding && <AddWindow settings={settings} onClose={() => setAdding(false)} />}
    </Panel>
  );
}

function AddWindow({ settings, onClose }: { settings: Settings; onClose: () => void }) {
  const { settings: t } = useTexts();
  const client = useQueryClient();
  const [scope, setScope] = useState('*');
  const [from, setFrom] = useState(() => toLocal(settings.now));
  const [to, setTo] = useState(() => toLocal(settings.now + 2 * HOUR));
  const [reason, setReason] = useState('');
  const add = useMutation({
    mutationFn: () =>
      api.settings.addWindow.mutate({ scope, from: fromLocal(from), to: fromLocal(to), reason: reason.trim() }),
    onSuccess: () => {
      toast(t.windowAdded);
      onClose();
      return client.invalidateQueries({ queryKey: ['settings'] });
    },
  });
  return (
    <Ask
      open
      title={t.addWindow}
      confirm={t.addWindow}
      pending={add.isPending}
      error={add.error}
      disabled={reason.trim() === '' || from === '' || to === ''}
      onConfirm={() => add.mutate()}
      onClose={onClose}
    >
      <Box sx={{ display: 'grid', gap: 4, pt: 2 }}>
        <TextField select label={t.scope} value={scope} onChange={(event) => setScope(event.target.value)}>
          <MenuItem value="*">{t.everything}</MenuItem>
          {settings.batches.map((batch) => (
            <MenuItem key={batch.id} value={`batch:${batch.id}`}>
              {t.batch(batch.name)}
            </MenuItem>
          ))}
        </TextField>
        <TextField
          type="datetime-local"
          label={t.from}
          value={from}
          onChange={(event) => setFrom(event.target.value)}
          slotProps={{ inputLabel: { shrink: true } }}
        />
        <TextField
          type="datetime-local"
          label={t.to}
          value={to}
          onChange={(event) => setTo(event.target.value)}
          slotProps={{ inputLabel: { shrink: true } }}
        />
        <TextField
          label={t.reason}
          helperText={t.reasonHint}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
      </Box>
    </Ask>
  );
}

import { Box, Button, TextField, Typography } from '@mui/material';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { toast } from '../../app/Toasts.tsx';
import { useTexts } from '../../app/texts.ts';
import { api } from '../../rpc/client.ts';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { count, timeOfDay } from '../../ui/figures.ts';
import { Panel } from '../../ui/Panel.tsx';
import { Table } from '../../ui/Table.tsx';
import type { Settings } from './SettingsPage.tsx';

/** How many tasks may run at an endpoint at a time. */
export function LimitsPanel({ settings }: { settings: Settings }) {
  const { settings: t } = useTexts();
  const client = useQueryClient();
  const [endpoint, setEndpoint] = useState('');
  const [most, setMost] = useState('');
  const set = useMutation({
    mutationFn: (wanted: { endpoint: string; maxRunning: number | null }) => api.settings.setLimit.mutate(wanted),
    onSuccess: (done) => {
      toast(t.limitSet(done.endpoint));
      setEndpoint('');
      setMost('');
      return client.invalidateQueries({ queryKey: ['settings'] });
    },
  });
  return (
    <Panel title={t.limits}>
      <Typography variant="body2" color="text.secondary" sx={{ mb: 2 }}>
        {t.limitsText}
      </Typography>
      {settings.limits.length === 0 ? (
        <Typography variant="body2">{t.noLimits}</Typography>
      ) : (
        <Table
          label={t.limits}
          head={[
            { title: t.endpoint },
            { title: t.maxRunning, right: true },
            { title: t.reason },
            { title: '', width: '80px' },
          ]}
        >
          {settings.limits.map((one) => (
            <tr key={one.endpoint}>
              <td>{one.endpoint}</td>
              <td className="right">{one.maxRunning === null ? t.noLimit : count(one.maxRunning)}</td>
              <td>
                {one.until !== null && one.until > settings.now ? `${t.waitsUntil(timeOfDay(one.until))} ` : ''}
                {one.reason}
              </td>
              <td>
                {one.maxRunning !== null && (
                  <Button
                    onClick={() => set.mutate({ endpoint: one.endpoint, maxRunning: null })}
                    aria-label={`${t.remove}: ${one.endpoint}`}
                  >
                    {t.remove}
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </Table>
      )}
      <Box
        component="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (/^\d+$/.test(most)) set.mutate({ endpoint: endpoint.trim(), maxRunning: Number(most) });
        }}
        sx={{ display: 'flex', gap: 2, mt: 4, alignItems: 'flex-start', flexWrap: 'wrap' }}
      >
        <TextField
          label={t.endpoint}
          helperText={t.endpointHint}
          value={endpoint}
          onChange={(event) => setEndpoint(event.target.value)}
          sx={{ flex: 1, minWidth: 180 }}
        />
        <TextField
          label={t.maxRunning}
          value={most}
          error={most !== '' && !/^\d+$/.test(most)}
          onChange={(event) => setMost(event.target.value)}
          slotProps={{ htmlInput: { inputMode: 'numeric' } }}
          sx={{ width: 110 }}
        />
        <Button
          type="submit"
          variant="outlined"
          disabled={set.isPending || endpoint.trim() === '' || !/^[1-9]\d*$/.test(most)}
          sx={{ mt: 1 }}
        >
          {t.setLimit}
        </Button>
      </Box>
      {set.error && <ErrorNote error={set.error} />}
    </Panel>
  );
}

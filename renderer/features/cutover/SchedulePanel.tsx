import { Box, Button, Checkbox, FormControlLabel, TextField, Typography } from '@mui/material';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { toast } from '../../app/Toasts.tsx';
import { useTexts } from '../../app/texts.ts';
import { api } from '../../rpc/client.ts';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { Panel } from '../../ui/Panel.tsx';

/** When a batch starts and cuts over: wall clocks in a time zone, because that is how people say it. */
export function SchedulePanel({ batch }: { batch: number }) {
  const { cutover: t } = useTexts();
  const client = useQueryClient();
  const shown = useQuery({
    queryKey: ['batches', 'schedule', batch],
    queryFn: ({ signal }) => api.schedule.show.query({ batch }, { signal }),
  });
  const rows = shown.data?.schedule ?? [];
  const wallOf = (kind: string) => rows.find((row) => row.kind === kind)?.wall ?? '';
  const [draft, setDraft] = useState<{ startAt?: string; cutoverAt?: string; timeZone?: string; hold?: boolean }>({});
  const startAt = draft.startAt ?? wallOf('start');
  const cutoverAt = draft.cutoverAt ?? wallOf('cutover');
  const timeZone = draft.timeZone ?? rows[0]?.zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const hold = draft.hold ?? rows.some(({ state }) => state === 'hold');
  const save = useMutation({
    mutationFn: () =>
      api.schedule.set.mutate({ batch, startAt: startAt || null, cutoverAt: cutoverAt || null, timeZone, hold }),
    onSuccess: () => {
      setDraft({});
      toast(t.timesSaved);
      return client.invalidateQueries({ queryKey: ['batches'] });
    },
  });
  return (
    <Panel title={t.schedule}>
      {shown.error && <ErrorNote error={shown.error} retry={() => void shown.refetch()} />}
      {rows.map((row) => (
        <Typography key={row.kind} variant="body2" sx={{ mb: 1 }}>
          {t.scheduleKinds[row.kind]}: {t.scheduled(row.wall.replace('T', ' '), row.zone, t.scheduleStates[row.state])}
          {row.note && `, ${row.note}`}
        </Typography>
      ))}
      <Box
        component="form"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
        sx={{ display: 'flex', gap: 3, flexWrap: 'wrap', alignItems: 'center', pt: 2 }}
      >
        <TextField
          type="datetime-local"
          label={t.startAt}
          value={startAt}
          onChange={(event) => setDraft({ ...draft, startAt: event.target.value })}
          slotProps={{ inputLabel: { shrink: true } }}
        />
        <TextField
          type="datetime-local"
          label={t.cutoverAt}
          value={cutoverAt}
          onChange={(event) => setDraft({ ...draft, cutoverAt: event.target.value })}
          slotProps={{ inputLabel: { shrink: true } }}
        />
        <TextField
          label={t.zone}
          value={timeZone}
          onChange={(event) => setDraft({ ...draft, timeZone: event.target.value })}
          slotProps={{ htmlInput: { list: 'time-zones', spellCheck: false } }}
        />
        <datalist id="time-zones">
          {Intl.supportedValuesOf('timeZone').map((zone) => (
            <option key={zone} value={zone} />
          ))}
        </datalist>
        <FormControlLabel
          control={<Checkbox size="small" checked={hold} onChange={(_event, on) => setDraft({ ...draft, hold: on })} />}
          label={t.hold}
          slotProps={{ typography: { variant: 'body2' } }}
        />
        <Button type="submit" variant="outlined" disabled={save.isPending || Object.keys(draft).length === 0}>
          {t.saveTimes}
        </Button>
      </Box>
      {save.error && <ErrorNote error={save.error} />}
    </Panel>
  );
}

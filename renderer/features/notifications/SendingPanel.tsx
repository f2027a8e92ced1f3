import { Box, FormControlLabel, Switch, TextField } from '@mui/material';
import type { NotificationSettings } from '../../../core/domain/notification.ts';
import { useTexts } from '../../app/texts.ts';
import { Panel } from '../../ui/Panel.tsx';

/** Whether, from whom and how early. */
export function SendingPanel({
  settings,
  onChange,
}: {
  settings: NotificationSettings;
  onChange: (next: NotificationSettings) => void;
}) {
  const { notifications: t } = useTexts();
  const set = (next: Partial<NotificationSettings>) => onChange({ ...settings, ...next });
  return (
    <Panel title={t.settings}>
      <FormControlLabel
        control={<Switch checked={settings.enabled} onChange={(_event, enabled) => set({ enabled })} />}
        label={t.enabled}
        slotProps={{ typography: { variant: 'body2' } }}
      />
      <Box
        sx={{ display: 'grid', gap: 3, mt: 3, gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 210px), 1fr))' }}
      >
        <TextField
          label={t.from}
          type="email"
          value={settings.from}
          onChange={(event) => set({ from: event.target.value.trim() })}
        />
        <TextField
          label={t.helpContact}
          helperText={t.helpHint}
          value={settings.helpContact}
          onChange={(event) => set({ helpContact: event.target.value })}
        />
        <TextField
          label={t.hoursBefore}
          type="number"
          value={settings.hoursBefore}
          onChange={(event) => set({ hoursBefore: Math.min(720, Math.max(1, Number(event.target.value) || 1)) })}
        />
        <TextField
          label={t.defaultLanguage}
          value={settings.defaultLanguage}
          onChange={(event) => set({ defaultLanguage: event.target.value.trim() })}
        />
      </Box>
    </Panel>
  );
}

import { Box, Button, Typography } from '@mui/material';
import { useColorScheme } from '@mui/material/styles';
import { useState } from 'react';
import { inShell } from '../../app/shell.ts';
import { useTexts } from '../../app/texts.ts';
import { Chips } from '../../ui/Chips.tsx';
import { Panel } from '../../ui/Panel.tsx';

type Mode = 'light' | 'dark' | 'system';

/** Light, dark, or as the system has it. */
export function AppearancePanel() {
  const { settings: t, frame } = useTexts();
  const { mode, setMode } = useColorScheme();
  return (
    <Panel title={t.appearance}>
      <Typography variant="body2" color="text.secondary" sx={{ mb: 3 }}>
        {t.appearanceText}
      </Typography>
      <Chips<Mode>
        label={t.appearance}
        all={undefined}
        chips={[
          { value: 'system', label: frame.systemScheme },
          { value: 'light', label: frame.lightScheme },
          { value: 'dark', label: frame.darkScheme },
        ]}
        chosen={mode ?? 'system'}
        choose={(next) => setMode(next ?? 'system')}
      />
      {!inShell && <Allow />}
    </Panel>
  );
}

/** In a browser the person has to allow what the desktop program may: a word by the system when a batch ends. */
function Allow() {
  const { settings: t } = useTexts();
  const [permission, setPermission] = useState(() => ('Notification' in window ? Notification.permission : 'denied'));
  return (
    <Box sx={{ mt: 4, display: 'flex', gap: 3, alignItems: 'center', flexWrap: 'wrap' }}>
      <Typography variant="body2" color="text.secondary">
        {permission === 'granted' ? t.tells : t.tellsNot}
      </Typography>
      {permission === 'default' && (
        <Button variant="outlined" onClick={() => void Notification.requestPermission().then(setPermission)}>
          {t.allow}
        </Button>
      )}
    </Box>
  );
}

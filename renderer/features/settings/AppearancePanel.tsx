import { Typography } from '@mui/material';
import { useColorScheme } from '@mui/material/styles';
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
    </Panel>
  );
}

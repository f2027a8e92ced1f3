import { Box } from '@mui/material';
import { useTexts } from '../../app/texts.ts';
import { Facts } from '../../ui/Facts.tsx';
import { Panel } from '../../ui/Panel.tsx';

/** What the keyboard does everywhere. */
export function KeysPanel() {
  const { settings: t } = useTexts();
  return (
    <Panel title={t.keys}>
      <Box sx={{ '& dt': { fontWeight: 600 } }}>
        <Facts wide={180} facts={t.keyList} />
      </Box>
    </Panel>
  );
}

import { Box, Typography } from '@mui/material';
import { useTexts } from '../../app/texts.ts';
import { Drawer } from '../../ui/Drawer.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { nameOf } from './names.ts';
import type { Plan } from './PreparePage.tsx';

/** What a plan leaves out or alters, and what could not be planned, each with its object. */
export function NotesDrawer({ plan, onClose }: { plan: Plan; onClose: () => void }) {
  const { prepare: t } = useTexts();
  const { notes, problems } = plan.notes;
  return (
    <Drawer title={t.notesTitle} onClose={onClose}>
      {problems.length > 0 && (
        <Panel plain title={t.problems}>
          <Lines lines={problems.map(({ object, reason }) => [object, reason])} />
        </Panel>
      )}
      <Lines lines={notes.map(({ object, note }) => [object, note])} />
      {notes.length + problems.length === 0 && <Typography variant="body2">{t.noNotes}</Typography>}
    </Drawer>
  );
}

function Lines({ lines }: { lines: (readonly [string, string])[] }) {
  return (
    <div>
      {lines.map(([object, text]) => (
        <Box key={`${object} ${text}`} sx={{ py: 1.5, borderBottom: 1, borderColor: 'line', overflowWrap: 'anywhere' }}>
          <Typography variant="body2" sx={{ fontWeight: 600, unicodeBidi: 'isolate' }} title={object}>
            {nameOf(object)}
          </Typography>
          <Typography variant="body2">{text}</Typography>
        </Box>
      ))}
    </div>
  );
}

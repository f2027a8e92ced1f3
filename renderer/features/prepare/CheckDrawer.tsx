import { Box, LinearProgress, Typography } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { useTexts } from '../../app/texts.ts';
import { api } from '../../rpc/client.ts';
import { Drawer } from '../../ui/Drawer.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { count } from '../../ui/figures.ts';
import { Panel } from '../../ui/Panel.tsx';
import { nameOf } from './names.ts';

const SHOWN = 200;

/** What would bounce mail, and what in the directories is not as this plan left it. */
export function CheckDrawer({ planId, onClose }: { planId: number; onClose: () => void }) {
  const { prepare: t } = useTexts();
  const check = useQuery({
    queryKey: ['prepare', 'check', planId],
    queryFn: ({ signal }) => api.prepare.check.query({ planId }, { signal }),
    staleTime: 60_000,
  });
  const groups = Map.groupBy(check.data?.findings ?? [], (finding) => finding.check);
  return (
    <Drawer title={t.checkTitle} onClose={onClose} width={520}>
      {check.isFetching && <LinearProgress aria-label={t.checking} />}
      {check.error && <ErrorNote error={check.error} retry={() => void check.refetch()} />}
      {check.data?.findings.length === 0 && <Typography variant="body2">✓ {t.checkNothing}</Typography>}
      {[...groups].map(([name, findings]) => (
        <Panel key={name} plain title={`${t.checks[name] ?? name} (${count(findings.length)})`}>
          {findings.slice(0, SHOWN).map((one) => (
            <Box
              key={`${one.object} ${one.finding}`}
              sx={{ py: 1, borderTop: 1, borderColor: 'line', overflowWrap: 'anywhere', fontSize: '0.8125rem' }}
            >
              <Box sx={{ fontWeight: 600, unicodeBidi: 'isolate' }} title={one.object}>
                {one.object.includes('=') ? nameOf(one.object) : one.object}
              </Box>
              {one.finding}
            </Box>
          ))}
        </Panel>
      ))}
    </Drawer>
  );
}

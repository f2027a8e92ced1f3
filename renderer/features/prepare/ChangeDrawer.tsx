import { Box, Skeleton, Typography } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { useTexts } from '../../app/texts.ts';
import { api } from '../../rpc/client.ts';
import { Drawer } from '../../ui/Drawer.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { Facts } from '../../ui/Facts.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { ChangeMark, KindMark } from './ChangeMark.tsx';
import { Diff } from './Diff.tsx';
import { nameOf } from './names.ts';

/** One change whole: which object, why, and every attribute before and after. */
export function ChangeDrawer({
  planId,
  seq,
  names,
  onClose,
}: {
  planId: number;
  seq: number;
  names: ReadonlyMap<number, string>;
  onClose: () => void;
}) {
  const { prepare: t } = useTexts();
  const shown = useQuery({
    queryKey: ['prepare', 'change', planId, seq],
    queryFn: ({ signal }) => api.prepare.show.query({ planId, after: seq - 1, limit: 1 }, { signal }),
  });
  const [change] = shown.data?.changes ?? [];
  return (
    <Drawer title={change ? nameOf(change.dn) : <Skeleton width={160} />} note={t.title} onClose={onClose} width={520}>
      {shown.error && <ErrorNote error={shown.error} retry={() => void shown.refetch()} />}
      {change && (
        <>
          <Box sx={{ display: 'flex', gap: 4, fontSize: '0.8125rem' }}>
            <KindMark kind={change.kind} />
            <ChangeMark state={change.state} />
          </Box>
          {change.message && (
            <Typography variant="body2" color="error" sx={{ overflowWrap: 'anywhere' }}>
              {change.message}
            </Typography>
          )}
          <Facts
            facts={[
              [t.columns.forest, names.get(change.forestId)],
              [t.columns.dn, change.dn],
              [t.columns.reason, change.reason],
            ]}
          />
          <Panel plain title={t.diff}>
            <Diff diff={change.diff} />
          </Panel>
        </>
      )}
    </Drawer>
  );
}

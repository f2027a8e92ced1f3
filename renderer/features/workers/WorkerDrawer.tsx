import { Box, Button, Typography } from '@mui/material';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { toast } from '../../app/Toasts.tsx';
import { useTexts } from '../../app/texts.ts';
import { api } from '../../rpc/client.ts';
import { Ask } from '../../ui/Ask.tsx';
import { CopyButton } from '../../ui/CopyButton.tsx';
import { Drawer } from '../../ui/Drawer.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { Facts } from '../../ui/Facts.tsx';
import { bytes, count, exactTime, rate } from '../../ui/figures.ts';
import { Panel } from '../../ui/Panel.tsx';
import { Fingerprint } from '../forests/Fingerprint.tsx';
import { MachineMark } from './MachineMark.tsx';
import type { Machine } from './WorkersPage.tsx';

type Action = 'approve' | 'drain' | 'undrain' | 'remove';

/** One machine: health, log, and what can be done with it. */
export function WorkerDrawer({ machine, onClose }: { machine: Machine; onClose: () => void }) {
  const { workers: t } = useTexts();
  const client = useQueryClient();
  const [asked, setAsked] = useState<'approve' | 'remove'>();
  const { name } = machine;
  const act = useMutation({
    mutationFn: async (action: Action) => {
      if (action === 'approve') await api.workers.approve.mutate({ name });
      else if (action === 'remove') await api.workers.remove.mutate({ name });
      else await api.workers.drain.mutate({ name, drain: action === 'drain' });
      return action;
    },
    onSuccess: (action) => {
      setAsked(undefined);
      toast({ approve: t.approved, drain: t.drained, undrain: t.undrained, remove: t.removed }[action](name));
      if (action === 'remove') onClose();
      return client.invalidateQueries();
    },
  });
  return (
    <Drawer title={name} onClose={onClose}>
      <MachineMark machine={machine} />
      <Box sx={{ display: 'flex', gap: 2, flexWrap: 'wrap' }}>
        {machine.state === 'waiting' && (
          <Button variant="contained" onClick={() => setAsked('approve')}>
            {t.approve}
          </Button>
        )}
        {machine.kind === 'worker' && machine.state === 'approved' && (
          <Button variant="outlined" disabled={act.isPending} onClick={() => act.mutate('drain')}>
            {t.drain}
          </Button>
        )}
        {machine.state === 'draining' && (
          <Button variant="outlined" disabled={act.isPending} onClick={() => act.mutate('undrain')}>
            {t.undrain}
          </Button>
        )}
        <Button color="error" onClick={() => setAsked('remove')}>
          {t.remove}
        </Button>
      </Box>
      {act.error && asked === undefined && <ErrorNote error={act.error} />}
      <Health machine={machine} />
      <Panel plain title={t.fingerprint} actions={<CopyButton text={machine.fingerprint} />}>
        <Fingerprint hex={machine.fingerprint} large />
      </Panel>
      {machine.kind === 'worker' && <Log name={name} />}
      <Ask
        open={asked !== undefined}
        title={asked === 'remove' ? t.removeTitle(name) : t.approveTitle(name)}
        confirm={asked === 'remove' ? t.remove : t.approve}
        pending={act.isPending}
        error={act.error}
        onConfirm={() => asked && act.mutate(asked)}
        onClose={() => {
          setAsked(undefined);
          act.reset();
        }}
      >
        <Typography variant="body2" sx={{ mb: 4 }}>
          {asked === 'remove' ? t.removeText : t.approveText}
        </Typography>
        <Fingerprint hex={machine.fingerprint} large />
      </Ask>
    </Drawer>
  );
}

function Health({ machine }: { machine: Machine }) {
  const { workers: t } = useTexts();
  const { facts } = machine;
  return (
    <Facts
      facts={[
        [t.columns.seen, exactTime(machine.lastSeen)],
        [t.columns.running, facts.running === undefined ? undefined : count(facts.running)],
        [t.columns.rate, facts.itemsPerSecond ? rate(facts.itemsPerSecond) : undefined],
        [
          t.columns.memory,
          facts.memoryUsed !== undefined && facts.memoryTotal !== undefined
            ? t.of(bytes(facts.memoryUsed), bytes(facts.memoryTotal))
            : undefined,
        ],
        [t.columns.disk, facts.diskFree === undefined ? undefined : bytes(facts.diskFree)],
        [t.cores, facts.cores === undefined ? undefined : count(facts.cores)],
        [t.host, facts.host],
        [t.system, facts.os],
        [t.columns.version, machine.version],
        [t.enrolled, exactTime(machine.enrolledAt)],
        [t.approvedBy, machine.approvedBy],
      ]}
    />
  );
}

function Log({ name }: { name: string }) {
  const { workers: t } = useTexts();
  const log = useQuery({
    queryKey: ['workers', 'log', name],
    queryFn: ({ signal }) => api.workers.log.query({ name }, { signal }),
    refetchInterval: 10_000,
  });
  return (
    <Panel plain title={t.log}>
      {log.error && <ErrorNote error={log.error} retry={() => void log.refetch()} />}
      {log.data?.length === 0 && (
        <Typography variant="body2" color="text.secondary">
          {t.noLog}
        </Typography>
      )}
      {log.data?.map((line) => (
        <Box key={line.id} sx={{ py: 1.5, borderTop: 1, borderColor: 'line', overflowWrap: 'anywhere' }}>
          <Typography variant="body2">
            {line.level === 'error' ? '✕ ' : '▲ '}
            {line.text}
          </Typography>
          <Typography variant="caption" color="text.secondary" component="p">
            {[
              exactTime(line.at),
              ...Object.entries(line.fields).map(([key, value]) => `${key}: ${String(value)}`),
            ].join(' · ')}
          </Typography>
        </Box>
      ))}
    </Panel>
  );
}

import { Box, Button, Typography } from '@mui/material';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { State } from '../../../core/domain/words.ts';
import { toast } from '../../app/Toasts.tsx';
import { useTexts } from '../../app/texts.ts';
import { api, type Outputs } from '../../rpc/client.ts';
import { Ask } from '../../ui/Ask.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { Facts } from '../../ui/Facts.tsx';
import { dateOf } from '../../ui/figures.ts';
import { Mark } from '../../ui/Mark.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { Fingerprint } from './Fingerprint.tsx';
import type { Forest } from './ForestsPage.tsx';

type Trust = Outputs['forests']['trust'][number];

const LOOKS: Record<Trust['outcome'], { tone: State; sign: string }> = {
  trusted: { tone: 'done', sign: '✓' },
  pinned: { tone: 'done', sign: '✓' },
  untrusted: { tone: 'decision', sign: '▲' },
  unreachable: { tone: 'failed', sign: '✕' },
};

/** What each server shows in its handshake. Nothing is trusted before a person has compared the fingerprint. */
export function Servers({ forest }: { forest: Forest }) {
  const { forests: t } = useTexts();
  const client = useQueryClient();
  const [asked, setAsked] = useState<Trust>();
  const trust = useQuery({
    queryKey: ['forests', 'trust', forest.name, forest.config],
    queryFn: ({ signal }) => api.forests.trust.query({ name: forest.name }, { signal }),
    staleTime: 60_000,
  });
  const pin = useMutation({
    mutationFn: (one: Trust) =>
      api.forests.change.mutate({
        name: forest.name,
        // The fingerprint was looked at for this server; it says nothing of the others.
        config: {
          pins: one.fingerprint === undefined ? [] : [`${one.server.replace(/:\d+$/, '')}=${one.fingerprint}`],
        },
      }),
    onSuccess: (_, one) => {
      setAsked(undefined);
      toast(t.trusted(one.server));
      return client.invalidateQueries({ queryKey: ['forests'] });
    },
  });
  return (
    <Panel
      plain
      title={t.servers}
      actions={
        <Button disabled={trust.isFetching} onClick={() => void trust.refetch()}>
          {t.look}
        </Button>
      }
    >
      {trust.isPending && (
        <Typography variant="body2" color="text.secondary" role="status">
          {t.lookingAt}
        </Typography>
      )}
      {trust.error && <ErrorNote error={trust.error} retry={() => void trust.refetch()} />}
      {trust.data?.length === 0 && (
        <Typography variant="body2" color="text.secondary">
          {t.noServers}
        </Typography>
      )}
      {trust.data?.map((one) => (
        <Server key={`${one.service} ${one.server}`} trust={one} onTrust={() => setAsked(one)} />
      ))}
      <Ask
        open={asked !== undefined}
        title={t.trustTitle(asked?.server ?? '')}
        confirm={t.trust}
        pending={pin.isPending}
        error={pin.error}
        onConfirm={() => asked && pin.mutate(asked)}
        onClose={() => {
          setAsked(undefined);
          pin.reset();
        }}
      >
        <Typography variant="body2" sx={{ mb: 4 }}>
          {t.trustText}
        </Typography>
        {asked?.fingerprint && <Fingerprint hex={asked.fingerprint} large />}
        <Box sx={{ mt: 4 }}>
          <Facts
            facts={[
              [t.certificate, asked?.subject],
              [t.issuer, asked?.issuer],
              [t.validTo, asked?.validTo && dateOf(asked.validTo)],
            ]}
          />
        </Box>
      </Ask>
    </Panel>
  );
}

function Server({ trust, onTrust }: { trust: Trust; onTrust: () => void }) {
  const { forests: t } = useTexts();
  const look = LOOKS[trust.outcome];
  return (
    <Box sx={{ borderTop: 1, borderColor: 'line', py: 2, fontSize: '0.8125rem' }}>
      <Box sx={{ display: 'flex', gap: 3, alignItems: 'center', flexWrap: 'wrap', minHeight: 24 }}>
        <Box sx={{ fontWeight: 600 }}>{trust.service}</Box>
        <Box sx={{ color: 'text.secondary', overflowWrap: 'anywhere', unicodeBidi: 'isolate' }}>{trust.server}</Box>
        <Box sx={{ flex: 1 }} />
        <Mark tone={look.tone} sign={look.sign} word={t.outcomes[trust.outcome]} />
      </Box>
      {trust.reason !== '' && (
        <Typography variant="caption" component="p" color="text.secondary" sx={{ overflowWrap: 'anywhere' }}>
          {trust.reason}
        </Typography>
      )}
      {trust.fingerprint && <Fingerprint hex={trust.fingerprint} />}
      {trust.outcome === 'untrusted' && (
        <Button variant="outlined" sx={{ mt: 1 }} onClick={onTrust}>
          {t.trust}
        </Button>
      )}
    </Box>
  );
}

import { Box, Button, TextField, Typography } from '@mui/material';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { toast } from '../../app/Toasts.tsx';
import { useTexts } from '../../app/texts.ts';
import { api, type Inputs } from '../../rpc/client.ts';
import { CodeBlock } from '../../ui/CodeBlock.tsx';
import { Drawer } from '../../ui/Drawer.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { Mark } from '../../ui/Mark.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { PORT_LOOKS, type Ports } from './PortMatrix.tsx';

type End = Inputs['preflight']['portScript']['from'];

/** The ports between two ends: what each is for, what was found, and how to find out where this console cannot. */
export function PortDrawer({
  ports,
  from,
  to,
  onClose,
}: {
  ports: Ports;
  from: string;
  to: string;
  onClose: () => void;
}) {
  const { preflight: t } = useTexts();
  const rows = ports.rows.filter((row) => row.from === from && row.to === to);
  return (
    <Drawer title={`${t.portEnds[from] ?? from} → ${t.portEnds[to] ?? to}`} onClose={onClose} width={520}>
      <div>
        {rows.map((row) => (
          <PortLine key={row.row} row={row} />
        ))}
      </div>
      <Hosts key={to} end={to as End} hosts={ports.hosts} />
      {from !== 'console' && <Hosts key={from} end={from as End} hosts={ports.hosts} />}
      {from !== 'console' && <Script from={from as End} />}
    </Drawer>
  );
}

function PortLine({ row }: { row: Ports['rows'][number] }) {
  const { preflight: t } = useTexts();
  const look = PORT_LOOKS[row.state];
  const lines = row.results.flatMap(({ object, machine, finding }) =>
    ('evidence' in finding ? finding.evidence : [finding.why]).map((line) => `${object} (${machine}): ${line}`),
  );
  return (
    <Box sx={{ borderTop: 1, borderColor: 'line', py: 2, fontSize: '0.8125rem' }}>
      <Box sx={{ display: 'flex', gap: 3, alignItems: 'baseline' }}>
        <b>
          {row.protocols.join('/').toUpperCase()} {row.port}
          {row.portTo === undefined ? '' : `–${row.portTo}`}
        </b>
        <Box sx={{ flex: 1, minWidth: 0, color: 'text.secondary' }}>
          {row.component}
          {row.remark ? `: ${row.remark}` : ''}
        </Box>
        <Mark tone={look.tone} sign={look.sign} word={t.rowStates[row.state]} />
      </Box>
      {row.errata.map((line) => (
        <Typography key={line} variant="caption" component="p" color="text.secondary">
          {t.errata}: {line}
        </Typography>
      ))}
      {lines.map((line) => (
        <Typography key={line} variant="caption" component="p" sx={{ overflowWrap: 'anywhere' }}>
          {line}
        </Typography>
      ))}
    </Box>
  );
}

function Hosts({ end, hosts }: { end: End; hosts: Ports['hosts'] }) {
  const { preflight: t, forests } = useTexts();
  const client = useQueryClient();
  const known = (hosts[end] ?? []).join(', ');
  const [text, setText] = useState(known);
  const save = useMutation({
    mutationFn: () => api.preflight.portHosts.mutate({ [end]: text.split(/[\s,;]+/).filter((host) => host !== '') }),
    onSuccess: () => {
      toast(t.hostsSaved);
      return client.invalidateQueries({ queryKey: ['preflight'] });
    },
  });
  return (
    <Panel plain title={`${t.hosts}: ${t.portEnds[end] ?? end}`}>
      <Box sx={{ display: 'flex', gap: 2, alignItems: 'flex-start' }}>
        <TextField
          fullWidth
          value={text}
          onChange={(event) => setText(event.target.value)}
          helperText={t.hostsHint}
          slotProps={{ htmlInput: { 'aria-label': `${t.hosts}: ${t.portEnds[end] ?? end}`, spellCheck: false } }}
        />
        <Button disabled={text === known || save.isPending} onClick={() => save.mutate()} sx={{ mt: 1 }}>
          {forests.save}
        </Button>
      </Box>
      {save.error && <ErrorNote error={save.error} />}
    </Panel>
  );
}

function Script({ from }: { from: End }) {
  const { preflight: t } = useTexts();
  const script = useQuery({
    queryKey: ['preflight', 'script', from],
    queryFn: ({ signal }) => api.preflight.portScript.query({ from }, { signal }),
  });
  return (
    <Panel plain title={t.script}>
      <Typography variant="body2" color="text.secondary" sx={{ mb: 2 }}>
        {t.scriptHint}
      </Typography>
      {script.error && <ErrorNote error={script.error} />}
      {script.data && <CodeBlock code={script.data.script} where={script.data.file} />}
    </Panel>
  );
}

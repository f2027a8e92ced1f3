import { Box, Button, Checkbox, FormControlLabel, MenuItem, TextField, Typography } from '@mui/material';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { FORWARDING_MODES, type ForwardingMode } from '../../../core/domain/cutover.ts';
import { showError, toast } from '../../app/Toasts.tsx';
import { useTexts } from '../../app/texts.ts';
import { api, type Outputs } from '../../rpc/client.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { count, exactTime } from '../../ui/figures.ts';
import { Panel } from '../../ui/Panel.tsx';
import { Table } from '../../ui/Table.tsx';
import { LocksPanel } from './LocksPanel.tsx';
import { NoteAsk } from './NoteAsk.tsx';
import { SchedulePanel } from './SchedulePanel.tsx';

type View = Outputs['cutover']['show'];
/** Members that are listed; the rest are counted. */
const SHOWN = 200;

/** The steps of a batch's cutover with how many are over each, what stopped, and the signature at the end. */
export function CutoverTab({ batch, name }: { batch: number; name: string }) {
  const { cutover: t } = useTexts();
  const [asked, setAsked] = useState<'accept' | 'signOff'>();
  const shown = useQuery({
    queryKey: ['batches', 'cutover', batch],
    queryFn: ({ signal }) => api.cutover.show.query({ batch }, { signal }),
    refetchInterval: 3_000,
  });
  const view = shown.data;
  const signable = view?.members.filter(({ signOff }) => signOff.ok).length ?? 0;
  const stopped = view?.members.filter(({ steps }) => steps.some(({ state }) => state === 'failed')) ?? [];
  return (
    <Box sx={{ display: 'grid', gap: 4, gridTemplateColumns: 'minmax(0, 1fr)' }}>
      {shown.error && <ErrorNote error={shown.error} retry={() => void shown.refetch()} />}
      {view && (
        <>
          <Panel
            title={t.stepsTitle}
            actions={
              <>
                {stopped.length > 0 && <Button onClick={() => setAsked('accept')}>{t.accept}</Button>}
                <Button variant="contained" disabled={signable === 0} onClick={() => setAsked('signOff')}>
                  {t.signOff}
                </Button>
              </>
            }
          >
            <Typography variant="body2" color="text.secondary" sx={{ mb: 2 }} role="status">
              {view.signedOff
                ? `${t.signedBy(view.signedOff.who, exactTime(view.signedOff.at))}: ${view.signedOff.note}`
                : signable > 0
                  ? t.canSign(signable, count(signable))
                  : t.turns}
            </Typography>
            <Steps view={view} />
          </Panel>
          <Stopped members={stopped} />
          <LocksPanel batch={batch} />
          <OptionsPanel batch={batch} view={view} />
          <SchedulePanel batch={batch} />
        </>
      )}
      {asked && view && (
        <Question
          asked={asked}
          batch={batch}
          name={name}
          stopped={stopped.length}
          onClose={() => setAsked(undefined)}
        />
      )}
    </Box>
  );
}

function Steps({ view }: { view: View }) {
  const { cutover: t } = useTexts();
  const c = t.columns;
  const head = [
    { title: c.step },
    { title: c.over, right: true, width: '140px' },
    { title: c.running, right: true, width: '100px' },
    { title: c.failed, right: true, width: '100px' },
  ];
  return (
    <Table label={t.stepsTitle} head={head}>
      {view.steps.map((one, i) => (
        <tr key={one.step}>
          <td>
            {i + 1}. {t.steps[one.step]}
          </td>
          <td className="right">{t.of(count(one.over), count(one.members))}</td>
          <td className="right">{one.running > 0 ? `◐ ${count(one.running)}` : ''}</td>
          <td className="right">{one.failed > 0 ? `✕ ${count(one.failed)}` : ''}</td>
        </tr>
      ))}
    </Table>
  );
}

function Stopped({ members }: { members: View['members'] }) {
  const { cutover: t } = useTexts();
  if (members.length === 0) return null;
  const c = t.columns;
  return (
    <Panel title={t.troubled}>
      <Table
        label={t.troubled}
        head={[{ title: c.member, width: '28%' }, { title: c.step, width: '24%' }, { title: c.why }]}
      >
        {members.slice(0, SHOWN).map(({ workloadId, displayName, steps }) => {
          const step = steps.find(({ state }) => state === 'failed');
          return (
            <tr key={workloadId}>
              <td>{displayName.slice(0, 120)}</td>
              <td>{step && t.steps[step.step]}</td>
              <td>{step?.reason}</td>
            </tr>
          );
        })}
      </Table>
      {members.length > SHOWN && <EmptyState title={t.of(count(SHOWN), count(members.length))} />}
    </Panel>
  );
}

function OptionsPanel({ batch, view }: { batch: number; view: View }) {
  const { cutover: t } = useTexts();
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: (options: { forwarding?: ForwardingMode; lockPublicFolders?: boolean }) =>
      api.cutover.setOptions.mutate({ batch, ...options }),
    onSuccess: () => toast(t.saved),
    onError: showError,
    onSettled: () => client.invalidateQueries({ queryKey: ['batches', 'cutover', batch] }),
  });
  return (
    <Panel title={t.options}>
      <Box sx={{ display: 'grid', gap: 2, pt: 1, justifyItems: 'start' }}>
        <TextField
          select
          label={t.forwarding}
          value={view.forwarding}
          onChange={(event) => save.mutate({ forwarding: event.target.value as ForwardingMode })}
          sx={{ minWidth: 'min(100%, 420px)' }}
        >
          {FORWARDING_MODES.map((mode) => (
            <MenuItem key={mode} value={mode}>
              {t.forwardings[mode]}
            </MenuItem>
          ))}
        </TextField>
        <FormControlLabel
          control={
            <Checkbox
              size="small"
              checked={view.lockPublicFolders}
              onChange={(_event, on) => save.mutate({ lockPublicFolders: on })}
            />
          }
          label={t.lock}
          slotProps={{ typography: { variant: 'body2' } }}
        />
      </Box>
    </Panel>
  );
}

/** Both ask for a note; the signature also for the batch's name, because nothing takes it back. */
function Question({
  asked,
  batch,
  name,
  stopped,
  onClose,
}: {
  asked: 'accept' | 'signOff';
  batch: number;
  name: string;
  stopped: number;
  onClose: () => void;
}) {
  const { cutover: t } = useTexts();
  const client = useQueryClient();
  const act = useMutation({
    mutationFn: async (note: string) => {
      if (asked === 'accept') return t.accepted(count((await api.cutover.accept.mutate({ batch, note })).accepted));
      await api.cutover.signOff.mutate({ batch, note });
      return t.signed(name);
    },
    onSuccess: (said) => {
      toast(said);
      onClose();
      return client.invalidateQueries({ queryKey: ['batches'] });
    },
  });
  return (
    <NoteAsk
      title={asked === 'accept' ? t.acceptTitle : t.signTitle(name)}
      text={asked === 'accept' ? t.acceptText(count(stopped)) : t.signText}
      confirm={t[asked]}
      {...(asked === 'signOff' && { typed: name })}
      pending={act.isPending}
      error={act.error}
      onConfirm={(note) => act.mutate(note)}
      onClose={onClose}
    />
  );
}

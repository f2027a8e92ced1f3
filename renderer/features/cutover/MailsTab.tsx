import { Box, Button } from '@mui/material';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { NOTIFICATION_OCCASIONS, type NotificationOccasion } from '../../../core/domain/notification.ts';
import { toast } from '../../app/Toasts.tsx';
import { useTexts } from '../../app/texts.ts';
import { api, type Outputs } from '../../rpc/client.ts';
import { Chips } from '../../ui/Chips.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { count, exactTime } from '../../ui/figures.ts';
import { LinkButton } from '../../ui/LinkButton.tsx';
import { type Column, VirtualTable } from '../../ui/VirtualTable.tsx';

type Mail = Outputs['notifications']['plan']['mails'][number];
const nothing = () => undefined;

/** Who gets which mail of a batch, what became of it, and why one was not sent. */
export function MailsTab({ batch }: { batch: number }) {
  const { cutover: t } = useTexts();
  const client = useQueryClient();
  const [occasion, setOccasion] = useState<NotificationOccasion>('before');
  const [active, setActive] = useState(0);
  const plan = useQuery({
    queryKey: ['batches', 'mails', batch, occasion],
    queryFn: ({ signal }) => api.notifications.plan.query({ batch, occasion }, { signal }),
    refetchInterval: 5_000,
  });
  const send = useMutation({
    mutationFn: (again: boolean) => api.notifications.send.mutate({ batch, occasion, again }),
    onSuccess: ({ queued }) => {
      toast(t.sent(count(queued)));
      return client.invalidateQueries({ queryKey: ['batches', 'mails'] });
    },
  });
  const mails = plan.data?.mails ?? [];
  const open = mails.filter(({ row }) => row === undefined).length;
  const failed = mails.filter(({ row }) => row?.state === 'failed' || row?.state === 'unknown').length;
  return (
    <>
      <Box sx={{ display: 'flex', gap: 2, flexWrap: 'wrap', alignItems: 'center', pb: 3 }}>
        <Chips<NotificationOccasion>
          label={t.occasion}
          all={undefined}
          chips={NOTIFICATION_OCCASIONS.map((value) => ({ value, label: t.occasions[value] }))}
          chosen={occasion}
          choose={(next) => setOccasion(next ?? occasion)}
        />
        <Box sx={{ flex: 1 }} />
        {failed > 0 && (
          <Button disabled={send.isPending} onClick={() => send.mutate(true)}>
            {t.sendAgain}
          </Button>
        )}
        <Button
          variant="contained"
          disabled={send.isPending || open === 0 || plan.data?.enabled === false}
          onClick={() => send.mutate(false)}
        >
          {t.send(count(open))}
        </Button>
      </Box>
      {plan.error && <ErrorNote error={plan.error} retry={() => void plan.refetch()} />}
      {send.error && <ErrorNote error={send.error} />}
      {plan.data?.enabled === false && (
        <EmptyState title={t.off} text={t.noMails}>
          <LinkButton to="/notifications" variant="outlined">
            {t.toSettings}
          </LinkButton>
        </EmptyState>
      )}
      {plan.data?.enabled && mails.length === 0 && <EmptyState title={t.noMails} />}
      {plan.data?.enabled && mails.length > 0 && (
        <VirtualTable
          label={t.tabs.mails}
          columns={columnsOf(t)}
          total={mails.length}
          rowAt={(index) => mails[index]}
          rowId={(mail) => mail.workloadId}
          onRange={nothing}
          active={active}
          onActive={setActive}
          onOpen={nothing}
        />
      )}
    </>
  );
}

function columnsOf(t: ReturnType<typeof useTexts>['cutover']): Column<Mail>[] {
  const c = t.mails;
  return [
    { id: 'person', title: c.person, track: 'minmax(120px, 2fr)', cell: (one) => one.displayName },
    { id: 'to', title: c.address, track: 'minmax(140px, 2fr)', hideBelow: 560, cell: (one) => one.address },
    { id: 'language', title: c.language, track: '80px', hideBelow: 700, cell: (one) => one.row?.language ?? '' },
    {
      id: 'state',
      title: c.state,
      track: '200px',
      cell: (one) => (one.row ? t.mailStates[one.row.state] : t.notYet),
    },
    {
      id: 'when',
      title: c.when,
      track: '170px',
      hideBelow: 820,
      cell: (one) => (one.row ? exactTime(one.row.updatedAt) : ''),
    },
    { id: 'why', title: c.reason, track: 'minmax(120px, 2fr)', hideBelow: 900, cell: (one) => one.row?.reason ?? '' },
  ];
}

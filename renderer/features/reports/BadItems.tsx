import { Box, Button, Typography } from '@mui/material';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { showError, toast } from '../../app/Toasts.tsx';
import { useTexts } from '../../app/texts.ts';
import { api, type Inputs, type Outputs } from '../../rpc/client.ts';
import { Chips } from '../../ui/Chips.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { bytes, count } from '../../ui/figures.ts';
import { ChosenBar } from '../../ui/list/ChosenBar.tsx';
import { useSelection } from '../../ui/list/useSelection.ts';
import { type Column, VirtualTable } from '../../ui/VirtualTable.tsx';

type Item = Outputs['badItems']['list'][number];
type Decision = Inputs['badItems']['decide'];
const nothing = () => undefined;
const READ = 1_000;

/** Items that could not be copied, by reason; a person accepts them or has them tried again. */
export function BadItems({ batchId }: { batchId: number }) {
  const { reports: t } = useTexts();
  const client = useQueryClient();
  const [reason, setReason] = useState<Item['reason']>();
  const [active, setActive] = useState(0);
  const list = useQuery({
    queryKey: ['batches', 'badItems', batchId],
    queryFn: ({ signal }) => api.badItems.list.query({ batchId, limit: READ }, { signal }),
  });
  const all = list.data ?? [];
  const shown = all.filter((item) => reason === undefined || item.reason === reason);
  const chosen = useSelection((index) => shown[index]?.id);
  const decide = useMutation({
    mutationFn: (decision: Decision) => api.badItems.decide.mutate(decision),
    onSuccess: ({ changed }) => {
      toast(t.decided(count(changed)));
      chosen.clear();
      return client.invalidateQueries();
    },
    onError: showError,
  });
  const on = (state: Decision['state']) => decide.mutate({ which: { ids: chosen.ids }, state });
  if (list.error) return <ErrorNote error={list.error} retry={() => void list.refetch()} />;
  if (list.data && all.length === 0) return <EmptyState title={t.noBadItems} />;
  const reasons = [...Map.groupBy(all, (item) => item.reason)];
  return (
    <>
      <Box sx={{ display: 'flex', gap: 2, flexWrap: 'wrap', pb: 3, alignItems: 'center' }}>
        <Chips<Item['reason']>
          label={t.columns.reason}
          all={{ label: t.allReasons, count: all.length }}
          chips={reasons.map(([value, items]) => ({ value, label: t.reasons[value], count: items.length }))}
          chosen={reason}
          choose={setReason}
        />
        {reason && (
          <Button
            variant="outlined"
            disabled={decide.isPending}
            onClick={() => decide.mutate({ which: { batchId, reason }, state: 'accepted' })}
          >
            {t.acceptAll(t.reasons[reason])}
          </Button>
        )}
        <Typography variant="caption" color="text.secondary">
          {t.note}
        </Typography>
      </Box>
      <ChosenBar chosen={chosen} total={shown.length} chooseAll={() => chosen.set(shown.map(({ id }) => id))}>
        <Button disabled={decide.isPending} onClick={() => on('accepted')}>
          {t.accept}
        </Button>
        <Button disabled={decide.isPending} onClick={() => on('retry')}>
          {t.retry}
        </Button>
        <Button disabled={decide.isPending} onClick={() => on('open')}>
          {t.reopen}
        </Button>
      </ChosenBar>
      <VirtualTable
        label={t.badItems}
        columns={columnsOf(t)}
        total={shown.length}
        rowAt={(index) => shown[index]}
        rowId={(item) => item.id}
        onRange={nothing}
        active={active}
        onActive={setActive}
        onOpen={nothing}
        selection={chosen}
        chooseLabel={t.badItems}
      />
    </>
  );
}

function columnsOf(t: ReturnType<typeof useTexts>['reports']): Column<Item>[] {
  const c = t.columns;
  return [
    { id: 'member', title: c.member, track: 'minmax(120px, 1fr)', cell: (item) => item.mailbox },
    { id: 'folder', title: c.folder, track: 'minmax(100px, 1fr)', cell: (item) => item.folderPath },
    { id: 'class', title: c.class, track: '130px', hideBelow: 700, cell: (item) => item.itemClass },
    { id: 'size', title: c.size, track: '76px', right: true, hideBelow: 560, cell: (item) => bytes(item.size) },
    { id: 'reason', title: c.reason, track: '130px', cell: (item) => t.reasons[item.reason] },
    { id: 'message', title: c.message, track: 'minmax(120px, 2fr)', hideBelow: 820, cell: (item) => item.message },
    { id: 'state', title: c.state, track: '120px', cell: (item) => t.badStates[item.state] },
  ];
}

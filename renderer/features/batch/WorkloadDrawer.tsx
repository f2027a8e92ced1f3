import { Box, Button, FormControlLabel, Skeleton, Switch, Tab, Tabs, Tooltip, Typography } from '@mui/material';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { timeLeft } from '../../../core/domain/progress.ts';
import { useTexts } from '../../app/texts.ts';
import { api, type Outputs } from '../../rpc/client.ts';
import { Drawer } from '../../ui/Drawer.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { Facts } from '../../ui/Facts.tsx';
import { bytes, count, duration, exactTime, rate, share } from '../../ui/figures.ts';
import { ProgressBar } from '../../ui/Progress.tsx';
import { StateMark } from '../../ui/StateMark.tsx';
import { nameOf } from './columns.tsx';
import type { Rates } from './rates.ts';
import { LIVE_MS, partOf } from './states.ts';

type Workload = Outputs['batches']['workload'];
type TabName = 'folders' | 'badItems' | 'history';

const FOLDERS = 200;

/** One mailbox or subtree: how it stands, its folders, what could not be copied, what was tried. Esc closes. */
export function WorkloadDrawer({
  id,
  rates,
  live,
  onClose,
}: {
  id: number;
  rates: Rates;
  live: boolean;
  onClose: () => void;
}) {
  const { batch: t } = useTexts();
  const [tab, setTab] = useState<TabName>('folders');
  const shown = useQuery({
    queryKey: ['batches', 'workload', id],
    queryFn: ({ signal }) => api.batches.workload.query({ id }, { signal }),
    refetchInterval: live ? LIVE_MS : 30_000,
  });
  const workload = shown.data;
  return (
    <Drawer title={workload ? nameOf(workload) : <Skeleton width={180} />} note={t.columns.mailbox} onClose={onClose}>
      <Box sx={{ display: 'grid', gap: 3 }}>
        {shown.error && <ErrorNote error={shown.error} retry={() => void shown.refetch()} />}
        {workload && <Summary workload={workload} rates={rates} />}
      </Box>
      <Tabs
        value={tab}
        onChange={(_event, value: TabName) => setTab(value)}
        sx={{ mx: -2, borderBottom: 1, borderColor: 'divider' }}
      >
        <Tab value="folders" label={t.drawer.folders} />
        <Tab
          value="badItems"
          label={`${t.drawer.badItems}${workload?.itemsBad ? ` ${count(workload.itemsBad)}` : ''}`}
        />
        <Tab value="history" label={t.drawer.history} />
      </Tabs>
      <div role="tabpanel" aria-label={t.drawer[tab]}>
        {tab === 'folders' && <Folders id={id} live={live} />}
        {tab === 'badItems' && workload && <BadItems workload={workload} />}
        {tab === 'history' && workload && <History workload={workload} />}
      </div>
    </Drawer>
  );
}

function Summary({ workload, rates }: { workload: Workload; rates: Rates }) {
  const { batch: t } = useTexts();
  const running = workload.state === 'syncing' || workload.state === 'cuttingOver';
  const perSecond = running ? rates.items(workload.id) : undefined;
  const left = running ? timeLeft(workload.itemsTotal - workload.itemsDone, perSecond) : undefined;
  const part = partOf(workload);
  const { pace } = workload;
  return (
    <>
      <Box sx={{ display: 'flex', gap: 3, alignItems: 'baseline', flexWrap: 'wrap' }}>
        <StateMark state={workload.state} />
        {workload.reason && (
          <Typography variant="body2" sx={{ overflowWrap: 'anywhere' }}>
            {workload.reason}
          </Typography>
        )}
      </Box>
      <Box sx={{ display: 'grid', gridTemplateColumns: '1fr 44px', gap: 3, alignItems: 'center' }}>
        <ProgressBar value={part} label={workload.displayName} />
        <Typography variant="body2" sx={{ textAlign: 'right' }}>
          {share(part)}
        </Typography>
      </Box>
      <Facts
        wide={88}
        facts={[
          [t.columns.items, t.items(count(workload.itemsDone), count(workload.itemsTotal))],
          [t.columns.size, bytes(workload.bytesDone)],
          [t.columns.rate, perSecond && rate(perSecond)],
          [t.columns.left, left && duration(left)],
          [t.drawer.pace, pace && `${t.drawer.paceNow(pace.concurrency, pace.max)}, ${pace.reason}`],
          [t.columns.source, workload.sourceAddress],
          [t.columns.target, workload.targetAddress],
          [t.columns.synced, workload.syncedAt !== null && exactTime(workload.syncedAt)],
          [t.columns.grade, workload.grade],
        ]}
      />
    </>
  );
}

function Folders({ id, live }: { id: number; live: boolean }) {
  const { batch: t } = useTexts();
  const [unfinished, setUnfinished] = useState(false);
  const folders = useInfiniteQuery({
    queryKey: ['batches', 'folders', id, unfinished],
    queryFn: ({ pageParam, signal }) =>
      api.batches.folders.query(
        { workloadId: id, limit: FOLDERS, unfinished, ...(pageParam === undefined ? {} : { after: pageParam }) },
        { signal },
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => (page.length < FOLDERS ? undefined : page.at(-1)?.path),
    refetchInterval: live ? LIVE_MS : 30_000,
  });
  const lines = folders.data?.pages.flat() ?? [];
  return (
    <>
      <FormControlLabel
        sx={{ mb: 2, '& .MuiFormControlLabel-label': { fontSize: '0.8125rem' } }}
        control={<Switch size="small" checked={unfinished} onChange={(_event, on) => setUnfinished(on)} />}
        label={t.drawer.showUnfinished}
      />
      {folders.error && <ErrorNote error={folders.error} retry={() => void folders.refetch()} />}
      {folders.isSuccess && lines.length === 0 && (
        <EmptyState title={unfinished ? t.drawer.nothingLeft : t.drawer.noFolders} />
      )}
      {lines.map((folder) => (
        <FolderRow key={folder.id} folder={folder} />
      ))}
      {folders.hasNextPage && <Button onClick={() => void folders.fetchNextPage()}>{t.drawer.moreFolders}</Button>}
    </>
  );
}

function FolderRow({ folder }: { folder: Outputs['batches']['folders'][number] }) {
  const parts = folder.path.split('/').filter((part) => part !== '');
  const name = decode(parts.at(-1) ?? folder.path);
  return (
    <Tooltip title={parts.map(decode).join(' / ')} placement="left">
      <Box
        sx={{
          display: 'grid',
          gridTemplateColumns: 'minmax(0, 1fr) 72px 104px 60px',
          columnGap: 3,
          alignItems: 'center',
          height: 30,
          fontSize: '0.8125rem',
          borderBottom: 1,
          borderColor: 'line',
        }}
      >
        <Typography
          variant="body2"
          noWrap
          sx={{ pl: Math.max(0, Math.min(6, parts.length - 1)) * 3, unicodeBidi: 'isolate' }}
        >
          {name}
        </Typography>
        <ProgressBar
          value={folder.itemsTotal === 0 ? 1 : folder.itemsDone / folder.itemsTotal}
          label={name}
          height={4}
        />
        <Box sx={{ textAlign: 'right' }}>
          {count(folder.itemsDone)}/{count(folder.itemsTotal)}
        </Box>
        <Box sx={{ textAlign: 'right', color: folder.itemsBad > 0 ? 'error.main' : 'text.secondary' }}>
          {folder.itemsBad > 0 ? `▲ ${count(folder.itemsBad)}` : bytes(folder.bytesDone)}
        </Box>
      </Box>
    </Tooltip>
  );
}

/** Paths keep a slash inside a name as %2F. */
function decode(part: string): string {
  return part.replaceAll('%2F', '/').replaceAll('%25', '%');
}

function BadItems({ workload }: { workload: Workload }) {
  const { batch: t } = useTexts();
  if (workload.badItems.length === 0) return <EmptyState title={t.drawer.noBadItems} />;
  return workload.badItems.map((item) => (
    <Entry
      key={item.id}
      title={item.message}
      lines={[
        item.folderPath,
        t.drawer.badItemFacts(item.itemClass, bytes(item.size)),
        `${t.drawer.item} ${item.sourceId}`,
      ]}
    />
  ));
}

function History({ workload }: { workload: Workload }) {
  const { batch: t } = useTexts();
  if (workload.attempts.length === 0) return <EmptyState title={t.drawer.noHistory} />;
  return workload.attempts.map((attempt) => (
    <Entry
      key={`${attempt.taskId}-${attempt.startedAt}`}
      title={`${t.kinds[attempt.kind] ?? attempt.kind}: ${t.outcomes[attempt.outcome ?? ''] ?? attempt.outcome ?? ''}`}
      lines={[
        t.drawer.attempt(exactTime(attempt.startedAt), attempt.machine ?? t.drawer.unknownMachine),
        ...(attempt.message === null ? [] : [attempt.message]),
      ]}
    />
  ));
}

function Entry({ title, lines }: { title: string; lines: string[] }) {
  return (
    <Box sx={{ py: 2, borderBottom: 1, borderColor: 'line', overflowWrap: 'anywhere', unicodeBidi: 'isolate' }}>
      <Typography variant="body2" sx={{ fontWeight: 600 }}>
        {title}
      </Typography>
      {lines.map((line) => (
        <Typography key={line} variant="caption" color="text.secondary" component="p">
          {line}
        </Typography>
      ))}
    </Box>
  );
}

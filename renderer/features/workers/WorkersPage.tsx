import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTexts } from '../../app/texts.ts';
import { api, type Outputs } from '../../rpc/client.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { bytes, count, rate } from '../../ui/figures.ts';
import { ListBar } from '../../ui/list/ListBar.tsx';
import { useListView } from '../../ui/list/useListView.ts';
import { Fill, Page } from '../../ui/Page.tsx';
import { PageHead } from '../../ui/PageHead.tsx';
import { type Column, VirtualTable } from '../../ui/VirtualTable.tsx';
import { When } from '../../ui/When.tsx';
import { Load } from './Load.tsx';
import { MachineMark } from './MachineMark.tsx';
import { WorkerDrawer } from './WorkerDrawer.tsx';

export type Machine = Outputs['workers']['list'][number];

const route = getRouteApi('/workers');
const nothing = () => undefined;

/** Every machine of the project: whether it answers, what it does, and those that ask to be let in. */
export function WorkersPage() {
  const { workers: t } = useTexts();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [active, setActive] = useState(0);
  const list = useQuery({
    queryKey: ['workers', 'list'],
    queryFn: ({ signal }) => api.workers.list.query(undefined, { signal }),
    refetchInterval: 3_000,
  });
  // Those that wait for somebody come first, then workers, then consoles.
  const machines = (list.data ?? []).toSorted((a, b) => rank(a) - rank(b));
  const columns = useColumns(list.dataUpdatedAt);
  const view = useListView('workers', columns);
  const open = (id: number | undefined) => void navigate({ search: { row: id }, replace: search.row !== undefined });
  const chosen = machines.find(({ id }) => id === search.row);
  const workers = machines.filter(({ kind }) => kind === 'worker');
  return (
    <Page drawer={chosen && <WorkerDrawer key={chosen.id} machine={chosen} onClose={() => open(undefined)} />}>
      <PageHead title={t.title} sentence={list.data && sentenceOf(workers, t)} />
      {workers.length > 0 && <ListBar view={view} file="workers" csv={{ rows: async () => machines }} />}
      <Fill>
        {list.error && <ErrorNote error={list.error} retry={() => void list.refetch()} />}
        {list.data && workers.length === 0 && <EmptyState title={t.empty} text={t.emptyNext} command={t.command} />}
        {machines.length > 0 && (
          <VirtualTable
            label={t.title}
            columns={view.columns}
            total={machines.length}
            rowAt={(index) => machines[index]}
            rowId={(machine) => machine.id}
            onRange={nothing}
            open={search.row}
            active={active}
            onActive={setActive}
            onOpen={(machine) => open(machine.id)}
          />
        )}
      </Fill>
    </Page>
  );
}

const rank = (machine: Machine) => (machine.state === 'waiting' ? 0 : machine.kind === 'worker' ? 1 : 2);

function sentenceOf(workers: Machine[], t: ReturnType<typeof useTexts>['workers']): string {
  return t.sentence({
    total: workers.length,
    working: workers.filter(({ away, state }) => !away && state !== 'waiting').length,
    away: workers.filter(({ away, state }) => away && state !== 'waiting').length,
    waiting: workers.filter(({ state }) => state === 'waiting').length,
  });
}

function useColumns(now: number): Column<Machine>[] {
  const { workers: t } = useTexts();
  return [
    { id: 'name', title: t.columns.name, track: 'minmax(140px, 2fr)', cell: (machine) => machine.name },
    {
      id: 'state',
      title: t.columns.state,
      track: '160px',
      cell: (machine) => <MachineMark machine={machine} />,
      csv: (machine) => (machine.away ? t.states.away : t.states[machine.state]),
    },
    { id: 'kind', title: t.columns.kind, track: '90px', hideBelow: 760, cell: (machine) => t.kinds[machine.kind] },
    {
      id: 'running',
      title: t.columns.running,
      track: '60px',
      right: true,
      cell: ({ facts }) => (facts.running === undefined ? '' : count(facts.running)),
    },
    {
      id: 'rate',
      title: t.columns.rate,
      track: '70px',
      right: true,
      cell: ({ facts }) => (facts.itemsPerSecond ? rate(facts.itemsPerSecond) : ''),
    },
    {
      id: 'memory',
      title: t.columns.memory,
      track: 'minmax(120px, 1fr)',
      hideBelow: 820,
      cell: ({ facts, name }) => <Load used={facts.memoryUsed} total={facts.memoryTotal} label={name} />,
      csv: ({ facts }) => facts.memoryUsed ?? '',
    },
    {
      id: 'disk',
      title: t.columns.disk,
      track: '90px',
      right: true,
      hideBelow: 900,
      cell: ({ facts }) => (facts.diskFree === undefined ? '' : bytes(facts.diskFree)),
    },
    {
      id: 'seen',
      title: t.columns.seen,
      track: '96px',
      right: true,
      hideBelow: 600,
      cell: (machine) => <When at={machine.lastSeen} now={now} />,
      csv: (machine) => new Date(machine.lastSeen).toISOString(),
    },
    { id: 'version', title: t.columns.version, track: '80px', hideBelow: 980, cell: (machine) => machine.version },
  ];
}

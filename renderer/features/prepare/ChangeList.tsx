import { MenuItem, TextField } from '@mui/material';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTexts } from '../../app/texts.ts';
import { api, type Outputs } from '../../rpc/client.ts';
import type { KeyedListSource } from '../../rpc/keyedList.ts';
import { Chips } from '../../ui/Chips.tsx';
import { KeyedTable } from '../../ui/list/KeyedTable.tsx';
import type { Column } from '../../ui/VirtualTable.tsx';
import { ChangeMark, KindMark } from './ChangeMark.tsx';
import { nameOf } from './names.ts';
import type { Progress } from './PreparePage.tsx';
import { totalOf } from './plan.ts';

export type Change = Outputs['prepare']['show']['changes'][number];
type Kind = Change['kind'];
type ChangeState = Change['state'];

const route = getRouteApi('/prepare');

/** Every change of a plan in the order they are made; counts by kind filter it. */
export function ChangeList({ plan, names }: { plan: Progress; names: ReadonlyMap<number, string> }) {
  const { prepare: t } = useTexts();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const planId = plan.plan.id;
  const { q, kind, state, forest } = search;
  const query = useMemo(
    () => ({
      planId,
      ...(q && { search: q }),
      ...(kind && { kind }),
      ...(state && { states: [state] }),
      ...(forest && { forestId: forest }),
    }),
    [planId, q, kind, state, forest],
  );
  const source = useMemo((): KeyedListSource<Change> => sourceOf(query, plan.running), [query, plan.running]);
  const columns = useColumns(names);
  const set = (next: Partial<typeof search>) =>
    void navigate({ search: (old) => ({ ...old, ...next }), replace: true });
  const sum = (of: (one: Progress['counts'][number]) => boolean) =>
    plan.counts.filter(of).reduce((all, one) => all + one.count, 0);
  const states = [...new Set(plan.counts.map((one) => one.state))];
  const forests = [...new Set(plan.counts.map((one) => one.forestId))];
  return (
    <KeyedTable
      source={source}
      columns={columns}
      name="prepare"
      file={`plan-${planId}`}
      everything={(signal) => everyChange(query, signal)}
      search={{ value: q ?? '', onChange: (text) => set({ q: text || undefined, row: undefined }), label: t.search }}
      filters={
        <>
          <Chips<Kind>
            label={t.columns.kind}
            all={{ label: t.all, count: totalOf(plan) }}
            chips={(['add', 'modify', 'delete'] as const)
              .map((one) => ({ value: one, label: <KindMark kind={one} />, count: sum((c) => c.kind === one) }))
              .filter((chip) => chip.count > 0)}
            chosen={kind}
            choose={(next) => set({ kind: next, row: undefined })}
          />
          {forests.length > 1 && (
            <TextField
              select
              label={t.columns.forest}
              value={forest ?? ''}
              onChange={(event) => set({ forest: Number(event.target.value) || undefined, row: undefined })}
              sx={{ minWidth: 130 }}
            >
              <MenuItem value="">{t.all}</MenuItem>
              {forests.map((id) => (
                <MenuItem key={id} value={id}>
                  {names.get(id)}
                </MenuItem>
              ))}
            </TextField>
          )}
          {states.length > 1 && (
            <TextField
              select
              label={t.state}
              value={state ?? ''}
              onChange={(event) =>
                set({ state: (event.target.value || undefined) as ChangeState | undefined, row: undefined })
              }
              sx={{ minWidth: 130 }}
            >
              <MenuItem value="">{t.allStates}</MenuItem>
              {states.map((one) => (
                <MenuItem key={one} value={one}>
                  {t.changeStates[one]}
                </MenuItem>
              ))}
            </TextField>
          )}
        </>
      }
      label={t.title}
      nothing={t.nothing}
      rowId={(change) => change.seq + 1}
      open={search.row}
      onOpen={(change) =>
        void navigate({
          search: (old) => ({ ...old, row: change.seq + 1, show: undefined }),
          replace: search.row !== undefined,
        })
      }
    />
  );
}

type Query = { planId: number; search?: string; kind?: Kind; states?: ChangeState[]; forestId?: number };

function sourceOf(query: Query, running: boolean): KeyedListSource<Change> {
  return {
    key: ['prepare', 'changes', query],
    anchors: (every, signal) => api.prepare.anchors.query({ ...query, every }, { signal }),
    page: async (after, limit, signal) =>
      (await api.prepare.show.query({ ...query, ...(after && { after: Number(after.value) }), limit }, { signal }))
        .changes,
    ...(running && { refreshMs: 1_000 }),
  };
}

async function* everyChange(query: Query, signal: AbortSignal): AsyncGenerator<Change[]> {
  let after: number | undefined;
  do {
    const page = await api.prepare.show.query(
      { ...query, limit: 1_000, ...(after !== undefined && { after }) },
      { signal },
    );
    yield page.changes;
    after = page.next;
  } while (after !== undefined);
}

function useColumns(names: ReadonlyMap<number, string>): Column<Change>[] {
  const { prepare: t } = useTexts();
  const c = t.columns;
  return [
    {
      id: 'object',
      title: c.object,
      track: 'minmax(140px, 2fr)',
      cell: (change) => <span title={change.dn}>{nameOf(change.dn)}</span>,
      csv: (change) => nameOf(change.dn),
    },
    {
      id: 'kind',
      title: c.kind,
      track: '90px',
      cell: (change) => <KindMark kind={change.kind} />,
      csv: (change) => t.kinds[change.kind],
    },
    {
      id: 'forest',
      title: c.forest,
      track: 'minmax(80px, 120px)',
      hideBelow: 560,
      cell: (change) => names.get(change.forestId) ?? '',
    },
    { id: 'reason', title: c.reason, track: 'minmax(140px, 3fr)', hideBelow: 640, cell: (change) => change.reason },
    {
      id: 'attributes',
      title: c.attributes,
      track: 'minmax(120px, 2fr)',
      hideBelow: 900,
      cell: (change) => change.diff.map(({ attribute }) => attribute).join(', '),
    },
    {
      id: 'state',
      title: c.state,
      track: '124px',
      cell: (change) => <ChangeMark state={change.state} />,
      csv: (change) => t.changeStates[change.state],
    },
    { id: 'dn', title: c.dn, track: 'minmax(200px, 3fr)', hidden: true, cell: (change) => change.dn },
  ];
}

import { Box, Button } from '@mui/material';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { CHECK_GROUPS, type CheckGroup } from '../../../core/domain/checks.ts';
import { nameKey } from '../../../core/domain/name-key.ts';
import { showError } from '../../app/Toasts.tsx';
import { useTexts } from '../../app/texts.ts';
import { api } from '../../rpc/client.ts';
import { Chips } from '../../ui/Chips.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { count } from '../../ui/figures.ts';
import { OutcomeMark } from '../../ui/OutcomeMark.tsx';
import { Fill } from '../../ui/Page.tsx';
import { SearchField } from '../../ui/SearchField.tsx';
import { saveText } from '../../ui/save.ts';
import { type Column, VirtualTable } from '../../ui/VirtualTable.tsx';
import type { Result } from './PreflightPage.tsx';
import { type CheckRow, worstOf } from './rows.ts';

const route = getRouteApi('/preflight');
const nothing = () => undefined;

/** Checks by machine: each cell shows the worst of what was found from there. */
export function CheckMatrix({ rows, results }: { rows: CheckRow[]; results: Result[] }) {
  const { preflight: t } = useTexts();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [active, setActive] = useState(0);
  const machines = [...new Set(results.map(({ machine }) => machine))].sort();
  const wanted = nameKey(search.q ?? '');
  const shown = rows.filter(
    (row) =>
      (search.group === undefined || row.group === search.group) &&
      (!search.findings || ['failed', 'warning', 'notTried'].includes(row.worst)) &&
      (wanted === '' ||
        nameKey([row.title, ...row.results.flatMap(({ object, machine }) => [object, machine])].join(' ')).includes(
          wanted,
        )),
  );
  const groups = CHECK_GROUPS.filter((group) => rows.some((row) => row.group === group));
  const report = async (format: 'html' | 'csv') => {
    const { content } = await api.preflight.report.query({ format });
    saveText(`preflight.${format}`, content);
  };
  const set = (next: Partial<typeof search>) =>
    void navigate({ search: (old) => ({ ...old, ...next }), replace: true });
  return (
    <>
      <Box
        sx={{
          px: { xs: 4, sm: 6 },
          pb: 3,
          display: 'flex',
          gap: 2,
          flexWrap: 'wrap',
          alignItems: 'center',
          flex: 'none',
        }}
      >
        <SearchField
          value={search.q ?? ''}
          onChange={(text) => set({ q: text === '' ? undefined : text })}
          label={t.search}
          width={220}
        />
        <Chips<'findings'>
          label={t.findings}
          all={undefined}
          chips={[{ value: 'findings', label: t.findings }]}
          chosen={search.findings ? 'findings' : undefined}
          choose={() => set({ findings: search.findings ? undefined : true })}
        />
        <Box sx={{ flex: 1 }} />
        <Button onClick={() => void report('html').catch(showError)}>{t.reportHtml}</Button>
        <Button onClick={() => void report('csv').catch(showError)}>{t.reportCsv}</Button>
        <Box sx={{ width: '100%' }}>
          <Chips<CheckGroup>
            label={t.checks}
            all={{ label: t.all, count: rows.length }}
            chips={groups.map((group) => ({
              value: group,
              label: t.groups[group],
              count: rows.filter((row) => row.group === group).length,
            }))}
            chosen={search.group}
            choose={(group) => set({ group })}
          />
        </Box>
      </Box>
      <Fill>
        {rows.length > 0 && shown.length === 0 ? (
          <EmptyState title={t.nothing} />
        ) : (
          <VirtualTable
            label={t.checks}
            columns={columnsOf(machines, t)}
            total={shown.length}
            rowAt={(index) => shown[index]}
            rowId={(row) => rows.indexOf(row)}
            onRange={nothing}
            open={rows.findIndex(({ id }) => id === search.check)}
            active={Math.min(active, Math.max(0, shown.length - 1))}
            onActive={setActive}
            onOpen={(row) =>
              void navigate({ search: (old) => ({ ...old, check: row.id }), replace: search.check !== undefined })
            }
          />
        )}
      </Fill>
    </>
  );
}

function columnsOf(machines: string[], t: ReturnType<typeof useTexts>['preflight']): Column<CheckRow>[] {
  return [
    { id: 'group', title: t.columns.group, track: '132px', hideBelow: 720, cell: (row) => t.groups[row.group] },
    { id: 'check', title: t.columns.check, track: 'minmax(180px, 3fr)', cell: (row) => row.title },
    {
      id: 'object',
      title: t.columns.object,
      track: 'minmax(100px, 1.4fr)',
      hideBelow: 560,
      cell: (row) => {
        const objects = [...new Set(row.results.map(({ object }) => object))];
        return objects.length > 1 ? t.objects(count(objects.length)) : objects[0];
      },
    },
    ...machines.map(
      (machine): Column<CheckRow> => ({
        id: `machine ${machine}`,
        title: machine,
        track: 'minmax(120px, 1fr)',
        cell: (row) => {
          const outcome = worstOf(row.results.filter((result) => result.machine === machine));
          return outcome === undefined ? '' : <OutcomeMark outcome={outcome} />;
        },
      }),
    ),
  ];
}

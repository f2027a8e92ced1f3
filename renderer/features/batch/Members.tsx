import SwapVert from '@mui/icons-material/SwapVert';
import { useMemo } from 'react';
import { toast } from '../../app/Toasts.tsx';
import { useTexts } from '../../app/texts.ts';
import { api } from '../../rpc/client.ts';
import { everyPage } from '../../rpc/everyPage.ts';
import type { KeyedListSource } from '../../rpc/keyedList.ts';
import { KeyedTable, type Moving } from '../../ui/list/KeyedTable.tsx';
import { ToolButton } from '../../ui/ToolButton.tsx';
import type { Batch, BatchSearch, Line, Query } from './BatchPage.tsx';
import { ChosenMembers } from './ChosenMembers.tsx';
import { nameOf, useColumns } from './columns.tsx';
import type { Rates } from './rates.ts';
import { StateFilter } from './StateFilter.tsx';
import { LIVE_MS } from './states.ts';
import { usePlace } from './useMove.ts';

/** The members of a batch; in the order of their turns they can be dragged and moved by keys. */
export function Members({
  batchId,
  batch,
  query,
  running,
  rates,
  search,
  set,
  open,
}: {
  batchId: number;
  batch: Batch | undefined;
  query: Query;
  running: boolean;
  rates: Rates;
  search: BatchSearch;
  set: (next: Partial<BatchSearch>) => void;
  open: (row: number | undefined) => void;
}) {
  const { batch: t } = useTexts();
  const source = useMemo(() => sourceOf(query, running), [query, running]);
  const columns = useColumns(rates, batch?.now ?? 0);
  const { move, place } = usePlace(batchId);
  const inTurns = search.sort === 'priority' && search.down !== true;
  const onMove = (line: Line, moving: Moving<Line>) => {
    const { move: to, active, total, rowAt, follow } = moving;
    if (to === 'top' || to === 'bottom') {
      move.mutate({ workloadIds: [line.id], move: to });
      if (inTurns) follow(to === 'top' ? 0 : total - 1);
      return;
    }
    // One up or down means the line that is seen there; in another order there is none to mean.
    if (!inTurns) return toast(t.orderFirst);
    const over = to === 'up' ? -1 : 1;
    if (active + over < 0 || active + over >= total) return;
    place.mutate({ workloadIds: [line.id], before: rowAt(to === 'up' ? -1 : 2)?.id });
    follow(active + over);
  };
  return (
    <KeyedTable<Line>
      source={source}
      columns={columns}
      name="batch"
      file={`batch-${batchId}`}
      everything={(signal) =>
        everyPage(
          (after, limit) => api.batches.lines.query({ ...query, ...(after && { after }), limit }, { signal }),
          signal,
          500,
        )
      }
      search={{
        value: search.q ?? '',
        onChange: (q) => set({ q: q || undefined, row: undefined }),
        label: t.search,
      }}
      filters={
        batch && (
          <StateFilter
            batch={batch}
            drawer={search.row !== undefined}
            chosen={search.state}
            choose={(state) => set({ state, row: undefined })}
          />
        )
      }
      tools={
        <ToolButton
          label={inTurns ? t.orderShown : t.showOrder}
          onClick={() => set({ sort: inTurns ? undefined : 'priority', down: undefined })}
        >
          <SwapVert fontSize="small" color={inTurns ? 'primary' : 'inherit'} />
        </ToolButton>
      }
      chooser={
        batch && ((chosen, total) => <ChosenMembers batch={batch} chosen={chosen} total={total} query={query} />)
      }
      label={t.members}
      nothing={t.nobody}
      rowId={(line) => line.id}
      open={search.row}
      onOpen={(line) => open(line.id)}
      sorting={{ by: search.sort ?? 'name', descending: search.down === true }}
      onSort={({ by, descending }) => set({ sort: by as Query['sort'], down: descending || undefined })}
      onMove={onMove}
      drag={
        inTurns
          ? {
              title: t.orderColumn,
              label: (line) => t.dragLabel(nameOf(line)),
              onPlace: (workloadIds, before) => place.mutate({ workloadIds, before: before?.id }),
            }
          : undefined
      }
    />
  );
}

function sourceOf(query: Query, running: boolean): KeyedListSource<Line> {
  return {
    key: ['batches', 'lines', query],
    anchors: (every, signal) => api.batches.anchors.query({ ...query, every }, { signal }),
    page: async (after, limit, signal) =>
      (await api.batches.lines.query({ ...query, ...(after && { after }), limit }, { signal })).lines,
    ...(running && { refreshMs: LIVE_MS }),
  };
}

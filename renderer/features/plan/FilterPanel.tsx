import { Box, Button, MenuItem, TextField, Typography } from '@mui/material';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import type { RecipientKind } from '../../../core/domain/words.ts';
import { useTexts } from '../../app/texts.ts';
import { api, type Outputs } from '../../rpc/client.ts';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { count } from '../../ui/figures.ts';
import { Panel } from '../../ui/Panel.tsx';
import type { Filter } from './expression.ts';
import { Found } from './Found.tsx';
import { MakeBatch } from './MakeBatch.tsx';

type Preview = Outputs['plan']['candidates'];

/** A batch by what its members have in common, with who that is before it is made. */
export function FilterPanel({
  all,
  filter,
  onFilter,
  expression,
}: {
  all: Preview | undefined;
  filter: Filter;
  onFilter: (filter: Filter) => void;
  expression: string;
}) {
  const { plan: t, recipients: tr } = useTexts();
  const [making, setMaking] = useState(false);
  const settled = useDeferredValue(expression);
  const found = useQuery({
    queryKey: ['batches', 'candidates', settled],
    queryFn: ({ signal }) => api.plan.candidates.query({ expression: settled }, { signal }),
    placeholderData: keepPreviousData,
  });
  const set = (next: Partial<Filter>) => onFilter({ ...filter, ...next });
  const kindName = (kind: string) => tr.kinds[kind as RecipientKind] ?? kind;
  return (
    <Panel
      title={t.tabs.filter}
      actions={
        <Button variant="contained" disabled={!found.data || found.data.free === 0} onClick={() => setMaking(true)}>
          {t.make}
        </Button>
      }
    >
      <Box
        sx={{ display: 'grid', gap: 3, gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 190px), 1fr))', pt: 1 }}
      >
        <TextField
          select
          label={t.department}
          value={filter.department}
          onChange={(event) => set({ department: event.target.value })}
        >
          <MenuItem value="">{t.any}</MenuItem>
          {(all?.departments ?? []).map((one) => (
            <MenuItem key={one.value} value={one.value}>
              {t.withCount(one.value, count(one.count))}
            </MenuItem>
          ))}
        </TextField>
        <TextField select label={t.kind} value={filter.kind} onChange={(event) => set({ kind: event.target.value })}>
          <MenuItem value="">{t.any}</MenuItem>
          {(all?.kinds ?? []).map((one) => (
            <MenuItem key={one.value} value={one.value}>
              {t.withCount(kindName(one.value), count(one.count))}
            </MenuItem>
          ))}
        </TextField>
        <TextField label={t.nameFilter} value={filter.name} onChange={(event) => set({ name: event.target.value })} />
        <TextField label={t.mailFilter} value={filter.mail} onChange={(event) => set({ mail: event.target.value })} />
      </Box>
      {found.error ? <ErrorNote error={found.error} /> : null}
      {found.data && (
        <>
          <Typography variant="body2" role="status" sx={{ mt: 3, mb: 2 }}>
            {t.found(count(found.data.found), count(found.data.free))}
          </Typography>
          <Found preview={found.data} />
        </>
      )}
      {making && found.data && (
        <MakeBatch expression={expression} free={found.data.free} onClose={() => setMaking(false)} />
      )}
    </Panel>
  );
}

import { Box } from '@mui/material';
import type { ReactNode } from 'react';
import { ErrorNote } from '../ErrorNote.tsx';
import { SearchField } from '../SearchField.tsx';
import { ColumnsButton } from './ColumnsButton.tsx';
import { CsvButton, type CsvRows } from './CsvButton.tsx';
import type { ListView } from './useListView.ts';
import { ViewsButton } from './ViewsButton.tsx';

/** Over a list: search and filters at the left, views, columns and export at the right. */
export function ListBar<T>({
  view,
  file,
  csv,
  search,
  filters,
  tools,
}: {
  view: ListView<T>;
  /** Name of the exported file, without its ending. */
  file: string;
  csv: CsvRows<T>;
  search?: { value: string; onChange: (text: string) => void; label: string };
  filters?: ReactNode;
  /** More signs, before those of the list itself. */
  tools?: ReactNode;
}) {
  return (
    <Box
      sx={{
        px: { xs: 4, sm: 6 },
        pb: 3,
        display: 'flex',
        gap: 2,
        rowGap: 2,
        alignItems: 'center',
        flexWrap: 'wrap',
        flex: 'none',
      }}
    >
      {search && <SearchField {...search} />}
      {filters}
      <Box sx={{ flex: 1 }} />
      <Box sx={{ display: 'flex', gap: 1 }}>
        {tools}
        <ViewsButton view={view} />
        <ColumnsButton view={view} />
        <CsvButton columns={view.columns} file={file} rows={csv.rows} />
      </Box>
      {view.error ? <ErrorNote error={view.error} /> : null}
    </Box>
  );
}

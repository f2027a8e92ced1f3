import { Typography } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { useTexts } from '../../app/texts.ts';
import { api } from '../../rpc/client.ts';
import { CodeBlock } from '../../ui/CodeBlock.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { DatabaseFacts } from './DatabaseFacts.tsx';
import { TestDatabase } from './TestDatabase.tsx';

/** Where this project is kept, and how another place is tried. */
export function DatabasePanel() {
  const { start: t } = useTexts();
  const status = useQuery({
    queryKey: ['db', 'status'],
    queryFn: ({ signal }) => api.db.status.query(undefined, { signal }),
  });
  const db = status.data;
  return (
    <Panel title={t.database}>
      <Typography variant="body2" color="text.secondary" sx={{ mb: 3 }}>
        {t.databaseText}
      </Typography>
      {status.error && <ErrorNote error={status.error} />}
      {db && (
        <>
          <DatabaseFacts status={db} />
          <Typography variant="body2" color="text.secondary" sx={{ my: 3 }}>
            {db.dialect === 'sqlite' ? t.embedded : t.sqlServer}
          </Typography>
          {db.dialect === 'sqlite' && <CodeBlock code={t.dbCommand} />}
        </>
      )}
      <TestDatabase />
    </Panel>
  );
}

import { Box, Button, TextField, Typography } from '@mui/material';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTexts } from '../../app/texts.ts';
import { api } from '../../rpc/client.ts';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { DatabaseFacts } from './DatabaseFacts.tsx';

/** Tries whether another database can be used, before the console is started with it. */
export function TestDatabase() {
  const { start: t } = useTexts();
  const [url, setUrl] = useState('');
  const test = useMutation({ mutationFn: () => api.db.test.mutate({ url }) });
  return (
    <Box
      component="form"
      onSubmit={(event) => {
        event.preventDefault();
        if (url.trim() !== '') test.mutate();
      }}
      sx={{ display: 'grid', gap: 2, mt: 3 }}
    >
      <Box sx={{ display: 'flex', gap: 2, alignItems: 'flex-start' }}>
        <TextField
          fullWidth
          label={t.testUrl}
          helperText={t.testUrlHint}
          value={url}
          onChange={(event) => setUrl(event.target.value)}
          slotProps={{ htmlInput: { autoComplete: 'off', spellCheck: false } }}
        />
        <Button
          type="submit"
          variant="outlined"
          disabled={test.isPending || url.trim() === ''}
          sx={{ mt: 1, flex: 'none' }}
        >
          {t.test}
        </Button>
      </Box>
      {test.error && <ErrorNote error={test.error} />}
      {test.data && (
        <Box role="status">
          <Typography variant="body2" sx={{ mb: 2 }}>
            ✓ {t.tested(`${test.data.server} ${test.data.version}`)}
          </Typography>
          <DatabaseFacts status={test.data} />
        </Box>
      )}
    </Box>
  );
}

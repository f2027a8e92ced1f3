import { Box, Button, LinearProgress } from '@mui/material';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { showError, toast } from '../../app/Toasts.tsx';
import { useTexts } from '../../app/texts.ts';
import { api } from '../../rpc/client.ts';
import { count } from '../../ui/figures.ts';

/** Reads the source's whole tree; can be given up, and what an earlier reading found is kept then. */
export function MeasureButton({ first }: { first: boolean }) {
  const { folders: t, frame } = useTexts();
  const client = useQueryClient();
  const abort = useRef<AbortController>(null);
  const measure = useMutation({
    mutationFn: () => {
      abort.current = new AbortController();
      return api.publicFolders.scan.mutate({}, { signal: abort.current.signal });
    },
    onSuccess: ({ folders }) => {
      toast(t.sizes.measured(count(folders)));
      return client.invalidateQueries({ queryKey: ['publicFolders', 'sizes'] });
    },
    onError: (error) => {
      if (!abort.current?.signal.aborted) showError(error);
    },
  });
  if (measure.isPending) {
    return (
      <Box sx={{ display: 'flex', gap: 3, alignItems: 'center' }}>
        <Box role="status" sx={{ width: 220, fontSize: '0.75rem', color: 'text.secondary' }}>
          {t.sizes.measuring}
          <LinearProgress aria-label={t.sizes.measuring} />
        </Box>
        <Button onClick={() => abort.current?.abort()}>{frame.cancel}</Button>
      </Box>
    );
  }
  return (
    <Button variant={first ? 'contained' : 'outlined'} onClick={() => measure.mutate()}>
      {first ? t.sizes.measure : t.sizes.again}
    </Button>
  );
}

import { Box, Button, LinearProgress, Menu, MenuItem, Typography } from '@mui/material';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { showError } from '../../app/Toasts.tsx';
import { useTexts } from '../../app/texts.ts';
import { api } from '../../rpc/client.ts';
import { count, duration } from '../../ui/figures.ts';

/** Reads the directory of a side, shows how far it is, and can be given up; what was read is kept. */
export function ReadButton({ side, first }: { side: 'source' | 'target'; first: boolean }) {
  const { recipients: t, frame } = useTexts();
  const client = useQueryClient();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const states = useQuery({
    queryKey: ['discover', 'state'],
    queryFn: ({ signal }) => api.discover.state.query(undefined, { signal }),
    refetchInterval: ({ state }) => (state.data?.some(({ running }) => running) ? 700 : 15_000),
  });
  const forests = (states.data ?? []).filter(({ role }) => role === side);
  const running = forests.find((forest) => forest.running);
  const was = useRef(false);
  useEffect(() => {
    if (was.current && !running) void client.invalidateQueries();
    was.current = running !== undefined;
  }, [running, client]);
  const read = useMutation({
    mutationFn: async (full: boolean) => {
      for (const { forest } of forests) await api.discover.start.mutate({ forest, full });
    },
    onError: showError,
    onSettled: () => client.invalidateQueries({ queryKey: ['discover', 'state'] }),
  });
  if (running) return <Reading forest={running.forest} />;
  const start = (full: boolean) => {
    setAnchor(null);
    read.mutate(full);
  };
  return (
    <Box sx={{ display: 'flex', gap: 1 }}>
      {!first && (
        <>
          <Button aria-haspopup="menu" onClick={(event) => setAnchor(event.currentTarget)}>
            {frame.moreActions}
          </Button>
          <Menu anchorEl={anchor} open={anchor !== null} onClose={() => setAnchor(null)}>
            <MenuItem dense onClick={() => start(true)}>
              {t.readAll}
            </MenuItem>
          </Menu>
        </>
      )}
      <Button
        variant={first ? 'contained' : 'outlined'}
        disabled={read.isPending || forests.length === 0}
        onClick={() => start(false)}
      >
        {first ? t.read : t.readChanges}
      </Button>
    </Box>
  );
}

function Reading({ forest }: { forest: string }) {
  const { recipients: t, frame } = useTexts();
  const state = useQuery({
    queryKey: ['discover', 'progress', forest],
    queryFn: ({ signal }) => api.discover.progress.query({ forest }, { signal }),
    refetchInterval: 700,
  });
  const progress = state.data?.progress;
  const part = progress?.total ? (100 * progress.read) / progress.total : undefined;
  const said = t.reading(
    count(progress?.read ?? 0),
    progress?.total === undefined ? undefined : count(progress.total),
    progress?.leftMs === undefined ? undefined : duration(progress.leftMs),
  );
  return (
    <Box sx={{ display: 'flex', gap: 3, alignItems: 'center' }}>
      <Box sx={{ width: 220 }}>
        <Typography variant="caption" color="text.secondary" noWrap component="p">
          {said}
        </Typography>
        <LinearProgress
          aria-label={said}
          {...(part === undefined ? {} : { variant: 'determinate' as const, value: Math.min(100, part) })}
        />
      </Box>
      <Button onClick={() => void api.discover.cancel.mutate({ forest }).catch(showError)}>{frame.cancel}</Button>
    </Box>
  );
}

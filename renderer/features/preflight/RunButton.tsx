import { Button, Menu, MenuItem } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTexts } from '../../app/texts.ts';
import { api } from '../../rpc/client.ts';
import type { Run } from './useRun.ts';

/** Checks from here at a click; from workers by the menu beside it. */
export function RunButton({ run, again }: { run: Run; again: boolean }) {
  const { preflight: t, frame } = useTexts();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const list = useQuery({
    queryKey: ['workers', 'list'],
    queryFn: ({ signal }) => api.workers.list.query(undefined, { signal }),
  });
  const workers = (list.data ?? []).filter(
    ({ kind, state, away }) => kind === 'worker' && state === 'approved' && !away,
  );
  if (run.running) {
    return (
      <Button variant="outlined" onClick={run.cancel}>
        {frame.cancel}
      </Button>
    );
  }
  return (
    <>
      {workers.length > 0 && (
        <Button aria-haspopup="menu" onClick={(event) => setAnchor(event.currentTarget)}>
          {t.runFrom}
        </Button>
      )}
      <Menu anchorEl={anchor} open={anchor !== null} onClose={() => setAnchor(null)}>
        {workers.map(({ name }) => (
          <MenuItem
            key={name}
            dense
            onClick={() => {
              setAnchor(null);
              run.start({ machines: [name] });
            }}
          >
            {name}
          </MenuItem>
        ))}
      </Menu>
      <Button variant="contained" onClick={() => run.start({})}>
        {again ? t.runAgain : t.run}
      </Button>
    </>
  );
}

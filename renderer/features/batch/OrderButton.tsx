import { Button, Menu, MenuItem, Typography } from '@mui/material';
import { useState } from 'react';
import { useTexts } from '../../app/texts.ts';
import { type Move, useMove } from './useMove.ts';

const KEYS: [Move, string][] = [
  ['top', 'Alt+Home'],
  ['up', 'Alt+↑'],
  ['down', 'Alt+↓'],
  ['bottom', 'Alt+End'],
];

/** When the chosen members get their turn, against the others of the batch; with the keys that do it in the list. */
export function OrderButton({ batch, ids }: { batch: number; ids: number[] }) {
  const { batch: t } = useTexts();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const move = useMove(batch);
  return (
    <>
      <Button aria-haspopup="menu" disabled={move.isPending} onClick={(event) => setAnchor(event.currentTarget)}>
        {t.order}
      </Button>
      <Menu anchorEl={anchor} open={anchor !== null} onClose={() => setAnchor(null)}>
        {KEYS.map(([to, keys]) => (
          <MenuItem
            key={to}
            dense
            onClick={() => {
              setAnchor(null);
              move.mutate({ workloadIds: ids, move: to });
            }}
          >
            <span style={{ flex: 1 }}>{t.moves[to]}</span>
            <Typography component="span" variant="caption" color="text.secondary" sx={{ pl: 4 }}>
              {keys}
            </Typography>
          </MenuItem>
        ))}
      </Menu>
    </>
  );
}

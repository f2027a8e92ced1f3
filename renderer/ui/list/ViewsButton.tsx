import BookmarkBorderOutlined from '@mui/icons-material/BookmarkBorderOutlined';
import DeleteOutlined from '@mui/icons-material/DeleteOutlined';
import { Box, Button, Divider, MenuItem, MenuList, Popover, TextField } from '@mui/material';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useTexts } from '../../app/texts.ts';
import { ToolButton } from '../ToolButton.tsx';
import type { ListView } from './useListView.ts';

/** Filters and sorting under a name, to come back to. */
export function ViewsButton<T>({ view }: { view: ListView<T> }) {
  const { list: t } = useTexts();
  const navigate = useNavigate();
  const search: Record<string, unknown> = useSearch({ strict: false });
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const [name, setName] = useState('');
  const kept = Object.fromEntries(
    Object.entries(search).filter(
      (entry): entry is [string, string | number | boolean] =>
        entry[0] !== 'row' && ['string', 'number', 'boolean'].includes(typeof entry[1]),
    ),
  );
  const close = () => {
    setAnchor(null);
    setName('');
  };
  const save = () => {
    if (name.trim() === '') return;
    view.save(name.trim(), kept);
    close();
  };
  return (
    <>
      <ToolButton label={t.views} menu onClick={(event) => setAnchor(event.currentTarget)}>
        <BookmarkBorderOutlined fontSize="small" />
      </ToolButton>
      <Popover
        anchorEl={anchor}
        open={anchor !== null}
        onClose={close}
        anchorOrigin={{ vertical: 'bottom', horizontal: 'left' }}
      >
        <MenuList autoFocusItem={view.views.length > 0}>
          {view.views.length === 0 && (
            <MenuItem dense disabled>
              {t.noViews}
            </MenuItem>
          )}
          {view.views.map((one) => (
            <MenuItem
              key={one.name}
              dense
              aria-keyshortcuts="Delete"
              onClick={() => {
                void navigate({ to: '.', search: one.search });
                close();
              }}
              onKeyDown={(event) => {
                if (event.key === 'Delete') view.remove(one.name);
              }}
            >
              <Box component="span" sx={{ flex: 1, pr: 4 }}>
                {one.name}
              </Box>
              {/* For the pointer alone: inside a line of a menu nothing else can be reached, and Delete does the same. */}
              <Box
                component="span"
                aria-hidden="true"
                title={t.removeView(one.name)}
                sx={{ display: 'grid', color: 'text.secondary', '&:hover': { color: 'text.primary' } }}
                onClick={(event) => {
                  event.stopPropagation();
                  view.remove(one.name);
                }}
              >
                <DeleteOutlined fontSize="small" />
              </Box>
            </MenuItem>
          ))}
        </MenuList>
        <Divider />
        <Box sx={{ display: 'flex', gap: 2, px: 4, py: 3 }}>
          <TextField
            placeholder={t.viewName}
            value={name}
            onChange={(event) => setName(event.target.value)}
            onKeyDown={(event) => {
              if (event.key !== 'Enter') return;
              // The keyboard goes back to the button; this press is not for it.
              event.preventDefault();
              save();
            }}
            slotProps={{ htmlInput: { 'aria-label': t.viewName, maxLength: 60 } }}
          />
          <Button onClick={save} disabled={name.trim() === ''}>
            {t.saveView}
          </Button>
        </Box>
      </Popover>
    </>
  );
}

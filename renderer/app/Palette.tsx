import { Box, Dialog, DialogTitle, InputBase } from '@mui/material';
import { styled } from '@mui/material/styles';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { type KeyboardEvent, useDeferredValue, useId, useState } from 'react';
import { nameKey } from '../../core/domain/name-key.ts';
import { api } from '../rpc/client.ts';
import { type Command, useCommands, useFound } from './commands.ts';
import { useTexts } from './texts.ts';

const List = styled('div')(({ theme }) => ({
  maxHeight: '50vh',
  overflow: 'auto',
  borderTop: `1px solid ${(theme.vars ?? theme).palette.divider}`,
  padding: 6,
  '& .group': { fontSize: '0.75rem', color: (theme.vars ?? theme).palette.text.secondary, padding: '8px 10px 4px' },
  '& [role=option]': {
    display: 'flex',
    gap: 12,
    alignItems: 'center',
    height: 34,
    padding: '0 10px',
    borderRadius: 6,
    fontSize: '0.8125rem',
    cursor: 'pointer',
    whiteSpace: 'nowrap',
    '& bdi': { overflow: 'hidden', textOverflow: 'ellipsis' },
    '& small': {
      marginInlineStart: 'auto',
      fontSize: '0.75rem',
      color: (theme.vars ?? theme).palette.text.secondary,
      overflow: 'hidden',
      textOverflow: 'ellipsis',
    },
    '&[aria-selected=true]': { background: (theme.vars ?? theme).palette.action.selected },
  },
}));

/** Places, actions and everything that has a name, by a few letters of it. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const { palette: t } = useTexts();
  const router = useRouter();
  const name = useId();
  const [text, setText] = useState('');
  const [active, setActive] = useState(0);
  const wanted = useDeferredValue(text.trim());
  const found = useQuery({
    queryKey: ['search', wanted],
    queryFn: ({ signal }) => api.search.all.query({ text: wanted }, { signal }),
    enabled: wanted.length > 1,
    placeholderData: keepPreviousData,
  });
  const commands = useCommands().filter((command) => nameKey(command.label).includes(nameKey(wanted)));
  const objects = useFound(wanted.length > 1 ? found.data : undefined);
  const lines = [...commands, ...objects];
  const chosen = Math.min(active, lines.length - 1);

  const run = (command: Command | undefined) => {
    if (!command) return;
    onClose();
    if (command.run) command.run();
    else if (command.to) void router.navigate(command.to);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setActive((chosen + 1) % Math.max(1, lines.length));
    else if (event.key === 'ArrowUp') setActive((chosen - 1 + lines.length) % Math.max(1, lines.length));
    else if (event.key === 'Enter') run(lines[chosen]);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog
      open
      onClose={onClose}
      fullWidth
      maxWidth="sm"
      sx={{ '& .MuiDialog-container': { alignItems: 'flex-start', pt: '8vh' } }}
    >
      <DialogTitle className="visually-hidden">{t.title}</DialogTitle>
      <InputBase
        autoFocus
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
        placeholder={t.hint}
        sx={{ px: 4, py: 2, fontSize: '0.9375rem' }}
        inputProps={{
          role: 'combobox',
          'aria-label': t.hint,
          'aria-expanded': true,
          'aria-controls': `${name}-list`,
          'aria-activedescendant': lines.length > 0 ? `${name}-${chosen}` : undefined,
          maxLength: 200,
        }}
      />
      <List id={`${name}-list`} role="listbox" aria-label={t.title}>
        {lines.length === 0 && <div className="group">{t.nothing}</div>}
        {lines.map((command, index) => (
          <Box key={command.id} role="presentation">
            {command.group !== lines[index - 1]?.group && (
              <div className="group" role="presentation">
                {t.groups[command.group]}
              </div>
            )}
            {/* biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled where the focus is, in the field above */}
            <div
              id={`${name}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === chosen}
              ref={index === chosen ? scrollHere : undefined}
              onClick={() => run(command)}
              onMouseMove={() => setActive(index)}
            >
              <bdi>{command.label}</bdi>
              {command.note && <small>{command.note}</small>}
            </div>
          </Box>
        ))}
      </List>
    </Dialog>
  );
}

function scrollHere(element: HTMLElement | null): void {
  element?.scrollIntoView({ block: 'nearest' });
}

import { Box, Button, Checkbox, FormControlLabel, MenuItem, TextField } from '@mui/material';
import { useState } from 'react';
import { TARGET_CHANGE_POLICIES } from '../../../core/domain/batch-options.ts';
import { useTexts } from '../../app/texts.ts';
import type { Content } from './content.ts';

const FLAGS = ['settings', 'archive', 'deepAtCutover'] as const;
const MORE_FLAGS = ['recoverableItems', 'rewriteAddresses'] as const;
const LINES = ['includeFolders', 'excludeFolders'] as const;
const PAIRS = [
  ['since', 'until'],
  ['itemClasses', 'excludeItemClasses'],
  ['maxItemMb', 'archiveOlderThan'],
] as const;

/** What moves and how: what most people decide is open, the rest is one press away. */
export function ContentFields({ value, onChange }: { value: Content; onChange: (next: Content) => void }) {
  const { plan: t } = useTexts();
  const [more, setMore] = useState(false);
  const set = (next: Partial<Content>) => onChange({ ...value, ...next });
  const flag = (name: (typeof FLAGS)[number] | (typeof MORE_FLAGS)[number]) => (
    <FormControlLabel
      key={name}
      control={<Checkbox size="small" checked={value[name]} onChange={(_event, on) => set({ [name]: on })} />}
      label={t[name]}
      slotProps={{ typography: { variant: 'body2' } }}
    />
  );
  const choice = <N extends 'targetChanges' | 'folderCollisions' | 'defaultFolderNames'>(
    name: N,
    choices: readonly Content[N][],
    words: Record<string, string>,
  ) => (
    <TextField
      select
      label={t[name]}
      value={value[name]}
      onChange={(event) => set({ [name]: event.target.value as Content[N] })}
    >
      {choices.map((one) => (
        <MenuItem key={one} value={one}>
          {words[one]}
        </MenuItem>
      ))}
    </TextField>
  );
  return (
    <>
      {choice('targetChanges', TARGET_CHANGE_POLICIES, t.targetChange)}
      <Box sx={{ display: 'grid' }}>
        {FLAGS.map(flag)}
        {more && MORE_FLAGS.map(flag)}
      </Box>
      {!more && (
        <Button sx={{ justifySelf: 'start' }} onClick={() => setMore(true)}>
          {t.more}
        </Button>
      )}
      {more && (
        <>
          {LINES.map((name) => (
            <TextField
              key={name}
              multiline
              maxRows={4}
              label={t[name]}
              helperText={t.pathHint[name]}
              value={value[name]}
              onChange={(event) => set({ [name]: event.target.value })}
            />
          ))}
          {PAIRS.map((pair) => (
            <Box key={pair[0]} sx={{ display: 'grid', gap: 3, gridTemplateColumns: '1fr 1fr' }}>
              {pair.map((name) => (
                <TextField
                  key={name}
                  label={t[name]}
                  type={name === 'since' || name === 'until' ? 'date' : 'text'}
                  value={value[name]}
                  onChange={(event) => set({ [name]: event.target.value.trim() })}
                  slotProps={name === 'since' || name === 'until' ? { inputLabel: { shrink: true } } : {}}
                />
              ))}
            </Box>
          ))}
          {choice('folderCollisions', ['rename', 'merge'], t.collision)}
          {choice('defaultFolderNames', ['target', 'source'], t.folderNames)}
        </>
      )}
    </>
  );
}

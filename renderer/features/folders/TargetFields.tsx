import { Box, MenuItem, TextField } from '@mui/material';
import { useTexts } from '../../app/texts.ts';
import type { Inputs } from '../../rpc/client.ts';

export type Kind = Inputs['publicFolders']['setTarget']['target']['kind'];
export interface Target {
  kind: Kind;
  address: string;
  below: string;
}
export const SAME: Target = { kind: 'publicFolders', address: '', below: '' };

export const isComplete = ({ kind, address }: Target) => kind === 'publicFolders' || address.trim() !== '';

/** Where a subtree goes: the same place among the public folders, or a mailbox or archive by its address. */
export function TargetFields({ target, onChange }: { target: Target; onChange: (target: Target) => void }) {
  const { folders: t } = useTexts();
  return (
    <>
      <TextField
        select
        label={t.kind}
        value={target.kind}
        onChange={(event) => {
          const kind = event.target.value as Kind;
          onChange(kind === 'publicFolders' ? SAME : { ...target, kind });
        }}
      >
        {(['publicFolders', 'mailbox', 'archive'] as const).map((kind) => (
          <MenuItem key={kind} value={kind}>
            {t.kinds[kind]}
          </MenuItem>
        ))}
      </TextField>
      {target.kind !== 'publicFolders' && (
        <Box sx={{ display: 'grid', gap: 2, gridTemplateColumns: '1fr 1fr' }}>
          <TextField
            label={t.address}
            value={target.address}
            onChange={(event) => onChange({ ...target, address: event.target.value })}
          />
          <TextField
            label={t.below}
            helperText={t.belowHint}
            value={target.below}
            onChange={(event) => onChange({ ...target, below: event.target.value })}
          />
        </Box>
      )}
    </>
  );
}

import { Button, Checkbox, FormControlLabel, FormGroup, LinearProgress, MenuItem, TextField } from '@mui/material';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTexts } from '../../app/texts.ts';
import { api, type Inputs } from '../../rpc/client.ts';
import { Drawer } from '../../ui/Drawer.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';

type Options = NonNullable<Inputs['prepare']['plan']['options']>;
const FLAGS = ['groups', 'contacts', 'writeSource', 'linkToSource'] as const;

/** How target objects shall be prepared; nothing is written by working it out. */
export function PlanDrawer({ onClose }: { onClose: () => void }) {
  const { prepare: t } = useTexts();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [mode, setMode] = useState<'mailUser' | 'mailbox'>('mailUser');
  const [container, setContainer] = useState('');
  const [flags, setFlags] = useState({ groups: false, contacts: true, writeSource: true, linkToSource: false });
  const labels = {
    groups: t.optionGroups,
    contacts: t.optionContacts,
    writeSource: t.optionWriteSource,
    linkToSource: t.optionLink,
  };
  const plan = useMutation({
    mutationFn: () => {
      const options: Options = { mode, ...flags, ...(container.trim() !== '' && { container: container.trim() }) };
      return api.prepare.plan.mutate({ options });
    },
    onSuccess: async ({ plan: made }) => {
      await client.invalidateQueries();
      await navigate({ to: '/prepare', search: { plan: made.id } });
    },
  });
  return (
    <Drawer title={t.options} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          plan.mutate();
        }}
        style={{ display: 'grid', gap: 16, paddingTop: 8 }}
      >
        <TextField
          select
          label={t.optionMode}
          value={mode}
          onChange={(event) => setMode(event.target.value === 'mailbox' ? 'mailbox' : 'mailUser')}
        >
          <MenuItem value="mailUser">{t.modes.mailUser}</MenuItem>
          <MenuItem value="mailbox">{t.modes.mailbox}</MenuItem>
        </TextField>
        <TextField
          label={t.optionContainer}
          helperText={t.optionContainerHint}
          value={container}
          onChange={(event) => setContainer(event.target.value)}
        />
        <FormGroup>
          {FLAGS.map((name) => (
            <FormControlLabel
              key={name}
              label={labels[name]}
              slotProps={{ typography: { variant: 'body2' } }}
              control={
                <Checkbox
                  size="small"
                  checked={flags[name]}
                  onChange={(_event, on) => setFlags({ ...flags, [name]: on })}
                />
              }
            />
          ))}
        </FormGroup>
        {plan.isPending && <LinearProgress aria-label={t.planning} />}
        {plan.error && <ErrorNote error={plan.error} />}
        <div>
          <Button type="submit" variant="contained" disabled={plan.isPending}>
            {t.plan}
          </Button>
        </div>
      </form>
    </Drawer>
  );
}

import { zodResolver } from '@hookform/resolvers/zod';
import { Button, MenuItem, TextField, Typography } from '@mui/material';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useForm } from 'react-hook-form';
import type { ForestRole } from '../../../core/domain/words.ts';
import { toast } from '../../app/Toasts.tsx';
import { useTexts } from '../../app/texts.ts';
import { api } from '../../rpc/client.ts';
import { Ask } from '../../ui/Ask.tsx';
import { Drawer } from '../../ui/Drawer.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { FindEws } from './FindEws.tsx';
import type { Forest } from './ForestsPage.tsx';
import { cleared, type ForestForm, forestFormSchema, fromConfig, toConfig } from './form.ts';

/** The addresses of a forest, new or to be changed. */
export function ForestDrawer({
  forest,
  role,
  onClose,
}: {
  forest: Forest | undefined;
  role: ForestRole;
  onClose: () => void;
}) {
  const { forests: t } = useTexts();
  const client = useQueryClient();
  const [removing, setRemoving] = useState(false);
  const form = useForm<ForestForm>({
    resolver: zodResolver(forestFormSchema),
    defaultValues: fromConfig(forest, role),
    mode: 'onTouched',
  });
  const done = (text: string) => {
    onClose();
    toast(text);
    return client.invalidateQueries();
  };
  const save = useMutation({
    mutationFn: (values: ForestForm) =>
      forest
        ? api.forests.change.mutate({ name: forest.name, config: toConfig(values), clear: cleared(values) })
        : api.forests.add.mutate({ name: values.name, role: values.role, config: toConfig(values) }),
    onSuccess: (_, values) => done(t.saved(values.name)),
  });
  const remove = useMutation({
    mutationFn: (name: string) => api.forests.remove.mutate({ name }),
    onSuccess: ({ removed }) => done(t.removed(removed)),
  });
  const field = (name: Exclude<keyof ForestForm, 'role'>) => ({
    ...form.register(name),
    label: t.fields[name],
    error: form.formState.errors[name] !== undefined,
    helperText: form.formState.errors[name]?.message ?? (name in t.hints ? t.hints[name as keyof typeof t.hints] : ' '),
    fullWidth: true,
  });
  return (
    <Drawer title={forest ? forest.name : t.addRole[role]} onClose={onClose}>
      <form
        noValidate
        onSubmit={(event) => void form.handleSubmit((values) => save.mutate(values))(event)}
        style={{ display: 'grid', gap: 12, paddingTop: 8 }}
      >
        <TextField {...field('name')} autoFocus={!forest} disabled={forest !== undefined} />
        <TextField
          select
          label={t.fields.role}
          defaultValue={role}
          {...form.register('role')}
          disabled={forest !== undefined}
        >
          <MenuItem value="source">{t.roles.source}</MenuItem>
          <MenuItem value="target">{t.roles.target}</MenuItem>
        </TextField>
        <TextField {...field('ldapUrl')} />
        <TextField {...field('gcUrl')} />
        <TextField {...field('ewsUrl')} />
        <TextField {...field('smtpDomains')} />
        <TextField {...field('smtpHost')} />
        <TextField {...field('smtpPort')} sx={{ maxWidth: 120 }} />
        <TextField {...field('caPem')} multiline minRows={2} maxRows={6} />
        <TextField {...field('ldifFile')} />
        <Typography variant="h3" component="h3" sx={{ pt: 2 }}>
          {t.advanced}
        </Typography>
        <TextField {...field('ldapStandbys')} />
        <TextField {...field('referralHosts')} />
        <TextField {...field('proxy')} />
        <TextField {...field('proxyBypass')} />
        {save.error && <ErrorNote error={save.error} />}
        <div style={{ display: 'flex', gap: 8 }}>
          <Button type="submit" variant="contained" disabled={save.isPending}>
            {t.save}
          </Button>
          <div style={{ flex: 1 }} />
          {forest && (
            <Button color="error" onClick={() => setRemoving(true)}>
              {t.remove}
            </Button>
          )}
        </div>
      </form>
      {forest && <FindEws forest={forest} onFound={(url) => form.setValue('ewsUrl', url)} />}
      {forest && (
        <Ask
          open={removing}
          title={t.removeTitle(forest.name)}
          confirm={t.remove}
          typed={forest.name}
          pending={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate(forest.name)}
          onClose={() => setRemoving(false)}
        >
          {t.removeText}
        </Ask>
      )}
    </Drawer>
  );
}

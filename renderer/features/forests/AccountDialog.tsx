import {
  Button,
  Checkbox,
  Dialog,
  DialogActions,
  DialogContent,
  DialogTitle,
  FormControlLabel,
  FormGroup,
  FormLabel,
  Typography,
} from '@mui/material';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ACCOUNT_PURPOSES, type AccountPurpose } from '../../../core/domain/words.ts';
import { toast } from '../../app/Toasts.tsx';
import { useTexts } from '../../app/texts.ts';
import { api } from '../../rpc/client.ts';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import type { Forest } from './ForestsPage.tsx';
import { isWhole, oauthOf, SignIn, signInOf } from './SignIn.tsx';

/** How one purpose signs in, or several at once where one account does it all. */
export function AccountDialog({
  forest,
  purpose,
  onClose,
}: {
  forest: Forest;
  purpose: AccountPurpose | undefined;
  onClose: () => void;
}) {
  return (
    <Dialog open={purpose !== undefined} onClose={onClose} maxWidth="xs" fullWidth>
      {purpose && <Form forest={forest} purpose={purpose} onClose={onClose} />}
    </Dialog>
  );
}

function Form({ forest, purpose, onClose }: { forest: Forest; purpose: AccountPurpose; onClose: () => void }) {
  const { forests: t, frame } = useTexts();
  const client = useQueryClient();
  const known = forest.accounts.find((one) => one.purpose === purpose)?.userName;
  const exchange = purpose === 'exchange';
  const [signIn, setSignIn] = useState(() =>
    // An application signs in to Exchange alone: its name is no proposal for anything else.
    signInOf(
      forest,
      known ?? forest.accounts.find((one) => one.purpose !== 'exchange' || !forest.config.oauth)?.userName,
      exchange,
    ),
  );
  const application = signIn.kind !== 'password';
  // What has none yet most likely gets the same one.
  const [also, setAlso] = useState<AccountPurpose[]>(() =>
    known === undefined
      ? ACCOUNT_PURPOSES.filter(
          (one) =>
            one !== purpose &&
            one !== 'smtp' &&
            one !== 'proxy' &&
            !forest.accounts.some((account) => account.purpose === one),
        )
      : [],
  );
  const purposes = application ? [purpose] : [purpose, ...also];
  const save = useMutation({
    mutationFn: async () => {
      const { user, password } = signIn;
      for (const one of purposes) {
        await api.forests.setAccount.mutate({
          forest: forest.name,
          purpose: one,
          user: user.trim(),
          password,
          ...(one === 'exchange' && { oauth: oauthOf(signIn) }),
        });
      }
    },
    onSuccess: () => {
      onClose();
      toast(t.accountSaved(purposes.map((one) => t.purposes[one]).join(', ')));
      return client.invalidateQueries({ queryKey: ['forests'] });
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isWhole(signIn)) save.mutate();
      }}
    >
      <DialogTitle>{t.accountTitle(t.purposes[purpose], forest.name)}</DialogTitle>
      <DialogContent sx={{ display: 'grid', gap: 4 }}>
        <Typography variant="body2" color="text.secondary">
          {t.purposeHints[purpose]}
        </Typography>
        <SignIn value={signIn} exchange={exchange} onChange={setSignIn} />
        {!application && (
          <FormGroup>
            <FormLabel sx={{ fontSize: '0.8125rem' }}>{t.alsoFor}</FormLabel>
            {ACCOUNT_PURPOSES.filter((one) => one !== purpose).map((one) => (
              <FormControlLabel
                key={one}
                label={t.purposes[one]}
                slotProps={{ typography: { variant: 'body2' } }}
                control={
                  <Checkbox
                    size="small"
                    checked={also.includes(one)}
                    onChange={(_event, on) => setAlso(on ? [...also, one] : also.filter((other) => other !== one))}
                  />
                }
              />
            ))}
          </FormGroup>
        )}
        {save.error && <ErrorNote error={save.error} />}
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose}>{frame.cancel}</Button>
        <Button type="submit" variant="contained" disabled={save.isPending || !isWhole(signIn)}>
          {t.save}
        </Button>
      </DialogActions>
    </form>
  );
}

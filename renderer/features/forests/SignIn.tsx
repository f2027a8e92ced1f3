import { Box, MenuItem, TextField } from '@mui/material';
import { useTexts } from '../../app/texts.ts';
import type { Forest } from './ForestsPage.tsx';

/** How an account signs in: as a person, or as an application with a secret or a certificate. */
export type SignInKind = 'password' | 'secret' | 'certificate';

export interface SignInFields {
  kind: SignInKind;
  tenant: string;
  user: string;
  /** Password, secret or PEM: typed, never read back. */
  password: string;
  authority: string;
  scope: string;
}

export function signInOf(forest: Forest, userName: string | undefined, exchange: boolean): SignInFields {
  const oauth = exchange ? forest.config.oauth : undefined;
  return {
    kind: oauth?.credential ?? 'password',
    tenant: oauth?.tenant ?? '',
    user: userName ?? '',
    password: '',
    authority: oauth?.authority ?? '',
    scope: oauth?.scope ?? '',
  };
}

export const isWhole = ({ kind, tenant, user, password }: SignInFields) =>
  user.trim() !== '' && password.trim() !== '' && (kind === 'password' || tenant.trim() !== '');

/** What the service is told beside user and password; nothing for a person. */
export function oauthOf({ kind, tenant, authority, scope }: SignInFields) {
  if (kind === 'password') return undefined;
  const given = (text: string) => (text.trim() === '' ? undefined : text.trim());
  return { tenant: tenant.trim(), credential: kind, authority: given(authority), scope: given(scope) };
}

/** The fields of a sign-in; only Exchange takes applications. */
export function SignIn({
  value,
  exchange,
  onChange,
}: {
  value: SignInFields;
  exchange: boolean;
  onChange: (next: SignInFields) => void;
}) {
  const { forests: t } = useTexts();
  const { kind } = value;
  const set = (next: Partial<SignInFields>) => onChange({ ...value, ...next });
  const text = (name: 'tenant' | 'user' | 'authority' | 'scope', label: string, hint?: string) => (
    <TextField
      label={label}
      value={value[name]}
      helperText={hint}
      onChange={(event) => set({ [name]: event.target.value })}
      slotProps={{ htmlInput: { autoComplete: 'off', spellCheck: false } }}
    />
  );
  return (
    <Box sx={{ display: 'grid', gap: 4 }}>
      {exchange && (
        <TextField
          select
          label={t.signIn}
          value={kind}
          // What was typed for one kind is no answer for another.
          onChange={(event) => set({ kind: event.target.value as SignInKind, password: '' })}
        >
          {(['password', 'secret', 'certificate'] as const).map((one) => (
            <MenuItem key={one} value={one}>
              {t.signIns[one]}
            </MenuItem>
          ))}
        </TextField>
      )}
      {kind !== 'password' && text('tenant', t.tenant, t.tenantHint)}
      {text('user', kind === 'password' ? t.user : t.clientId)}
      {kind === 'certificate' ? (
        <TextField
          label={t.certificatePem}
          multiline
          minRows={3}
          maxRows={6}
          value={value.password}
          helperText={t.certificateHint}
          onChange={(event) => set({ password: event.target.value })}
          slotProps={{ htmlInput: { autoComplete: 'off', spellCheck: false } }}
        />
      ) : (
        <TextField
          autoFocus={value.user !== ''}
          label={kind === 'password' ? t.password : t.secret}
          type="password"
          value={value.password}
          helperText={t.passwordHint}
          onChange={(event) => set({ password: event.target.value })}
          slotProps={{ htmlInput: { autoComplete: 'new-password' } }}
        />
      )}
      {kind !== 'password' && text('authority', t.authority, t.authorityHint)}
      {kind !== 'password' && text('scope', t.scope, t.scopeHint)}
    </Box>
  );
}

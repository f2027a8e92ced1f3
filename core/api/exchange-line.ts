import type { AccountPurpose } from '../domain/words.ts';
import type { EwsAuth } from '../exchange/ews/authentication.ts';
import type { TlsTrust } from '../exchange/ews/tls.ts';
import { proxyFor } from '../exchange/proxy.ts';
import { accountPassword, listAccounts } from '../store/accounts.ts';
import type { Forest } from '../store/forests.ts';
import type { AdapterContext } from './adapters.ts';

/** How a forest's Exchange is spoken to: by which proxy, whom to trust. */
export interface ExchangeLine extends TlsTrust {
  proxy?: string | undefined;
}

/** The way to one host of a forest. */
export async function lineTo(ctx: AdapterContext, forest: Forest, host: string): Promise<ExchangeLine> {
  const { pins, caPem, proxy, proxyBypass } = forest.config;
  const login = proxy === undefined ? undefined : await accountOf(ctx, forest, ['proxy']);
  const through = proxyFor(host, { proxy, login, bypass: proxyBypass });
  return { pins, ...(caPem ? { ca: caPem } : {}), ...(through ? { proxy: through } : {}) };
}

/** User and password of the first account that is set, in order of preference; undefined when none is. */
export async function accountOf(
  ctx: AdapterContext,
  forest: Forest,
  purposes: readonly AccountPurpose[],
): Promise<{ user: string; password: string; purpose: AccountPurpose } | undefined> {
  const accounts = await listAccounts(ctx.store, forest.id);
  for (const purpose of purposes) {
    const account = accounts.find((one) => one.purpose === purpose);
    if (!account || account.secretId === undefined) continue;
    const password = await accountPassword(ctx.store, await ctx.keyring(), account);
    return { user: account.userName, password, purpose };
  }
  return undefined;
}

/**
 * How the account of a purpose proves who it is to Exchange: by its password, or as an application by OAuth. Undefined
 * when none is set.
 */
export async function exchangeAuth(
  ctx: AdapterContext,
  forest: Forest,
  purposes: readonly AccountPurpose[],
): Promise<EwsAuth | undefined> {
  const account = await accountOf(ctx, forest, purposes);
  const { oauth, ewsUrl } = forest.config;
  if (!account) return undefined;
  if (account.purpose !== 'exchange' || !oauth)
    return { kind: 'password', user: account.user, password: account.password };
  const scope = oauth.scope ?? (ewsUrl === undefined ? undefined : `https://${new URL(ewsUrl).host}/.default`);
  if (scope === undefined) return undefined;
  const { oauthSignIn } = await import('../exchange/ews/oauth.ts');
  const { password } = account;
  return oauthSignIn(
    {
      tenant: oauth.tenant,
      clientId: account.user,
      credential:
        oauth.credential === 'secret' ? { kind: 'secret', secret: password } : { kind: 'certificate', pem: password },
      authority: oauth.authority,
      scope,
    },
    await lineTo(ctx, forest, new URL(oauth.authority ?? 'https://login.microsoftonline.com').hostname),
  );
}

import type { AccountPurpose } from '../domain/words.ts';
import type { ExchangeAccess, Login } from '../preflight/environment.ts';
import { accountPassword, findAccount } from '../store/accounts.ts';
import type { Forest } from '../store/forests.ts';
import type { AdapterContext } from './adapters.ts';

/** Opens the account of one purpose when a check needs it; undefined when none is set. For console and worker alike. */
export function preflightLogin(
  ctx: AdapterContext,
): (forest: Forest, purpose: AccountPurpose) => Promise<Login | undefined> {
  return async (forest, purpose) => {
    const account = await findAccount(ctx.store, forest.id, purpose);
    if (!account || account.secretId === undefined) return undefined;
    // An application has no password to sign in with; Exchange is spoken to through preflightExchange.
    if (purpose === 'exchange' && forest.config.oauth) return undefined;
    return { user: account.userName, password: await accountPassword(ctx.store, await ctx.keyring(), account) };
  };
}

/** Sign-in and way to a forest's Exchange, by password or as an application; undefined when no account is set. */
export function preflightExchange(
  ctx: AdapterContext,
): (forest: Forest, purposes: readonly AccountPurpose[]) => Promise<ExchangeAccess | undefined> {
  return async (forest, purposes) => {
    const { exchangeAuth, lineTo } = await import('./exchange-line.ts');
    const auth = await exchangeAuth(ctx, forest, purposes);
    if (!auth || forest.config.ewsUrl === undefined) return undefined;
    const { proxy } = await lineTo(ctx, forest, new URL(forest.config.ewsUrl).hostname);
    return { auth, proxy };
  };
}

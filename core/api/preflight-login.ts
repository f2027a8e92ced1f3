import type { AccountPurpose } from '../domain/words.ts';
import type { Login } from '../preflight/environment.ts';
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
    return { user: account.userName, password: await accountPassword(ctx.store, await ctx.keyring(), account) };
  };
}

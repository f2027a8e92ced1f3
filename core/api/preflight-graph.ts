import { type GraphAccess, graphUrl } from '../preflight/online/graph.ts';
import type { Forest } from '../store/forests.ts';
import type { AdapterContext } from './adapters.ts';
import { accountOf, lineTo } from './exchange-line.ts';

/** Microsoft Graph of a forest whose exchange account is an application; the same application asks there. */
export function preflightGraph(ctx: AdapterContext): (forest: Forest) => Promise<GraphAccess | undefined> {
  return async (forest) => {
    const { oauth, ewsUrl } = forest.config;
    if (!oauth || ewsUrl === undefined) return undefined;
    const account = await accountOf(ctx, forest, ['exchange']);
    if (!account) return undefined;
    const { oauthSignIn } = await import('../exchange/ews/oauth.ts');
    const url = graphUrl(oauth.authority, new URL(ewsUrl).hostname);
    const secret = account.password;
    const sign = oauthSignIn(
      {
        tenant: oauth.tenant,
        clientId: account.user,
        credential: oauth.credential === 'secret' ? { kind: 'secret', secret } : { kind: 'certificate', pem: secret },
        authority: oauth.authority,
        scope: `${url}/.default`,
      },
      await lineTo(ctx, forest, new URL(oauth.authority ?? 'https://login.microsoftonline.com').hostname),
    );
    const line = await lineTo(ctx, forest, new URL(url).hostname);
    return { url, clientId: account.user, token: (signal) => sign.token(signal, false), line };
  };
}

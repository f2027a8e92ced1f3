import { TransplantError, UsageError } from '../domain/errors.ts';
import type { Discovered } from '../exchange/autodiscover/autodiscover.ts';
import type { Forest } from '../store/forests.ts';
import { type AdapterContext, directoryConfig } from './adapters.ts';
import { accountOf, exchangeAuth, lineTo } from './exchange-line.ts';

export interface FindEwsOptions {
  /** A mailbox of the forest to ask for. */
  mailbox?: string | undefined;
  allowHosts?: readonly string[] | undefined;
  /** ms for a connection and an answer of one server. */
  timeoutMs?: number | undefined;
}

/**
 * Finds a forest's EWS address by Autodiscover, with what is known of it: its directory, its accounts, its mail domains.
 * @throws UsageError when there is nothing to begin with, AutodiscoverFailed with every step
 */
export async function findEws(ctx: AdapterContext, forest: Forest, options: FindEwsOptions): Promise<Discovered> {
  const points = await connectionPoints(ctx, forest);
  const address = options.mailbox ?? points.mailbox ?? (await someMailbox(ctx, forest));
  if (address === undefined) {
    throw new UsageError({
      tried: `find EWS of forest ${forest.name}`,
      happened: 'No mailbox of it is known to ask for.',
      next: `Name one: transplant forest find-ews ${forest.name} --mailbox SOMEBODY@DOMAIN`,
    });
  }
  const { discoverEws } = await import('../exchange/autodiscover/autodiscover.ts');
  const domain = address.split('@')[1] ?? '';
  const auth = await exchangeAuth(ctx, forest, ['exchange']);
  return await discoverEws({
    address,
    auth,
    notes: points.notes,
    connectionPoints: points.urls,
    domains: [...forest.config.smtpDomains, ...(points.domain ? [points.domain] : [])],
    allowedHosts: options.allowHosts,
    timeoutMs: options.timeoutMs,
    ...(await lineTo(ctx, forest, domain)),
  });
}

/** What the directory says, where it can be asked; why not, otherwise. */
async function connectionPoints(
  ctx: AdapterContext,
  forest: Forest,
): Promise<{ urls: string[]; domain: string; mailbox?: string | undefined; notes: string[] }> {
  if (!forest.config.ldapUrl) return { urls: [], domain: '', notes: [] };
  try {
    const { readConnectionPoints } = await import('../directory/connection-points.ts');
    const { points, domain, mailbox } = await readConnectionPoints(await directoryConfig(ctx, forest));
    return { urls: points.map((point) => point.url), domain, mailbox, notes: [] };
  } catch (error) {
    if (!(error instanceof TransplantError)) throw error;
    return { urls: [], domain: '', notes: [`service connection points: ${error.text.happened}`] };
  }
}

/** Without a directory: the account's own address, else any mailbox that was read before, else the postmaster's. */
async function someMailbox(ctx: AdapterContext, forest: Forest): Promise<string | undefined> {
  const account = forest.config.oauth ? undefined : await accountOf(ctx, forest, ['exchange', 'directory']);
  if (account?.user.includes('@')) return account.user;
  const row = await ctx.store.db
    .selectFrom('recipient')
    .select('mail')
    .where('forest_id', '=', forest.id)
    .where('kind', '=', 'mailbox')
    .where('deleted', '=', 0)
    .where('mail', 'is not', null)
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  const [domain] = forest.config.smtpDomains;
  return row?.mail ?? (domain === undefined ? undefined : `postmaster@${domain}`);
}

import type { DirectoryConfig } from '../directory/config.ts';
import type { DirectoryReader } from '../directory/reader.ts';
import type { DirectoryWriter } from '../directory/writer.ts';
import { UsageError } from '../domain/errors.ts';
import { pinsFor } from '../domain/forest.ts';
import type { AccountPurpose, ForestRole } from '../domain/words.ts';
import type { EwsClientConfig } from '../exchange/ews/client.ts';
import type { EwsServer } from '../exchange/ews/ews-store.ts';
import type { OpenMailStore } from '../exchange/mail-store.ts';
import type { Mailer } from '../plan/notify/smtp.ts';
import { accountPassword, listAccounts } from '../store/accounts.ts';
import { type Forest, forestOfRole, getForest, listForests } from '../store/forests.ts';
import type { Keyring } from '../store/keyring.ts';
import type { Store } from '../store/store.ts';
import { EndpointPaces } from './endpoint-paces.ts';

/**
 * The only place where rows of forests and accounts become clients of real servers. Passwords are opened here and go
 * nowhere else.
 */
export interface AdapterContext {
  store: Store;
  keyring(): Promise<Keyring>;
}

/** How a forest's directory is reached, ready for the reader and the writer. Forests that are files have no login. */
export async function directoryConfig(ctx: AdapterContext, forest: Forest): Promise<DirectoryConfig> {
  const { config } = forest;
  if (!config.ldapUrl && !config.ldifFile) {
    throw new UsageError({
      tried: `reach the directory of forest ${forest.name}`,
      happened: 'Neither a server nor an export is given for it.',
      next: `Give one with: transplant forest add ${forest.name} --role ${forest.role} --ldap URL (or --ldif FILE)`,
    });
  }
  return {
    forest: forest.name,
    servers: config.ldapUrl ? [config.ldapUrl, ...(config.ldapStandbys ?? [])] : [],
    ...(config.gcUrl ? { globalCatalogs: [config.gcUrl] } : {}),
    ...(config.referralHosts ? { referralHosts: config.referralHosts } : {}),
    trust: { pins: config.pins, caPem: config.caPem },
    login: { kind: 'anonymous' },
    ...(config.ldapUrl ? await directoryLogin(ctx, forest) : {}),
    ...(config.ldifFile ? { files: [config.ldifFile] } : {}),
    extraAttributes: await attributesOfRules(ctx.store),
  };
}

/**
 * By password; or, where the secret of the directory account is a certificate with its key (PEM), by that: SASL EXTERNAL
 * (RFC 4513 5.2.3), and its user name stands for people alone.
 */
async function directoryLogin(ctx: AdapterContext, forest: Forest): Promise<Pick<DirectoryConfig, 'login' | 'trust'>> {
  const { pins, caPem } = forest.config;
  const account = await login(ctx, forest, ['directory', 'exchange']);
  const certificates = account.password.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g);
  const key = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]+?-----END \1-----/.exec(account.password)?.[0];
  if (!certificates || !key) return { login: { kind: 'simple', ...account }, trust: { pins, caPem } };
  const client = { certPem: certificates.join('\n'), keyPem: key };
  return { login: { kind: 'certificate' }, trust: { pins, caPem, client } };
}

/** What rules and attribute flow of one's own name beyond the usual attributes; what is no longer sound names nothing. */
async function attributesOfRules(store: Store): Promise<readonly string[]> {
  const { keptText } = await import('../store/kept-texts.ts');
  const [rules, flow] = [await keptText(store, 'match.rules'), await keptText(store, 'prepare.flow')];
  if (!rules && !flow) return [];
  const { readRules } = await import('../rationalize/rules/kept.ts');
  const { readFlow } = await import('../directory/flow/compile.ts');
  const read = [...(rules ? [readRules(rules.text)] : []), ...(flow ? [readFlow(flow.text)] : [])];
  return read.flatMap((one) => (one.ok ? one.value.attributes : []));
}

/** A reader of a forest's directory; close it. */
export async function openDirectoryReader(ctx: AdapterContext, forest: Forest): Promise<DirectoryReader> {
  const { openReader } = await import('../directory/open.ts');
  return await openReader(await directoryConfig(ctx, forest));
}

/** A writer to a forest's directory; close it. @throws UsageError where only an export is known */
export async function openDirectoryWriter(ctx: AdapterContext, forest: Forest): Promise<DirectoryWriter> {
  const { openWriter } = await import('../directory/open.ts');
  return await openWriter(await directoryConfig(ctx, forest));
}

/** A writer to the directory of a forest by its number, as plans name it; close it. @throws UsageError */
export async function writerOfForest(ctx: AdapterContext, forestId: number): Promise<DirectoryWriter> {
  const forest = (await listForests(ctx.store)).find((f) => f.id === forestId);
  if (forest) return await openDirectoryWriter(ctx, forest);
  throw new UsageError({
    tried: 'write to a directory',
    happened: 'The forest of the plan was removed.',
    next: 'Add the forest again and make a new plan.',
  });
}

/** The forest of a role, or the named one. @throws UsageError where there is none */
export async function forestFor(store: Store, role: ForestRole, name?: string): Promise<Forest> {
  if (name !== undefined) return await getForest(store, name);
  const forest = await forestOfRole(store, role);
  if (forest) return forest;
  throw new UsageError({
    tried: `find the ${role} forest`,
    happened: 'None was added yet.',
    next: `Add it with: transplant forest add NAME --role ${role} --ldap URL --ews URL`,
  });
}

/**
 * User and password of the first account that is set, in order of preference.
 * @throws UsageError when none is, KeyLostError, SecretAlteredError, NotApprovedError
 */
export async function login(
  ctx: AdapterContext,
  forest: Forest,
  purposes: readonly AccountPurpose[],
): Promise<{ user: string; password: string }> {
  const accounts = await listAccounts(ctx.store, forest.id);
  for (const purpose of purposes) {
    const account = accounts.find((one) => one.purpose === purpose);
    // An application's secret is a password nowhere but at its token endpoint.
    if (!account || (purpose === 'exchange' && forest.config.oauth)) continue;
    return { user: account.userName, password: await accountPassword(ctx.store, await ctx.keyring(), account) };
  }
  return noAccount(forest, purposes);
}

function noAccount(forest: Forest, purposes: readonly AccountPurpose[]): never {
  throw new UsageError({
    tried: `sign in to forest ${forest.name}`,
    happened: `No account is set for ${purposes[0]}.`,
    next: `Set it with: transplant account set ${forest.name} ${purposes[0]} --user U --password-stdin`,
  });
}

/** How long after a failed sign-in no other is tried, ms. */
const REFUSAL_MS = 55_000;

/** A mailbox's content, and public folders, by the accounts of the forests: what a worker opens for its tasks. */
export class MailServers {
  readonly #ctx: AdapterContext;
  readonly #servers = new Map<string, Promise<EwsServer>>();
  readonly #paces: EndpointPaces;
  #refusal: { error: Error; until: number } | undefined;

  constructor(ctx: AdapterContext) {
    this.#ctx = ctx;
    this.#paces = new EndpointPaces(ctx.store);
  }

  /** Connections and what was learned of a server are kept; a mailbox is opened for each call. */
  readonly open: OpenMailStore = async (role, address, kind) => {
    if (this.#refusal && performance.now() < this.#refusal.until) throw this.#refusal.error;
    const publicFolders = kind === 'publicFolders';
    const server = await this.#server(role, publicFolders ? ['public-folders', 'exchange'] : ['exchange']);
    // Public folders are opened as the account itself; it needs an owner's rights there, which preflight looks for.
    if (!publicFolders) return server.mailbox({ address, impersonate: true });
    const [domain] = (await forestFor(this.#ctx.store, role)).config.smtpDomains;
    return server.mailbox({ address: '', publicFolders: true, domain });
  };

  /**
   * After a sign-in failed: for a minute nothing is sent to any server, so that many tasks do not lock the account; then
   * the password is read again.
   */
  refused(error: Error): void {
    this.#refusal = { error, until: performance.now() + REFUSAL_MS };
    this.forget();
  }

  /** Closes what is open. */
  forget(): void {
    for (const server of this.#servers.values()) void server.then((one) => one.close()).catch(() => undefined);
    this.#servers.clear();
    this.#paces.close();
  }

  async #server(role: ForestRole, purposes: readonly AccountPurpose[]): Promise<EwsServer> {
    const key = `${role} ${purposes.join(' ')}`;
    const known = this.#servers.get(key);
    if (known) return await known;
    const opening = this.#connect(role, purposes);
    this.#servers.set(key, opening);
    opening.catch(() => this.#servers.delete(key));
    return await opening;
  }

  async #connect(role: ForestRole, purposes: readonly AccountPurpose[]): Promise<EwsServer> {
    const forest = await forestFor(this.#ctx.store, role);
    const { EwsServer: Server } = await import('../exchange/ews/ews-store.ts');
    const config = await ewsConfig(this.#ctx, forest, purposes);
    const budget = purposes.includes('public-folders') ? 'account' : 'mailbox';
    return new Server({ ...config, pace: await this.#paces.open(config.url, budget) });
  }
}

/** How a forest's Exchange is reached over EWS. */
export async function ewsConfig(
  ctx: AdapterContext,
  forest: Forest,
  purposes: readonly AccountPurpose[],
): Promise<EwsClientConfig> {
  const { config } = forest;
  if (!config.ewsUrl) {
    throw new UsageError({
      tried: `reach Exchange of forest ${forest.name}`,
      happened: 'No EWS address is given for it.',
      next: `Find it with: transplant forest find-ews ${forest.name}, or give it: transplant forest change ${forest.name} --ews https://SERVER/EWS/Exchange.asmx`,
    });
  }
  const { exchangeAuth, lineTo } = await import('./exchange-line.ts');
  return {
    url: config.ewsUrl,
    auth: (await exchangeAuth(ctx, forest, purposes)) ?? noAccount(forest, purposes),
    ...(await lineTo(ctx, forest, new URL(config.ewsUrl).hostname)),
  };
}

/** The mail server that notifications go out by: the forest's, with its trust and its `smtp` account where one is set. */
export async function openMailer(
  ctx: AdapterContext,
  via: ForestRole,
  security: 'starttls' | 'implicit',
): Promise<Mailer> {
  const forest = await forestFor(ctx.store, via);
  const { smtp, pins, caPem } = forest.config;
  if (!smtp) {
    throw new UsageError({
      tried: `reach the mail server of forest ${forest.name}`,
      happened: 'None is given for it.',
      next: `Give it with: transplant forest add ${forest.name} --role ${forest.role} --smtp HOST:PORT`,
    });
  }
  const account = (await listAccounts(ctx.store, forest.id)).find(({ purpose }) => purpose === 'smtp');
  const { Mailer: Server } = await import('../plan/notify/smtp.ts');
  return new Server({
    ...smtp,
    security,
    pins: pinsFor(pins, smtp.host),
    ...(caPem !== undefined && { ca: caPem }),
    ...(account && { login: await login(ctx, forest, ['smtp']) }),
  });
}

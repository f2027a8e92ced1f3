import { LdapConnection } from '../directory/ldap-connection.ts';
import { readFacts, type ServerFacts } from '../directory/ldap-server.ts';
import { pinsFor } from '../domain/forest.ts';
import type { AccountPurpose } from '../domain/words.ts';
import type { EwsAuth } from '../exchange/ews/authentication.ts';
import { EwsClient } from '../exchange/ews/client.ts';
import type { Forest } from '../store/forests.ts';
import type { Store } from '../store/store.ts';
import { shared } from './check.ts';
import { addressOf, databaseEndpoint, type Endpoint, forestEndpoints } from './endpoints.ts';
import type { HostFacts } from './host/model.ts';
import { readHost } from './host/read.ts';
import { Graph, type GraphAccess } from './online/graph.ts';
import { type CertificateFacts, probeCertificate } from './tls/certificate.ts';
import { probeTls, type TlsProbe } from './tls/probe.ts';

export interface Login {
  user: string;
  password: string;
}

/** How Exchange is signed in to, and through which proxy it is reached. */
export interface ExchangeAccess {
  auth: EwsAuth;
  proxy?: string | undefined;
}

/** What checks are run with. Passwords come through `login` when a check needs one, and go to configured hosts alone. */
export interface EnvironmentOptions {
  store: Store;
  forests: readonly Forest[];
  /** Name of the machine the checks are run from. */
  machine: string;
  machineKind: 'console' | 'worker';
  login(forest: Forest, purpose: AccountPurpose): Promise<Login | undefined>;
  /** Sign-in at Exchange where it is more than a user and a password; `login` serves where this is left out. */
  exchange?: ((forest: Forest, purposes: readonly AccountPurpose[]) => Promise<ExchangeAccess | undefined>) | undefined;
  /** Microsoft Graph of a forest, where its exchange account is an application; undefined where it is not set up. */
  graph?: ((forest: Forest) => Promise<GraphAccess | undefined>) | undefined;
  /** ms for one check. */
  limitMs?: number;
  /** Folder where the program keeps its own. */
  dataFolder: string;
  /** Facts of this machine; another machine's in tests. */
  readHost?: () => Promise<HostFacts>;
}

export const CHECK_LIMIT_MS = 15_000;

/** An account was not set, so what needs it cannot be tried. */
export class NoAccount extends Error {
  readonly purpose: AccountPurpose;
  constructor(forest: string, purpose: AccountPurpose) {
    super(`no ${purpose} account is set for forest ${forest}`);
    this.purpose = purpose;
  }
}

/** A server with what was found out about it, asked for once however many checks need it. */
export interface ProbedEndpoint extends Endpoint {
  versions: () => Promise<TlsProbe>;
  certificate: () => Promise<CertificateFacts>;
}

export interface DirectorySession {
  connection: LdapConnection;
  facts: ServerFacts;
}

/** A forest with the connections that its checks share. */
export class PreflightForest {
  readonly forest: Forest;
  readonly endpoints: readonly ProbedEndpoint[];
  /** Logged in with the directory account. @throws NoAccount, TransplantError */
  readonly directory: () => Promise<DirectorySession>;
  /** A client that speaks as the exchange account. @throws NoAccount */
  readonly exchange: () => Promise<EwsClient>;
  /** The same for the public-folders account, or the exchange account where there is none. @throws NoAccount */
  readonly publicFolders: () => Promise<EwsClient>;
  /** Microsoft Graph; undefined where it is not set up. */
  readonly graph: () => Promise<Graph | undefined>;
  readonly login: (purpose: AccountPurpose) => Promise<Login | undefined>;
  readonly #close: (() => Promise<void> | void)[] = [];

  constructor(forest: Forest, options: EnvironmentOptions) {
    const limitMs = options.limitMs ?? CHECK_LIMIT_MS;
    const logins = new Map<AccountPurpose, () => Promise<Login | undefined>>();
    this.forest = forest;
    this.endpoints = forestEndpoints(forest).map((endpoint) => probed(endpoint, limitMs));
    this.login = (purpose) => {
      const known = logins.get(purpose) ?? shared(() => options.login(forest, purpose));
      logins.set(purpose, known);
      return known();
    };
    this.graph = shared(async () => {
      const access = await options.graph?.(forest);
      return access && new Graph(access);
    });
    this.directory = shared(() => this.#openDirectory(limitMs));
    const access = options.exchange ?? ((_: Forest, purposes: readonly AccountPurpose[]) => this.#byPassword(purposes));
    const open = (purposes: AccountPurpose[]) => async () =>
      this.#openExchange(limitMs, purposes, await access(forest, purposes));
    this.exchange = shared(open(['exchange']));
    this.publicFolders = shared(open(['public-folders', 'exchange']));
  }

  endpoint(service: Endpoint['service']): ProbedEndpoint | undefined {
    return this.endpoints.find((one) => one.service === service);
  }

  async close(): Promise<void> {
    await Promise.all(this.#close.map((close) => close()));
  }

  async #openDirectory(limitMs: number): Promise<DirectorySession> {
    const { ldapUrl, pins, caPem } = this.forest.config;
    if (ldapUrl === undefined) throw new Error(`forest ${this.forest.name} has no directory server`);
    const account = (await this.login('directory')) ?? (await this.login('exchange'));
    if (!account) throw new NoAccount(this.forest.name, 'directory');
    const connection = await LdapConnection.open({
      url: ldapUrl,
      trust: { pins, caPem },
      login: { kind: 'simple', ...account },
      connectTimeoutMs: limitMs,
      timeoutMs: limitMs,
    });
    this.#close.push(() => connection.close());
    return { connection, facts: await readFacts(connection) };
  }

  async #byPassword(purposes: readonly AccountPurpose[]): Promise<ExchangeAccess | undefined> {
    let account: Login | undefined;
    for (const purpose of purposes) account ??= await this.login(purpose);
    return account && { auth: { kind: 'password', ...account } };
  }

  async #openExchange(
    limitMs: number,
    purposes: AccountPurpose[],
    access: ExchangeAccess | undefined,
  ): Promise<EwsClient> {
    const { ewsUrl, pins, caPem } = this.forest.config;
    if (ewsUrl === undefined) throw new Error(`forest ${this.forest.name} has no EWS address`);
    if (!access) throw new NoAccount(this.forest.name, purposes[0] ?? 'exchange');
    const client = new EwsClient({
      url: ewsUrl,
      ...access,
      ca: caPem,
      pin: await this.#pin(pinsFor(pins, new URL(ewsUrl).hostname)),
      connectTimeoutMs: limitMs,
      idleTimeoutMs: limitMs,
      patienceMs: limitMs,
    });
    this.#close.push(() => client.close());
    return client;
  }

  /** Several certificates may be pinned for a forest; the server shows one of them. */
  async #pin(pins: readonly string[]): Promise<string | undefined> {
    if (pins.length <= 1) return pins[0];
    const shown = await this.endpoint('EWS')
      ?.certificate()
      .catch(() => undefined);
    return pins.find((pin) => pin === shown?.fingerprint) ?? pins[0];
  }
}

export function probed(endpoint: Endpoint, limitMs: number): ProbedEndpoint {
  return {
    ...endpoint,
    versions: shared(() => probeTls(endpoint, limitMs)),
    certificate: shared(() => probeCertificate(endpoint, limitMs)),
  };
}

/** Everything the checks of one run share. */
export class PreflightEnvironment {
  readonly store: Store;
  readonly machine: string;
  readonly machineKind: 'console' | 'worker';
  readonly limitMs: number;
  readonly forests: readonly PreflightForest[];
  /** The database server; none for the embedded database. */
  readonly database: ProbedEndpoint | undefined;
  readonly readHost: () => Promise<HostFacts>;
  /** `host:port` of everything that is configured: where this program itself goes. */
  readonly usedAddresses: ReadonlySet<string>;

  constructor(options: EnvironmentOptions) {
    const database = databaseEndpoint(options.store.url);
    this.store = options.store;
    this.database = database && probed(database, options.limitMs ?? CHECK_LIMIT_MS);
    this.machine = options.machine;
    this.machineKind = options.machineKind;
    this.limitMs = options.limitMs ?? CHECK_LIMIT_MS;
    const file = options.store.url.startsWith('sqlite:') ? options.store.url.slice('sqlite:'.length) : undefined;
    this.readHost = options.readHost ?? (() => readHost(options.dataFolder, file === ':memory:' ? undefined : file));
    this.forests = options.forests.map((forest) => new PreflightForest(forest, options));
    const used = [...this.forests.flatMap((forest) => forest.endpoints), ...(this.database ? [this.database] : [])];
    this.usedAddresses = new Set([
      ...used.map(addressOf),
      ...(database?.instance ? [addressOf({ host: database.host, port: 1434 })] : []),
    ]);
  }

  async close(): Promise<void> {
    await Promise.all(this.forests.map((forest) => forest.close()));
  }
}

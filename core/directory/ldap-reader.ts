import type { TransplantError } from '../domain/errors.ts';
import { RECIPIENT_FILTER } from './attributes.ts';
import { type DirectoryConfig, PAGE_SIZE } from './config.ts';
import { directoryError, resultCode } from './errors.ts';
import { CookieExpired, type ReadPlan, readDelta, readRest, startOfNextDelta } from './ldap-delta.ts';
import { Fetcher } from './ldap-fetch.ts';
import { isServersOwnTrouble, type OpenServer, openFirst } from './ldap-server.ts';
import { followReferrals, readCatalog } from './ldap-side.ts';
import type { DeltaState, DirectoryReader, ReadBatch, ReadOptions, ReadResult } from './reader.ts';

/** Reads the recipients of a forest over LDAP. */
export class LdapReader implements DirectoryReader {
  readonly #config: DirectoryConfig;
  #server: OpenServer | undefined;

  constructor(config: DirectoryConfig) {
    this.#config = config;
  }

  async *read(options: ReadOptions): AsyncGenerator<ReadBatch, ReadResult> {
    const notes: string[] = [];
    const urls = [...this.#config.servers];
    for (;;) {
      const server = await this.#open(urls, notes);
      try {
        return yield* this.#readFrom(server, options, notes);
      } catch (error) {
        const told = directoryError(error, `read the recipients of forest ${this.#config.forest}`, server.facts.name);
        await this.close();
        urls.splice(0, urls.indexOf(server.url) + 1);
        if (urls.length === 0 || !isServersOwnTrouble(told)) throw told;
        notes.push(`${server.facts.name} failed in the middle (${told.text.happened}); the next server takes over.`);
      }
    }
  }

  async close(): Promise<void> {
    await this.#server?.connection.close();
    this.#server = undefined;
  }

  async #open(urls: readonly string[], notes: string[]): Promise<OpenServer> {
    this.#server = await openFirst(this.#config, urls, (error: TransplantError) => {
      notes.push(`A server was passed over: ${error.text.happened}`);
    });
    return this.#server;
  }

  async *#readFrom(server: OpenServer, options: ReadOptions, notes: string[]): AsyncGenerator<ReadBatch, ReadResult> {
    const fetcher = new Fetcher(server.connection, {
      extraAttributes: this.#config.extraAttributes ?? [],
      pageSize: this.#config.pageSize ?? PAGE_SIZE,
      signal: options.signal,
    });
    const bases = this.#config.baseDns?.length ? [...this.#config.baseDns] : [server.facts.baseDn];
    const plan: ReadPlan = { fetcher, server, bases, notes };
    const result = yield* this.#readDomain(plan, options);
    yield* this.#readOthers(plan, options, result);
    return { ...result, queries: fetcher.queries };
  }

  async *#readDomain(plan: ReadPlan, options: ReadOptions): AsyncGenerator<ReadBatch, ReadResult> {
    const { since } = options;
    const refused = whyNoDelta(since, plan.server);
    if (since && refused === undefined && !options.resume) {
      try {
        return yield* readDelta(plan, since, options);
      } catch (error) {
        if (!(error instanceof CookieExpired)) throw error;
        plan.notes.push(`The cookie of the last read is no longer taken (${error.message}): everything is read.`);
      }
    }
    if (refused) plan.notes.push(refused);
    const state = await startOfNextDelta(plan);
    yield { recipients: [], gone: [], problems: [], start: state };
    if (since && refused === undefined && options.resume) return yield* readRest(plan, state, options);
    return yield* this.#readAll(plan, state);
  }

  async *#readAll(
    { fetcher, bases, notes }: ReadPlan,
    state: DeltaState | undefined,
  ): AsyncGenerator<ReadBatch, ReadResult> {
    for (const base of bases) {
      for await (const page of fetcher.pages(base, RECIPIENT_FILTER)) yield await fetcher.batch(page);
    }
    return { mode: 'full', state, notes, queries: fetcher.queries };
  }

  /** Domains beside the server's own: by global catalog where one is given, else where referrals lead. */
  async *#readOthers(plan: ReadPlan, options: ReadOptions, result: ReadResult): AsyncGenerator<ReadBatch> {
    const { bases, server, fetcher, notes } = plan;
    const given = this.#config.globalCatalogs ?? [];
    const catalogs = given.length > 0 && (await isOnlyDomain(plan)) ? [] : given;
    if (catalogs.length === 0 && fetcher.references.size === 0) return;
    const known = (await options.known?.()) ?? new Map<string, number>();
    const side = { config: this.#config, options, known, seen: new Set<string>() };
    if (catalogs.length === 0) {
      yield* followReferrals(side, fetcher.references, server.url, bases);
      return;
    }
    notes.push(yield* readCatalog(side, [server.facts.baseDn, ...bases]));
    if (result.mode !== 'delta') return;
    // The catalog has every object of the forest, so what it does not have is gone, in whatever domain.
    const gone = [...known.keys()].filter((guid) => !side.seen.has(guid));
    if (gone.length > 0) yield { recipients: [], gone, problems: [] };
  }
}

/** Whether the forest has no other domain, so that a global catalog would tell nothing new. */
async function isOnlyDomain({ server, fetcher }: ReadPlan): Promise<boolean> {
  const { configurationDn } = server.facts;
  if (configurationDn === undefined) return false;
  try {
    const domains = await fetcher.once(
      `CN=Partitions,${configurationDn}`,
      '(&(objectClass=crossRef)(nETBIOSName=*))',
      ['nCName'],
      [],
      'one',
    );
    return domains.length === 1;
  } catch (error) {
    if (resultCode(error) === undefined) throw error;
    return false;
  }
}

/** Why the last read's end cannot be gone on from; undefined when it can. An empty reason needs no telling. */
function whyNoDelta(since: DeltaState | undefined, { facts }: OpenServer): string | undefined {
  if (!since) return '';
  if (facts.highestUsn === undefined) return `${facts.name} keeps no change numbers: everything is read.`;
  if (since.invocationId !== facts.invocationId) {
    return since.server === facts.name
      ? `${facts.name} was restored or rebuilt since the last read: everything is read.`
      : `${facts.name} answered instead of ${since.server}, and change numbers of one server mean nothing on another: everything is read.`;
  }
  if (facts.highestUsn < since.usn)
    return `${facts.name} counts fewer changes than at the last read: everything is read.`;
  return undefined;
}

import type { TransplantError } from '../domain/errors.ts';
import { RECIPIENT_FILTER } from './attributes.ts';
import { type DirectoryConfig, PAGE_SIZE } from './config.ts';
import { directoryError } from './errors.ts';
import { type DeltaPlan, readDelta } from './ldap-delta.ts';
import { Fetcher } from './ldap-fetch.ts';
import { isServersOwnTrouble, type OpenServer, openFirst } from './ldap-server.ts';
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
    const plan: DeltaPlan = { fetcher, server, bases, notes };
    const refused = whyNoDelta(options.since, server);
    if (options.since && refused === undefined) return yield* readDelta(plan, options.since, options);
    if (refused) notes.push(refused);
    return yield* this.#readAll(plan);
  }

  async *#readAll({ fetcher, server, bases, notes }: DeltaPlan): AsyncGenerator<ReadBatch, ReadResult> {
    const state = await startOfNextDelta(server);
    for (const base of bases) {
      for await (const page of fetcher.pages(base, RECIPIENT_FILTER)) yield await fetcher.batch(page);
    }
    return { mode: 'full', state, notes, queries: fetcher.queries };
  }
}

/** Taken before the read, so that a change made during it comes again with the next delta. */
async function startOfNextDelta({ facts }: OpenServer): Promise<DeltaState | undefined> {
  if (facts.highestUsn === undefined || facts.invocationId === '') return undefined;
  return {
    server: facts.name,
    invocationId: facts.invocationId,
    usn: facts.highestUsn,
    cookie: null,
    seesDeleted: false,
  };
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

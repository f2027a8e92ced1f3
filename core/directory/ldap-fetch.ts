import { type Control, type Entry, EqualityFilter, type Filter, FilterParser, OrFilter } from 'ldapts';
import type { DirectoryProblem, RecipientRecord } from '../domain/recipient.ts';
import { BINARY_ATTRIBUTES, RECIPIENT_ATTRIBUTES } from './attributes.ts';
import { DirectoryCancelledError, firstLine, LdapCode, resultCode } from './errors.ts';
import type { LdapConnection, Page } from './ldap-connection.ts';
import { type PlainEntry, plainEntry } from './ldap-entry.ts';
import type { ReadBatch } from './reader.ts';
import { toRecipient } from './recipient.ts';
import { guidBytes } from './values.ts';

/** Filters of this length are answered quickly by every server, and stay far below any limit on a request. */
const GUIDS_IN_A_FILTER = 100;

/** Reads entries over one connection and counts the queries. */
export class Fetcher {
  readonly #connection: LdapConnection;
  readonly #attributes: string[];
  readonly #pageSize: number;
  readonly #signal: AbortSignal | undefined;
  queries = 0;
  readonly references = new Set<string>();

  constructor(
    connection: LdapConnection,
    options: { extraAttributes: readonly string[]; pageSize: number; signal: AbortSignal | undefined },
  ) {
    this.#connection = connection;
    this.#attributes = [...new Set([...RECIPIENT_ATTRIBUTES, ...options.extraAttributes])];
    this.#pageSize = options.pageSize;
    this.#signal = options.signal;
  }

  /** Pages of a search; the next page is asked for while the caller works on this one. */
  async *pages(
    base: string,
    filter: string | Filter,
    attributes: string[] = this.#attributes,
    controls: () => Parameters<LdapConnection['page']>[3] = () => [],
  ): AsyncGenerator<Page> {
    const parsed = typeof filter === 'string' ? FilterParser.parseString(filter) : filter;
    const ask = (cookie: Buffer | undefined) => {
      this.#checkCancelled();
      this.queries++;
      const options = {
        scope: 'sub' as const,
        filter: parsed,
        attributes,
        explicitBufferAttributes: [...BINARY_ATTRIBUTES],
      };
      return this.#connection.page(base, options, { size: this.#pageSize, cookie }, controls());
    };
    let page = await ask(undefined);
    for (;;) {
      for (const reference of page.references) this.references.add(reference);
      const next = page.cookie ? ask(page.cookie) : undefined;
      // The caller may stop before it is awaited; its failure then has nobody to tell.
      next?.catch(() => {});
      if (page.entries.length > 0) yield page;
      if (!next) return;
      page = await next;
    }
  }

  /** A search whose answer comes in one piece. */
  async once(
    base: string,
    filter: string,
    attributes: string[],
    controls: Control[],
    scope: 'sub' | 'one' = 'sub',
    sizeLimit?: number,
  ): Promise<Entry[]> {
    this.#checkCancelled();
    this.queries++;
    const options = {
      scope,
      filter: FilterParser.parseString(filter),
      attributes,
      explicitBufferAttributes: [...BINARY_ATTRIBUTES],
      ...(sizeLimit === undefined ? {} : { sizeLimit }),
    };
    return (await this.#connection.page(base, options, undefined, controls)).entries;
  }

  /** Entries as recipients, with values that the server kept back fetched range by range. */
  async batch(page: Page): Promise<ReadBatch & { seen: Set<string> }> {
    const problems: DirectoryProblem[] = [];
    const recipients: RecipientRecord[] = [];
    const gone: string[] = [];
    const seen = new Set<string>();
    for (const raw of page.entries) {
      let entry: PlainEntry;
      try {
        entry = plainEntry(raw, problems);
        if (entry.open.length > 0) {
          await closeRanges(this.#connection, entry, problems, () => {
            this.#checkCancelled();
            this.queries++;
          });
        }
      } catch (error) {
        this.#checkCancelled();
        problems.push({ dn: raw.dn, reason: reasonOf(error) });
        continue;
      }
      const recipient = toRecipient(entry.dn, entry.attributes);
      const guid = recipient?.guid ?? entry.attributes.objectGUID?.[0]?.toLowerCase();
      if (guid) seen.add(guid);
      if (recipient && !recipient.deleted) recipients.push(recipient);
      else if (guid) gone.push(guid);
    }
    return { recipients, gone, problems, seen };
  }

  /** The current entries of GUIDs; those that no longer exist are missing from the answer. */
  async *byGuid(base: string, guids: readonly string[]): AsyncGenerator<Page> {
    for (let at = 0; at < guids.length; at += GUIDS_IN_A_FILTER) {
      const filters = guids.slice(at, at + GUIDS_IN_A_FILTER).flatMap((guid) => {
        const value = guidBytes(guid);
        return value ? [new EqualityFilter({ attribute: 'objectGUID', value })] : [];
      });
      if (filters.length > 0) yield* this.pages(base, new OrFilter({ filters }));
    }
  }

  #checkCancelled(): void {
    if (!this.#signal?.aborted) return;
    throw new DirectoryCancelledError({
      tried: 'read the directory',
      happened: 'It was cancelled; what was read so far is kept.',
      next: 'Start it again to go on from here.',
    });
  }
}

/**
 * Fetches the values that a server kept back, range by range, into the entry.
 * @param asking called before each query
 */
export async function closeRanges(
  connection: LdapConnection,
  entry: PlainEntry,
  problems: DirectoryProblem[],
  asking: () => void = () => {},
): Promise<void> {
  const open = [...entry.open];
  for (let range = open.shift(); range; range = open.shift()) {
    asking();
    try {
      const more = await connection.read(entry.dn, {
        attributes: [`${range.attribute};range=${range.next}-*`],
        explicitBufferAttributes: [...BINARY_ATTRIBUTES],
      });
      const part = more ? plainEntry(more, problems) : undefined;
      const texts = part?.attributes[range.attribute] ?? [];
      entry.attributes[range.attribute] = [...(entry.attributes[range.attribute] ?? []), ...texts];
      if (texts.length > 0) open.push(...(part?.open ?? []));
    } catch (error) {
      if (resultCode(error) === undefined) throw error;
      const reason = `${range.attribute} could be read only to value ${range.next}: ${reasonOf(error)}`;
      problems.push({ dn: entry.dn, reason });
    }
  }
}

/** Why one object could not be read, in a few words. */
export function reasonOf(error: unknown): string {
  const code = resultCode(error);
  if (code === LdapCode.insufficientAccess) return 'the account may not read it';
  const message = firstLine(error instanceof Error ? error.message : String(error));
  return code === undefined ? message : `LDAP error ${code}: ${message}`;
}

import { Attribute, Change, type Entry, EqualityFilter, FilterParser } from 'ldapts';
import type { Attributes, DirectoryProblem } from '../domain/recipient.ts';
import { attributeName, BINARY_ATTRIBUTES, valueForm } from './attributes.ts';
import { type DirectoryConfig, PAGE_SIZE } from './config.ts';
import { directoryError, resultCode } from './errors.ts';
import type { LdapConnection } from './ldap-connection.ts';
import { plainEntry } from './ldap-entry.ts';
import { closeRanges } from './ldap-fetch.ts';
import { type OpenServer, openFirst } from './ldap-server.ts';
import { encodeValue, guidBytes } from './values.ts';
import type { DirectoryWriter, Edit, ForestFacts, ObjectRef, WrittenObject } from './writer.ts';
import { difference } from './writer.ts';

/** Writes to a forest over LDAP, through one server, so that it reads what it wrote. */
export class LdapWriter implements DirectoryWriter {
  readonly #config: DirectoryConfig;
  #opening: Promise<OpenServer> | undefined;

  constructor(config: DirectoryConfig) {
    this.#config = config;
  }

  async read(ref: ObjectRef, attributes: readonly string[] = ['*']): Promise<WrittenObject | undefined> {
    const { connection, facts } = await this.#server();
    const wanted = [...new Set([...attributes, 'objectGUID'])];
    const options = { attributes: wanted, explicitBufferAttributes: [...BINARY_ATTRIBUTES] };
    return this.#tried(`read ${ref.dn}`, async () => {
      const bytes = ref.guid === null ? undefined : guidBytes(ref.guid);
      if (bytes === undefined) {
        const entry = await connection.read(ref.dn, options);
        return entry && written(connection, entry);
      }
      const filter = new EqualityFilter({ attribute: 'objectGUID', value: bytes });
      const page = await connection.page(facts.baseDn, { ...options, scope: 'sub', filter }, undefined);
      const [entry] = page.entries;
      return entry && written(connection, entry);
    });
  }

  async add(dn: string, attributes: Attributes): Promise<void> {
    const { connection } = await this.#server();
    const list = Object.entries(attributes)
      .filter(([, values]) => values.length > 0)
      .map(([type, values]) => new Attribute({ type, values: encoded(type, values) }));
    await this.#tried(`create ${dn}`, () => connection.client.add(dn, list));
  }

  async modify(dn: string, edits: readonly Edit[]): Promise<void> {
    const { connection } = await this.#server();
    const changes = edits.flatMap(changesOf);
    if (changes.length === 0) return;
    await this.#tried(`change ${dn}`, () => connection.client.modify(dn, changes));
  }

  async remove(dn: string): Promise<void> {
    const { connection } = await this.#server();
    await this.#tried(`remove ${dn}`, () => connection.client.del(dn));
  }

  async facts(): Promise<ForestFacts> {
    const { facts } = await this.#server();
    const { configurationDn, baseDn } = facts;
    const schema = new Set<string>();
    if (configurationDn !== undefined) {
      const found = this.#values(`CN=Schema,${configurationDn}`, '(objectClass=attributeSchema)', ['lDAPDisplayName']);
      for await (const a of found) for (const name of a.lDAPDisplayName ?? []) schema.add(name.toLowerCase());
    }
    const sams = new Set<string>();
    const upns = new Set<string>();
    for await (const a of this.#values(baseDn, '(sAMAccountName=*)', ['sAMAccountName', 'userPrincipalName'])) {
      for (const name of a.sAMAccountName ?? []) sams.add(name.toLowerCase());
      for (const name of a.userPrincipalName ?? []) upns.add(name.toLowerCase());
    }
    return { baseDn, schema: schema.size > 0 ? schema : undefined, sams, upns };
  }

  async *#values(base: string, filter: string, attributes: string[]): AsyncGenerator<Attributes> {
    const { connection } = await this.#server();
    const options = { scope: 'sub' as const, filter: FilterParser.parseString(filter), attributes };
    let cookie: Buffer | undefined;
    do {
      const asked = cookie;
      const page = await this.#tried(`look through ${base}`, () =>
        connection.page(base, options, { size: PAGE_SIZE, cookie: asked }),
      );
      for (const entry of page.entries) yield plainEntry(entry, []).attributes;
      cookie = page.cookie;
    } while (cookie);
  }

  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    await opening?.then((s) => s.connection.close()).catch(() => {});
  }

  #server(): Promise<OpenServer> {
    this.#opening ??= openFirst(this.#config, this.#config.servers, () => {}).catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async #tried<T>(tried: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      // The connection is gone: the next call opens another.
      if (resultCode(error) === undefined) await this.close();
      throw directoryError(error, tried, this.#config.forest);
    }
  }
}

async function written(connection: LdapConnection, raw: Entry): Promise<WrittenObject> {
  const entry = plainEntry(raw, []);
  const problems: DirectoryProblem[] = [];
  await closeRanges(connection, entry, problems);
  // Writing on the ground of half a list would take the other half for changed.
  if (problems[0]) throw new Error(problems[0].reason);
  return { dn: entry.dn, guid: entry.attributes.objectGUID?.[0]?.toLowerCase(), attributes: entry.attributes };
}

function encoded(attribute: string, values: readonly string[]): string[] | Buffer[] {
  const form = valueForm(attributeName(attribute));
  if (form === 'text' && !values.some((v) => v.startsWith('base64:'))) return [...values];
  return values.map((v) => (form === 'text' && !v.startsWith('base64:') ? Buffer.from(v) : encodeValue(v, form)));
}

/** Old values are named one by one, so the server refuses when one of them is no longer there. */
function changesOf(edit: Edit): Change[] {
  const { remove, add } = difference(edit);
  const change = (operation: 'add' | 'delete', values: readonly string[]) =>
    new Change({
      operation,
      modification: new Attribute({ type: edit.attribute, values: encoded(edit.attribute, values) }),
    });
  return [...(remove.length > 0 ? [change('delete', remove)] : []), ...(add.length > 0 ? [change('add', add)] : [])];
}

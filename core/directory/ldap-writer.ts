import { Attribute, Change, type Entry, EqualityFilter, FilterParser } from 'ldapts';
import type { Attributes, DirectoryProblem } from '../domain/recipient.ts';
import { attributeName, BINARY_ATTRIBUTES, valueForm } from './attributes.ts';
import { type DirectoryConfig, PAGE_SIZE } from './config.ts';
import { DirectoryDeniedError, directoryError, resultCode } from './errors.ts';
import type { LdapConnection } from './ldap-connection.ts';
import { DaclControl } from './ldap-controls.ts';
import { plainEntry } from './ldap-entry.ts';
import { closeRanges } from './ldap-fetch.ts';
import { type OpenServer, openFirst } from './ldap-server.ts';
import { sendAsSids, withSendAs } from './security-descriptor.ts';
import { encodeValue, guidBytes } from './values.ts';
import type { DirectoryWriter, Edit, ForestFacts, ObjectRef, WrittenObject } from './writer.ts';
import { difference, SEND_AS } from './writer.ts';

const DESCRIPTOR = 'nTSecurityDescriptor';

/** Writes to a forest over LDAP, through one server, so that it reads what it wrote. */
export class LdapWriter implements DirectoryWriter {
  readonly #config: DirectoryConfig;
  #opening: Promise<OpenServer> | undefined;

  constructor(config: DirectoryConfig) {
    this.#config = config;
  }

  async read(ref: ObjectRef, attributes: readonly string[] = ['*']): Promise<WrittenObject | undefined> {
    const { connection, facts } = await this.#server();
    const withRights = attributes.includes(SEND_AS);
    const named = attributes.map((name) => (name === SEND_AS ? DESCRIPTOR : name));
    const wanted = [...new Set([...named, 'objectGUID'])];
    const options = { attributes: wanted, explicitBufferAttributes: [...BINARY_ATTRIBUTES] };
    const controls = withRights ? [new DaclControl()] : [];
    return this.#tried(`read ${ref.dn}`, async () => {
      const bytes = ref.guid === null ? undefined : guidBytes(ref.guid);
      if (bytes === undefined) {
        const entry = await connection.read(ref.dn, options, controls);
        return entry && written(connection, entry);
      }
      const filter = new EqualityFilter({ attribute: 'objectGUID', value: bytes });
      const page = await connection.page(facts.baseDn, { ...options, scope: 'sub', filter }, undefined, controls);
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
    const rights = edits.find(({ attribute }) => attribute === SEND_AS);
    const changes = edits.filter((edit) => edit !== rights).flatMap(changesOf);
    if (rights && hasChange(rights)) changes.push(await this.#descriptorChange(dn, rights));
    if (changes.length === 0) return;
    const controls = rights ? [new DaclControl()] : [];
    await this.#tried(`change ${dn}`, () => connection.client.modify(dn, changes, controls));
  }

  /** The DACL as it is now with these entries put in and taken out; all others stay as they are. */
  async #descriptorChange(dn: string, edit: Edit): Promise<Change> {
    const { connection } = await this.#server();
    const tried = `change who may send as ${dn}`;
    const options = { attributes: [DESCRIPTOR], explicitBufferAttributes: [DESCRIPTOR] };
    const entry = await this.#tried(tried, () => connection.read(dn, options, [new DaclControl()]));
    const [text] = entry ? (plainEntry(entry, []).attributes[DESCRIPTOR] ?? []) : [];
    const before = text === undefined ? undefined : Buffer.from(text, 'base64');
    const after = before && withSendAs(before, difference(edit));
    if (!after)
      throw new DirectoryDeniedError({
        tried,
        happened: 'The server does not show the permissions of the object.',
        next: 'Give the account the right to read and change permissions there, or use the script of the plan.',
      });
    return new Change({ operation: 'replace', modification: new Attribute({ type: DESCRIPTOR, values: [after] }) });
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
  const { [DESCRIPTOR]: descriptor, ...attributes } = entry.attributes;
  const sids = descriptor?.[0] === undefined ? undefined : sendAsSids(Buffer.from(descriptor[0], 'base64'));
  if (sids !== undefined) attributes[SEND_AS] = sids;
  return { dn: entry.dn, guid: attributes.objectGUID?.[0]?.toLowerCase(), attributes };
}

function encoded(attribute: string, values: readonly string[]): string[] | Buffer[] {
  const form = valueForm(attributeName(attribute));
  if (form === 'text' && !values.some((v) => v.startsWith('base64:'))) return [...values];
  return values.map((v) => (form === 'text' && !v.startsWith('base64:') ? Buffer.from(v) : encodeValue(v, form)));
}

function hasChange(edit: Edit): boolean {
  const { remove, add } = difference(edit);
  return remove.length + add.length > 0;
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

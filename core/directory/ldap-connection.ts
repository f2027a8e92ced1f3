import { Client, type Control, type Entry, type SearchOptions } from 'ldapts';
import { DirectoryUnreachableError, directoryError, resultCode } from './errors.ts';
import { PageControl } from './ldap-controls.ts';
import { asEntry, type RawEntry } from './ldap-entry.ts';
import { startTls } from './start-tls.ts';
import { connectPlain, connectTls, type Trust } from './tls.ts';

/** How a directory account proves who it is. */
export type DirectoryLogin =
  | { kind: 'simple'; user: string; password: string }
  /** SASL EXTERNAL by the client certificate of `trust`. */
  | { kind: 'certificate' }
  | { kind: 'anonymous' };

export interface LdapTarget {
  /** ldaps://host[:port], or ldap://host[:port] which is upgraded by StartTLS before anything else is sent. */
  url: string;
  trust: Trust;
  login: DirectoryLogin;
  /** ms to connect. */
  connectTimeoutMs?: number;
  /** ms for one operation; a page of a slow server counts as one. */
  timeoutMs?: number;
}

export const CONNECT_TIMEOUT_MS = 15_000;
export const OPERATION_TIMEOUT_MS = 120_000;

/** What ldapts keeps to itself; we need the controls of answers without entries too. */
interface Internals {
  _send(message: { controls?: unknown[] }): Promise<{ controls?: unknown[]; searchEntries?: RawEntry[] } | undefined>;
}

/** One page of a search. */
export interface Page {
  entries: Entry[];
  references: string[];
  /** Where the next page starts; undefined at the end. */
  cookie: Buffer | undefined;
}

/** One authenticated connection to one server. It never reconnects by itself: fail-over is decided above. */
export class LdapConnection {
  readonly server: string;
  readonly client: Client;

  private constructor(server: string, client: Client) {
    this.server = server;
    this.client = client;
    // ldapts ends a paged search at the first page without entries, even when the server sent a cookie to go on with
    // (RFC 2696 allows such pages, Active Directory sends them); so the controls of each answer are read here.
    const internals = client as unknown as Internals;
    const send = internals._send.bind(client);
    internals._send = async (message) => {
      const answer = await send(message);
      for (const control of message.controls ?? []) {
        if (control instanceof PageControl) control.take(answer?.controls ?? []);
      }
      for (const entry of answer?.searchEntries ?? []) entry.toObject = asEntry;
      return answer;
    };
  }

  /**
   * Connects, secures the line and logs in.
   * @throws DirectoryUnreachableError, DirectoryCertificateError, DirectoryTlsError, DirectoryLoginError
   */
  static async open(target: LdapTarget): Promise<LdapConnection> {
    const server = new URL(target.url).host;
    const tried = `connect to the directory server ${server}`;
    let client: Client | undefined;
    try {
      client = await connectedClient(target);
      const connection = new LdapConnection(server, client);
      await login(client, target);
      return connection;
    } catch (error) {
      await client?.unbind().catch(() => {});
      throw directoryError(error, tried, server);
    }
  }

  /** One page of entries; without `pageSize` everything in one answer. */
  async page(
    base: string,
    options: Omit<SearchOptions, 'paged'>,
    paging: { size: number; cookie: Buffer | undefined } | undefined,
    controls: Control[] = [],
  ): Promise<Page> {
    const pageControl = paging ? new PageControl(paging.size, paging.cookie) : undefined;
    const sent = pageControl ? [pageControl, ...controls] : controls;
    const result = await this.client.search(base, options, sent);
    return {
      entries: result.searchEntries,
      references: result.searchReferences,
      cookie: pageControl?.next,
    };
  }

  /** The entry of a DN, or undefined when there is none (or we may not see it). */
  async read(
    dn: string,
    options: Omit<SearchOptions, 'paged' | 'scope'>,
    controls: Control[] = [],
  ): Promise<Entry | undefined> {
    try {
      const page = await this.page(dn, { filter: '(objectClass=*)', ...options, scope: 'base' }, undefined, controls);
      return page.entries[0];
    } catch (error) {
      if (resultCode(error) === 32) return undefined;
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.client.unbind().catch(() => {});
  }
}

async function connectedClient(target: LdapTarget): Promise<Client> {
  const url = new URL(target.url);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const connectTimeout = target.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
  const timeout = target.timeoutMs ?? OPERATION_TIMEOUT_MS;
  const socket =
    url.protocol === 'ldaps:'
      ? await connectTls({ host, port: Number(url.port || 636) }, target.trust, connectTimeout)
      : await startTls(
          await connectPlain({ host, port: Number(url.port || 389) }, connectTimeout),
          host,
          target.trust,
          connectTimeout,
        );
  return new Client({ url: `ldaps://${url.host}`, timeout, createSecureConnection: once(socket, host) as never });
}

/** Gives ldapts the connection that was made and checked here; a second one is not made behind our back. */
function once<S>(socket: S, host: string): () => S {
  let given = false;
  return () => {
    if (given) {
      throw new DirectoryUnreachableError({
        tried: `talk to ${host}`,
        happened: 'The connection was closed.',
        next: 'The work goes on with the next attempt or the next server.',
      });
    }
    given = true;
    return socket;
  };
}

async function login(client: Client, target: LdapTarget): Promise<void> {
  switch (target.login.kind) {
    case 'simple':
      // An empty password would be an anonymous bind that succeeds (RFC 4513 5.1.2).
      if (target.login.password === '') throw Object.assign(new Error('the password is empty'), { code: 49 });
      return client.bind(target.login.user, target.login.password);
    case 'certificate':
      return client.bind('EXTERNAL');
    case 'anonymous':
      return client.bind('', '');
  }
}

import { timingSafeEqual, type X509Certificate } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DirectoryAccount, OrganisationDirectory } from '../../model.ts';
import { endPointBinding } from './channel-binding.ts';
import { type NtlmChallenge, ntHash, ntlmChallenge, ntlmMessageType, ntlmVerify } from './ntlm.ts';

export type AuthScheme = 'Basic' | 'NTLM';

export interface AuthOptions {
  directory: OrganisationDirectory;
  schemes: readonly AuthScheme[];
  /** DNS name of the server. */
  host: string;
  /** NetBIOS name of the domain. */
  domain: string;
  /** Set when Extended Protection is on: NTLM without this channel's binding is refused. */
  certificate?: X509Certificate | undefined;
  now: () => number;
}

export type AuthResult = { account: DirectoryAccount; scheme: AuthScheme } | { challenges: string[] };

/** What is known of one connection: NTLM authenticates the connection, not the request ([MS-NTHT] 1.3). */
interface ConnectionState {
  challenge?: NtlmChallenge;
  account?: DirectoryAccount;
}

/** Tells who sends a request, by Basic (RFC 7617) or NTLM ([MS-NTHT]). */
export class Authenticator {
  readonly #options: AuthOptions;
  readonly #connections = new WeakMap<object, ConnectionState>();
  readonly #binding: Uint8Array | undefined;

  constructor(options: AuthOptions) {
    this.#options = options;
    this.#binding = options.certificate && endPointBinding(options.certificate);
  }

  authenticate(request: IncomingMessage): AuthResult {
    const header = request.headers.authorization;
    const [scheme = '', token = ''] = (header ?? '').split(/\s+/, 2);
    if (/^basic$/i.test(scheme) && this.#options.schemes.includes('Basic')) return this.#basic(token);
    const state = this.#state(request.socket);
    if (/^ntlm$/i.test(scheme) && this.#options.schemes.includes('NTLM')) return this.#ntlm(state, token);
    if (!header && state.account) return { account: state.account, scheme: 'NTLM' };
    return this.#refused();
  }

  /** Ends what was authenticated on a connection, as a server that recycles does. */
  forget(socket: object): void {
    this.#connections.delete(socket);
  }

  #state(socket: object): ConnectionState {
    const known = this.#connections.get(socket);
    if (known) return known;
    const fresh: ConnectionState = {};
    this.#connections.set(socket, fresh);
    return fresh;
  }

  /** What a 401 offers. */
  challenges(): string[] {
    const { schemes, host } = this.#options;
    return schemes.map((s) => (s === 'Basic' ? `Basic realm="${host}"` : s));
  }

  #refused(): AuthResult {
    return { challenges: this.challenges() };
  }

  #basic(token: string): AuthResult {
    const text = Buffer.from(token, 'base64').toString('utf8');
    const colon = text.indexOf(':');
    const account = colon > 0 ? this.#options.directory.account(text.slice(0, colon)) : undefined;
    // The hash is made for unknown names too, so that the time tells nothing.
    const given = ntHash(text.slice(colon + 1));
    if (!account || account.disabled || !timingSafeEqual(given, account.ntHash)) return this.#refused();
    return { account, scheme: 'Basic' };
  }

  #ntlm(state: ConnectionState, token: string): AuthResult {
    const message = Buffer.from(token, 'base64');
    const { host, domain, directory } = this.#options;
    const type = ntlmMessageType(message);
    if (type === 1 && message.length >= 16) {
      state.challenge = ntlmChallenge(
        message,
        {
          domain,
          computer: (host.split('.')[0] ?? host).toUpperCase().slice(0, 15),
          dnsDomain: host.split('.').slice(1).join('.'),
          dnsComputer: host,
        },
        this.#options.now(),
      );
      delete state.account;
      return { challenges: [`NTLM ${Buffer.from(state.challenge.message).toString('base64')}`] };
    }
    if (type !== 3 || !state.challenge) return this.#refused();
    const find = (user: string, dom: string): DirectoryAccount | undefined => {
      const account = directory.account(dom !== '' && !user.includes('@') ? `${dom}\\${user}` : user);
      return account?.disabled ? undefined : account;
    };
    const verdict = ntlmVerify(state.challenge, message, (u, d) => find(u, d)?.ntHash, this.#binding);
    delete state.challenge;
    const account = 'user' in verdict ? find(verdict.user, verdict.domain) : undefined;
    if (!account) return this.#refused();
    state.account = account;
    return { account, scheme: 'NTLM' };
  }
}

/** Answers 401 with the challenges, and reads the rest of the request away so that the connection lives on. */
export function sendUnauthorized(request: IncomingMessage, response: ServerResponse, challenges: string[]): void {
  request.resume();
  response.writeHead(401, { 'WWW-Authenticate': challenges, 'Content-Length': '0', Server: 'Microsoft-IIS/10.0' });
  response.end();
}

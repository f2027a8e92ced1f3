import { setTimeout as delay } from 'node:timers/promises';
import { TransplantError, UsageError } from '../../domain/errors.ts';
import { AuthenticationFailed, UnexpectedStatus } from '../errors.ts';
import {
  basicHeader,
  chooseScheme,
  type EwsAuth,
  NtlmHandshake,
  offeredSchemes,
  refused,
  type Scheme,
} from './authentication.ts';
import { type Answer, type Body, Lane, textBody } from './lane.ts';
import type { Destination, TlsTrust } from './tls.ts';

export interface TransportConfig extends TlsTrust {
  url: string;
  auth: EwsAuth;
  proxy?: string | undefined;
  /** IP address to connect to, where the host was looked up before. */
  serverAddress?: string | undefined;
  connectTimeoutMs?: number | undefined;
  /** ms without a byte after which an answer counts as late; Exchange itself ends a request after one minute. */
  idleTimeoutMs?: number | undefined;
}

export interface Post {
  /** Sending it twice does no harm. */
  repeatable: boolean;
  headers: Record<string, string>;
  body: Body;
  signal?: AbortSignal | undefined;
  guard?: (() => void) | undefined;
}

const EMPTY = textBody('');
/** ms after which an idle connection is not used again, and not for a request that must not be repeated. */
const IDLE_MS = 60_000;
const FRESH_MS = 2_000;
/** A 401 in the middle of a run can be a server that restarts its authentication: so many more tries, ms apart. */
const SIGN_IN_RETRIES_MS = [200, 1_000, 3_000];

/**
 * HTTPS to one server with one account: kept-alive connections, one request on each at a time, signed in as the server
 * wants it. Redirects are not followed: credentials never go to another host.
 */
export class Transport {
  readonly #config: TransportConfig;
  readonly #url: URL;
  readonly #to: Destination;
  readonly #idle: Lane[] = [];
  readonly #all = new Set<Lane>();
  #scheme: Promise<Scheme> | undefined;
  #signedInOnce = false;

  constructor(config: TransportConfig) {
    this.#config = config;
    this.#url = httpsUrl(config.url);
    this.#to = {
      host: this.#url.hostname.replace(/^\[|\]$/g, ''),
      port: this.#url.port === '' ? 443 : Number(this.#url.port),
      ca: config.ca,
      pin: config.pin,
      pins: config.pins,
      proxy: config.proxy,
      address: config.serverAddress,
      connectTimeoutMs: config.connectTimeoutMs ?? 20_000,
    };
  }

  get host(): string {
    return this.#url.host;
  }

  /** Sends a POST on a free connection and hands the answer to `read`, which must read the stream to its end. */
  async post<T>(post: Post, read: (answer: Answer) => Promise<T>): Promise<T> {
    const lane = this.#freeLane(post.repeatable);
    let whole = false;
    try {
      const answer = await this.#signedIn(lane, post);
      const result = await read(answer);
      whole = answer.stream.complete;
      return result;
    } finally {
      // A connection with an answer that was not read to its end is of no further use.
      lane.lastUsed = performance.now();
      if (whole) this.#idle.push(lane);
      else this.#drop(lane);
    }
  }

  close(): void {
    for (const lane of this.#all) lane.close();
    this.#all.clear();
    this.#idle.length = 0;
  }

  /**
   * The connection that was used last. A server closes idle ones, and a request that meets the close is lost: one that
   * must not be repeated goes over a connection that was in use a moment ago, or over a new one.
   */
  #freeLane(repeatable: boolean): Lane {
    const oldest = performance.now() - (repeatable ? IDLE_MS : FRESH_MS);
    for (let lane = this.#idle.pop(); lane; lane = this.#idle.pop()) {
      if (lane.lastUsed >= oldest) return lane;
      this.#drop(lane);
    }
    return this.#newLane();
  }

  #newLane(): Lane {
    const lane = new Lane(this.#to);
    this.#all.add(lane);
    return lane;
  }

  #drop(lane: Lane): void {
    lane.close();
    this.#all.delete(lane);
  }

  async #signedIn(lane: Lane, post: Post): Promise<Answer> {
    const scheme = await this.#findScheme(lane, post.signal);
    for (let attempt = 0; ; attempt++) {
      const answer = await this.#once(lane, scheme, post, attempt > 0);
      if (answer.status !== 401) {
        this.#signedInOnce = true;
        return answer;
      }
      await drain(answer);
      lane.forgetAuthentication();
      if (scheme === 'bearer') {
        // A token can be taken back before it runs out: one try with a new one tells.
        if (attempt > 0) throw refused(this.#config.auth, scheme, this.#to.host);
        continue;
      }
      const pause = SIGN_IN_RETRIES_MS[attempt];
      // A first sign-in that fails is a wrong password: trying on would lock the account.
      if (pause === undefined || (!this.#signedInOnce && attempt > 0))
        throw refused(this.#config.auth, scheme, this.#to.host);
      await delay(pause, undefined, { signal: post.signal });
    }
  }

  async #once(lane: Lane, scheme: Scheme, post: Post, fresh: boolean): Promise<Answer> {
    const { auth } = this.#config;
    if (auth.kind === 'oauth') {
      const token = await auth.token(post.signal, fresh);
      return this.#send(lane, post, { authorization: `Bearer ${token}` });
    }
    if (scheme === 'basic') return this.#send(lane, post, { authorization: basicHeader(auth.user, auth.password) });
    if (lane.authenticated) return this.#send(lane, post, {});
    const handshake = new NtlmHandshake(auth, this.#to.host);
    const challenge = await this.#send(lane, { ...post, body: EMPTY }, { authorization: handshake.first().header });
    await drain(challenge);
    const second = handshake.second(challenge.headers['www-authenticate'], challenge.socket);
    const answer = await this.#send(lane, post, { authorization: second.header });
    if (answer.status !== 401) lane.markAuthenticated(answer.socket);
    return answer;
  }

  async #send(lane: Lane, post: Post, headers: Record<string, string>): Promise<Answer> {
    const answer = await lane.send({
      method: 'POST',
      path: this.#url.pathname + this.#url.search,
      headers: { ...post.headers, ...headers },
      body: post.body,
      idleTimeoutMs: this.#config.idleTimeoutMs ?? 150_000,
      signal: post.signal,
      guard: post.guard,
    });
    if (answer.status >= 300 && answer.status < 400) {
      await drain(answer);
      throw this.#redirected(answer);
    }
    return answer;
  }

  #redirected(answer: Answer): UnexpectedStatus {
    const to = URL.canParse(answer.headers.location ?? '') ? new URL(answer.headers.location ?? '').host : 'elsewhere';
    return new UnexpectedStatus(
      answer.status,
      {
        tried: `ask ${this.#to.host}`,
        happened: `The server redirects to ${to}; credentials are not sent to another place.`,
        next: 'Set the final EWS address in the forest: transplant forest add … --ews URL',
      },
      answer.headers.location,
    );
  }

  /** Asked once, by a request without credentials. */
  async #findScheme(lane: Lane, signal: AbortSignal | undefined): Promise<Scheme> {
    const { auth } = this.#config;
    if (auth.kind === 'oauth') return 'bearer';
    if (auth.scheme === 'basic' || auth.scheme === 'ntlm') return auth.scheme;
    this.#scheme ??= this.#askScheme(lane, signal);
    try {
      return await this.#scheme;
    } catch (error) {
      this.#scheme = undefined;
      throw error;
    }
  }

  async #askScheme(lane: Lane, signal: AbortSignal | undefined): Promise<Scheme> {
    const answer = await lane.send({
      method: 'GET',
      path: this.#url.pathname,
      headers: { accept: 'text/xml' },
      body: EMPTY,
      idleTimeoutMs: 30_000,
      signal,
    });
    await drain(answer);
    if (answer.status >= 300 && answer.status < 400) throw this.#redirected(answer);
    const offered = offeredSchemes(answer.headers['www-authenticate']);
    if (answer.status === 403)
      throw new AuthenticationFailed({
        tried: `sign in at ${this.#to.host}`,
        happened: 'The server answered 403 before any sign-in.',
        next: 'Check that EWS is enabled and that this address is allowed to use it.',
      });
    return chooseScheme(this.#config.auth, offered, this.#to.host);
  }
}

function httpsUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:') return url;
  throw new UsageError({
    tried: 'use the EWS address of a forest',
    happened: url ? 'It is not an https address; plain HTTP is refused.' : 'It is not an address.',
    next: 'Give an address such as https://mail.example.com/EWS/Exchange.asmx',
  });
}

/** Reads an answer whose content does not matter to its end, so that the connection can be used again. */
async function drain(answer: Answer): Promise<void> {
  try {
    for await (const _ of answer.stream);
  } catch (error) {
    if (error instanceof TransplantError) throw error;
  }
}

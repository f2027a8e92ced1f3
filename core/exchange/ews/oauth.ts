import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { ConfidentialClientApplication, INetworkModule, NetworkRequestOptions } from '@azure/msal-node';
import { TransplantError, UsageError } from '../../domain/errors.ts';
import { AuthenticationFailed, ExchangeUnreachable } from '../errors.ts';
import type { EwsAuth } from './authentication.ts';
import { connectTls, type TlsTrust } from './tls.ts';

/** An application of Microsoft Entra ID (or AD FS) that signs in by itself: OAuth 2.0 client credentials (RFC 6749 4.4). */
export interface OAuthApplication {
  /** Tenant id or domain. */
  tenant: string;
  clientId: string;
  /** Client secret; or private key and certificate in PEM, whose assertion is signed here (RFC 7523). */
  credential: { kind: 'secret'; secret: string } | { kind: 'certificate'; pem: string };
  /** Where tokens are made; the public cloud unless given. */
  authority?: string | undefined;
  /** What the token is for, such as https://outlook.office365.com/.default */
  scope: string;
}

export interface TokenLine extends TlsTrust {
  proxy?: string | undefined;
  /** ms for a connection and for an answer. */
  timeoutMs?: number | undefined;
}

const PUBLIC_CLOUD = 'https://login.microsoftonline.com';
const TIMEOUT_MS = 30_000;

/** The scope for EWS of a server, where none is given. */
export function ewsScope(ewsUrl: string): string {
  return `https://${new URL(ewsUrl).host}/.default`;
}

/**
 * Bearer tokens for a service account. Tokens are kept until shortly before they run out; a new one is fetched when a
 * server refuses the one in use, once however many requests were refused with it.
 */
export function oauthSignIn(application: OAuthApplication, line: TokenLine = {}): Extract<EwsAuth, { kind: 'oauth' }> {
  const tokens = new Tokens(application, line);
  return { kind: 'oauth', token: (signal, fresh) => tokens.get(signal, fresh) };
}

/** A new token is not asked for again within this time, ms: many requests may come back refused together. */
const RENEWED_MS = 10_000;

class Tokens {
  readonly #application: OAuthApplication;
  readonly #network: PinnedNetwork;
  #client: Promise<ConfidentialClientApplication> | undefined;
  #asking: Promise<string> | undefined;
  #renewing: Promise<string> | undefined;
  #renewedAt = Number.NEGATIVE_INFINITY;

  constructor(application: OAuthApplication, line: TokenLine) {
    this.#application = application;
    this.#network = new PinnedNetwork(line);
  }

  async get(signal: AbortSignal | undefined, fresh: boolean): Promise<string> {
    signal?.throwIfAborted();
    if (!fresh || performance.now() - this.#renewedAt < RENEWED_MS) {
      // Many requests start at once, and one token serves them all.
      this.#asking ??= this.#acquire(false).finally(() => {
        this.#asking = undefined;
      });
      return this.#asking;
    }
    this.#renewing ??= this.#acquire(true).finally(() => {
      this.#renewing = undefined;
      this.#renewedAt = performance.now();
    });
    return this.#renewing;
  }

  async #acquire(skipCache: boolean): Promise<string> {
    this.#client ??= clientOf(this.#application, this.#network);
    const client = await this.#client;
    this.#network.failure = undefined;
    try {
      const result = await client.acquireTokenByClientCredential({ scopes: [this.#application.scope], skipCache });
      if (result?.accessToken) return result.accessToken;
    } catch (error) {
      throw this.#refused(error);
    }
    throw this.#refused(undefined);
  }

  /** What the token endpoint says may quote what was sent; its codes alone are passed on. */
  #refused(error: unknown): Error {
    if (this.#network.failure) return this.#network.failure;
    if (error instanceof TransplantError) return error;
    const code = error instanceof Error && 'errorCode' in error ? String(error.errorCode) : 'no token';
    const detail = error instanceof Error ? (/AADSTS\d+/u.exec(error.message)?.[0] ?? '') : '';
    return new AuthenticationFailed(
      {
        tried: `get a token for application ${this.#application.clientId} of tenant ${this.#application.tenant}`,
        happened: `The token endpoint refused it (${[code, detail].filter(Boolean).join(', ')}).`,
        next: 'Check tenant, application id, its secret or certificate, and that full_access_as_app is consented to.',
      },
      { cause: error instanceof Error ? new Error(error.name) : undefined },
    );
  }
}

async function clientOf(
  application: OAuthApplication,
  networkClient: INetworkModule,
): Promise<ConfidentialClientApplication> {
  const { ConfidentialClientApplication: Client } = await import('@azure/msal-node');
  const authority = `${application.authority ?? PUBLIC_CLOUD}/${encodeURIComponent(application.tenant)}`;
  const { credential } = application;
  return new Client({
    auth: {
      clientId: application.clientId,
      authority,
      // The person named this authority: it is not looked up in Microsoft's list of clouds.
      knownAuthorities: [new URL(authority).host],
      ...(credential.kind === 'secret'
        ? { clientSecret: credential.secret }
        : { clientCertificate: certificateOf(credential.pem) }),
    },
    system: { networkClient, loggerOptions: { loggerCallback: () => undefined } },
  });
}

/**
 * Private key and certificate out of one PEM text.
 * @throws UsageError when one of them is missing or they do not belong together
 */
export function certificateOf(pem: string): { thumbprintSha256: string; privateKey: string; x5c: string } {
  const wrong = (happened: string): UsageError =>
    new UsageError({
      tried: 'read the certificate of the application',
      happened,
      next: 'Give one PEM file with the unencrypted private key and the certificate that is registered for the application.',
    });
  const key = /-----BEGIN (?:RSA |EC )?PRIVATE KEY-----[\s\S]+?-----END (?:RSA |EC )?PRIVATE KEY-----/u.exec(pem)?.[0];
  const x5c = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/u.exec(pem)?.[0];
  if (!key || !x5c) throw wrong(key ? 'It holds no certificate.' : 'It holds no unencrypted private key.');
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(x5c);
    if (!certificate.checkPrivateKey(createPrivateKey(key))) throw wrong('The key is not that of the certificate.');
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw wrong('Key or certificate cannot be read.');
  }
  return { thumbprintSha256: certificate.fingerprint256.replaceAll(':', ''), privateKey: key, x5c };
}

/** Requests to the token endpoint over the same verified TLS, and the same proxy, as everything else. */
class PinnedNetwork implements INetworkModule {
  readonly #line: TokenLine;
  /** Why the last request did not reach the endpoint; msal wraps what is thrown in an error of its own. */
  failure: TransplantError | undefined;

  constructor(line: TokenLine) {
    this.#line = line;
  }

  sendGetRequestAsync<T>(url: string, options?: NetworkRequestOptions): Promise<Response<T>> {
    return this.#send<T>('GET', url, options);
  }
  sendPostRequestAsync<T>(url: string, options?: NetworkRequestOptions): Promise<Response<T>> {
    return this.#send<T>('POST', url, options);
  }

  async #send<T>(
    method: 'GET' | 'POST',
    url: string,
    options: NetworkRequestOptions | undefined,
  ): Promise<Response<T>> {
    const { Agent, request } = await import('undici');
    const timeoutMs = this.#line.timeoutMs ?? TIMEOUT_MS;
    const agent = new Agent({
      connect: ({ hostname, port }, done) => {
        const to = { ...this.#line, host: hostname, port: Number(port || 443), connectTimeoutMs: timeoutMs };
        connectTls(to).then(
          (socket) => done(null, socket),
          (error: Error) => done(error, null),
        );
      },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
    try {
      const { protocol } = new URL(url);
      if (protocol !== 'https:') throw new TypeError('tokens are asked for over https alone');
      const body = method === 'POST' ? { body: options?.body ?? '' } : {};
      const answer = await request(url, { method, dispatcher: agent, headers: options?.headers ?? {}, ...body });
      const text = await answer.body.text();
      return { headers: plainHeaders(answer.headers), body: JSON.parse(text) as T, status: answer.statusCode };
    } catch (error) {
      this.failure = error instanceof TransplantError ? error : unreachable(url, error);
      throw this.failure;
    } finally {
      void agent.close();
    }
  }
}

function unreachable(url: string, error: unknown): ExchangeUnreachable {
  return new ExchangeUnreachable({
    tried: `ask ${new URL(url).host} for a token`,
    happened: error instanceof SyntaxError ? 'The answer is no JSON.' : 'No answer came.',
    next: 'Check that this machine may reach the token endpoint, directly or through the proxy of the forest.',
  });
}

interface Response<T> {
  headers: Record<string, string>;
  body: T;
  status: number;
}

function plainHeaders(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
}

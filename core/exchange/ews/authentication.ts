import { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { AuthenticationFailed, ExtendedProtectionRefused } from '../errors.ts';
import { authenticateMessage, channelBindings, negotiateMessage, splitLogin } from './ntlm.ts';

/** How the service account proves who it is. */
export type EwsAuth =
  | { kind: 'password'; user: string; password: string; scheme?: 'auto' | 'basic' | 'ntlm' }
  /** Gives a bearer token that is valid now; msal keeps it until it runs out. */
  | { kind: 'oauth'; token(signal: AbortSignal | undefined, fresh: boolean): Promise<string> };

export type Scheme = 'basic' | 'ntlm' | 'bearer';

/** Schemes of one or more WWW-Authenticate headers, as far as this program speaks them. */
export function offeredSchemes(header: string | string[] | undefined): Scheme[] {
  const text = Array.isArray(header) ? header.join(', ') : (header ?? '');
  const found: Scheme[] = [];
  if (/(?:^|,)\s*basic(?:\s|,|$)/iu.test(text)) found.push('basic');
  if (/(?:^|,)\s*ntlm(?:\s|,|$)/iu.test(text)) found.push('ntlm');
  if (/(?:^|,)\s*bearer(?:\s|,|$)/iu.test(text)) found.push('bearer');
  return found;
}

/** The scheme to speak: the one that was set, else Basic (inside verified TLS, one round trip), else NTLM. */
export function chooseScheme(auth: EwsAuth, offered: Scheme[], host: string): Scheme {
  if (auth.kind === 'oauth') return 'bearer';
  const wanted = auth.scheme ?? 'auto';
  if (wanted !== 'auto') return wanted;
  if (offered.length === 0 || offered.includes('basic')) return 'basic';
  if (offered.includes('ntlm')) return 'ntlm';
  throw new AuthenticationFailed({
    tried: `sign in at ${host}`,
    happened: `The server offers only ${offered.join(', ')}, which a user name and a password cannot answer.`,
    next: 'Enable Basic or NTLM on the EWS virtual directory, or set up OAuth for this forest.',
  });
}

export function basicHeader(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`;
}

/** The hash that RFC 5929 asks for: the certificate's own signature hash, SHA-256 in place of MD5 and SHA-1. */
function bindingHash(certificate: X509Certificate): string {
  const algorithm = 'signatureAlgorithm' in certificate ? String(certificate.signatureAlgorithm) : '';
  const found = /sha-?(384|512)/iu.exec(algorithm);
  return found ? `sha${found[1]}` : 'sha256';
}

export interface NtlmStep {
  /** Value of the Authorization header. */
  header: string;
}

/** The two messages of one NTLM sign-in on one connection. */
export class NtlmHandshake {
  readonly #auth: Extract<EwsAuth, { kind: 'password' }>;
  readonly #host: string;
  readonly #negotiate = negotiateMessage();
  constructor(auth: Extract<EwsAuth, { kind: 'password' }>, host: string) {
    this.#auth = auth;
    this.#host = host;
  }

  first(): NtlmStep {
    return { header: `NTLM ${this.#negotiate.toString('base64')}` };
  }

  /** @throws ExtendedProtectionRefused when the server gave no challenge. */
  second(wwwAuthenticate: string | string[] | undefined, socket: TLSSocket): NtlmStep {
    const text = Array.isArray(wwwAuthenticate) ? wwwAuthenticate.join(', ') : (wwwAuthenticate ?? '');
    const token = /NTLM\s+([A-Za-z0-9+/=]+)/u.exec(text)?.[1];
    if (token === undefined) throw ntlmRefused(this.#host);
    const raw = socket.getPeerCertificate().raw;
    const login = splitLogin(this.#auth.user);
    const message = authenticateMessage({
      login: { ...login, password: this.#auth.password },
      negotiate: this.#negotiate,
      challenge: Buffer.from(token, 'base64'),
      host: this.#host,
      ...(raw ? { bindings: channelBindings(raw, bindingHash(new X509Certificate(raw))) } : {}),
    });
    return { header: `NTLM ${message.toString('base64')}` };
  }
}

function ntlmRefused(host: string): ExtendedProtectionRefused {
  return new ExtendedProtectionRefused({
    tried: `sign in at ${host} by NTLM`,
    happened: 'The server offered NTLM but answered it with no challenge.',
    next: 'Check that NTLM is allowed on the EWS virtual directory and not blocked by policy or by a proxy that splits connections.',
  });
}

/** The account's own refusal, in words; NTLM names Extended Protection as the other possible cause. */
export function refused(auth: EwsAuth, scheme: Scheme, host: string): AuthenticationFailed {
  const tried = `sign in at ${host}${auth.kind === 'password' ? ` as ${auth.user}` : ''}`;
  if (scheme === 'ntlm')
    return new ExtendedProtectionRefused({
      tried: `${tried} by NTLM`,
      happened:
        'The server refused the sign-in. Channel binding was sent, so this is a wrong password, a locked account, or Extended Protection behind something that ends TLS before the server.',
      next: 'Check the account; if a load balancer ends TLS, set Extended Protection to "Allow" on the EWS virtual directory or connect past it.',
    });
  return new AuthenticationFailed({
    tried,
    happened:
      scheme === 'bearer' ? 'The server refused the token.' : 'The server refused the user name or the password.',
    next:
      scheme === 'bearer'
        ? 'Check the application registration, its rights and its certificate or secret.'
        : 'Set it again with: transplant account set FOREST exchange --user U --password-stdin',
  });
}

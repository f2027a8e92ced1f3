import { constants, createPublicKey, randomBytes, verify, X509Certificate } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { LabCa } from '../../lab/ca.ts';

/**
 * A token endpoint that follows Microsoft's documented protocol for client credentials: a shared secret, or an assertion
 * whose signature, audience, times and single use are checked for real (RFC 7523 3, PS256, `x5t#S256`).
 */
export interface TokenEndpoint {
  authority: string;
  ca: string;
  /** Tokens that were given out, newest last. */
  issued: string[];
  /** Why requests were refused, newest last. */
  refusals: string[];
  lifetimeSeconds: number;
  isValid(token: string): boolean;
  revoke(): void;
  close(): void;
}

export interface Registration {
  tenant: string;
  clientId: string;
  secret?: string;
  /** PEM of the registered certificate. */
  certificate?: string;
  scope: string;
}

const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

export async function startTokenEndpoint(dir: string, registered: Registration): Promise<TokenEndpoint> {
  const ca = await LabCa.open(dir, 'Token CA');
  const credential = await ca.server('login', ['localhost', '127.0.0.1']);
  const valid = new Map<string, number>();
  const used = new Set<string>();
  const endpoint: TokenEndpoint = {
    authority: '',
    ca: ca.pem,
    issued: [],
    refusals: [],
    lifetimeSeconds: 3_600,
    isValid: (token) => (valid.get(token) ?? 0) > Date.now(),
    revoke: () => valid.clear(),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  const server: Server = createServer(credential, (request, response) => {
    void handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint.authority = `https://localhost:${(server.address() as AddressInfo).port}`;
  const base = `${endpoint.authority}/${registered.tenant}`;
  const tokenUrl = `${base}/oauth2/v2.0/token`;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const path = new URL(request.url ?? '/', endpoint.authority).pathname;
    const json = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    if (request.method === 'GET' && path === `/${registered.tenant}/v2.0/.well-known/openid-configuration`) {
      json(200, {
        token_endpoint: tokenUrl,
        issuer: `${base}/v2.0`,
        authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
        jwks_uri: `${base}/discovery/v2.0/keys`,
        response_types_supported: ['code', 'token'],
        token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt'],
      });
      return;
    }
    if (request.method !== 'POST' || path !== `/${registered.tenant}/oauth2/v2.0/token`) return json(404, {});
    const reason = refusalOf(new URLSearchParams(Buffer.concat(parts).toString('utf8')));
    if (reason) {
      endpoint.refusals.push(reason);
      json(401, { error: 'invalid_client', error_description: `AADSTS7000215: ${reason}`, error_codes: [7000215] });
      return;
    }
    const token = randomBytes(24).toString('base64url');
    valid.set(token, Date.now() + endpoint.lifetimeSeconds * 1000);
    endpoint.issued.push(token);
    const expires = endpoint.lifetimeSeconds;
    json(200, { token_type: 'Bearer', expires_in: expires, ext_expires_in: expires, access_token: token });
  }

  function refusalOf(form: URLSearchParams): string | undefined {
    if (form.get('grant_type') !== 'client_credentials') return 'grant type';
    if (form.get('client_id') !== registered.clientId) return 'client';
    if (!(form.get('scope') ?? '').split(' ').includes(registered.scope)) return 'scope';
    if (registered.secret !== undefined)
      return form.get('client_secret') === registered.secret ? undefined : 'wrong secret';
    if (form.get('client_assertion_type') !== ASSERTION) return 'assertion type';
    return refusalOfAssertion(form.get('client_assertion') ?? '');
  }

  function refusalOfAssertion(jwt: string): string | undefined {
    const [head = '', body = '', signature = ''] = jwt.split('.');
    const part = (text: string): Record<string, unknown> => JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    const [header, claims] = [part(head), part(body)];
    const certificate = new X509Certificate(registered.certificate ?? '');
    const thumbprint = Buffer.from(certificate.fingerprint256.replaceAll(':', ''), 'hex').toString('base64url');
    if (header.alg !== 'PS256' || header['x5t#S256'] !== thumbprint) return 'header of the assertion';
    const key = {
      key: createPublicKey(registered.certificate ?? ''),
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
    };
    if (!verify('sha256', Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url'))) return 'signature';
    const now = Date.now() / 1000;
    if (claims.aud !== tokenUrl || claims.iss !== registered.clientId || claims.sub !== registered.clientId)
      return 'claims';
    if (Number(claims.exp) < now || Number(claims.nbf) > now + 60) return 'times';
    if (typeof claims.jti !== 'string' || used.has(claims.jti)) return 'used before';
    used.add(claims.jti);
    return undefined;
  }
  return endpoint;
}

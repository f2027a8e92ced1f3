import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, request as httpsRequest, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openEwsStore } from '../../core/exchange/ews/ews-store.ts';
import { certificateOf, type OAuthApplication, oauthSignIn } from '../../core/exchange/ews/oauth.ts';
import type { MailStore } from '../../core/exchange/mail-store.ts';
import { LabCa } from '../../lab/ca.ts';
import { PASSWORD, startOrganisation, type TestOrganisation } from '../../lab/ews/testing/organisation.ts';
import { describeWith } from '../support/parts.ts';
import { startTokenEndpoint, type TokenEndpoint } from './token-endpoint.ts';

/** EWS with tokens: an application signs in at a token endpoint and acts for mailboxes by impersonation. */
const SECRET = 'a secret that no log may show';
const SCOPE = 'https://mail.source.test/.default';
const APPLICATION = { tenant: 'tenant-1', clientId: '11111111-2222-3333-4444-555555555555', scope: SCOPE };

let dir = '';
let organisation: TestOrganisation;
let front: Server;
let frontUrl = '';
let frontCa = '';
let endpoint: TokenEndpoint;
let seen: { status: number; anchor: string | undefined }[] = [];

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'oauth-'));
  organisation = await startOrganisation();
  const ca = await LabCa.open(dir, 'Front CA');
  frontCa = ca.pem;
  front = createServer(await ca.server('mail', ['localhost']), forward);
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  frontUrl = `https://localhost:${(front.address() as AddressInfo).port}/EWS/Exchange.asmx`;
  for (const name of ['one', 'two'])
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${name}`],
        ...['-keyout', join(dir, `${name}.key`), '-out', join(dir, `${name}.crt`)],
      ],
      { stdio: 'ignore' },
    );
});
beforeEach(() => {
  seen = [];
});
afterEach(() => endpoint?.close());
afterAll(async () => {
  front.closeAllConnections();
  front.close();
  await organisation.close();
  rmSync(dir, { recursive: true, force: true });
});

/** Exchange's part: a valid bearer token and the mailbox to route by, or 401; then the lab answers. */
function forward(request: IncomingMessage, response: ServerResponse): void {
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
  const anchor = request.headers['x-anchormailbox'];
  const allowed = endpoint.isValid(token) && typeof anchor === 'string';
  seen.push({ status: allowed ? 200 : 401, anchor: typeof anchor === 'string' ? anchor : undefined });
  if (!allowed) {
    request.resume();
    response.writeHead(401, { 'www-authenticate': 'Bearer realm=""', 'content-length': '0' });
    response.end();
    return;
  }
  const basic = Buffer.from(`svc@source.test:${PASSWORD}`).toString('base64');
  const onward = httpsRequest(
    `${organisation.url}/EWS/Exchange.asmx`,
    {
      method: 'POST',
      ca: organisation.ca,
      headers: { ...request.headers, host: 'localhost', authorization: `Basic ${basic}` },
    },
    (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    },
  );
  request.pipe(onward);
}

function mailbox(credential: OAuthApplication['credential'], more: Partial<OAuthApplication> = {}): MailStore {
  return openEwsStore({
    url: frontUrl,
    ca: frontCa,
    auth: oauthSignIn({ ...APPLICATION, authority: endpoint.authority, credential, ...more }, { ca: endpoint.ca }),
    address: 'anna@source.test',
    restMs: 5,
  });
}
const pem = (key: string, certificate: string): string =>
  readFileSync(join(dir, `${key}.key`), 'utf8') + readFileSync(join(dir, `${certificate}.crt`), 'utf8');
const start = async (more: { secret?: string; certificate?: string }): Promise<void> => {
  endpoint = await startTokenEndpoint(dir, { ...APPLICATION, ...more });
};
const inbox = async (box: MailStore): Promise<string | undefined> => (await box.distinguished('inbox'))?.name;

describeWith('openssl', 'OAuth client credentials', () => {
  test('with a secret: one token for many requests, each with the mailbox to route by', async () => {
    await start({ secret: SECRET });
    const box = mailbox({ kind: 'secret', secret: SECRET });
    const found = await Promise.all(Array.from({ length: 12 }, () => inbox(box)));
    expect(new Set(found)).toEqual(new Set(['Inbox']));
    expect(endpoint.issued).toHaveLength(1);
    expect(new Set(seen.map((s) => s.anchor))).toEqual(new Set(['anna@source.test']));
  });

  test('with a certificate: the assertion is signed by its key', async () => {
    await start({ certificate: readFileSync(join(dir, 'one.crt'), 'utf8') });
    expect(await inbox(mailbox({ kind: 'certificate', pem: pem('one', 'one') }))).toBe('Inbox');
    await expect(inbox(mailbox({ kind: 'certificate', pem: pem('two', 'two') }))).rejects.toThrow('invalid_client');
    expect(endpoint.refusals).toEqual(['header of the assertion']);
    expect(() => certificateOf(pem('one', 'two'))).toThrow('not that of the certificate');
    expect(() => certificateOf('nothing')).toThrow('no unencrypted private key');
  });

  test('a token is replaced before it runs out', async () => {
    await start({ secret: SECRET });
    // Shorter than the five minutes before the end in which a token counts as used up.
    endpoint.lifetimeSeconds = 200;
    const box = mailbox({ kind: 'secret', secret: SECRET });
    await inbox(box);
    await inbox(box);
    expect(endpoint.issued.length).toBe(2);
    expect(seen.every((s) => s.status === 200)).toBe(true);
  });

  test('a token that was taken back is replaced once; a server that refuses that, too, is told', async () => {
    await start({ secret: SECRET });
    const box = mailbox({ kind: 'secret', secret: SECRET });
    await inbox(box);
    endpoint.revoke();
    expect(await inbox(box)).toBe('Inbox');
    expect([endpoint.issued.length, seen.map((s) => s.status)]).toEqual([2, [200, 401, 200]]);
    endpoint.isValid = () => false;
    seen = [];
    await expect(inbox(box)).rejects.toMatchObject({ name: 'AuthenticationFailed' });
    expect(seen.map((s) => s.status)).toEqual([401, 401]);
  });

  test('a refusal names the application, never its secret', async () => {
    await start({ secret: 'another' });
    const error = await inbox(mailbox({ kind: 'secret', secret: SECRET })).catch((e: unknown) => e);
    const text = JSON.stringify(error, Object.getOwnPropertyNames(error)) + String(error);
    expect(text).toContain('AADSTS7000215');
    expect(text).not.toContain(SECRET);
    await expect(
      inbox(
        openEwsStore({
          url: frontUrl,
          ca: frontCa,
          auth: oauthSignIn(
            { ...APPLICATION, authority: endpoint.authority, credential: { kind: 'secret', secret: SECRET } },
            {},
          ),
          address: 'anna@source.test',
        }),
      ),
    ).rejects.toMatchObject({ name: 'CertificateRejected' });
  });
});

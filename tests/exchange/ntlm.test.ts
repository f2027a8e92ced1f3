import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, request as httpsRequest, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { connect, createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openEwsStore } from '../../core/exchange/ews/ews-store.ts';
import type { MailStore } from '../../core/exchange/mail-store.ts';
import { LabCa } from '../../lab/ca.ts';
import { PASSWORD, startOrganisation, type TestOrganisation } from '../../lab/ews/testing/organisation.ts';
import { describeWith, python } from '../support/parts.ts';

/** NTLM against Samba: its NTLMSSP server checks every sign-in against its own account database. */
const SAMBA_PASSWORD = 'Pa55-wörd!';

interface Step {
  connection: number;
  token?: string;
  done?: boolean;
  user?: string;
  bound?: boolean;
  target?: string;
  error?: string;
}

class SambaPeer {
  readonly #child: ChildProcess;
  readonly #waiting: ((step: Step) => void)[] = [];

  constructor(configuration: string) {
    this.#child = spawn(python, [join(import.meta.dirname, 'ntlm_peer.py'), configuration], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const { stdout } = this.#child;
    if (stdout) createInterface({ input: stdout }).on('line', (line) => this.#waiting.shift()?.(JSON.parse(line)));
  }

  step(connection: number, token: string, certificate: string): Promise<Step> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#child.stdin?.write(`${JSON.stringify({ connection, token, certificate })}\n`);
    });
  }

  stop(): void {
    this.#child.stdin?.end();
  }
}

let dir = '';
let organisation: TestOrganisation;
let samba: SambaPeer;
let front: Server;
let frontPort = 0;
let ca: LabCa;
let certificate = '';
let sockets = new Map<unknown, { number: number; user?: string }>();
let steps: Step[] = [];
let requests = 0;
let extendedProtection = false;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'ntlm-'));
  execFileSync(
    'samba-tool',
    [
      ...['domain', 'provision', `--targetdir=${join(dir, 'sam')}`, '--realm=SOURCE.TEST', '--domain=SOURCE'],
      ...['--server-role=standalone', `--adminpass=${SAMBA_PASSWORD}`, '--option=interfaces=lo'],
    ],
    { stdio: 'ignore' },
  );
  samba = new SambaPeer(join(dir, 'sam/etc/smb.conf'));
  organisation = await startOrganisation();
  ca = await LabCa.open(dir, 'Front CA');
  const credential = await ca.server('mail', ['localhost']);
  certificate = new X509Certificate(credential.cert).raw.toString('hex');
  front = createServer(credential, (request, response) => void serve(request, response));
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  frontPort = (front.address() as AddressInfo).port;
}, 60_000);
beforeEach(() => {
  sockets = new Map();
  steps = [];
  requests = 0;
  extendedProtection = false;
});
afterAll(async () => {
  samba?.stop();
  front?.closeAllConnections();
  front?.close();
  await organisation?.close();
  rmSync(dir, { recursive: true, force: true });
});

/** IIS's part: the connection is what signs in; what comes over it afterwards needs no header. */
async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  requests++;
  const known = sockets.get(request.socket) ?? { number: sockets.size + 1 };
  sockets.set(request.socket, known);
  const token = /^NTLM (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (token) {
    const step = await samba.step(known.number, token, certificate);
    steps.push(step);
    const accepted = step.done === true && (!extendedProtection || step.bound === true);
    if (!accepted) return unauthorized(request, response, step.error || step.done ? 'NTLM' : `NTLM ${step.token}`);
    known.user = step.user;
  }
  if (known.user === undefined) return unauthorized(request, response, 'NTLM');
  const basic = Buffer.from(`svc@source.test:${PASSWORD}`).toString('base64');
  const headers = { ...request.headers, host: 'localhost', authorization: `Basic ${basic}` };
  const onward = httpsRequest(
    `${organisation.url}/EWS/Exchange.asmx`,
    { method: 'POST', ca: organisation.ca, headers },
    (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    },
  );
  request.pipe(onward);
}

function unauthorized(request: IncomingMessage, response: ServerResponse, challenge: string): void {
  request.resume();
  response.writeHead(401, { 'www-authenticate': challenge, 'content-length': '0' });
  response.end();
}

function mailbox(password = SAMBA_PASSWORD, port = frontPort, user = 'Administrator'): MailStore {
  return openEwsStore({
    url: `https://localhost:${port}/EWS/Exchange.asmx`,
    ca: ca.pem,
    auth: { kind: 'password', user, password },
    address: 'anna@source.test',
    restMs: 5,
  });
}
const inbox = async (box: MailStore): Promise<string | undefined> => (await box.distinguished('inbox'))?.name;

describeWith('samba', 'NTLM against Samba', () => {
  test('signs in once a connection, with the channel bound and the service named', async () => {
    const box = mailbox();
    for (let i = 0; i < 5; i++) expect(await inbox(box)).toBe('Inbox');
    expect(steps.map((s) => [s.done, s.user, s.bound, s.target])).toEqual([
      [false, undefined, undefined, undefined],
      [true, 'Administrator', true, 'HTTP/localhost'],
    ]);
    expect(sockets.size).toBe(1);
    const before = sockets.size;
    await Promise.all(Array.from({ length: 6 }, () => inbox(box)));
    // Each further connection signs in for itself.
    expect(steps.filter((s) => s.done).length).toBe(sockets.size);
    expect(sockets.size).toBeGreaterThan(before);
  });

  test('a connection that was lost is signed in again', async () => {
    const box = mailbox(SAMBA_PASSWORD, frontPort, 'SOURCE\\administrator');
    await inbox(box);
    front.closeAllConnections();
    expect(await inbox(box)).toBe('Inbox');
    expect(steps.filter((s) => s.done)).toHaveLength(2);
  });

  test('a wrong password is refused, and tried once more at most', async () => {
    await expect(inbox(mailbox('wrong'))).rejects.toMatchObject({ name: 'ExtendedProtectionRefused' });
    expect(steps.filter((s) => s.error).length).toBeLessThanOrEqual(2);
    expect(steps.find((s) => s.error)?.error).toMatch(/WRONG_PASSWORD|LOGON_FAILURE|password/i);
    expect(requests).toBeLessThanOrEqual(6);
  });

  test('Extended Protection: accepted directly, refused through something that ends TLS before the server', async () => {
    extendedProtection = true;
    expect(await inbox(mailbox())).toBe('Inbox');
    const credential = await ca.server('balancer', ['localhost']);
    const open = new Set<TLSSocket>();
    const balancer = createTlsServer(credential, (socket) => {
      const onward = connect({ host: 'localhost', port: frontPort, ca: ca.pem });
      for (const one of [socket, onward]) one.on('error', () => undefined);
      open.add(socket).add(onward);
      socket.pipe(onward).pipe(socket);
    });
    await new Promise<void>((resolve) => balancer.listen(0, '127.0.0.1', resolve));
    try {
      steps = [];
      const { port } = balancer.address() as AddressInfo;
      await expect(inbox(mailbox(SAMBA_PASSWORD, port))).rejects.toMatchObject({ name: 'ExtendedProtectionRefused' });
      // Samba itself found the password right: it is the channel that does not fit.
      expect(steps.find((s) => s.done)).toMatchObject({ user: 'Administrator', bound: false });
    } finally {
      for (const socket of open) socket.destroy();
      balancer.close();
    }
  });
});

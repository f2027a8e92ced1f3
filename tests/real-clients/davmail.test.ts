import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { type Lab, startLab } from '../../lab/start.ts';
import { describeWith, python } from '../support/parts.ts';

const foundSchema = z.object({
  folders: z.record(z.string(), z.number()),
  wrong: z.array(z.unknown()),
  changed: z.array(z.unknown()),
});

/** DavMail speaks IMAP to its clients and EWS to the server: another reader of the lab that nobody here wrote. */
describeWith('davmail', 'DavMail', () => {
  const dir = mkdtempSync(join(tmpdir(), 'lab-davmail-'));
  let lab: Lab;
  let gateway: ChildProcess;
  let port: number;

  beforeAll(async () => {
    lab = await startLab({ dir: join(dir, 'lab'), users: 3, items: 200, folders: 2 });
    port = await freePort();
    gateway = startGateway(dir, port, lab.organisations[0]?.ewsUrl ?? '');
    await listening(port, gateway);
  }, 120_000);

  afterAll(async () => {
    if (gateway.exitCode === null) {
      const ended = once(gateway, 'exit');
      gateway.kill();
      await ended;
    }
    await lab.close();
    rmSync(dir, { recursive: true, force: true });
  });

  test('lists every mail folder, reads every message, and changes them', { timeout: 120_000 }, async () => {
    const owner = lab.organisations[0]?.mailboxes[0];
    const found = foundSchema.parse(JSON.parse(await walk(port, owner?.user ?? '', owner?.password ?? '')));
    expect(found.wrong).toEqual([]);
    expect(Object.keys(found.folders).length).toBeGreaterThan(10);
    expect(found.folders.INBOX).toBeGreaterThan(0);
    expect(found.folders.Sent).toBeGreaterThan(0);
    expect(found.changed).toEqual(['OK', true, 'OK', '', true, 'OK']);
  });

  function startGateway(folder: string, imapPort: number, ewsUrl: string): ChildProcess {
    const certificate = new X509Certificate(readFileSync(join(folder, 'lab', 'source.pem')));
    // DavMail pins a certificate by its SHA-1, in its own spelling.
    const pin = createHash('sha1')
      .update(certificate.raw)
      .digest('hex')
      .toUpperCase()
      .replace(/..(?=.)/g, '$&:');
    const settings = {
      'davmail.server': true,
      'davmail.mode': 'EWS',
      'davmail.url': ewsUrl,
      'davmail.imapPort': imapPort,
      'davmail.bindAddress': '127.0.0.1',
      'davmail.allowRemote': false,
      'davmail.disableUpdateCheck': true,
      'davmail.server.certificate.hash': pin,
      'davmail.logFilePath': join(folder, 'davmail.log'),
    };
    const file = join(folder, 'davmail.properties');
    writeFileSync(
      file,
      Object.entries(settings)
        .map(([key, value]) => `${key}=${value}\n`)
        .join(''),
    );
    return spawn('davmail', [file], { stdio: 'ignore', cwd: folder });
  }
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Waits until somebody answers on a port; fails when the process that should has ended. */
async function listening(port: number, process: ChildProcess): Promise<void> {
  for (const deadline = performance.now() + 60_000; performance.now() < deadline; await sleep(100)) {
    if (process.exitCode !== null) throw new Error(`DavMail ended by itself (${process.exitCode})`);
    const socket = connect(port, '127.0.0.1');
    const answered = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (answered) return;
  }
  throw new Error('DavMail did not begin to listen in time');
}

async function walk(port: number, user: string, password: string): Promise<string> {
  const child = spawn(python, [join(import.meta.dirname, 'davmail_checks.py'), String(port), user]);
  child.stdin.end(`${password}\n`);
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`davmail_checks.py ended with ${code}: ${stderr}`);
  return stdout;
}

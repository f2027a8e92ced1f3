import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { LabOrganisation } from '../../lab/start.ts';
import { clientsOf } from './lab-client.ts';

const transplant = fileURLToPath(new URL('../../cli/transplant.js', import.meta.url));
const account = z.object({ user: z.string(), password: z.string().min(1) });

/** The ready file as docs/cli.md promises it; more may stand in it. */
const ready = z.object({
  organisations: z.tuple([organisation('source'), organisation('target')]),
});
function organisation(name: string) {
  return z.object({
    name: z.literal(name),
    smtpDomain: z.literal(`${name}.test`),
    ewsUrl: z.string().regex(/^https:\/\/127\.0\.0\.1:\d+\/EWS\/Exchange\.asmx$/),
    ldapUrl: z.string().regex(/^ldaps:\/\//),
    smtp: z.object({ host: z.literal('127.0.0.1'), port: z.number().int().positive() }),
    caFile: z.string().regex(/ca\.pem$/),
    certificateSha256: z.string().regex(/^[0-9a-f]{64}$/),
    baseDn: z.literal(`DC=${name},DC=test`),
    serviceAccount: account.extend({ user: z.literal(`svc-transplant@${name}.test`) }),
    mailboxes: z.array(account).min(1),
  });
}

const started: ChildProcess[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lab-process-'));
  folders.push(folder);
  return folder;
}

function run(args: string[]) {
  const child = spawn(process.execPath, [transplant, 'lab', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(child);
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    output.stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output.stderr += chunk.toString();
  });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return { child, output, ended };
}

const small = ['--users', '3', '--items', '0', '--folders', '2'];

async function start(folder: string, more: string[] = small) {
  const readyFile = join(folder, 'ready.json');
  const lab = run(['start', '--dir', join(folder, 'lab'), '--ready-file', readyFile, ...more]);
  const deadline = Date.now() + 50_000;
  while (!existsSync(readyFile)) {
    if (lab.child.exitCode !== null || Date.now() > deadline) throw new Error(lab.output.stderr);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const document: unknown = JSON.parse(readFileSync(readyFile, 'utf8'));
  const { organisations } = ready.parse(document);
  return { ...lab, readyFile, organisations: organisations as unknown as LabOrganisation[] };
}

describe('transplant lab', () => {
  test('writes the ready file when both answer, with the certificate they show', async () => {
    const lab = await start(scratch());
    for (const one of lab.organisations) {
      const ldap = await clientsOf(one).ldap();
      await ldap.unbind();
      const mailbox = one.mailboxes[0]?.user ?? '';
      expect(await clientsOf(one).inbox(mailbox)).toEqual([]);
      for (const url of [one.ewsUrl, one.ldapUrl]) {
        const port = Number(new URL(url.replace('ldaps', 'https')).port);
        const socket = connect({ host: '127.0.0.1', port, ca: readFileSync(one.caFile) });
        await once(socket, 'secureConnect');
        const shown = socket.getPeerCertificate().fingerprint256.replaceAll(':', '').toLowerCase();
        expect(shown).toBe(one.certificateSha256);
        socket.destroy();
      }
    }
    for (const one of lab.organisations) expect(lab.output.stdout).not.toContain(one.serviceAccount.password);
  });

  test('ends on SIGTERM, takes the ready file away, and starts again with the same ports, objects and mail', async () => {
    const folder = scratch();
    const first = await start(folder);
    const [source] = first.organisations;
    const address = source?.mailboxes[0]?.user ?? '';
    if (!source) throw new Error('no source');
    await clientsOf(source).mail(address, 'kept');
    first.child.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    expect(existsSync(first.readyFile)).toBe(false);
    const second = await start(folder, []);
    expect(second.organisations).toEqual(first.organisations);
    expect(await clientsOf(source).inbox(address)).toEqual(['kept']);
  });

  test('a kill loses nothing that was answered', async () => {
    const folder = scratch();
    const first = await start(folder);
    const [source] = first.organisations;
    if (!source) throw new Error('no source');
    const address = source.mailboxes[0]?.user ?? '';
    const ldap = await clientsOf(source).ldap();
    await ldap.add(`CN=Kept,OU=People,${source.baseDn}`, { objectClass: 'contact', mail: 'kept@other.test' });
    await ldap.unbind();
    await clientsOf(source).mail(address, 'kept');
    first.child.kill('SIGKILL');
    await first.ended;
    // Whoever is killed leaves the file behind.
    rmSync(first.readyFile);
    const second = await start(folder, []);
    expect(second.organisations).toEqual(first.organisations);
    const again = await clientsOf(source).ldap();
    const { searchEntries } = await again.search(source.baseDn, { filter: '(mail=kept@other.test)' });
    await again.unbind();
    expect(searchEntries).toHaveLength(1);
    expect(await clientsOf(source).inbox(address)).toEqual(['kept']);
  });

  test('a folder has one lab; stop waits for its end', async () => {
    const folder = scratch();
    const dir = join(folder, 'lab');
    const lab = await start(folder);
    const second = run(['start', '--dir', dir]);
    expect(await second.ended).toBe(2);
    expect(second.output.stderr).toMatch(/A lab runs there already[\s\S]*lab stop/);
    const stop = run(['stop', '--dir', dir, '--json']);
    expect(await stop.ended).toBe(0);
    expect(JSON.parse(stop.output.stdout)).toEqual({ stopped: true });
    expect(await lab.ended).toBe(0);
    const none = run(['stop', '--dir', dir, '--json']);
    expect(await none.ended).toBe(0);
    expect(JSON.parse(none.output.stdout)).toEqual({ stopped: false });
  });

  test('asking for another size of a lab that is there is refused', async () => {
    const folder = scratch();
    const lab = await start(folder);
    lab.child.kill('SIGINT');
    expect(await lab.ended).toBe(0);
    const other = run(['start', '--dir', join(folder, 'lab'), '--users', '9']);
    expect(await other.ended).toBe(2);
    expect(other.output.stderr).toMatch(/made with 3/);
  });

  test.each([
    [['start']],
    [['start', '--dir', 'x', '--users', 'many']],
    [['start', '--dir', 'x', '--faults', '/nowhere/faults.json']],
  ])('a wrong call is refused: %j', async (args) => {
    const call = run(args);
    expect(await call.ended).toBe(2);
    expect(call.output.stderr).not.toBe('');
  });
});

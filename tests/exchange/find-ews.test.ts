import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, type LabOrganisation, startLab } from '../../lab/start.ts';
import { transplant } from '../e2e/demo-run.ts';

/** A forest whose EWS address nobody knows, and an application that signs in to it: at the command line. */
let folder = '';
let lab: Lab;
let source: LabOrganisation;

const run = (args: string[], input = '') =>
  transplant(args, { TRANSPLANT_DB: `sqlite:${join(folder, 'p.db')}`, TRANSPLANT_HOME: join(folder, 'home') }, input);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'find-ews-'));
  lab = await startLab({ dir: join(folder, 'lab'), users: 2, items: 0, folders: 1 });
  const [first] = lab.organisations;
  if (!first) throw new Error('no organisation');
  source = first;
});
afterAll(async () => {
  await lab?.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('a forest without an EWS address', () => {
  test('is found by the directory once there is an account, and everybody is told how', async () => {
    const added = await run([
      ...['forest', 'add', 'source', '--role', 'source', '--ldap', source.ldapUrl, '--ca', source.caFile],
      ...['--smtp-domain', 'source.test', '--json'],
    ]);
    expect(added.code, added.stderr).toBe(0);
    expect(JSON.parse(added.stdout).ewsUrl).toBeUndefined();
    const account = ['account', 'set', 'source', 'exchange', '--user', source.serviceAccount.user];
    const set = await run([...account, '--password-stdin', '--json'], source.serviceAccount.password);
    expect(set.code, set.stderr).toBe(0);
    const how = expect.stringContaining('Autodiscover (plain XML) at 127.0.0.1');
    expect(JSON.parse(set.stdout).ews).toEqual({ url: source.ewsUrl, how });
    const shown = await run(['forest', 'show', 'source', '--json']);
    expect(JSON.parse(shown.stdout)).toMatchObject({ ewsUrl: source.ewsUrl, ewsFound: { how } });
    const checked = await run(['preflight', 'run', '--group', 'exchange', '--json']);
    const connect = JSON.parse(checked.stdout).results?.find((r: { id: string }) => r.id === 'exchange.connect');
    expect(JSON.stringify(connect)).toContain('by service connection point');
  });

  test('given by a person, it was not found', async () => {
    const changed = await run(['forest', 'change', 'source', '--ews', source.ewsUrl, '--json']);
    expect(JSON.parse(changed.stdout).ewsFound).toBeUndefined();
  });
});

describe('an application in place of a user', () => {
  test('is stored with its certificate, which is looked at; its secret is no password of the directory', async () => {
    const [key, certificate, pem] = ['a.key', 'a.crt', 'a.pem'].map((name) => join(folder, name));
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=app'],
        ...['-keyout', key ?? '', '-out', certificate ?? ''],
      ],
      { stdio: 'ignore' },
    );
    execFileSync('sh', ['-c', `cat "${key}" "${certificate}" > "${pem}"`]);
    const set = ['account', 'set', 'source', 'exchange', '--oauth-tenant', 'contoso.test', '--client-id', 'app-1'];
    const wrong = await run([...set, '--certificate', certificate ?? '']);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('no unencrypted private key')]);
    const right = await run([...set, '--certificate', pem ?? '', '--json']);
    expect(right.code, right.stderr).toBe(0);
    const shown = await run(['forest', 'show', 'source', '--json']);
    expect(JSON.parse(shown.stdout)).toMatchObject({ oauth: { tenant: 'contoso.test', credential: 'certificate' } });
    const all = shown.stdout + right.stdout + right.stderr + (await run(['audit', '--json'])).stdout;
    expect(all).not.toContain(readFileSync(key ?? '', 'utf8').split('\n')[3]);
    expect((await run(['discover', 'source'])).stderr).toContain('No account is set for directory');
    expect((await run([...set, '--user', 'x', '--certificate', pem ?? ''])).code).toBe(2);
    // Back to a password: the application is gone.
    await run(
      ['account', 'set', 'source', 'exchange', '--user', source.serviceAccount.user, '--password-stdin'],
      source.serviceAccount.password,
    );
    expect(JSON.parse((await run(['forest', 'show', 'source', '--json'])).stdout).oauth).toBeUndefined();
  });
});

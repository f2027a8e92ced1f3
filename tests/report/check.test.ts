import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { LdifProject, mailbox } from '../directory/ldif-project.ts';

let issuing: LdifProject;
let other: LdifProject;

async function project(): Promise<LdifProject> {
  const address = { proxyAddresses: ['smtp:bob.kern@source.example'] };
  const made = await LdifProject.open([mailbox('Bob Kern', 'source')], [mailbox('Bob Kern', 'target', address)]);
  await made.api.match.run({});
  await made.api.batches.create({ name: 'Wave 1', choice: { kind: 'all' } });
  return made;
}

beforeAll(async () => {
  [issuing, other] = [await project(), await project()];
  vi.stubEnv('TRANSPLANT_HOME', join(issuing.folder, 'home'));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await issuing?.close();
  await other?.close();
});

it('says of a certificate whether it is as it was signed, and whether the audit log has it, as file and as content', async () => {
  const dir = join(issuing.folder, 'report');
  const { key } = await issuing.api.reports.write({ batch: 'Wave 1', dir });
  const file = join(dir, 'certificate.json');
  const content = readFileSync(file, 'utf8');
  for (const asked of [{ file }, { content }]) {
    const verdict = await issuing.api.reports.check(asked);
    expect(verdict).toMatchObject({ intact: true, fingerprint: key, logged: { who: 'tester' } });
    expect(verdict.certificate?.batch).toBe('Wave 1');
  }
  // The same batch of another project: its log has no signature with this key.
  expect(await other.api.reports.check({ content })).toMatchObject({ intact: true, logged: null });
  await other.api.reports.write({ batch: 'Wave 1', dir: join(other.folder, 'report') });
  expect((await other.api.reports.check({ content })).logged).toMatchObject({ who: 'tester' });
});

it('says of what was altered, or is no certificate, that it is not, and of a missing file that it cannot be read', async () => {
  const dir = join(issuing.folder, 'again');
  await issuing.api.reports.write({ batch: 'Wave 1', dir });
  const content = readFileSync(join(dir, 'certificate.json'), 'utf8');
  const altered = join(dir, 'altered.json');
  writeFileSync(altered, content.replace('Wave 1', 'Wave 2'));
  const bad = { intact: false, logged: null };
  expect(await issuing.api.reports.check({ file: altered })).toMatchObject(bad);
  for (const text of ['', '{', '[]', '{"certificate":{}}', content.replace('"Ed25519"', '"none"')]) {
    expect(await issuing.api.reports.check({ content: text })).toMatchObject(bad);
  }
  await expect(issuing.api.reports.check({ file: join(dir, 'none.json') })).rejects.toThrow('The file cannot be read.');
});

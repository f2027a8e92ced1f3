import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Lab, startLab } from '../../lab/start.ts';
import { clientsOf } from './lab-client.ts';

const dir = mkdtempSync(join(tmpdir(), 'lab-sign-in-'));
let lab: Lab;
beforeAll(async () => {
  // The eighth person is the first whose mailbox is linked to an account elsewhere.
  lab = await startLab({ dir, users: 8, items: 0, folders: 1 });
});
afterAll(async () => {
  await lab.close();
  rmSync(dir, { recursive: true, force: true });
});

test('everybody whom the ready file names signs in to EWS as it says, resources and linked mailboxes too', async () => {
  for (const organisation of lab.organisations) {
    const client = clientsOf(organisation);
    for (const { user, password } of organisation.mailboxes) {
      expect([user, await client.ownInbox(user, password)]).toEqual([user, expect.any(Array)]);
      expect([user, await client.ownInbox(user, `${password}x`)]).toEqual([user, '401']);
    }
  }
});

test('a disabled account that owns nothing by another account stays out', async () => {
  const [source] = lab.organisations;
  const [first] = source?.mailboxes ?? [];
  if (!source || !first) throw new Error('no source');
  const { ldap, ownInbox } = clientsOf(source);
  const admin = await ldap(source.administrator.user, source.administrator.password);
  const { searchEntries } = await admin.search(source.baseDn, { filter: `(userPrincipalName=${first.user})` });
  const { Attribute, Change } = await import('ldapts');
  const modification = new Attribute({ type: 'userAccountControl', values: ['514'] });
  await admin.modify(searchEntries[0]?.dn ?? '', new Change({ operation: 'replace', modification }));
  await admin.unbind();
  expect(await ownInbox(first.user, first.password)).toBe('401');
});

import { afterEach, expect, test } from 'vitest';
import { LdifProject, mailbox } from './ldif-project.ts';

let project: LdifProject;
afterEach(() => project.close());

const contact = (name: string, address: string) =>
  mailbox(name, 'source', {
    objectClass: ['top', 'person', 'contact'],
    proxyAddresses: [`SMTP:${address}`],
    mail: address,
    targetAddress: `SMTP:${address}`,
    homeMDB: [],
    msExchRecipientTypeDetails: '64',
  });

test('two objects of the source with one address are a conflict until a person says which is created', async () => {
  project = await LdifProject.open(
    [
      contact('Shop One', 'Shop@else.example'),
      contact('Shop Two', 'shop@ELSE.example'),
      contact('Other', 'other@else.example'),
    ],
    [],
  );
  await project.api.match.run({});
  for (const [name, other] of [
    ['Shop One', 'Shop Two'],
    ['Shop Two', 'Shop One'],
  ] as const) {
    const match = await project.matchOf(name);
    expect(match).toMatchObject({ state: 'conflict', rule: 'shared-address' });
    expect(match.evidence[0]?.note).toContain(`CN=${other},OU=People,DC=source,DC=example`);
  }
  expect((await project.matchOf('Other')).state).toBe('create');
  await project.api.match.set({ source: 'CN=Shop One,OU=People,DC=source,DC=example', choice: 'create' });
  await project.api.match.set({ source: 'CN=Shop Two,OU=People,DC=source,DC=example', choice: 'none' });
  await expect(project.api.prepare.plan({})).rejects.toThrow('Nothing is known of the target yet');
  await project.api.prepare.plan({ options: { container: 'OU=New,DC=target,DC=example' } });
  const { changes } = await project.api.prepare.show({});
  const holders = changes.filter((c) => c.kind === 'add' && c.after.proxyAddresses?.some((a) => /shop@else/i.test(a)));
  expect(holders.map((c) => c.dn)).toEqual(['CN=Shop One,OU=New,DC=target,DC=example']);
});

test('an object that the filter leaves out is no rival', async () => {
  project = await LdifProject.open(
    [
      contact('Shop One', 'shop@else.example'),
      { ...contact('Shop Two', 'shop@else.example'), extensionAttribute1: 'nosync' },
    ],
    [],
  );
  await project.api.match.run({});
  expect((await project.matchOf('Shop One')).state).toBe('create');
});

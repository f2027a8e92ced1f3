import { afterEach, expect, test } from 'vitest';
import { LdifProject, mailbox } from './ldif-project.ts';

let project: LdifProject;
afterEach(() => project.close());

const folder = (name: string, domain: string, more: Record<string, string | string[]>) =>
  mailbox(name, domain, {
    objectClass: ['top', 'publicFolder'],
    homeMDB: [],
    sAMAccountName: [],
    userPrincipalName: [],
    objectSid: [],
    userAccountControl: [],
    msExchRecipientTypeDetails: '4096',
    ...more,
  });

test('a mail-enabled public folder of the target gets the addresses of its counterpart', async () => {
  project = await LdifProject.open(
    [
      folder('Sales', 'source', {
        mail: 'sales@shared.example',
        proxyAddresses: ['SMTP:sales@shared.example', 'smtp:orders@source.example'],
        legacyExchangeDN: '/o=Source/ou=First/cn=Recipients/cn=Sales',
        msExchHideFromAddressLists: 'TRUE',
        publicDelegates: ['CN=Anna,OU=People,DC=source,DC=example'],
        altRecipient: 'CN=Anna,OU=People,DC=source,DC=example',
        deliverAndRedirect: 'TRUE',
      }),
      mailbox('Anna', 'source'),
    ],
    [
      folder('Sales', 'target', {
        mail: 'sales@target.example',
        proxyAddresses: ['SMTP:sales@target.example', 'smtp:sales@shared.example'],
      }),
      mailbox('Anna', 'target', { proxyAddresses: ['SMTP:anna@target.example', 'smtp:anna@source.example'] }),
    ],
  );
  await project.api.match.run({});
  expect(await project.matchOf('Sales')).toMatchObject({ state: 'matched' });
  await project.api.prepare.plan({});
  const { changes } = await project.api.prepare.show({});
  const change = changes.find(({ dn, after }) => /^CN=Sales,/.test(dn) && after.proxyAddresses);
  expect(change).toMatchObject({ kind: 'modify', after: { msExchHideFromAddressLists: ['TRUE'] } });
  expect(change?.after.proxyAddresses).toEqual([
    'SMTP:sales@target.example',
    'smtp:sales@shared.example',
    'smtp:orders@source.example',
    'X500:/o=Source/ou=First/cn=Recipients/cn=Sales',
  ]);
  // Who may send on its behalf goes through the matches.
  expect(changes.find(({ after }) => after.publicDelegates)).toMatchObject({
    dn: 'CN=Sales,OU=People,DC=target,DC=example',
    after: { publicDelegates: ['CN=Anna,OU=People,DC=target,DC=example'] },
  });
  // So does where its mail is forwarded to, and whether it keeps it, too.
  expect(changes.find(({ after }) => after.altRecipient)?.after.altRecipient).toEqual([
    'CN=Anna,OU=People,DC=target,DC=example',
  ]);
  expect(change?.after.deliverAndRedirect).toEqual(['TRUE']);
  // A file tells nothing of who may send as it.
  const { plan } = await project.api.prepare.show({});
  expect(plan.notes.notes.map(({ note }) => note)).toContain('who may send as it cannot be read in the source');
});

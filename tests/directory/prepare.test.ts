import { afterEach, describe, expect, test } from 'vitest';
import type { PrepareOptions } from '../../core/plan/prepare/options.ts';
import { type Exported, guidOf, LdifProject, mailbox } from './ldif-project.ts';

/** What a plan makes of each kind of object, line by line as the field's rules have it (Prepare-MoveRequest.ps1). */

let project: LdifProject;
afterEach(() => project.close());

const dn = (name: string, side: string) => `CN=${name},OU=People,DC=${side},DC=example`;
const person = (name: string, more = {}) => mailbox(name, 'source', more);
const contact = (name: string, address: string, more = {}): Exported =>
  mailbox(name, 'target', {
    dn: `CN=${name},OU=Contacts,DC=target,DC=example`,
    objectClass: ['top', 'person', 'organizationalPerson', 'contact'],
    homeMDB: [],
    sAMAccountName: [],
    msExchRecipientTypeDetails: '64',
    mail: address,
    proxyAddresses: [`SMTP:${address}`],
    targetAddress: `SMTP:${address}`,
    ...more,
  });

async function planned(source: Exported[], target: Exported[], options: Partial<PrepareOptions> = {}) {
  project = await LdifProject.open(source, target);
  await project.api.match.run({});
  await project.api.prepare.plan({ options });
  const { changes, plan } = await project.api.prepare.show({ limit: 1000 });
  const add = (name: string) => {
    const found = changes.find((c) => c.kind === 'add' && c.after.displayName?.[0] === name);
    if (!found) throw new Error(`no new object ${name}`);
    return found.after;
  };
  return { changes, add, notes: plan.notes.notes, problems: plan.notes.problems };
}

const anybody = () => mailbox('Uwe Stein', 'target');

describe('new objects', () => {
  test('a mailbox becomes a disabled mail user with the constants, its addresses, X500, and forwards to the source', async () => {
    const guid = guidOf('mailbox-anna');
    const { add, changes } = await planned(
      [
        person('Anna Berg', {
          msExchMailboxGuid: guid,
          msExchUserCulture: 'de-DE',
          title: 'Boss',
          extensionAttribute7: 'x',
          proxyAddresses: [
            'SMTP:anna.berg@source.example',
            'smtp:ab@source.example',
            'X400:c=DE;a= ;p=O;s=B;',
            'sip:anna@source.example',
          ],
        }),
      ],
      [anybody()],
    );
    const anna = add('Anna Berg');
    expect(anna).toMatchObject({
      objectClass: ['top', 'person', 'organizationalPerson', 'user'],
      userAccountControl: ['514'],
      msExchRecipientTypeDetails: ['128'],
      msExchRecipientDisplayType: ['-2147483642'],
      msExchVersion: ['44220983382016'],
      msExchMailboxGuid: [guid],
      msExchUserCulture: ['de-DE'],
      title: ['Boss'],
      extensionAttribute7: ['x'],
      mail: ['anna.berg@source.example'],
      targetAddress: ['SMTP:anna.berg@source.example'],
      msExchPoliciesExcluded: ['{26491cfc-9e50-4857-861b-0cb8df22b5d7}'],
    });
    expect(anna.proxyAddresses).toEqual([
      'SMTP:anna.berg@source.example',
      'smtp:ab@source.example',
      'sip:anna@source.example',
      'X500:/o=source/ou=x/cn=Recipients/cn=annaberg',
      'smtp:anna.berg@target.example',
    ]);
    expect(anna.homeMDB).toBeUndefined();
    // Replies to mail of the target's time find the source mailbox.
    const back = changes.find((c) => c.dn === dn('Anna Berg', 'source'));
    expect(back?.after.proxyAddresses).toContain(`X500:${anna.legacyExchangeDN?.[0]}`);
    expect(anna.legacyExchangeDN?.[0]).toMatch(/^\/o=target\/ou=x\/cn=Recipients\/cn=[0-9a-f]{32}-anna\.berg$/);
  });

  test('names are unique: logon name, UPN, alias, common name; a logon name has twenty characters', async () => {
    const long = 'Maximiliane Mustermann-Hohenstein';
    const { add, changes } = await planned(
      [
        person('Anna Berg', { userPrincipalName: 'anna.berg@source.example' }),
        person(long, { sAMAccountName: 'maximiliane.mustermann-hohenstein' }),
      ],
      [
        mailbox('Other Person', 'target', {
          dn: 'CN=Anna Berg,CN=Users,DC=target,DC=example',
          sAMAccountName: 'Anna.Berg',
          mailNickname: 'ANNA.BERG',
          userPrincipalName: 'anna.berg2@target.example',
        }),
      ],
    );
    expect(add('Anna Berg')).toMatchObject({ sAMAccountName: ['anna.berg3'], mailNickname: ['anna.berg2'] });
    expect(add('Anna Berg').userPrincipalName?.[0]).toMatch(/^anna\.berg\d*@target\.example$/);
    expect(changes.map((c) => c.dn)).toContain('CN=Anna Berg (2),CN=Users,DC=target,DC=example');
    expect(add(long).sAMAccountName?.[0]).toHaveLength(20);
  });

  test.each([
    ['roomMailbox', { msExchRecipientTypeDetails: '16', msExchRecipientDisplayType: '7' }, '-2147481850'],
    ['equipmentMailbox', { msExchRecipientTypeDetails: '32', msExchRecipientDisplayType: '8' }, '-2147481594'],
    ['linkedMailbox', { msExchRecipientTypeDetails: '2', msExchMasterAccountSid: 'S-1-5-21-1-2-3-500' }, '-1073741818'],
    ['sharedMailbox', { msExchRecipientTypeDetails: '4', msExchMasterAccountSid: 'S-1-5-10' }, '-2147483642'],
  ])('a %s keeps what it is', async (kind, more, display) => {
    const { add } = await planned([person('Thing One', more)], [anybody()]);
    expect(add('Thing One').msExchRecipientDisplayType).toEqual([display]);
    expect(add('Thing One').msExchMasterAccountSid).toEqual(
      kind === 'linkedMailbox' ? ['S-1-5-21-1-2-3-500'] : undefined,
    );
  });

  test('linked to the account of the source for the time of two forests, where that is wanted', async () => {
    const sid = 'S-1-5-21-1-2-3-1104';
    const { add } = await planned([person('Anna Berg', { objectSid: sid })], [anybody()], { linkToSource: true });
    expect(add('Anna Berg')).toMatchObject({
      msExchMasterAccountSid: [sid],
      msExchRecipientDisplayType: ['-1073741818'],
    });
  });

  test('hidden stays hidden and in no address list; others stand in the lists that mailboxes of the target have', async () => {
    const lists = ['CN=All Users,CN=Lists,DC=target,DC=example', 'CN=Default,CN=GAL,DC=target,DC=example'];
    const { add } = await planned(
      [person('Anna Berg'), person('Hidden One', { msExchHideFromAddressLists: 'TRUE' })],
      [mailbox('Uwe Stein', 'target', { showInAddressBook: lists })],
      { addressPolicy: 'inherit' },
    );
    expect(add('Anna Berg').showInAddressBook?.sort()).toEqual(lists);
    expect(add('Hidden One')).toMatchObject({ msExchHideFromAddressLists: ['TRUE'] });
    expect(add('Hidden One').showInAddressBook).toBeUndefined();
    expect(add('Anna Berg').msExchPoliciesExcluded).toBeUndefined();
  });

  test('references go to counterparts; one without is listed and left out', async () => {
    const { changes, notes } = await planned(
      [
        person('Anna Berg', {
          manager: dn('Bob Kern', 'source'),
          publicDelegates: [dn('Bob Kern', 'source'), dn('Gone', 'source')],
        }),
        person('Bob Kern'),
      ],
      [anybody()],
    );
    const links = changes.find((c) => c.after.manager);
    const bob = 'CN=Bob Kern,CN=Users,DC=target,DC=example';
    expect(links?.after).toEqual({ manager: [bob], publicDelegates: [bob] });
    expect(notes).toContainEqual({
      object: dn('Anna Berg', 'source'),
      note: `publicDelegates ${dn('Gone', 'source')} has no counterpart in the target and is left out`,
    });
  });
});

describe('what is there already', () => {
  test('a contact that stands for a mailbox becomes a mail user with its attributes; who refers to it refers to the new one', async () => {
    const there = contact('Anna Berg (Source)', 'anna.berg@source.example', {
      telephoneNumber: '0815',
      proxyAddresses: ['SMTP:anna.berg@source.example', 'X500:/o=old/cn=a'],
    });
    const group = {
      dn: 'CN=All,DC=target,DC=example',
      objectClass: ['top', 'group'],
      displayName: 'All',
      mail: 'all@target.example',
      member: [there.dn, dn('Uwe Stein', 'target')],
    };
    const { changes, add } = await planned([person('Anna Berg')], [anybody(), there, group]);
    expect(add('Anna Berg')).toMatchObject({ telephoneNumber: ['0815'] });
    expect(add('Anna Berg').proxyAddresses).toEqual(
      expect.arrayContaining(['X500:/o=old/cn=a', `X500:${there.legacyExchangeDN}`, 'SMTP:anna.berg@source.example']),
    );
    const made = 'CN=Anna Berg,CN=Users,DC=target,DC=example';
    expect(changes.map((c) => [c.kind, c.dn])).toEqual([
      ['add', made],
      ['modify', group.dn],
      ['delete', there.dn],
      ['modify', dn('Anna Berg', 'source')],
    ]);
    expect(changes[1]?.after.member).toEqual([made, dn('Uwe Stein', 'target')]);
    expect(changes[2]?.before.telephoneNumber).toEqual(['0815']);
  });

  test('an address that a third object holds is left out and named; there is one primary address', async () => {
    await planned(
      [
        person('Anna Berg', {
          proxyAddresses: ['SMTP:anna.berg@source.example', 'smtp:Info@Shared.Example', 'smtp:no address'],
        }),
      ],
      [mailbox('Uwe Stein', 'target', { proxyAddresses: ['SMTP:uwe@target.example', 'smtp:info@shared.example'] })],
    );
    const match = await project.matchOf('Anna Berg');
    // By the shared address alone they are a question for a person; decided, the address stays where it is.
    expect(['conflict', 'review', 'create']).toContain(match.state);
    await project.api.match.set({ source: dn('Anna Berg', 'source'), choice: 'create' });
    await project.api.prepare.plan({});
    const again = await project.api.prepare.show({});
    const anna = again.changes.find((c) => c.kind === 'add')?.after;
    expect(anna?.proxyAddresses?.filter((a) => a.startsWith('SMTP:'))).toEqual(['SMTP:anna.berg@source.example']);
    expect(anna?.proxyAddresses?.some((a) => /info@shared/i.test(a))).toBe(false);
    expect(again.plan.notes.notes.map((n) => n.note)).toEqual(
      expect.arrayContaining([
        'smtp:Info@Shared.Example is held by another object of the target and was left out',
        'smtp:no address is no SMTP address and was left out',
      ]),
    );
  });

  test('an account keeps what it has, and gets what it lacks', async () => {
    const account = mailbox('Anna Berg', 'target', {
      homeMDB: [],
      msExchRecipientTypeDetails: [],
      mail: 'a.berg@target.example',
      proxyAddresses: ['SMTP:a.berg@target.example', 'smtp:anna.berg@source.example'],
      department: 'Kept',
    });
    const { changes } = await planned([person('Anna Berg', { department: 'Other', title: 'Boss' })], [account]);
    const change = changes.find((c) => c.dn === account.dn);
    expect(change?.kind).toBe('modify');
    expect(change?.after).toMatchObject({ title: ['Boss'], msExchRecipientTypeDetails: ['128'] });
    expect(change?.after.department).toBeUndefined();
    expect(change?.after.proxyAddresses?.filter((a) => a.startsWith('SMTP:'))).toEqual(['SMTP:a.berg@target.example']);
    expect(change?.after.mail).toBeUndefined();
  });

  test('a match whose target is gone, and a dynamic group, are told and not planned', async () => {
    const dynamic = {
      dn: 'CN=Everybody,DC=source,DC=example',
      objectClass: ['top', 'msExchDynamicDistributionList'],
      displayName: 'Everybody',
      mail: 'everybody@source.example',
      proxyAddresses: ['SMTP:everybody@source.example'],
      msExchDynamicDLFilter: '(objectClass=*)',
    };
    const { notes, changes } = await planned([dynamic], [anybody()]);
    expect(changes).toEqual([]);
    expect(notes).toEqual([{ object: dynamic.dn, note: expect.stringContaining('a dynamic group is not created') }]);
  });
});

describe('checks', () => {
  test('X500 both ways, addresses that stand twice, and a second mailbox of one person', async () => {
    project = await LdifProject.open(
      [
        person('Anna Berg', { msExchMailboxGuid: guidOf('one') }),
        person('Bob Kern', { proxyAddresses: ['SMTP:bob.kern@source.example', 'smtp:anna.berg@source.example'] }),
      ],
      [
        mailbox('Anna Berg', 'target', {
          msExchMailboxGuid: guidOf('two'),
          proxyAddresses: ['SMTP:a@target.example', 'smtp:anna.b@source.example'],
          employeeID: 'E1',
        }),
      ],
    );
    await project.api.match.run({});
    await project.api.match.set({ source: dn('Anna Berg', 'source'), target: dn('Anna Berg', 'target') });
    const { findings } = await project.api.prepare.check({});
    expect(findings.map((f) => `${f.check} ${f.object}`).sort()).toEqual([
      'duplicate smtp:anna.berg@source.example',
      `split ${dn('Anna Berg', 'target')}`,
      `x500 ${dn('Anna Berg', 'source')}`,
      `x500 ${dn('Anna Berg', 'target')}`,
    ]);
    const split = findings.find((f) => f.check === 'split');
    expect(split?.finding).toContain(dn('Anna Berg', 'source'));
  });
});

test('what matching finds after the target was prepared is told until somebody plans again', async () => {
  project = await LdifProject.open([person('Anna Berg'), person('Bert Zimmer')], [mailbox('Anna Berg', 'target')]);
  const { api } = project;
  const waiting = async () => (await api.overview.show()).waiting.unprepared;
  const first = await api.match.run({});
  expect(first).toMatchObject({ newPairs: 0, unprepared: 0 });
  const pairs = first.counts.matched + first.counts.create;
  expect(pairs).toBeGreaterThan(0);
  await api.prepare.plan({});
  await project.store.db.updateTable('change_plan').set({ state: 'applied' }).execute();
  // The same again is no news.
  expect(await api.match.run({})).toMatchObject({ newPairs: 0, unprepared: 0 });
  // They were left out for a while, and the rules take them in again.
  await project.store.db.updateTable('match').set({ state: 'unmatched', target_id: null }).execute();
  expect(await api.match.run({})).toMatchObject({ newPairs: pairs, unprepared: pairs });
  expect(await api.match.run({})).toMatchObject({ newPairs: 0, unprepared: pairs });
  expect(await waiting()).toBe(pairs);
  await api.prepare.plan({});
  expect(await waiting()).toBe(0);
});

import { Attribute, Change, Client, Control, type ResultCodeError } from 'ldapts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestDirectory, type TestDirectory } from '../../lab/ldap/testing/server.ts';
import { startForests } from '../support/forests.ts';
import { describeWith } from '../support/parts.ts';

/**
 * The lab's directory and a real Samba AD are asked the same things and must give the same answers: result codes,
 * entries and values. Where AD itself differs from Samba (tests/forests/README.md) the lab follows AD, and lab/ldap's own
 * tests say so.
 */
const BASE = 'DC=source,DC=test';
const OU = `OU=Agreement,${BASE}`;
const PASSWORD = 'Passw0rd!AD';
const SHOW_DELETED = '1.2.840.113556.1.4.417';

const change = (operation: 'add' | 'delete' | 'replace', type: string, values: string[] | Buffer[] = []) =>
  new Change({ operation, modification: new Attribute({ type, values }) });

async function codeOf(work: Promise<unknown>): Promise<number> {
  try {
    await work;
    return 0;
  } catch (error) {
    const { code } = error as ResultCodeError;
    if (typeof code !== 'number') throw error;
    return code;
  }
}

async function search(client: Client, filter: string, attributes: string[], controls: Control[] = []) {
  const { searchEntries } = await client.search(OU, { filter, attributes, paged: { pageSize: 100 } }, controls);
  return searchEntries.sort((a, b) => (a.dn < b.dn ? -1 : 1));
}

const dn = (name: string) => `CN=${name},${OU}`;

async function fill(client: Client): Promise<void> {
  await client.add(OU, { objectClass: 'organizationalUnit' });
  for (const name of ['anna', 'bert', 'carla'])
    await client.add(dn(name), {
      objectClass: 'user',
      sAMAccountName: name,
      userPrincipalName: `${name}@source.test`,
      displayName: `The ${name}`,
      mail: `${name}@source.test`,
      proxyAddresses: [`SMTP:${name}@source.test`, `x500:/o=Old/cn=${name}`],
      mailNickname: name,
      userAccountControl: '514',
      msExchRecipientDisplayType: '-2147483642',
      msExchRecipientTypeDetails: '128',
      targetAddress: `SMTP:${name}@target.test`,
    });
  await client.modify(dn('bert'), [change('add', 'manager', [dn('anna')])]);
  await client.add(dn('partner'), { objectClass: 'contact', mail: 'p@other.test', mailNickname: 'partner' });
  await client.add(dn('inner'), { objectClass: 'group', sAMAccountName: 'g-inner', member: [dn('bert')] });
  await client.add(dn('outer'), { objectClass: 'group', sAMAccountName: 'g-outer', member: [dn('inner'), dn('anna')] });
  await client.modify(dn('carla'), [
    change('replace', 'unicodePwd', [Buffer.from(`"${PASSWORD}"`, 'utf16le')]),
    change('replace', 'userAccountControl', ['512']),
  ]);
}

describeWith(['samba', 'ldb-tools', 'ldapsearch', 'openssl'], 'the lab agrees with a real Samba AD', () => {
  let lab: TestDirectory;
  let samba: Awaited<ReturnType<typeof startForests<'source'>>>;
  const clients: Record<'lab' | 'samba', Client>[] = [];
  let both: (work: (client: Client) => Promise<unknown>) => Promise<unknown>;

  const bindBoth = async (who: string) => {
    const forest = samba.forests.source;
    const real = new Client({ url: forest.url, tlsOptions: { ca: forest.ca } });
    await real.bind(who, PASSWORD);
    const pair = { lab: await lab.client(who), samba: real };
    clients.push(pair);
    return pair;
  };

  beforeAll(async () => {
    [lab, samba] = await Promise.all([startTestDirectory(), startForests(['source'])]);
    // Names that this suite makes itself.
    const admin = await bindBoth('administrator@source.test');
    for (const name of ['Anna Berg', 'Bert Cohn', 'Carla (Dörn)*'])
      await admin.lab.del(`CN=${name.replace(/[()*]/g, '\\$&')},OU=People,${BASE}`);
    for (const client of [admin.lab, admin.samba]) await fill(client);
    both = async (work) => {
      const [mine, real] = [await work(admin.lab), await work(admin.samba)];
      expect(mine).toEqual(real);
      return mine;
    };
  });
  afterAll(async () => {
    for (const pair of clients) await Promise.all([pair.lab.unbind(), pair.samba.unbind()]);
    await lab?.close();
    await samba?.stop();
  });

  test.each([
    '(objectClass=*)',
    '(objectCategory=person)',
    '(objectClass=user)',
    '(&(objectClass=user)(!(displayName=the anna)))',
    '(displayName=THE*A)',
    '(displayName=*e*r*)',
    '(proxyAddresses=smtp:ANNA@source.test)',
    '(|(mail=anna@source.test)(targetAddress=smtp:bert@target.test))',
    '(manager=CN=anna,OU=Agreement,DC=source,DC=test)',
    '(directReports=*)',
    '(memberOf=CN=outer,OU=Agreement,DC=source,DC=test)',
    '(memberOf:1.2.840.113556.1.4.1941:=CN=outer,OU=Agreement,DC=source,DC=test)',
    '(member:1.2.840.113556.1.4.1941:=CN=bert,OU=Agreement,DC=source,DC=test)',
    '(userAccountControl:1.2.840.113556.1.4.803:=2)',
    '(userAccountControl:1.2.840.113556.1.4.804:=514)',
    '(!(userAccountControl:1.2.840.113556.1.4.803:=2))',
    '(msExchRecipientDisplayType<=-1)',
    '(groupType:1.2.840.113556.1.4.803:=2147483648)',
    '(noSuchAttribute=x)',
    '(sAMAccountName>=bert)',
  ])('search %s', async (filter) => {
    await both(async (client) => (await search(client, filter, ['cn'])).map((entry) => entry.dn));
  });

  test('objects have the same values', async () => {
    const attributes = [
      ...['objectClass', 'objectCategory', 'name', 'cn', 'distinguishedName', 'sAMAccountName', 'sAMAccountType'],
      ...['userAccountControl', 'primaryGroupID', 'instanceType', 'groupType', 'manager', 'directReports', 'member'],
      ...['memberOf', 'proxyAddresses', 'msExchRecipientTypeDetails', 'codePage', 'countryCode', 'accountExpires'],
    ];
    await both(async (client) =>
      (await search(client, '(objectClass=*)', attributes)).map((entry) =>
        Object.fromEntries(
          Object.entries(entry).map(([name, value]) => [
            name,
            name !== 'objectClass' && Array.isArray(value) ? [...value].sort() : value,
          ]),
        ),
      ),
    );
  });

  const wrong: [string, (client: Client) => Promise<unknown>][] = [
    [
      'delete a value that is not there',
      (c) => c.modify(dn('anna'), [change('delete', 'proxyAddresses', ['smtp:no@x'])]),
    ],
    ['delete an attribute that is not there', (c) => c.modify(dn('anna'), [change('delete', 'department')])],
    [
      'delete the other value of a single one',
      (c) => c.modify(dn('anna'), [change('delete', 'displayName', ['Other'])]),
    ],
    [
      'add a value that is there',
      (c) => c.modify(dn('anna'), [change('add', 'proxyAddresses', ['SMTP:anna@source.test'])]),
    ],
    ['add a second to a single value', (c) => c.modify(dn('anna'), [change('add', 'displayName', ['Other'])])],
    ['replace a single value by two', (c) => c.modify(dn('anna'), [change('replace', 'displayName', ['a', 'b'])])],
    [
      'add an object with two values of a single one',
      (c) => c.add(dn('x'), { objectClass: 'contact', displayName: ['a', 'b'] }),
    ],
    ['describe a user twice', (c) => c.modify(dn('anna'), [change('replace', 'description', ['a', 'b'])])],
    ['describe a contact twice', (c) => c.modify(dn('partner'), [change('replace', 'description', ['a', 'b'])])],
    ['write a back link', (c) => c.modify(dn('anna'), [change('replace', 'memberOf', [dn('outer')])])],
    ['write the SID', (c) => c.modify(dn('anna'), [change('replace', 'objectSid', [Buffer.alloc(28, 1)])])],
    ['write when it changed', (c) => c.modify(dn('anna'), [change('replace', 'whenChanged', ['20200101000000.0Z'])])],
    [
      'make a user a contact',
      (c) =>
        c.modify(dn('anna'), [change('replace', 'objectClass', ['top', 'person', 'organizationalPerson', 'contact'])]),
    ],
    ['take away the account name', (c) => c.modify(dn('anna'), [change('delete', 'sAMAccountName')])],
    ['an empty value', (c) => c.modify(dn('anna'), [change('replace', 'title', [''])])],
    [
      'give a mail user an archive GUID',
      (c) => c.modify(dn('anna'), [change('replace', 'msExchArchiveGUID', [Buffer.alloc(16, 2)])]),
    ],
    ['add with a wrong name', (c) => c.add(dn('x'), { objectClass: 'user', cn: 'y' })],
    ['delete the users container', (c) => c.del(`CN=Users,${BASE}`)],
    ['replace by nothing what is not there', (c) => c.modify(dn('anna'), [change('replace', 'department')])],
    ['write an attribute that does not exist', (c) => c.modify(dn('anna'), [change('replace', 'noSuchThing', ['x'])])],
    [
      'write a boolean that is none',
      (c) => c.modify(dn('anna'), [change('replace', 'msExchHideFromAddressLists', ['maybe'])]),
    ],
    [
      'write an integer that is none',
      (c) => c.modify(dn('anna'), [change('replace', 'msExchRecipientDisplayType', ['x'])]),
    ],
    ['write the name', (c) => c.modify(dn('anna'), [change('replace', 'cn', ['Other'])])],
    ['write the GUID', (c) => c.modify(dn('anna'), [change('replace', 'objectGUID', [Buffer.alloc(16)])])],
    ['link to nothing', (c) => c.modify(dn('anna'), [change('replace', 'manager', [dn('nobody')])])],
    ['make nobody a member', (c) => c.modify(dn('outer'), [change('add', 'member', [dn('nobody')])])],
    ['make a member twice', (c) => c.modify(dn('outer'), [change('add', 'member', [dn('anna')])])],
    ['take away who is no member', (c) => c.modify(dn('outer'), [change('delete', 'member', [dn('carla')])])],
    ['write a link to no DN', (c) => c.modify(dn('anna'), [change('replace', 'manager', ['nonsense'])])],
    [
      'give a contact a mailbox',
      (c) => c.modify(dn('partner'), [change('replace', 'msExchMailboxGuid', [Buffer.alloc(16, 1)])]),
    ],
    ['modify what is not there', (c) => c.modify(dn('nobody'), [change('replace', 'title', ['x'])])],
    ['add what is there', (c) => c.add(dn('ANNA'), { objectClass: 'user' })],
    ['add beneath nothing', (c) => c.add(`CN=x,OU=nowhere,${OU}`, { objectClass: 'user' })],
    ['add without a class', (c) => c.add(dn('x'), { displayName: 'x' })],
    ['add of a class that does not exist', (c) => c.add(dn('x'), { objectClass: 'noSuchClass' })],
    ['take an account name', (c) => c.add(dn('x'), { objectClass: 'user', sAMAccountName: 'Anna' })],
    ['delete what is not there', (c) => c.del(dn('nobody'))],
    ['delete a parent', (c) => c.del(OU)],
    ['rename to a taken name', (c) => c.modifyDN(dn('anna'), dn('bert'))],
    ['move beneath nothing', (c) => c.modifyDN(dn('anna'), `CN=anna,OU=nowhere,${BASE}`)],
    ['search beneath nothing', (c) => c.search(dn('nobody'))],
    [
      'search with a critical control that does not exist',
      (c) => c.search(OU, {}, new Control('1.2.3.4', { critical: true })),
    ],
  ];
  test.each(wrong)('%s', async (_what, work) => {
    await both((client) => codeOf(work(client)));
  });

  test('a failed request leaves nothing behind', async () => {
    const changes = [change('replace', 'department', ['New']), change('delete', 'proxyAddresses', ['smtp:no@x'])];
    await both((client) => codeOf(client.modify(dn('anna'), changes)));
    await both((client) => search(client, '(cn=anna)', ['department']));
  });

  test('a value is deleted and another added in one request, whatever its case', async () => {
    const changes = [
      change('delete', 'proxyAddresses', ['SMTP:ANNA@SOURCE.TEST']),
      change('add', 'proxyAddresses', ['smtp:anna@source.test', 'SMTP:anna@target.test']),
    ];
    await both((client) => codeOf(client.modify(dn('anna'), changes)));
    await both(async (client) => {
      const [anna] = await search(client, '(cn=anna)', ['proxyAddresses']);
      return [anna?.proxyAddresses].flat().sort();
    });
  });

  test('uSNChanged grows with a change and finds it', async () => {
    await both(async (client) => {
      const [before] = await search(client, '(cn=bert)', ['uSNChanged']);
      await client.modify(dn('bert'), [change('replace', 'title', ['Clerk'])]);
      const since = await search(client, `(uSNChanged>=${Number(before?.uSNChanged) + 1})`, ['title']);
      return since.map(({ dn, title }) => ({ dn, title }));
    });
  });

  test('a renamed object keeps its links', async () => {
    await both(async (client) => {
      await client.modifyDN(dn('carla'), dn('Carla Renamed'));
      await client.modify(dn('inner'), [change('add', 'member', [dn('Carla Renamed')])]);
      await client.modifyDN(dn('Carla Renamed'), dn('carla'));
      const found = await search(client, '(cn=carla)', ['memberOf', 'name', 'cn']);
      await client.modify(dn('inner'), [change('delete', 'member', [dn('carla')])]);
      return found;
    });
  });

  test('a deleted object shows as a tombstone with the control alone, and to the administrator alone', async () => {
    const ordinary = await bindBoth('carla@source.test');
    const control = () => new Control(SHOW_DELETED, { critical: true });
    const filter = '(&(isDeleted=TRUE)(sAMAccountName=doomed))';
    const find = async (client: Client, controls: Control[]) => {
      const attributes = ['cn', 'isDeleted', 'lastKnownParent', 'sAMAccountName', 'displayName', 'memberOf', 'mail'];
      const { searchEntries } = await client.search(BASE, { filter, attributes, paged: true }, controls);
      return searchEntries.map((entry) => JSON.parse(JSON.stringify(entry).replace(/DEL:[0-9a-f-]{36}/g, 'DEL:guid')));
    };
    await both(async (client) => {
      await client.add(dn('doomed'), { objectClass: 'user', sAMAccountName: 'doomed', displayName: 'D', mail: 'd@x' });
      await client.modify(dn('outer'), [change('add', 'member', [dn('doomed')])]);
      await client.del(dn('doomed'));
      return [
        await find(client, []),
        await find(client, [control()]),
        [(await search(client, '(cn=outer)', ['member']))[0]?.member].flat().sort(),
      ];
    });
    expect(await find(ordinary.lab, [control()])).toEqual(await find(ordinary.samba, [control()]));
    expect(await codeOf(ordinary.lab.modify(dn('anna'), [change('replace', 'title', ['x'])]))).toBe(
      await codeOf(ordinary.samba.modify(dn('anna'), [change('replace', 'title', ['x'])])),
    );
  });

  test('pages hold what was asked for', async () => {
    await both(async (client) => {
      const pages: number[] = [];
      for await (const page of client.searchPaginated(OU, { attributes: ['cn'], paged: { pageSize: 3 } }))
        pages.push(page.searchEntries.length);
      return pages;
    });
  });

  test('a bind that fails, fails with the same code', async () => {
    const forest = samba.forests.source;
    const codes = async (options: ConstructorParameters<typeof Client>[0]) => {
      const found: number[] = [];
      for (const [who, password] of [
        ['anna@source.test', PASSWORD],
        ['administrator@source.test', 'wrong'],
        ['nobody@source.test', 'wrong'],
        [dn('nobody'), 'wrong'],
      ] as const) {
        const client = new Client(options);
        found.push(await codeOf(client.bind(who, password)));
        await client.unbind();
      }
      const stranger = new Client(options);
      found.push(await codeOf(stranger.search(OU)));
      await stranger.unbind();
      return found;
    };
    const ca = (await import('node:fs')).readFileSync(lab.caFile, 'utf8');
    expect(await codes({ url: lab.url, tlsOptions: { ca } })).toEqual(
      await codes({ url: forest.url, tlsOptions: { ca: forest.ca } }),
    );
  });
});

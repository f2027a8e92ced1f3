import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:tls';
import fc from 'fast-check';
import { Attribute, Change, type Client, Control, type ResultCodeError } from 'ldapts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ControlOid } from './controls.ts';
import { BASE, DATABASE, PASSWORD, startTestDirectory, type TestDirectory } from './testing/server.ts';

const PEOPLE = `OU=People,${BASE}`;
const ANNA = `CN=Anna Berg,${PEOPLE}`;

let lab: TestDirectory;
let admin: Client;
beforeAll(async () => {
  lab = await startTestDirectory();
  admin = await lab.client();
});
afterAll(() => lab.close());

const change = (operation: 'add' | 'delete' | 'replace', type: string, values: string[] | Buffer[]) =>
  new Change({ operation, modification: new Attribute({ type, values }) });

async function codeOf(work: Promise<unknown>): Promise<number> {
  try {
    await work;
    return 0;
  } catch (error) {
    return (error as ResultCodeError).code;
  }
}

async function one(client: Client, filter: string, attributes: string[] = []) {
  const { searchEntries } = await client.search(BASE, { scope: 'sub', filter, attributes });
  expect(searchEntries).toHaveLength(1);
  return searchEntries[0] ?? { dn: '' };
}

let serial = 0;
async function newUser(attributes: Record<string, string> = {}): Promise<string> {
  serial += 1;
  const dn = `CN=Test ${serial},${PEOPLE}`;
  await admin.add(dn, { objectClass: 'user', sAMAccountName: `test${serial}`, ...attributes });
  return dn;
}

describe('binding', () => {
  test.each([
    ['a DN', ANNA],
    ['a user principal name', 'ANNA@source.test'],
    ['DOMAIN\\name', 'source\\anna'],
    ['domain\\name', 'source.test\\Anna'],
  ])('by %s', async (_what, name) => {
    const client = await lab.client(name);
    expect((await client.exop('1.3.6.1.4.1.4203.1.11.3')).value).toBe('u:SOURCE\\anna');
  });

  test.each([
    ['a wrong password', 'anna@source.test', 'wrong', '52e'],
    ['nobody', 'nobody@source.test', PASSWORD, '525'],
    ['another domain', 'TARGET\\anna', PASSWORD, '525'],
  ])('%s is refused as AD words it', async (_what, name, password, data) => {
    const client = await lab.client(null);
    await expect(client.bind(name, password)).rejects.toThrow(new RegExp(`AcceptSecurityContext error, data ${data}`));
  });

  test('a disabled account is refused', async () => {
    const dn = await newUser();
    await admin.modify(dn, [
      change('replace', 'unicodePwd', [Buffer.from(`"${PASSWORD}"`, 'utf16le')]),
      change('replace', 'userAccountControl', ['514']),
    ]);
    const client = await lab.client(null);
    await expect(client.bind(dn, PASSWORD)).rejects.toThrow(/data 533/);
    await admin.modify(dn, [change('replace', 'userAccountControl', ['512'])]);
    await client.bind(dn, PASSWORD);
  });

  test('without a bind only the root DSE is told', async () => {
    const client = await lab.client(null);
    const { searchEntries } = await client.search('', { scope: 'base' });
    expect(searchEntries[0]).toMatchObject({
      defaultNamingContext: BASE,
      configurationNamingContext: `CN=Configuration,${BASE}`,
      dnsHostName: 'source-dc1.source.test',
    });
    await expect(client.search(BASE)).rejects.toThrow(/000004DC/);
  });
});

describe('reading', () => {
  test('the domain controller tells its invocation id', async () => {
    const { searchEntries: root } = await admin.search('', { scope: 'base', attributes: ['dsServiceName'] });
    const { searchEntries } = await admin.search(String(root[0]?.dsServiceName), {
      scope: 'base',
      attributes: ['invocationId'],
      explicitBufferAttributes: ['invocationId'],
    });
    expect(searchEntries[0]?.invocationId).toEqual(Buffer.from(lab.directory.invocationId, 'hex'));
  });

  test('the service account is in the role groups, and Exchange servers tell their version', async () => {
    const account = await one(admin, '(sAMAccountName=svc-transplant)', ['memberOf']);
    expect(account.memberOf).toHaveLength(3);
    const { searchEntries } = await admin.search(`CN=Configuration,${BASE}`, {
      filter: '(objectClass=msExchExchangeServer)',
      attributes: ['serialNumber'],
    });
    expect(searchEntries[0]?.serialNumber).toBe('Version 15.1 (Build 32507.39)');
  });

  test('more than a page needs paging', async () => {
    const big = await startTestDirectory(
      Array.from({ length: 2600 }, (_, i) => ({ dn: `CN=C${i},OU=People`, objectClass: 'contact', attributes: {} })),
    );
    try {
      const client = await big.client();
      expect(await codeOf(client.search(BASE, { filter: '(objectClass=contact)', attributes: ['cn'] }))).toBe(4);
      const { searchEntries } = await client.search(BASE, {
        filter: '(objectClass=contact)',
        attributes: ['cn'],
        paged: { pageSize: 500 },
      });
      expect(new Set(searchEntries.map((e) => e.cn)).size).toBe(2601);
      // AD gives no more than its own page size, whatever is asked for.
      const pages: number[] = [];
      const options = { filter: '(objectClass=contact)', attributes: ['cn'], paged: { pageSize: 5000 } };
      for await (const page of client.searchPaginated(BASE, options)) pages.push(page.searchEntries.length);
      expect(pages).toEqual([1000, 1000, 601]);
    } finally {
      await big.close();
    }
  });

  test('a group of thousands comes in ranges', async () => {
    const members = Array.from({ length: 3200 }, (_, i) => ({
      dn: `CN=M${i},OU=People`,
      objectClass: 'contact',
      attributes: {},
    }));
    const group = { dn: 'CN=Big,OU=People', objectClass: 'group', attributes: { member: members.map((m) => m.dn) } };
    const big = await startTestDirectory([...members, group]);
    try {
      const client = await big.client();
      const read = async (attribute: string) => {
        const { searchEntries } = await client.search(`CN=Big,${PEOPLE}`, { scope: 'base', attributes: [attribute] });
        return searchEntries[0] ?? {};
      };
      const plain = (await read('member')) as Record<string, unknown>;
      expect(plain.member).toEqual([]);
      expect(plain['member;range=0-1499']).toHaveLength(1500);
      const last = (await read('member;range=3000-*')) as Record<string, unknown>;
      expect(last['member;range=3000-*']).toHaveLength(200);
      const middle = (await read('member;range=10-19')) as Record<string, unknown>;
      expect(middle['member;range=10-19']).toHaveLength(10);
    } finally {
      await big.close();
    }
  });

  test('an object is found by its GUID, and another forest is referred to', async () => {
    const { searchEntries } = await admin.search(ANNA, { scope: 'base', explicitBufferAttributes: ['objectGUID'] });
    const guid = Buffer.from(searchEntries[0]?.objectGUID as Buffer).toString('hex');
    const found = await admin.search(`<GUID=${guid}>`, { scope: 'base', attributes: ['cn'] });
    expect(found.searchEntries[0]?.dn).toBe(ANNA);
    expect(await codeOf(admin.search('DC=target,DC=test'))).toBe(10);
    expect(await codeOf(admin.search(`CN=Nobody,${BASE}`))).toBe(32);
    expect(await codeOf(admin.search('nonsense'))).toBe(34);
  });

  test('where Samba differs, AD is followed: undefined survives "not", approximately is equal', async () => {
    const count = async (filter: string) => (await admin.search(PEOPLE, { filter })).searchEntries.length;
    expect(await count('(!(noSuchAttribute=x))')).toBe(0);
    expect(await count('(mail~=anna@source.test)')).toBe(1);
  });

  test('a critical control it does not have is refused', async () => {
    const unknown = new Control('1.2.3.4', { critical: true });
    expect(await codeOf(admin.search(BASE, { scope: 'base' }, unknown))).toBe(12);
    expect(await codeOf(admin.search(BASE, { scope: 'base' }, new Control('1.2.3.4')))).toBe(0);
  });
});

describe('writing', () => {
  test('an ordinary account may not', async () => {
    const anna = await lab.client('anna@source.test');
    expect(await codeOf(anna.modify(ANNA, [change('replace', 'title', ['Boss'])]))).toBe(50);
    expect(await codeOf(anna.del(ANNA))).toBe(50);
  });

  test('the service account may, and the change is stamped', async () => {
    const service = await lab.client('svc-transplant@source.test');
    const dn = await newUser();
    const before = await one(admin, `(distinguishedName=${dn})`, ['uSNChanged', 'uSNCreated', 'objectGUID']);
    await service.modify(dn, [change('replace', 'title', ['Boss'])]);
    const after = await one(admin, `(uSNChanged>=${Number(before.uSNChanged) + 1})`, [
      'title',
      'uSNChanged',
      'uSNCreated',
    ]);
    expect(after).toMatchObject({ dn, title: 'Boss', uSNCreated: before.uSNCreated });
    expect(Number(after.uSNChanged)).toBe(lab.directory.highestCommittedUsn);
  });

  test('values are checked as AD checks them, and a request changes all or nothing', async () => {
    const dn = await newUser({ title: 'Clerk' });
    const title = (operation: 'add' | 'delete' | 'replace', values: string[]) => change(operation, 'title', values);
    expect(await codeOf(admin.modify(dn, [title('delete', ['Boss'])]))).toBe(16);
    expect(await codeOf(admin.modify(dn, [change('delete', 'department', [])]))).toBe(16);
    expect(await codeOf(admin.modify(dn, [title('add', ['clerk'])]))).toBe(20);
    expect(await codeOf(admin.modify(dn, [title('add', ['Second'])]))).toBe(20);
    expect(await codeOf(admin.modify(dn, [title('replace', ['a', 'b'])]))).toBe(20);
    expect(await codeOf(admin.modify(dn, [change('replace', 'noSuchThing', ['x'])]))).toBe(16);
    expect(await codeOf(admin.modify(dn, [change('replace', 'msExchHideFromAddressLists', ['yes'])]))).toBe(21);
    // Samba says 21 here; AD 19.
    expect(await codeOf(admin.modify(dn, [change('replace', 'mailNickname', ['x'.repeat(65)])]))).toBe(19);
    expect(await codeOf(admin.modify(dn, [change('replace', 'cn', ['Other'])]))).toBe(67);
    expect(await codeOf(admin.modify(dn, [change('replace', 'objectGUID', ['x'])]))).toBe(19);
    expect(await codeOf(admin.modify(dn, [change('replace', 'department', ['New']), title('delete', ['Boss'])]))).toBe(
      16,
    );
    expect(await one(admin, `(distinguishedName=${dn})`, ['title', 'department'])).toMatchObject({
      title: 'Clerk',
      department: [],
    });
    await admin.modify(dn, [title('delete', ['CLERK']), title('add', ['Boss'])]);
    expect(await one(admin, `(distinguishedName=${dn})`, ['title'])).toMatchObject({ title: 'Boss' });
  });

  test('an account without a password is not enabled', async () => {
    const dn = await newUser();
    expect(await codeOf(admin.modify(dn, [change('replace', 'userAccountControl', ['512'])]))).toBe(53);
    expect(await codeOf(admin.modify(dn, [change('replace', 'unicodePwd', [Buffer.from('plain')])]))).toBe(53);
    expect(await codeOf(admin.modify(dn, [change('replace', 'unicodePwd', [Buffer.from('"x"', 'utf16le')])]))).toBe(19);
  });

  test('a mailbox does not fit on a contact, and a contact does not become a user', async () => {
    const contact = `CN=Partner,${PEOPLE}`;
    expect(await codeOf(admin.modify(contact, [change('replace', 'homeMDB', [DATABASE])]))).toBe(65);
    expect(await codeOf(admin.modify(contact, [change('replace', 'objectClass', ['top', 'person', 'user'])]))).toBe(65);
  });

  test('account and principal names are unique', async () => {
    expect(await codeOf(newUser({ sAMAccountName: 'ANNA' }))).toBe(68);
    expect(await codeOf(newUser({ userPrincipalName: 'Anna@source.test' }))).toBe(19);
    expect(await codeOf(newUser({ sAMAccountName: 'a/b' }))).toBe(19);
  });

  test('what is missing, misnamed or there already is not added', async () => {
    expect(await codeOf(admin.add(`CN=X,OU=Nowhere,${BASE}`, { objectClass: 'user' }))).toBe(32);
    expect(await codeOf(admin.add(ANNA, { objectClass: 'user' }))).toBe(68);
    expect(await codeOf(admin.add(`OU=X,${PEOPLE}`, { objectClass: 'user' }))).toBe(64);
    expect(await codeOf(admin.add(`CN=X,${PEOPLE}`, { cn: 'X' }))).toBe(65);
    expect(await codeOf(admin.add(`CN=X,${PEOPLE}`, { objectClass: 'user', cn: 'Y' }))).toBe(34);
  });

  test('links show at both ends and follow a renamed object', async () => {
    const dn = await newUser({ manager: ANNA });
    const group = `CN=Outer,${PEOPLE}`;
    await admin.modify(group, [change('add', 'member', [dn])]);
    expect(await codeOf(admin.modify(group, [change('add', 'member', [dn])]))).toBe(68);
    const moved = `CN=Renamed,OU=Service Accounts,${BASE}`;
    await admin.modifyDN(dn, moved);
    expect((await one(admin, '(cn=Outer)', ['member'])).member).toContain(moved);
    expect((await one(admin, '(cn=Anna Berg)', ['directReports'])).directReports).toContain(moved);
    expect(await one(admin, '(cn=Renamed)', ['memberOf', 'name'])).toMatchObject({ memberOf: group, name: 'Renamed' });
    expect(await codeOf(admin.modify(moved, [change('add', 'memberOf', [group])]))).toBe(53);
    expect(await codeOf(admin.modify(group, [change('add', 'member', [`CN=Nobody,${BASE}`])]))).toBe(32);
    await admin.modify(group, [change('delete', 'member', [moved])]);
    expect(await codeOf(admin.modify(group, [change('delete', 'member', [moved])]))).toBe(53);
  });

  test('a deleted object is a tombstone for those who may see it', async () => {
    const dn = await newUser({ displayName: 'Short-lived', mail: 'gone@source.test' });
    await admin.modify(`CN=Outer,${PEOPLE}`, [change('add', 'member', [dn])]);
    await admin.del(dn);
    const filter = '(&(isDeleted=TRUE)(objectClass=user))';
    const options = { filter, attributes: ['*'] };
    const deleted = new Control(ControlOid.showDeleted, { critical: true });
    expect((await admin.search(BASE, options)).searchEntries).toEqual([]);
    const { searchEntries } = await admin.search(BASE, options, deleted);
    const tombstone = searchEntries.find((e) => e['msDS-LastKnownRDN'] === dn.slice(3, dn.indexOf(',')));
    expect(tombstone).toMatchObject({ isDeleted: 'TRUE', lastKnownParent: PEOPLE });
    expect(tombstone?.dn).toMatch(/\\0ADEL:[0-9a-f-]{36},CN=Deleted Objects,/);
    expect(tombstone).not.toHaveProperty('mail');
    expect((await one(admin, '(cn=Outer)', ['member'])).member).not.toContain(dn);
    const anna = await lab.client('anna@source.test');
    expect((await anna.search(BASE, options, deleted)).searchEntries).toEqual([]);
    const container = await anna.search(BASE, { filter: '(cn=Deleted Objects)', attributes: ['cn'] }, deleted);
    expect(container.searchEntries).toHaveLength(1);
    await admin.add(dn, { objectClass: 'user' });
  });

  test('a parent is deleted only with its tree', async () => {
    const ou = `OU=Tree,${BASE}`;
    await admin.add(ou, { objectClass: 'organizationalUnit' });
    await admin.add(`CN=Leaf,${ou}`, { objectClass: 'contact' });
    expect(await codeOf(admin.del(ou))).toBe(66);
    await admin.del(ou, new Control(ControlOid.treeDelete));
    expect(await codeOf(admin.search(ou))).toBe(32);
    expect(await codeOf(admin.del(`CN=Users,${BASE}`))).toBe(53);
  });
});

class DirSync extends Control {
  cookie = Buffer.alloc(0);
  more = false;
  private readonly flags: number;
  constructor(flags: number) {
    super(ControlOid.dirSync, { critical: true });
    this.flags = flags;
  }
  protected override writeControl(writer: Parameters<Control['write']>[0]): void {
    const value = new (writer.constructor as new () => typeof writer)();
    value.startSequence();
    value.writeInt(this.flags);
    value.writeInt(1_000_000);
    value.writeBuffer(this.cookie, 4);
    value.endSequence();
    writer.writeBuffer(value.buffer, 4);
  }
  protected override parseControl(reader: Parameters<Control['parse']>[0]): void {
    reader.readSequence();
    this.more = reader.readInt() !== 0;
    reader.readInt();
    this.cookie = Buffer.from(reader.readString(4, true) ?? '');
  }
}

describe('DirSync', () => {
  test('tells what changed since the cookie: values, values taken away, renames and deletions', async () => {
    const changed = await newUser({ title: 'Clerk', department: 'Sales' });
    const dead = await newUser();
    const control = new DirSync(0);
    const options = { filter: '(objectClass=user)', attributes: ['title', 'department', 'name', 'isDeleted'] };
    do await admin.search(BASE, options, control);
    while (control.more);
    expect((await admin.search(BASE, options, control)).searchEntries).toEqual([]);
    await admin.modify(changed, [change('replace', 'title', ['Boss']), change('delete', 'department', [])]);
    await admin.del(dead);
    const { searchEntries } = await admin.search(BASE, options, control);
    expect(searchEntries).toHaveLength(2);
    expect(searchEntries[0]).toMatchObject({ dn: changed, title: 'Boss', department: [] });
    // ldapts adds what was asked for and did not come as an empty list.
    expect(searchEntries[0]?.name).toEqual([]);
    expect(searchEntries[1]).toMatchObject({ isDeleted: 'TRUE' });
  });

  test('an ordinary account needs the object-security flag', async () => {
    const anna = await lab.client('anna@source.test');
    expect(await codeOf(anna.search(BASE, {}, new DirSync(0)))).toBe(50);
    expect(await codeOf(anna.search(BASE, {}, new DirSync(1)))).toBe(0);
    expect(await codeOf(admin.search(PEOPLE, {}, new DirSync(0)))).toBe(53);
  });
});

describe('the files', () => {
  test('a restart keeps objects, links, passwords, the invocation id and the counters', async () => {
    const own = await startTestDirectory();
    try {
      const before = await own.client();
      const dn = `CN=Kept,${PEOPLE}`;
      await before.add(dn, { objectClass: 'user', sAMAccountName: 'kept', manager: ANNA });
      const { invocationId, highestCommittedUsn } = own.directory;
      await own.restart();
      expect(own.directory.invocationId).toBe(invocationId);
      expect(own.directory.highestCommittedUsn).toBe(highestCommittedUsn);
      const after = await own.client();
      const kept = await one(after, '(sAMAccountName=kept)', ['manager', 'objectSid']);
      expect(kept.manager).toBe(ANNA);
      await after.add(`CN=Next,${PEOPLE}`, { objectClass: 'user', sAMAccountName: 'next' });
      expect((await one(after, '(sAMAccountName=next)', ['objectSid'])).objectSid).not.toEqual(kept.objectSid);
    } finally {
      await own.close();
    }
  });
});

describe('hostile clients', () => {
  async function send(bytes: Buffer): Promise<Buffer> {
    const socket = connect({ host: '127.0.0.1', port: lab.port, ca: readFileSync(lab.caFile) });
    await once(socket, 'secureConnect');
    const answer: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => answer.push(chunk));
    socket.on('error', () => {});
    socket.end(bytes);
    await once(socket, 'close');
    return Buffer.concat(answer);
  }

  test('garbage ends in a notice of disconnection', async () => {
    const answer = await send(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    expect(answer.includes('1.3.6.1.4.1.1466.20036')).toBe(true);
    const huge = await send(Buffer.from('30847fffffff', 'hex'));
    expect(huge.includes('1.3.6.1.4.1.1466.20036')).toBe(true);
  });

  test('whatever is sent, others are served on', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), async (bytes) => {
        await send(Buffer.concat([Buffer.from([0x30, bytes.length]), bytes]));
      }),
      { numRuns: 25 },
    );
    expect((await admin.search('', { scope: 'base' })).searchEntries).toHaveLength(1);
  });
});

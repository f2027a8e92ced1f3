import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Attribute, Change, type Client } from 'ldapts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, type LabOrganisation, startLab } from '../../lab/start.ts';
import { clientsOf } from './lab-client.ts';

/**
 * What a move does to the two directories must do to mailboxes and mail flow what Exchange would do. The writes are those
 * of prepare, of provisioning and of cutover.
 */
let dir: string;
let lab: Lab;
let source: LabOrganisation;
let target: LabOrganisation;
let sourceLdap: Client;
let targetLdap: Client;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'lab-'));
  lab = await startLab({ dir, users: 4, items: 0, folders: 3 });
  const [one, two] = lab.organisations;
  if (!one || !two) throw new Error('two organisations');
  [source, target] = [one, two];
  sourceLdap = await clientsOf(source).ldap();
  targetLdap = await clientsOf(target).ldap();
});
afterAll(async () => {
  await sourceLdap?.unbind();
  await targetLdap?.unbind();
  await lab?.close();
  rmSync(dir, { recursive: true, force: true });
});

const set = (type: string, values: string[] | Buffer[]) =>
  new Change({ operation: 'replace', modification: new Attribute({ type, values }) });

async function only(client: Client, base: string, filter: string, attributes: string[]) {
  const explicitBufferAttributes = ['msExchMailboxGuid'];
  const { searchEntries } = await client.search(base, { filter, attributes, explicitBufferAttributes });
  expect(searchEntries).toHaveLength(1);
  const [entry] = searchEntries;
  if (!entry) throw new Error(filter);
  return entry;
}

describe('mailboxes follow the directory', () => {
  let address: string;
  let dnHere: string;
  let dnThere: string;
  let moved: string;
  let database: string;
  let server: string;
  /** Subjects of what the seed put into the mailbox. */
  let seeded: readonly string[] = [];
  const arrived = async () => {
    const found = await clientsOf(source).inbox(address);
    return typeof found === 'string' ? found : found.filter((subject) => !seeded.includes(subject));
  };

  test('a mailbox owner of the source is read', async () => {
    address = String(source.mailboxes[0]?.user);
    moved = address.replace('@source.test', '.moved@target.test');
    const found = await clientsOf(source).inbox(address);
    expect(found).toBeInstanceOf(Array);
    seeded = typeof found === 'string' ? [] : found;
    await clientsOf(source).mail(address, 'before the move');
    expect(await arrived()).toEqual(['before the move']);
  });

  test('a prepared mail user has no mailbox yet and its mail goes to the source', async () => {
    const filter = `(proxyAddresses=smtp:${address})`;
    const here = await only(sourceLdap, source.baseDn, filter, [
      'msExchMailboxGuid',
      'homeMDB',
      'msExchHomeServerName',
    ]);
    dnHere = here.dn;
    dnThere = `CN=Moved,OU=People,${target.baseDn}`;
    await targetLdap.add(dnThere, {
      objectClass: 'user',
      sAMAccountName: 'moved',
      userPrincipalName: moved,
      userAccountControl: '514',
      displayName: 'Moved',
      mailNickname: 'moved',
      mail: moved,
      proxyAddresses: [`SMTP:${moved}`],
      targetAddress: `SMTP:${address}`,
      msExchRecipientDisplayType: '-2147483642',
      msExchRecipientTypeDetails: '128',
    });
    await targetLdap.modify(dnThere, [set('msExchMailboxGuid', [here.msExchMailboxGuid as Buffer])]);
    expect(await clientsOf(target).inbox(moved)).toBe('ErrorNonExistentMailbox');
    await clientsOf(target).mail(moved, 'by way of the target');
    expect(await arrived()).toEqual(['before the move', 'by way of the target']);
  });

  test('homeMDB gives it a mailbox that takes content while mail still goes to the source', async () => {
    const own = await only(targetLdap, target.baseDn, `(proxyAddresses=smtp:${target.mailboxes[0]?.user})`, [
      'homeMDB',
      'msExchHomeServerName',
    ]);
    [database, server] = [String(own.homeMDB), String(own.msExchHomeServerName)];
    await targetLdap.modify(dnThere, [set('homeMDB', [database]), set('msExchHomeServerName', [server])]);
    expect(await clientsOf(target).inbox(moved)).toEqual([]);
    await clientsOf(target).mail(moved, 'still by way of the target');
    expect(await clientsOf(target).inbox(moved)).toEqual([]);
    expect(await arrived()).toHaveLength(3);
  });

  test('after cutover mail for the old address arrives in the target, and the source mailbox is out of reach', async () => {
    await targetLdap.modify(dnThere, [
      set('targetAddress', []),
      set('msExchRecipientTypeDetails', ['1']),
      set('msExchRecipientDisplayType', ['1073741824']),
      set('proxyAddresses', [`SMTP:${moved}`, `smtp:${address}`]),
    ]);
    await sourceLdap.modify(dnHere, [
      set('targetAddress', [`SMTP:${moved}`]),
      set('homeMDB', []),
      set('msExchHomeServerName', []),
      set('msExchRecipientTypeDetails', ['128']),
      set('msExchRecipientDisplayType', ['-2147483642']),
    ]);
    await clientsOf(source).mail(address, 'after cutover');
    expect(await clientsOf(target).inbox(moved)).toEqual(['after cutover']);
    expect(await arrived()).toBe('ErrorNonExistentMailbox');
  });

  test('undone, the disconnected mailbox is back with all it held', async () => {
    const own = await only(sourceLdap, source.baseDn, `(proxyAddresses=smtp:${source.mailboxes[1]?.user})`, [
      'homeMDB',
      'msExchHomeServerName',
    ]);
    await sourceLdap.modify(dnHere, [
      set('targetAddress', []),
      set('homeMDB', [String(own.homeMDB)]),
      set('msExchHomeServerName', [String(own.msExchHomeServerName)]),
      set('msExchRecipientTypeDetails', ['1']),
    ]);
    expect(await arrived()).toHaveLength(3);
    await clientsOf(source).mail(address, 'home again');
    expect(await arrived()).toHaveLength(4);
  });

  test('a new primary address leads to the same mailbox', async () => {
    const renamed = moved.replace('.moved@', '.renamed@');
    await targetLdap.modify(dnThere, [
      set('proxyAddresses', [`SMTP:${renamed}`, `smtp:${moved}`]),
      set('mail', [renamed]),
    ]);
    expect(await clientsOf(target).inbox(renamed)).toEqual(['after cutover']);
    expect(await clientsOf(target).inbox(moved)).toEqual(['after cutover']);
  });

  test('a mailbox enabled without a GUID gets one', async () => {
    const dn = `CN=Enabled,OU=People,${target.baseDn}`;
    await targetLdap.add(dn, {
      objectClass: 'user',
      sAMAccountName: 'enabled',
      mail: 'enabled@target.test',
      proxyAddresses: ['SMTP:enabled@target.test'],
      homeMDB: database,
      msExchHomeServerName: server,
    });
    const found = await only(targetLdap, target.baseDn, '(cn=Enabled)', ['msExchMailboxGuid']);
    expect(found.msExchMailboxGuid).toHaveLength(16);
    expect(await clientsOf(target).inbox('enabled@target.test')).toEqual([]);
  });
});

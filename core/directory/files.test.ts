import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DirectoryProblem, RecipientRecord } from '../domain/recipient.ts';
import { openReader } from './open.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'transplant-ldif-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function read(name: string, content: string | Buffer) {
  const file = join(folder, name);
  writeFileSync(file, content);
  const reader = await openReader({
    forest: 'x',
    servers: [],
    trust: { pins: [] },
    login: { kind: 'anonymous' },
    files: [file],
  });
  const recipients: RecipientRecord[] = [];
  const problems: DirectoryProblem[] = [];
  for await (const batch of reader.read({})) {
    recipients.push(...batch.recipients);
    problems.push(...batch.problems);
  }
  return { recipients, problems };
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('LDIF exports', () => {
  test('folded and base64 lines, comments, and a bad record in the middle that is named', async () => {
    const { recipients, problems } = await read(
      'a.ldif',
      [
        'version: 1',
        '# written by ldifde',
        `dn:: ${base64('CN=Müller\\, Anna 😀,OU=Sales,DC=a,DC=test')}`,
        'changetype: add',
        'objectClass: top',
        'objectClass: user',
        'displayName: Müller,',
        '  Anna',
        'mail: anna@a.test',
        'proxyAddresses: SMTP:anna@a',
        ' .test',
        '# a comment',
        '  that goes on',
        'proxyAddresses: X500:/o=Old/cn=anna',
        'objectGUID:: AAECAwQFBgcICQoLDA0ODw==',
        'objectSid:: AQUAAAAAAAUVAAAAaaqxfDDc5mOeLKU9QwYAAA==',
        '',
        'dn: CN=Broken,DC=a,DC=test',
        'objectClass: user',
        'this line has no colon',
        '',
        'dn: CN=Reference,DC=a,DC=test',
        'objectClass: user',
        'jpegPhoto:< file:///etc/passwd',
        '',
        'dn: CN=Bob,DC=a,DC=test',
        'objectClass: user',
        'mail: bob@a.test',
        'description:: not*base64',
        '',
        '',
        'dn: CN=Changed,DC=a,DC=test',
        'changetype: modify',
        'replace: mail',
        '',
        'dn: CN=Last,DC=a,DC=test',
        'objectClass: contact',
        'mail: last@b.test',
      ].join('\r\n'),
    );
    expect(recipients.map((r) => r.dn)).toEqual(['CN=Müller\\, Anna 😀,OU=Sales,DC=a,DC=test', 'CN=Last,DC=a,DC=test']);
    expect(recipients[0]).toMatchObject({
      displayName: 'Müller, Anna',
      guid: '03020100-0504-0706-0809-0a0b0c0d0e0f',
      mail: 'anna@a.test',
      attributes: { objectSid: ['S-1-5-21-2092018281-1676074032-1034235038-1603'] },
    });
    expect(recipients[0]?.addresses.map((a) => a.key)).toEqual(['anna@a.test', '/o=old/cn=anna']);
    expect(problems.map((p) => `${p.dn}: ${p.reason}`)).toEqual([
      'CN=Broken,DC=a,DC=test: the record at line 18 was left out: line 20 has no attribute name',
      'CN=Reference,DC=a,DC=test: the record at line 22 was left out: line 24 refers to another file, which is never read',
      'CN=Bob,DC=a,DC=test: the record at line 26 was left out: line 29 is no valid base64',
      'CN=Changed,DC=a,DC=test: the record at line 32 was left out: it is a change (modify), not an object',
    ]);
  });

  test('UTF-16 as ldifde -u writes it, with and without a mark, and the old code page', async () => {
    const text = 'dn: CN=Jörg,DC=a\nobjectClass: user\nmail: joerg@a.test\n';
    const utf16 = Buffer.from(text, 'utf16le');
    const marked = Buffer.concat([Buffer.from([0xff, 0xfe]), utf16]);
    for (const bytes of [utf16, marked, Buffer.from(text, 'latin1'), Buffer.from(`\ufeff${text}`)]) {
      const { recipients, problems } = await read('b.ldif', bytes);
      expect(problems).toEqual([]);
      expect(recipients.map((r) => r.displayName)).toEqual(['Jörg']);
    }
  });

  test('10,000 values of one attribute, and a name that is no JavaScript property by accident', async () => {
    const members = Array.from({ length: 10_000 }, (_, i) => `member: CN=u${i},DC=a`);
    const { recipients, problems } = await read(
      'c.ldif',
      ['dn: CN=All,DC=a', 'objectClass: group', 'mail: all@a.test', 'constructor: y', ...members].join('\n'),
    );
    expect(problems).toEqual([]);
    expect(recipients[0]?.attributes.member).toHaveLength(10_000);
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
  });

  test('an empty file and a missing one', async () => {
    expect(await read('d.ldif', '')).toEqual({ recipients: [], problems: [] });
    const reader = await openReader({
      forest: 'x',
      servers: [],
      trust: { pins: [] },
      login: { kind: 'anonymous' },
      files: [join(folder, 'none.ldif')],
    });
    await expect(reader.read({}).next()).rejects.toThrow('The file cannot be read (ENOENT)');
  });
});

describe('CSV exports', () => {
  test('csvde: BOM, quoted DNs, several values in a cell, bytes as hex, formulas as text', async () => {
    const { recipients, problems } = await read(
      'a.csv',
      [
        '\ufeffDN,objectClass,displayName,mail,proxyAddresses,objectGUID,memberOf',
        '"CN=Müller\\, Anna,DC=a",user,"=HYPERLINK(""http://x"";""y"")",anna@a.test,SMTP:anna@a.test;smtp:am@a.test;X500:/o=Old/cn=a\\;b,X\'000102030405060708090a0b0c0d0e0f\',x',
        '"CN=Bob ""the"" Builder,DC=a",user,@SUM(A1),bob@a.test,SMTP:bob@a.test,,',
        ',user,No DN,x@a.test,,,',
        'CN=Short,user,Short',
      ].join('\r\n'),
    );
    expect(recipients.map((r) => r.displayName)).toEqual(['=HYPERLINK("http://x";"y")', '@SUM(A1)', 'Short']);
    expect(recipients[0]?.guid).toBe('03020100-0504-0706-0809-0a0b0c0d0e0f');
    expect(recipients[0]?.attributes.proxyAddresses).toEqual([
      'SMTP:anna@a.test',
      'smtp:am@a.test',
      'X500:/o=Old/cn=a;b',
    ]);
    expect(problems.map((p) => p.reason)).toEqual(['the row at line 4 was left out: it has no DN']);
  });

  test('Export-Csv with semicolons, and a file that is no export', async () => {
    const { recipients } = await read(
      'b.csv',
      '"DistinguishedName";"ObjectClass";"Mail";"objectGUID"\n"CN=A,DC=a";"user";"a@a.test";"{03020100-0504-0706-0809-0A0B0C0D0E0F}"\n',
    );
    expect(recipients[0]).toMatchObject({ dn: 'CN=A,DC=a', guid: '03020100-0504-0706-0809-0a0b0c0d0e0f' });
    await expect(read('c.csv', 'name,mail\na,b\n')).rejects.toThrow('names no column DN');
  });
});

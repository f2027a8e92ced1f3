import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeWith } from '../../../tests/support/parts.ts';
import type { DirectoryChange } from '../../store/directory-changes.ts';
import { ldifRecord } from './ldif-script.ts';
import { literal, POWERSHELL_HEAD, powershellBlock } from './powershell-script.ts';

const base = { id: 1, planId: 1, forestId: 1, seq: 1, sourceId: 1, state: 'planned', message: null } as const;
const modify = (dn: string, before: string[], after: string[], reason = 'is CN=x'): DirectoryChange => ({
  ...base,
  kind: 'modify',
  dn,
  guid: null,
  reason,
  before: { displayName: before },
  after: { displayName: after },
});

const HOSTILE = [
  "O'Brien; Remove-ADUser *",
  '’; calc; ’',
  '$(calc)',
  '`n',
  '"@',
  'a\nb: c',
  ' lead',
  'tail ',
  ':x',
  '<x',
  '😀',
  '',
  '\u0000',
];

test('LDIF: hostile values and DNs stand as base64, old values are named, long lines are folded', () => {
  const record = ldifRecord(
    modify(
      'CN=Müller\\, Anna,DC=a',
      ['old'],
      HOSTILE.filter((v) => v !== ''),
      'a\nchangetype: delete',
    ),
  );
  for (const line of record.split('\n')) expect(line).toMatch(/^[ -~]{0,76}$/);
  expect(record).toContain('delete: displayName\ndisplayName: old\n-\nadd: displayName\n');
  expect(record.split('\n')[0]).toBe('# a?changetype: delete');
  expect(record.match(/^changetype/gm)).toHaveLength(1);
});

test('PowerShell: no text of a directory becomes code', () => {
  const script = powershellBlock(modify(`CN=O'Brien\\, ’X’,DC=a`, HOSTILE, ["it's"], "reason'\n; calc"));
  for (const line of script.split('\n')) expect(line).toMatch(/^[ -~]*$/);
  // What is left when all quoted text is taken out holds no word of the directory.
  const code = script.replace(/'[^']*'/g, '').replace(/^#.*$/gm, '');
  expect(code).not.toMatch(/calc|Remove-ADUser|Brien/);
  expect((script.replace(/^#.*$/gm, '').match(/'/g) ?? []).length % 2).toBe(0);
  expect(POWERSHELL_HEAD).toContain('SupportsShouldProcess');
});

test('PowerShell: whatever the text, its literal is one quoted word or base64 of it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const made = literal(text);
      const plain = /^'([ -&(-~]*)'$/.exec(made)?.[1];
      const base64 = /^\(T '([A-Za-z0-9+/=]*)'\)$/.exec(made)?.[1];
      const lossless = Buffer.from(text, 'utf8').toString('utf8');
      expect(plain ?? Buffer.from(base64 ?? 'none', 'base64').toString('utf8')).toBe(
        plain === undefined ? lossless : text,
      );
    }),
  );
});

test('PowerShell: bytes are bytes, an object is found by its GUID, a new one by name and container', () => {
  const guid = '03020100-0504-0706-0809-0a0b0c0d0e0f';
  const add: DirectoryChange = {
    ...base,
    kind: 'add',
    dn: 'CN=Anna\\2c Berg,OU=x,DC=a',
    guid: null,
    reason: 'r',
    before: {},
    after: { objectClass: ['top', 'user'], sAMAccountName: ['anna'], msExchMailboxGuid: [guid] },
  };
  const made = powershellBlock(add);
  expect(made).toContain("-Type 'user' -Name 'Anna, Berg' -Path 'OU=x,DC=a'");
  expect(made).toContain("'msExchMailboxGuid' = @(,(B 'AAECAwQFBgcICQoLDA0ODw=='))");
  expect(powershellBlock({ ...add, kind: 'delete', guid })).toContain(`-Identity '${guid}'`);
});

describeWith(['ldapsearch'], 'ldapmodify', () => {
  test('reads the LDIF of every kind of change', () => {
    const changes: DirectoryChange[] = [
      modify('CN=Müller\\, Anna \\#1,DC=a', ['old', ' x'], ['new', '😀'.repeat(60)]),
      { ...base, kind: 'delete', dn: 'CN=Gone,DC=a', guid: null, reason: '', before: {}, after: {} },
      {
        ...base,
        kind: 'add',
        dn: 'CN=New,DC=a',
        guid: null,
        reason: 'r',
        before: {},
        after: { objectClass: ['top', 'contact'], displayName: [':x'], mail: ['a@b.example'] },
      },
    ];
    const ldif = changes.map(ldifRecord).join('\n');
    const { status, stderr, stdout } = spawnSync('ldapmodify', ['-n', '-v'], { input: ldif, encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/modifying entry.*deleting entry.*adding new entry/s);
  });
});

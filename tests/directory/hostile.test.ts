import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { parseDn, rdnValue } from '../../core/directory/dn.ts';
import { type Exported, LdifProject, mailbox } from './ldif-project.ts';

/** What directories hold that nobody expects: each is handled or named, nothing is lost, nothing is executed. */

let project: LdifProject;
afterEach(() => project.close());

/** A name for each danger, with its DN as servers write it. */
const NAMES: readonly (readonly [string, string])[] = [
  ['Müller, Anna', 'CN=Müller\\, Anna'],
  ['The "Boss"', 'CN=The \\"Boss\\"'],
  ['#1 Sales', 'CN=\\#1 Sales'],
  ['Emoji 😀 Team', 'CN=Emoji 😀 Team'],
  ['a+b=c;d<e>f\\g', 'CN=a\\+b\\=c\\;d\\<e\\>f\\\\g'],
  ['*)(objectClass=*)(', 'CN=*)(objectClass\\=*)('],
  [' both ends ', 'CN=\\20both ends\\20'],
  ['=HYPERLINK("http://x";"y")', 'CN=\\3DHYPERLINK(\\"http://x\\"\\;\\"y\\")'],
  ["'; DROP TABLE recipient; --", "CN='\\; DROP TABLE recipient\\; --"],
  ['$(calc) `n $x %PATH%', 'CN=$(calc) `n $x %PATH%'],
  ['nul\u0000inside', 'CN=nul\\00inside'],
  ['__proto__', 'CN=__proto__'],
];

function hostile(): Exported[] {
  return NAMES.map(([name, rdn], i) =>
    mailbox(`P${i}`, 'source', {
      dn: `${rdn},OU=x\\,y,DC=source,DC=example`,
      displayName: name,
      manager: `${NAMES[(i + 1) % NAMES.length]?.[1]},OU=x\\,y,DC=source,DC=example`,
      description: name,
    }),
  );
}

const target = () => [mailbox('Uwe Stein', 'target')];

describe('names', () => {
  test('are read, matched, found by DN, planned with names that say the same, and shown as text', async () => {
    project = await LdifProject.open(hostile(), target());
    await project.api.match.run({});
    const { lines } = await project.api.match.list({ limit: 100 });
    expect(lines.map((l) => l.sourceName).sort()).toEqual(NAMES.map(([name]) => name).sort());
    for (const [, rdn] of NAMES) {
      const dn = `${rdn},OU=x\\,y,DC=source,DC=example`;
      const made = await project.api.match.set({ source: dn, choice: 'create', rerun: false });
      expect(made.source).toBe(dn);
    }
    await project.api.match.run({});
    await project.api.prepare.plan({});
    const { changes, plan } = await project.api.prepare.show({ limit: 1000 });
    const adds = changes.filter((c) => c.kind === 'add');
    expect(adds).toHaveLength(NAMES.length);
    for (const add of adds) {
      const wanted = add.after.displayName?.[0] ?? '';
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the NUL becomes a space
      expect(rdnValue(add.dn)).toBe(wanted.replace(/\u0000/g, ' ').trim());
      expect(parseDn(add.dn)).toHaveLength(4);
      expect(add.after.sAMAccountName?.[0]).toMatch(/^[^"/\\[\]:;|=,+*?<>@]{1,20}$/);
    }
    // Managers are remapped to where the new objects will be.
    const links = changes.filter((c) => c.kind === 'modify' && c.after.manager);
    const made = new Set(adds.map((c) => c.dn));
    expect(links).toHaveLength(NAMES.length);
    for (const link of links) expect(made).toContain(link.after.manager?.[0]);
    expect(plan.notes.problems).toEqual([]);
  });

  test('searching by them finds what they say: no wildcard, no filter and no statement of theirs works', async () => {
    project = await LdifProject.open([...hostile(), mailbox('Plain Person', 'source')], target());
    await project.api.match.run({});
    for (const search of ['*)(', '"Boss', '%PATH%', "'; DROP", '$(calc)', '\\g']) {
      const { lines } = await project.api.match.list({ search, limit: 100 });
      expect(lines, search).toHaveLength(1);
    }
    for (const search of ['*', '%', '_____', '(|(cn=*))', "' OR '1'='1"]) {
      const { lines } = await project.api.match.list({ search, limit: 100 });
      expect(lines.length, search).toBeLessThanOrEqual(NAMES.filter(([name]) => name.includes(search)).length);
    }
    await expect(project.api.match.set({ source: '*', choice: 'none' })).rejects.toThrow('No object fits.');
    await expect(project.api.match.set({ source: '*)(objectClass=*', choice: 'none' })).rejects.toThrow(
      'No object fits.',
    );
  });

  test('rules and flow see them as text', async () => {
    project = await LdifProject.open(hostile(), target());
    await project.api.match.rules.save({
      text: 'filters: [{ name: wild, when: \'like(displayName, "*)(objectclass=*")\', reason: wild }]',
    });
    const { lines } = await project.api.match.list({ states: ['filtered'], limit: 10 });
    expect(lines.map((l) => l.sourceName)).toEqual(['*)(objectClass=*)(']);
    const table = await project.api.prepare.flow.show({
      object: `${NAMES[0]?.[1]},OU=x\\,y,DC=source,DC=example`,
      text: 'export: [{ attribute: title, expression: \'displayName + " (" + ou + ")"\' }]',
    });
    expect(table.rows.find((r) => r.attribute === 'title')?.result).toEqual([
      'Müller, Anna (OU=x\\2cy,DC=source,DC=example)',
    ]);
  });
});

describe('ten thousand values', () => {
  test('of a group: read, remapped and planned as one change, none lost', async () => {
    const people = Array.from({ length: 200 }, (_, i) => mailbox(`Person${i} Berg${i}`, 'source'));
    const strangers = Array.from({ length: 9_800 }, (_, i) => `CN=Stranger ${i},DC=source,DC=example`);
    const group = {
      dn: 'CN=All,DC=source,DC=example',
      objectClass: ['top', 'group'],
      displayName: 'All',
      mail: 'all@source.example',
      proxyAddresses: ['SMTP:all@source.example'],
      groupType: '8',
      member: [...people.map((p) => p.dn), ...strangers],
    };
    project = await LdifProject.open([...people, group], target());
    await project.api.match.run({});
    await project.api.prepare.plan({ options: { groups: true } });
    const { plan } = await project.api.prepare.show({ limit: 1 });
    const { changes } = await project.api.prepare.show({ limit: 1000, search: 'CN=All,' });
    expect(changes.find((c) => c.kind === 'modify')?.after.member).toHaveLength(200);
    // A member without a counterpart is listed, each of them.
    expect(plan.notes.notes.filter((n) => n.object === group.dn && n.note.startsWith('member '))).toHaveLength(9_800);
  });
});

describe('a reviewed file', () => {
  test.each(['csv', 'xlsx'])('%s: no cell is a formula, and it comes back as it went', async (ending) => {
    project = await LdifProject.open(hostile(), target());
    await project.api.match.run({});
    const file = join(project.folder, `review.${ending}`);
    const { rows } = await project.api.match.exportFile({ file, bom: true });
    expect(rows).toBe(NAMES.length);
    if (ending === 'csv') {
      const cells = readFileSync(file, 'utf8').split(/\r\n|,(?=")/);
      expect(readFileSync(file, 'utf8').startsWith('\ufeffsource_dn,target_dn,state,rule,score,evidence')).toBe(true);
      for (const cell of cells) expect(cell).not.toMatch(/^"?[=+\-@]/);
    }
    const { preview } = await project.api.match.importFile({ file });
    expect(preview).toMatchObject({ rows: NAMES.length, unchanged: NAMES.length, changes: [], errors: [] });
  });

  test('as a spreadsheet of another country saves it: BOM, semicolons, quotes; wrong rows are named, the others count', async () => {
    project = await LdifProject.open([mailbox('Anna Berg', 'source'), mailbox('Bob Kern', 'source')], target());
    await project.api.match.run({});
    const file = join(project.folder, 'saved.csv');
    const row = (name: string, to: string, state: string) =>
      `"CN=${name},OU=People,DC=source,DC=example";"${to}";${state}`;
    const rows = [
      row('Anna Berg', 'cn=uwe stein, ou=People,dc=target,DC=example', 'matched'),
      row('Bob Kern', '', 'unmatched'),
      row('Nobody', '', 'create'),
      row('Anna Berg', '', '=1+1'),
    ];
    writeFileSync(file, `\ufeff"source_dn";"target_dn";"state"\r\n${rows.join('\r\n')}\r\n`);
    const { preview, applied } = await project.api.match.importFile({ file, apply: true });
    expect(applied).toBe(0);
    expect(preview.errors).toEqual([
      { row: 4, reason: 'there is no source object CN=Nobody,OU=People,DC=source,DC=example' },
      { row: 5, reason: expect.stringContaining('"=1+1" is no state') },
    ]);
    expect((await project.api.match.importFile({ file, apply: true, skipErrors: true })).applied).toBe(2);
    expect(await project.matchOf('Anna Berg')).toMatchObject({ state: 'matched', targetName: 'Uwe Stein' });
  });
});

import { afterEach, describe, expect, test } from 'vitest';
import { LdifProject, mailbox } from './ldif-project.ts';

let project: LdifProject;
afterEach(() => project.close());

const person = (name: string, more = {}) => mailbox(name, 'source', more);
/** An account of the target without a mailbox: what flows into it is seen. */
const account = (name: string, more = {}) =>
  mailbox(name, 'target', {
    homeMDB: [],
    msExchRecipientTypeDetails: [],
    proxyAddresses: [`smtp:${name.toLowerCase().replace(' ', '.')}@source.example`],
    ...more,
  });
const dn = (name: string, side: string) => `CN=${name},OU=People,DC=${side},DC=example`;

async function rows(name: string, text?: string) {
  const table = await project.api.prepare.flow.show({
    object: dn(name, 'source'),
    ...(text !== undefined && { text }),
  });
  return new Map(table.rows.map((r) => [`${r.direction} ${r.attribute}`, r]));
}

describe('attribute flow', () => {
  test('copy, constant, expression, remap and leave; the table shows them before anything is planned', async () => {
    project = await LdifProject.open(
      [
        person('Anna Berg', {
          company: 'Old',
          manager: dn('Bob Kern', 'source'),
          extensionAttribute1: 'a',
          title: 'Boss',
        }),
        person('Bob Kern'),
      ],
      [account('Bob Kern')],
    );
    await project.api.match.run({});
    const text = `
export:
  - { attribute: company, constant: Contoso }
  - { attribute: displayName, expression: 'upper(sn) + ", " + givenName' }
  - { attribute: extensionAttribute1, leave: true }
  - { attribute: extensionAttribute9, copy: extensionAttribute1 }
  - { attribute: seeAlso, remap: manager }
  - { attribute: sAMAccountName, expression: 'lower(part(givenName, 0, 1) + sn)' }
  - { attribute: cn, expression: 'sn + " " + givenName' }
`;
    const table = await rows('Anna Berg', text);
    expect(table.get('export company')).toMatchObject({
      how: 'constant',
      own: true,
      source: ['Old'],
      result: ['Contoso'],
    });
    expect(table.get('export displayName')).toMatchObject({ result: ['BERG, Anna'], changes: true });
    expect(table.get('export extensionAttribute1')).toMatchObject({ how: 'left as it is', result: [], changes: false });
    expect(table.get('export extensionAttribute9')?.result).toEqual(['a']);
    expect(table.get('export manager')).toMatchObject({
      how: 'remap of manager',
      own: false,
      result: [dn('Bob Kern', 'target')],
    });
    expect(table.get('export seeAlso')?.result).toEqual([dn('Bob Kern', 'target')]);
    expect(table.get('export sAMAccountName')?.result).toEqual(['aberg']);
    expect(table.get('export title')).toMatchObject({ how: 'copy of title', own: false, result: ['Boss'] });
    expect(table.get('export proxyAddresses')).toMatchObject({ how: 'worked out by prepare' });
    // Nothing is in force, nothing is planned.
    expect((await project.api.prepare.flow.get()).saved).toBeNull();
    expect(await project.api.prepare.list()).toEqual([]);
    expect((await rows('Anna Berg')).get('export company')?.result).toEqual(['Old']);

    await project.api.prepare.flow.save({ text });
    await project.api.prepare.plan({});
    const { changes } = await project.api.prepare.show({});
    const made = changes.find((c) => c.kind === 'add');
    expect(made).toMatchObject({ dn: 'CN=Berg Anna,CN=Users,DC=target,DC=example', after: { company: ['Contoso'] } });
    expect(made?.after.extensionAttribute1).toBeUndefined();
    expect(await project.api.audit.list({ action: 'prepare.flow' })).toHaveLength(1);
  });

  test('an object that is there: filled, replaced, or kept; a mailbox only where the flow replaces', async () => {
    project = await LdifProject.open(
      [
        person('Anna Berg', { company: 'New', department: 'Sales', title: 'Boss' }),
        person('Bob Kern', { company: 'New', department: 'Sales' }),
      ],
      [
        account('Anna Berg', { company: 'Kept', department: 'Kept' }),
        mailbox('Bob Kern', 'target', {
          company: 'Kept',
          proxyAddresses: ['SMTP:b@target.example', 'smtp:bob.kern@source.example'],
        }),
      ],
    );
    await project.api.match.run({});
    await project.api.prepare.flow.save({
      text: 'export:\n  - { attribute: department, copy: department, existing: replace }\n  - { attribute: title, copy: title, existing: keep }\n',
    });
    const anna = await rows('Anna Berg');
    expect(anna.get('export company')).toMatchObject({ now: ['Kept'], result: ['Kept'], changes: false });
    expect(anna.get('export department')).toMatchObject({ now: ['Kept'], result: ['Sales'], changes: true });
    expect(anna.get('export title')).toMatchObject({ source: ['Boss'], result: [] });
    const bob = await rows('Bob Kern');
    expect(bob.get('export company')).toMatchObject({ result: ['Kept'], changes: false });
    expect(bob.get('export department')).toMatchObject({ result: ['Sales'], changes: true });
  });

  test('import: illegal characters are cleaned, several fields make proxyAddresses, and matching sees it too (seed 001)', async () => {
    project = await LdifProject.open(
      [
        person('Atlanta Sales', {
          mail: 'Atlanta/sales@source.example',
          proxyAddresses: [],
          extensionAttribute5: 'old\\atlanta@source.example',
        }),
      ],
      [
        mailbox('Other Name', 'target', {
          proxyAddresses: ['SMTP:o@target.example', 'smtp:oldatlanta@source.example'],
        }),
      ],
    );
    await project.api.match.run({});
    expect((await project.matchOf('Atlanta Sales')).candidates).toEqual([]);
    await project.api.prepare.flow.save({
      text: `import:
  - { attribute: mail, expression: 'strip(mail, "/\\\\")' }
  - attribute: proxyAddresses
    expression: '["SMTP:" + strip(mail, "/\\\\"), "smtp:" + strip(extensionAttribute5, "/\\\\")]'
`,
    });
    const table = await rows('Atlanta Sales');
    expect(table.get('import mail')).toMatchObject({
      source: ['Atlanta/sales@source.example'],
      result: ['Atlantasales@source.example'],
    });
    await project.api.match.run({});
    expect((await project.matchOf('Atlanta Sales')).candidates[0]).toMatchObject({
      rule: 'address',
      targetDn: dn('Other Name', 'target'),
    });
    // Without a match the addresses go out cleaned; what the source itself has is what its own change is checked against.
    await project.api.match.set({ source: dn('Atlanta Sales', 'source'), choice: 'create' });
    await project.api.prepare.plan({});
    const { changes } = await project.api.prepare.show({});
    const made = changes.find((c) => c.kind === 'add');
    expect(made?.after.proxyAddresses).toContain('SMTP:Atlantasales@source.example');
    const back = changes.find((c) => c.dn === dn('Atlanta Sales', 'source'));
    expect(back?.before.proxyAddresses).toEqual([]);
  });

  test('a preview counts the objects whose results would differ, by attribute', async () => {
    project = await LdifProject.open(
      [person('Anna Berg', { company: 'Old' }), person('Bob Kern', { company: 'Contoso' }), person('Ida Weiss')],
      [account('Uwe Stein')],
    );
    await project.api.match.run({});
    const text = 'export: [{ attribute: company, constant: Contoso }]';
    const made = await project.api.prepare.flow.preview({ text });
    expect(made).toMatchObject({ objects: 2, attributes: [{ attribute: 'company', objects: 2 }] });
    expect(made.differences).toContainEqual({
      sourceDn: dn('Anna Berg', 'source'),
      attribute: 'company',
      inForce: ['Old'],
      proposed: ['Contoso'],
    });
  });

  test('groups get what is for groups; members are remapped, the rest is listed', async () => {
    const group = {
      dn: dn('All', 'source'),
      objectClass: ['top', 'group'],
      displayName: 'All',
      mail: 'all@source.example',
      proxyAddresses: ['SMTP:all@source.example'],
      groupType: '8',
      info: 'text',
      department: 'x',
      member: [dn('Anna Berg', 'source'), dn('Bob Kern', 'source'), dn('Nobody', 'source')],
    };
    project = await LdifProject.open([person('Anna Berg'), person('Bob Kern'), group], [account('Bob Kern')]);
    await project.api.match.run({});
    await project.api.prepare.flow.save({
      text: 'export: [{ attribute: company, constant: Contoso }, { attribute: description, constant: moved, scope: { types: [group] } }]',
    });
    await project.api.prepare.plan({ options: { groups: true } });
    const { changes, plan } = await project.api.prepare.show({});
    const made = changes.find((c) => c.dn.startsWith('CN=All,') && c.kind === 'add');
    expect(made?.after).toMatchObject({ info: ['text'], description: ['moved'] });
    expect([made?.after.company, made?.after.department]).toEqual([undefined, undefined]);
    const linked = changes.find((c) => c.dn.startsWith('CN=All,') && c.kind === 'modify');
    expect(linked?.after.member).toEqual(['CN=Anna Berg,CN=Users,DC=target,DC=example', dn('Bob Kern', 'target')]);
    expect(plan.notes.notes).toContainEqual({
      object: group.dn,
      note: `member ${dn('Nobody', 'source')} has no counterpart in the target and is left out`,
    });
  });

  test.each([
    ['export: [{ attribute: mail, constant: x }]', /under import/],
    ['export: [{ attribute: manager, copy: manager }]', /give remap/],
    ['export: [{ attribute: company }]', /give one of/],
    ['export: [{ attribute: company, copy: company, constant: x }]', /give one of/],
    ['export: [{ attribute: unicodePwd, constant: x }]', /never written/],
    ['export: [{ attribute: cn, constant: x, existing: replace }]', /new objects/],
    ['import: [{ attribute: objectGUID, constant: x }]', /what the object is/],
    ['export: [{ attribute: company, expression: "lower(compny)" }]', /no attribute or name "compny"/],
  ])('what would break is refused with its place: %s', async (text, message) => {
    project = await LdifProject.open([], []);
    const { problems } = await project.api.prepare.flow.validate({ text });
    expect(problems[0]).toMatchObject({ line: 1, message: expect.stringMatching(message) });
    await expect(project.api.prepare.flow.save({ text })).rejects.toThrow(/line 1, column/);
  });
});

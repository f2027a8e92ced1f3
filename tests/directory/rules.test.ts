import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { LdifProject, mailbox } from './ldif-project.ts';

let project: LdifProject;
afterEach(() => project.close());

const person = (name: string, more = {}) => mailbox(name, 'source', more);
const counterpart = (name: string, more = {}) => mailbox(name, 'target', more);

describe('rules of one’s own', () => {
  test('a join over expressions ties what no built-in rule does; a file puts it in force, reset takes it back', async () => {
    project = await LdifProject.open(
      [
        person('Anna Berg', { extensionAttribute3: 'HR 00815' }),
        person('Bob Kern', { extensionAttribute3: 'HR 00816' }),
      ],
      [counterpart('Astrid Lund', { employeeNumber: '815' }), counterpart('Bob Kern')],
    );
    await project.api.match.run({});
    expect((await project.matchOf('Anna Berg')).state).toBe('create');
    const file = join(project.folder, 'rules.yaml');
    writeFileSync(
      file,
      `# our own numbers
joins:
  - name: hr-number
    source: id(digits(extensionAttribute3))
    target: id(employeeNumber)
    certain: true
`,
    );
    await project.api.match.run({ rulesFile: file });
    expect(await project.matchOf('Anna Berg')).toMatchObject({
      state: 'matched',
      rule: 'hr-number',
      targetName: 'Astrid Lund',
    });
    const { saved } = await project.api.match.rules.get();
    expect(saved).toMatchObject({ savedBy: 'tester', text: expect.stringContaining('# our own numbers') });
    // They stay in force without being named again.
    await project.api.match.run({});
    expect((await project.matchOf('Anna Berg')).rule).toBe('hr-number');
    await project.api.match.rules.save({ text: '' });
    expect((await project.matchOf('Anna Berg')).state).toBe('create');
    expect(await project.api.audit.list({ action: 'match.rules' })).toHaveLength(2);
  });

  test('the order of the joins is their precedence, built-in ones can be placed among them or left out', async () => {
    const shared = 'anna@shared.example';
    project = await LdifProject.open(
      [person('Anna Berg', { proxyAddresses: [`SMTP:${shared}`], mail: shared, employeeID: 'E815' })],
      [
        counterpart('Anna Berg', {
          proxyAddresses: ['SMTP:anna.berg@target.example', `smtp:${shared}`],
          employeeID: 'E815',
        }),
      ],
    );
    const rule = async (text: string) => {
      await project.api.match.rules.save({ text });
      const { state, rule: name } = await project.matchOf('Anna Berg');
      return `${state} ${name}`;
    };
    expect(await rule('joins: []')).toBe('matched address');
    expect(await rule('joins: [{ use: employee-id }, { use: rest }]')).toBe('matched employee-id');
    expect(await rule('joins: [{ name: badge, source: lower(employeeID), trust: 0.999 }]')).toBe('matched badge');
    expect(await rule('joins: [{ use: none }]')).toMatch(/^(?:review|matched) name$|^create/);
  });

  test('scope by OU, department and type; filters on both sides with the reason; what is created', async () => {
    project = await LdifProject.open(
      [
        person('Test One', { department: 'Sales' }),
        person('Anna Berg', { department: 'Sales', employeeID: 'E815' }),
        person('Bob Kern', { department: 'Legal', employeeID: 'E816' }),
        person('Old Room', { extensionAttribute4: 'Do Not Migrate' }),
      ],
      [
        counterpart('Astrid Lund', { employeeID: 'E815' }),
        counterpart('Bert Stein', { employeeID: 'E816' }),
        counterpart('Test One', { proxyAddresses: ['SMTP:t@target.example', 'smtp:test.one@source.example'] }),
      ],
    );
    await project.api.match.rules.save({
      text: JSON.stringify({
        joins: [
          {
            name: 'badge',
            source: 'employeeID',
            certain: true,
            scope: { departments: ['SALES'], ou: 'ou=people,dc=source,dc=example', types: ['mailbox'] },
          },
          { use: 'address' },
        ],
        filters: [
          { name: 'tests', when: 'displayName.startsWith("Test")', reason: 'a test account' },
          { name: 'far-tests', when: 'like(displayName, "test *")', reason: 'a test account', side: 'target' },
        ],
        keywords: ['donotmigrate'],
        projection: [{ name: 'lawyers', when: 'department == "Legal"', create: false }],
      }),
    });
    expect(await project.matchOf('Anna Berg')).toMatchObject({ state: 'matched', targetName: 'Astrid Lund' });
    expect(await project.matchOf('Bob Kern')).toMatchObject({ state: 'unmatched' });
    expect(await project.matchOf('Test One')).toMatchObject({
      state: 'filtered',
      rule: 'tests',
      evidence: [{ note: 'a test account' }],
    });
    expect(await project.matchOf('Old Room')).toMatchObject({ state: 'filtered', rule: 'keyword' });
  });

  test('two targets of one certain value, and one target of two, are conflicts for a person', async () => {
    project = await LdifProject.open(
      [
        person('Anna Berg', { employeeID: 'E815' }),
        person('Ute Stolz', { employeeID: 'E900' }),
        person('Ida Weiss', { employeeID: 'E900' }),
      ],
      [
        counterpart('Astrid Lund', { employeeID: 'E815' }),
        counterpart('Agnes Roth', { employeeID: 'E815' }),
        counterpart('Vera Hahn', { employeeID: 'E900' }),
      ],
    );
    await project.api.match.rules.save({ text: 'joins: [{ name: badge, source: employeeID, certain: true }]' });
    for (const name of ['Anna Berg', 'Ute Stolz', 'Ida Weiss']) {
      expect(await project.matchOf(name), name).toMatchObject({ state: 'conflict', rule: 'badge' });
    }
    expect((await project.matchOf('Anna Berg')).candidates.map((c) => c.targetDn).sort()).toEqual([
      'CN=Agnes Roth,OU=People,DC=target,DC=example',
      'CN=Astrid Lund,OU=People,DC=target,DC=example',
    ]);
  });

  test('an attribute of an own schema is read because a rule names it', async () => {
    const [source, target] = [
      [person('Anna Berg', { badgeNo: '7-77' })],
      [counterpart('Astrid Lund', { badgeNo: '777' })],
    ];
    project = await LdifProject.open(source, target);
    await project.api.match.rules.save({
      text: 'joins: [{ name: badge, source: "strip(all.badgeNo, \\"-\\")", certain: true }]',
    });
    expect(await project.matchOf('Anna Berg')).toMatchObject({ state: 'matched', targetName: 'Astrid Lund' });
  });
});

describe('before rules are saved', () => {
  test('a preview counts what they would do, lists the pairs of one rule page by page, and keeps nothing', async () => {
    const names = Array.from({ length: 30 }, (_, i) => `P${String.fromCharCode(65 + i / 26, 65 + (i % 26))} Berg${i}`);
    project = await LdifProject.open(
      names.map((name, i) => person(name, { extensionAttribute3: `HR ${1000 + i}` })),
      names.map((_, i) => counterpart(`Q${i} Lund${i}`, { employeeNumber: String(1000 + i) })),
    );
    await project.api.match.run({});
    const text =
      'joins: [{ name: hr-number, source: id(digits(extensionAttribute3)), target: employeeNumber, certain: true }]';
    const first = await project.api.match.rules.preview({ text, rule: 'hr-number', limit: 20 });
    expect(first).toMatchObject({ counts: { matched: 30 }, now: { matched: 0, create: 30 }, changed: 30 });
    expect(first.rules[0]).toMatchObject({ name: 'hr-number', sources: 30, targets: 30, pairs: 30, matched: 30 });
    expect(first.changes).toHaveLength(20);
    expect(first.changes[0]).toMatchObject({ from: 'create', to: 'matched', rule: 'hr-number' });
    const second = await project.api.match.rules.preview({ text, rule: 'hr-number', offset: 20, limit: 20 });
    expect([first.pairs.length, second.pairs.length]).toEqual([20, 10]);
    expect(new Set([...first.pairs, ...second.pairs].map((p) => p.sourceDn)).size).toBe(30);
    expect(first.pairs[0]).toMatchObject({ value: '1000', state: 'matched' });
    expect((await project.api.match.counts()).counts).toMatchObject({ matched: 0, create: 30 });
    expect((await project.api.match.rules.get()).saved).toBeNull();
  });

  test.each([
    ['joins:\n  - name: x\n    target: mail\n', 2, 5, 'x', /either source/],
    ['joinz: []', 1, 1, null, /there is no "joinz"/],
    ['joins:\n  - name: Bad Name\n    source: mail\n', 2, 11, 'Bad Name', /small letters/],
    ['joins:\n  - name: a\n    source: mail\n    truts: 1\n', 4, 5, 'a', /there is no "truts"/],
    ['joins:\n  - name: a\n    source: lower(mial)\n', 3, 19, 'a', /no attribute or name "mial"/],
    ['joins:\n  - name: a\n    any:\n      - source: mail\n        target: "upper(mail"\n', 5, 28, 'a', /Expected/],
    ['joins:\n  - use: mial\n', 2, 10, 'mial', /there is no built-in rule "mial"; there are master-account/],
    ['joins:\n  - name: a\n    source: mail\n  - name: a\n    source: sn\n', 4, 11, 'a', /another rule/],
    ['filters:\n  - name: f\n    when: "1 +"\n    reason: r\n', 3, 15, 'f', /./],
    ['{"joins": [{"name": "a", "source": 5}]}', 1, 36, 'a', /string/],
    ['joins:\n  - name: a\n\t source: mail', 3, 1, null, /tab/i],
    ['{', 1, 2, null, /./],
    [
      'a: &a [x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b]\nd: [*c, *c, *c, *c, *c, *c, *c]',
      1,
      1,
      null,
      /alias/i,
    ],
  ])('what is wrong is told with line, column and rule: %j', async (text, line, column, rule, message) => {
    project = await LdifProject.open([], []);
    const { problems } = await project.api.match.rules.validate({ text });
    expect(problems[0]).toMatchObject({ line, rule, message: expect.stringMatching(message) });
    expect(problems[0]?.column, JSON.stringify(problems)).toBe(column);
    await expect(project.api.match.rules.save({ text })).rejects.toThrow(/line \d+, column \d+/);
    await expect(project.api.match.rules.preview({ text })).rejects.toThrow(/line \d+, column \d+/);
    expect((await project.api.match.rules.get()).saved).toBeNull();
  });

  test('the built-in rules, written out and saved as rules of one’s own, match the same', async () => {
    project = await LdifProject.open(
      [person('Anna Berg', { employeeID: 'E815' }), person('Bob Kern')],
      [counterpart('Anna Berg', { employeeID: 'E815' }), counterpart('Bob Kern', { mail: 'bob.kern@source.example' })],
    );
    await project.api.match.run({});
    const before = (await project.api.match.list({ limit: 10 })).lines.map(({ state, rule, score }) => ({
      state,
      rule,
      score,
    }));
    const { builtIn } = await project.api.match.rules.get();
    const { problems, joins } = await project.api.match.rules.validate({ text: builtIn });
    expect([problems, joins.length]).toEqual([[], 27]);
    await project.api.match.rules.save({ text: builtIn });
    const after = (await project.api.match.list({ limit: 10 })).lines.map(({ state, rule, score }) => ({
      state,
      rule,
      score,
    }));
    expect(after).toEqual(before);
  });
});

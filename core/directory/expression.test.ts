import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ExpressionReader } from './expression.ts';
import { FUNCTIONS } from './expression-functions.ts';

const reader = new ExpressionReader();
const anna = {
  dn: 'CN=Müller\\, Anna,OU=Sales,DC=a',
  kind: 'mailbox' as const,
  attributes: {
    displayName: ['Müller,  Anna'],
    givenName: ['Anna'],
    mail: ['Anna.Mueller@Old.Example'],
    department: ['Sales'],
    extensionAttribute3: [' 00-4711 '],
    proxyAddresses: ['SMTP:Anna@old.example', 'smtp:am/x@old.example', 'X500:/o=Old/cn=Anna'],
    telephoneNumber: ['+49 (30) 12-34'],
    objectSid: ['S-1-5-21-1-2-3-4'],
    manager: ['CN=Bob , OU=x'],
  },
};

describe('values', () => {
  test.each([
    ['lower(mail)', ['anna.mueller@old.example']],
    ['upper(department)', ['SALES']],
    ['trim(extensionAttribute3)', ['00-4711']],
    ['squeeze(displayName)', ['Müller, Anna']],
    ['strip(trim(extensionAttribute3), "-0")', ['4711']],
    ['digits(telephoneNumber)', ['49301234']],
    ['plain(displayName)', ['muller,  anna']],
    ['part(mail, 0, 4) + "/" + after(mail, "@")', ['Anna/Old.Example']],
    ['before(mail, "@").lowerAscii()', ['anna.mueller']],
    ['givenName.substring(0, 1) + "." + department', ['A.Sales']],
    ['replace(department, "al", "")', ['Ses']],
    ['replaceDomain(lower(mail), "old.example", "new.example")', ['anna.mueller@new.example']],
    ['replaceDomain(mail, "other.example", "new.example")', ['Anna.Mueller@Old.Example']],
    ['domain(mail)', ['old.example']],
    ['smtp(all.proxyAddresses)', ['anna@old.example', 'am/x@old.example']],
    ['all.proxyAddresses.filter(a, a.startsWith("SMTP:")).map(a, smtp(a))', ['anna@old.example']],
    ['x500("X500:/O=Old / CN=Anna")', ['/o=old/cn=anna']],
    ['cleanAddress(all.proxyAddresses)', ['SMTP:Anna@old.example', 'smtp:amx@old.example', 'X500:/o=Old/cn=Anna']],
    ['dn(manager)', ['cn=bob,ou=x']],
    ['sid(objectSid)', ['S-1-5-21-1-2-3-4']],
    ['id(extensionAttribute3)', ['4711']],
    ['ou', ['OU=Sales,DC=a']],
    ['kind', ['mailbox']],
    ['either(mobile, telephoneNumber)', ['+49 (30) 12-34']],
    ['department == "Sales" ? "s" : "x"', ['s']],
  ])('%s', (text, values) => {
    expect(reader.read(text).values(anna)).toEqual(values);
  });

  test('what an object does not have makes no value of anything built from it', () => {
    for (const text of [
      'employeeID',
      '"x-" + employeeID',
      'lower(employeeID) + mail',
      'part(employeeID, 0, 2)',
      'all.member',
    ]) {
      expect(reader.read(text).values(anna), text).toEqual([]);
    }
    expect(reader.read('employeeID.substring(1) + mail.substring(400)').values(anna)).toEqual([]);
  });

  test('a name that stands for nothing makes no value either', () => {
    const forwards = new ExpressionReader({ forwardsTo: () => '', lists: () => ['a', 'b'] });
    for (const text of ['"x" + forwardsTo', 'lower(forwardsTo)', 'forwardsTo', '("x" + forwardsTo) + mail']) {
      expect(forwards.read(text).values(anna), text).toEqual([]);
    }
    expect(forwards.read('forwardsTo == "" && forwardsTo != "x"').holds(anna)).toBe(true);
    expect(forwards.read('upper(lists)').values(anna)).toEqual(['A', 'B']);
    // Lists are put together by CEL, not text by text.
    expect(forwards.read('[forwardsTo, mail]').values(anna)).toEqual(['Anna.Mueller@Old.Example']);
  });

  test('the short way for simple expressions answers as the long one does', () => {
    const long = (text: string) => `[${text}][0]`;
    const texts = [
      'strip(trim(extensionAttribute3), "-0")',
      'part(mail, 0, 4) + "/" + department',
      '"a" + employeeID',
      'lower(mail) + lower(all.proxyAddresses[0])',
      'mail + department',
      'all.proxyAddresses + all.manager',
    ];
    for (const text of texts)
      expect(reader.read(text).values(anna), text).toEqual(reader.read(long(text)).values(anna));
  });

  test('attributes of an own schema, and of names that JavaScript knows', () => {
    const strange = { ...anna, attributes: { 'badge-No': ['7'], badgeNo: ['8'], __proto__x: ['9'] } };
    expect(reader.read('all.badgeNo').values(strange)).toEqual(['8']);
    expect(reader.read('all["badge-No"]').values(strange)).toEqual(['7']);
    expect(reader.read('all["badge-No"]').lists).toEqual(['badge-No']);
    expect(reader.read('all.constructor').values({ ...anna, attributes: Object.create(null) })).toEqual([]);
  });
});

describe('conditions', () => {
  test.each([
    ['department == "Sales" && mail.endsWith("Example")', true],
    ['kind == "roomMailbox" || present(employeeID)', false],
    ['employeeID == ""', true],
    ['company != "Old Ltd"', true],
    ['company.startsWith("Old")', false],
    ['department in ["Sales", "Legal"]', true],
    ['size(all.proxyAddresses) > 2', true],
    ['like(displayName, "m?ller*")', true],
    ['like(all.proxyAddresses, "x500:*")', true],
    ['below(dn, "ou=sales, dc=A")', true],
    ['below(dn, "OU=ales,DC=a")', false],
    ['all.proxyAddresses.exists(a, a.contains("/x"))', true],
    ['!(department == "Legal")', true],
  ])('%s', (text, holds) => {
    expect(reader.read(text).holds(anna)).toBe(holds);
  });
});

describe('what is wrong is told with its place', () => {
  test.each([
    ['lowr(mail)', /there is no function "lowr"; there are lower, upper/, 0],
    ['strip(mail)', /strip is written like this: strip\(employeeID, /, 0],
    ['lower(mail', /Expected RPAREN/, 10],
    ['lower(deparment)', /there is no attribute or name "deparment".*all\.deparment/, 6],
    ['lower(DEPARTMENT)', /it is written department/, 6],
    ['mail.matches("(a+)+$")', /like\(/, 0],
    ['cel.bind(a, mail + mail, a + a)', /bind|Unknown/i, 0],
    ['all', /all\.NAME/, 0],
    ['all.member.map(a, all.member.map(b, a + b))', /within/, 0],
    ['all.member.map(a, all.member.filter(b, a == b).join())', /within/, 0],
    ['constructor.constructor("return process")()', /./, 0],
    ['x'.repeat(2001), /longer than 2000/, 0],
  ])('%s', (text, message, at) => {
    let thrown: unknown;
    try {
      reader.read(text);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ message: expect.stringMatching(message) });
    if (at > 0) expect(thrown).toMatchObject({ at });
  });
});

describe('time and memory are bounded', () => {
  // Without bounds this would make 10,000 values of 20^12 letters each, and never end.
  test('ten thousand long values, functions in each other, replacements that would grow', () => {
    const many = {
      ...anna,
      attributes: { member: Array.from({ length: 10_000 }, (_, i) => `CN=${i}${'a'.repeat(100)}`) },
    };
    const inner = 'replace(a, "a", "aaaaaaaaaaaaaaaaaaaa")';
    const text = `all.member.map(a, ${Array.from({ length: 12 }, () => 0).reduce<string>((t) => t.replace('(a,', `(${inner},`), inner)})`;
    expect(reader.read(text).values(many)).toEqual([]);
    expect(reader.read('like(all.member, "*a*a*a*a*a*b")').holds(many)).toBe(false);
  });

  test('a value of many megabytes is none', () => {
    const huge = { ...anna, attributes: { info: ['a'.repeat(20_000_000)], mail: ['a@b.example'] } };
    expect(reader.read('lower(info)').values(huge)).toEqual([]);
    expect(reader.read('lower(mail)').values(huge)).toEqual(['a@b.example']);
  });

  test('whatever text an attribute has, a function answers text or nothing and throws nothing', () => {
    const one = FUNCTIONS.filter((f) => f.parameters === 0).map((f) => reader.read(`${f.name}(info)`));
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const e of one) {
          for (const value of e.values({ ...anna, attributes: { info: [text] } })) expect(typeof value).toBe('string');
        }
      }),
      { numRuns: 300 },
    );
  });

  test('whatever is written as an expression is read or refused', () => {
    const piece = fc.constantFrom(
      'mail',
      'all.member',
      '(',
      ')',
      '"a"',
      '+',
      '==',
      '?',
      ':',
      'lower(',
      '.map(a,',
      ',',
      '[',
      ']',
      '1',
      '!',
      'in',
      '\\',
      "'",
      '😀',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        try {
          reader.read(pieces.join(' ')).values(anna);
        } catch (error) {
          expect(error).toMatchObject({ at: expect.any(Number) });
        }
      }),
      { numRuns: 500 },
    );
  });
});

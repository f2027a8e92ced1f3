import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { BerWriter, FilterParser } from 'ldapts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Elements } from './ber.ts';
import { Directory } from './directory.ts';
import { type Filter, readFilter } from './filter.ts';
import { createForest } from './forest.ts';
import { loadObjects } from './load.ts';
import { candidates, compile, hasPieces } from './match.ts';
import { FOREST, people } from './testing/server.ts';

let dir: string;
let directory: Directory;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'lab-match-'));
  directory = new Directory(join(dir, 'directory.sqlite'), 'source.test');
  createForest(directory, FOREST);
  loadObjects(directory, people);
});
afterAll(() => {
  directory.close();
  rmSync(dir, { recursive: true, force: true });
});

/** Through ldapts's parser and the wire form, as a client's filter comes. */
function read(text: string): Filter {
  const writer = new BerWriter();
  FilterParser.parseString(text).write(writer);
  return readFilter(new Elements(writer.buffer));
}

function names(text: string): string[] {
  return select(read(text));
}

function select(filter: Filter): string[] {
  const holds = compile(directory, filter);
  return [...directory.tree.entries.values()]
    .filter((e) => e.nc === 'domain' && holds(e) === true)
    .map((e) => e.rdn.value);
}

describe('filters', () => {
  test.each([
    ['(sAMAccountName=ANNA)', ['Anna Berg']],
    ['(proxyAddresses=smtp:anna@source.test)', ['Anna Berg']],
    ['(displayName=carla \\28D*)', ['Carla (Dörn)*']],
    ['(displayName=*\\2a)', ['Carla (Dörn)*']],
    ['(&(objectCategory=person)(department=sales))', ['Anna Berg', 'Bert Cohn']],
    ['(&(objectClass=contact)(!(department=sales)))', ['Partner']],
    ['(manager=CN=anna berg,OU=People,DC=source,DC=test)', ['Bert Cohn', 'Carla (Dörn)*']],
    ['(memberOf=CN=Outer,OU=People,DC=source,DC=test)', ['Anna Berg', 'Inner']],
    ['(memberOf:1.2.840.113556.1.4.1941:=CN=Outer,OU=People,DC=source,DC=test)', ['Anna Berg', 'Bert Cohn', 'Inner']],
    ['(member:1.2.840.113556.1.4.1941:=CN=Bert Cohn,OU=People,DC=source,DC=test)', ['Inner', 'Outer']],
    ['(publicDelegatesBL=CN=Carla \\28Dörn\\29\\2a,OU=People,DC=source,DC=test)', ['Bert Cohn']],
    ['(&(sAMAccountName=anna)(userAccountControl:1.2.840.113556.1.4.803:=66048))', ['Anna Berg']],
    ['(&(sAMAccountName=anna)(userAccountControl:1.2.840.113556.1.4.804:=3))', []],
    ['(&(department=*)(employeeID>=100))', ['Anna Berg']],
    ['(anr=ann)', ['Anna Berg']],
    ['(anr=Cohn Bert)', []],
    ['(noSuchAttribute=*)', []],
    ['(!(noSuchAttribute=*))', []],
    ['(&(department=IT)(|(noSuchAttribute=x)(mailNickname=carla)))', ['Carla (Dörn)*']],
    ['(unicodePwd=*)', []],
    ['(&(objectClass=user)(userAccountControl=abc))', []],
  ])('%s', (text, expected) => {
    expect(names(text).sort()).toEqual([...expected].sort());
  });

  test('binary values match by their bytes and SIDs also by their text', () => {
    const [anna] = directory.tree.byValue('samaccountname', 'anna');
    const sid = Buffer.from(String(anna?.attributes.get('objectsid')), 'latin1');
    const guid = Buffer.from(anna?.guid ?? '', 'hex');
    expect(select({ kind: 'equal', attribute: 'objectGUID', value: guid })).toEqual(['Anna Berg']);
    expect(select({ kind: 'equal', attribute: 'objectSid', value: sid })).toEqual(['Anna Berg']);
    expect(names(`(objectSid=${directory.domainSid}-512)`)).toEqual(['Domain Admins']);
  });
});

const leaf: fc.Arbitrary<Filter> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('equal' as const, 'greaterOrEqual' as const, 'lessOrEqual' as const),
    attribute: fc.constantFrom('sAMAccountName', 'department', 'mail', 'uSNChanged', 'nothing', 'member', 'objectSid'),
    value: fc.oneof(
      fc
        .constantFrom('anna', 'Sales', 'bert@source.test', 'CN=Inner,OU=People,DC=source,DC=test', '8200')
        .map((t) => Buffer.from(t)),
      fc.uint8Array({ maxLength: 12 }).map((b) => Buffer.from(b)),
    ),
  }),
  fc.record({ kind: fc.constant('present' as const), attribute: fc.constantFrom('mail', 'member', 'nothing', 'cn') }),
);
const filter: fc.Arbitrary<Filter> = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.record({
      kind: fc.constantFrom('and' as const, 'or' as const),
      parts: fc.array(tie('filter'), { maxLength: 3 }),
    }),
    fc.record({ kind: fc.constant('not' as const), part: tie('filter') }),
  ),
})).filter;

describe('any filter', () => {
  test('evaluates by the laws of three-valued logic', () => {
    const entries = [...directory.tree.entries.values()].filter((e) => e.nc === 'domain');
    fc.assert(
      fc.property(filter, filter, (a, b) => {
        const [x, y] = [compile(directory, a), compile(directory, b)];
        const neither = compile(directory, { kind: 'not', part: { kind: 'or', parts: [a, b] } });
        const both = compile(directory, {
          kind: 'and',
          parts: [
            { kind: 'not', part: a },
            { kind: 'not', part: b },
          ],
        });
        for (const entry of entries) {
          expect(neither(entry)).toBe(both(entry));
          if (x(entry) === undefined && y(entry) === undefined) expect(neither(entry)).toBeUndefined();
        }
      }),
      { numRuns: 150 },
    );
  });

  test('selects the same through the index as by looking at everything', () => {
    fc.assert(
      fc.property(filter, (one) => {
        const holds = compile(directory, one);
        const all = [...directory.tree.entries.values()].filter((e) => holds(e) === true);
        const found = candidates(directory, one);
        if (found) expect(new Set(all.filter((e) => found.has(e)))).toEqual(new Set(all));
      }),
      { numRuns: 400 },
    );
  });

  test('of substrings agrees with a regular expression', () => {
    const piece = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 3 });
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 10 }),
        fc.option(piece, { nil: undefined }),
        fc.array(piece, { maxLength: 3 }),
        fc.option(piece, { nil: undefined }),
        (text, initial, middle, final) => {
          const quote = (part: string) => part.replaceAll('.', '\\.');
          const pattern = `^${quote(initial ?? '')}.*?${middle.map((m) => `${quote(m)}.*?`).join('')}${quote(final ?? '')}$`;
          expect(hasPieces(text, initial, middle, final)).toBe(new RegExp(pattern).test(text));
        },
      ),
    );
  });
});

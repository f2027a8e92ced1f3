import { beforeAll, describe, expect, test } from 'vitest';
import { type Answer, all, codes, first } from '../testing/client.ts';
import { answersAreValid, organisationForTests } from '../testing/for-tests.ts';
import { folder, ID_ONLY, itemCalls, shapeWith, tagged, text, uri } from '../testing/item-calls.ts';

const lab = organisationForTests();
const { create, find } = itemCalls(lab);

describe('FindItem', () => {
  beforeAll(async () => {
    for (let i = 0; i < 12; i++) {
      await create(
        'junkemail',
        `<t:Message><t:Subject>n${String(i).padStart(2, '0')}</t:Subject><t:Body BodyType="Text">${'x'.repeat(i)}${i === 5 ? ' needle' : ''}</t:Body><t:Categories><t:String>c${i % 3}</t:String></t:Categories><t:Importance>${i % 2 ? 'High' : 'Low'}</t:Importance></t:Message>`,
      );
    }
  });
  const constant = (value: string) => `<t:FieldURIOrConstant><t:Constant Value="${value}"/></t:FieldURIOrConstant>`;
  const restriction = (inner: string) => `<m:Restriction>${inner}</m:Restriction>`;
  const subjects = (answer: Answer) => all(answer.body, 'Subject').map((s) => s.text);
  const bySubject = `<m:SortOrder><t:FieldOrder Order="Ascending">${uri('item:Subject')}</t:FieldOrder></m:SortOrder>`;
  const withSubject = shapeWith(uri('item:Subject'));

  test.each([
    ['IsEqualTo', `<t:IsEqualTo>${uri('item:Subject')}${constant('N03')}</t:IsEqualTo>`, ['n03']],
    ['a class', `<t:IsEqualTo>${uri('item:ItemClass')}${constant('ipm.note')}</t:IsEqualTo>`, 12],
    ['a number by name', `<t:IsEqualTo>${uri('item:Importance')}${constant('High')}</t:IsEqualTo>`, 6],
    [
      'a time',
      `<t:IsGreaterThan>${uri('item:DateTimeCreated')}${constant('2020-01-01T00:00:00Z')}</t:IsGreaterThan>`,
      12,
    ],
    [
      'a time to come',
      `<t:IsGreaterThanOrEqualTo>${uri('item:DateTimeReceived')}${constant('2199-01-01T00:00:00Z')}</t:IsGreaterThanOrEqualTo>`,
      0,
    ],
    ['a list', `<t:IsEqualTo>${uri('item:Categories')}${constant('c1')}</t:IsEqualTo>`, 4],
    [
      'a substring',
      `<t:Contains ContainmentMode="Substring" ContainmentComparison="IgnoreCase">${uri('item:Subject')}<t:Constant Value="N1"/></t:Contains>`,
      ['n10', 'n11'],
    ],
    [
      'text of the body',
      `<t:Contains ContainmentMode="Substring">${uri('item:Body')}<t:Constant Value="needle"/></t:Contains>`,
      ['n05'],
    ],
    [
      'either',
      `<t:Or><t:IsEqualTo>${uri('item:Subject')}${constant('n01')}</t:IsEqualTo><t:IsEqualTo>${uri('item:Subject')}${constant('n02')}</t:IsEqualTo></t:Or>`,
      ['n01', 'n02'],
    ],
    ['not', `<t:Not><t:IsLessThan>${uri('item:Subject')}${constant('n10')}</t:IsLessThan></t:Not>`, ['n10', 'n11']],
    ['exists', `<t:Exists>${tagged('0x6123', 'String')}</t:Exists>`, 0],
    ['bits that are not set', `<t:Excludes>${tagged('0x0e07', 'Integer')}<t:Bitmask Value="8"/></t:Excludes>`, 0],
    [
      'two properties',
      `<t:IsEqualTo>${uri('item:DateTimeSent')}<t:FieldURIOrConstant>${uri('item:DateTimeCreated')}</t:FieldURIOrConstant></t:IsEqualTo>`,
      12,
    ],
  ])('restriction: %s', async (_, inner, expected) => {
    const answer = await find('junkemail', restriction(inner) + bySubject, withSubject);
    expect(codes(answer)).toEqual(['NoError']);
    if (typeof expected === 'number') expect(subjects(answer)).toHaveLength(expected);
    else expect(subjects(answer)).toEqual(expected);
  });

  test('pages that come together to the whole, in order', async () => {
    for (const sort of [
      bySubject,
      `<m:SortOrder><t:FieldOrder Order="Descending">${tagged('0x0037', 'String')}</t:FieldOrder></m:SortOrder>`,
    ]) {
      const seen: string[] = [];
      for (let offset = 0, last = false; !last; ) {
        const answer = await find(
          'junkemail',
          sort,
          withSubject,
          `<m:IndexedPageItemView MaxEntriesReturned="5" Offset="${offset}" BasePoint="Beginning"/>`,
        );
        const root = first(answer.body, 'RootFolder');
        seen.push(...subjects(answer));
        offset = Number(root.attributes.IndexedPagingOffset);
        last = root.attributes.IncludesLastItemInRange === 'true';
      }
      expect(seen).toHaveLength(12);
      expect(new Set(seen).size).toBe(12);
      expect(seen).toEqual([...seen].sort((a, b) => (sort === bySubject ? 1 : -1) * a.localeCompare(b)));
    }
    const half = await find(
      'junkemail',
      bySubject,
      withSubject,
      '<m:FractionalPageItemView MaxEntriesReturned="3" Numerator="1" Denominator="2"/>',
    );
    expect(subjects(half)).toEqual(['n06', 'n07', 'n08']);
  });

  test('query strings, unknown properties, what lists cannot show', async () => {
    expect(
      all(
        (
          await lab.client.call(
            `<m:FindItem Traversal="Shallow">${ID_ONLY}<m:ParentFolderIds>${folder('junkemail')}</m:ParentFolderIds><m:QueryString>subject:n0 needle</m:QueryString></m:FindItem>`,
          )
        ).body,
        'Message',
      ),
    ).toHaveLength(1);
    const equals = (name: string) => restriction(`<t:IsEqualTo>${uri(name)}${constant('1')}</t:IsEqualTo>`);
    const unknown = await find('junkemail', equals('nonsense:X'));
    expect([unknown.status, text(unknown, 'ResponseCode')]).toEqual([500, 'ErrorSchemaValidation']);
    expect(codes(await find('junkemail', equals('folder:DisplayName')))).toEqual(['ErrorUnsupportedPathForQuery']);
    expect(codes(await find('junkemail', equals('item:Attachments')))).toEqual(['NoError']);
    const body = await find('junkemail', '', shapeWith(uri('item:Body')));
    expect([body.status, text(body, 'ResponseCode')]).toEqual([500, 'ErrorInvalidPropertyRequest']);
  });
});

answersAreValid(lab, 10);

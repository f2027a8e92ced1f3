import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dnKey, formatDn, InvalidDn, parseDn } from './dn.ts';

describe('distinguished names', () => {
  test('read escapes, quotes and spaces as RFC 4514 and its ancestors write them', () => {
    expect(parseDn('CN=Berg\\, Anna,OU=People,DC=source,DC=test').map((r) => r.value)).toEqual([
      'Berg, Anna',
      'People',
      'source',
      'test',
    ]);
    expect(parseDn('cn = "a,b" , dc=x')).toEqual([
      { type: 'CN', value: 'a,b' },
      { type: 'DC', value: 'x' },
    ]);
    expect(parseDn('CN=D\\C3\\B6rn\\ ')[0]?.value).toBe('Dörn ');
    expect(parseDn('')).toEqual([]);
  });

  test('write what a tombstone is called', () => {
    const dn = formatDn([{ type: 'CN', value: 'Anna\nDEL:0b' }]);
    expect(dn).toBe('CN=Anna\\0ADEL:0b');
    expect(parseDn(dn)[0]?.value).toBe('Anna\nDEL:0b');
  });

  test.each(['CN', '=x', 'CN=', 'CN=a,', 'CN=a+OU=b', 'CN="a', 'CN="a"b', 'CN=a\\', '1x=2'])('refuse %s', (text) => {
    expect(() => parseDn(text)).toThrow(InvalidDn);
  });

  test('any name comes back as it was', () => {
    const value = fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => !text.includes('\ufffd'));
    fc.assert(
      fc.property(fc.array(fc.record({ type: fc.constantFrom('CN', 'OU', 'DC'), value }), { minLength: 1 }), (rdns) => {
        const text = formatDn(rdns);
        expect(parseDn(text)).toEqual(rdns);
        expect(dnKey(text.toUpperCase())).toBe(dnKey(text.toUpperCase().toLowerCase()));
      }),
    );
  });

  test('whatever text comes, the answer is a name or InvalidDn', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('C', 'N', '=', ',', '\\', '"', ' ', '+', '#', '0', 'A', 'ö') }),
        (text) => {
          try {
            parseDn(text);
          } catch (error) {
            expect(error).toBeInstanceOf(InvalidDn);
          }
        },
      ),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { childDn, DnSyntaxError, dnKey, dnsDomain, formatDn, isBelow, parentDn, parseDn, rdnValue } from './dn.ts';

describe('distinguished names', () => {
  test.each([
    ['CN=Müller\\, Anna,OU=Sales,DC=a,DC=b', 'Müller, Anna'],
    ['CN=\\23hash,DC=a', '#hash'],
    ['CN="quoted, \\"name\\"",DC=a', 'quoted, "name"'],
    ['CN=a\\2C b\\20,DC=a', 'a, b '],
    ['CN=\\E2\\82\\AC uro 😀,DC=a', '€ uro 😀'],
    ['CN=Anna\\0ADEL:5e0c,CN=Deleted Objects,DC=a', 'Anna\nDEL:5e0c'],
    ['CN=with\\00nul,DC=a', 'with\u0000nul'],
    ['CN = spaced , DC = a', 'spaced'],
    ['CN=one+OU=two,DC=a', 'one'],
  ])('%s names %j', (dn, value) => {
    expect(rdnValue(dn)).toBe(value);
    expect(parseDn(formatDn(parseDn(dn)))).toEqual(parseDn(dn));
  });

  test('whatever a name holds survives being written and read', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }), (value) => {
        fc.pre(value.isWellFormed());
        const dn = childDn('CN', value, 'OU=x,DC=a');
        expect(parseDn(dn)[0]).toEqual([{ type: 'CN', value }]);
        expect(parentDn(dn)).toBe('OU=x,DC=a');
        // Parts of the way cut at the first comma without looking for escapes.
        expect(dn.slice(dn.indexOf(',') + 1)).toBe('OU=x,DC=a');
      }),
    );
  });

  test('text that is no name is refused, and still has a key', () => {
    for (const text of ['nonsense', 'CN', '=x', 'CN=a\\', 'CN="open', '1x=2']) {
      expect(() => parseDn(text)).toThrow(DnSyntaxError);
      expect(dnKey(text)).toBe(text.trim().toLowerCase());
    }
  });

  test('names are the same by what they say, not by how it is written', () => {
    expect(dnKey('cn=A\\2cB,  dc=X')).toBe(dnKey('CN=a\\,b,DC=x'));
    expect(dnKey('CN=Müller,DC=x')).toBe(dnKey('CN=MÜLLER,DC=x'));
    expect(dnKey('CN=a,DC=x')).not.toBe(dnKey('CN=a\\,DC\\=x'));
    expect(isBelow('CN=a,OU=b,DC=c', 'ou=B,dc=c')).toBe(true);
    expect(isBelow('CN=a,OU=xb,DC=c', 'OU=b,DC=c')).toBe(false);
    expect(dnsDomain('CN=a,DC=source,DC=test')).toBe('source.test');
  });
});

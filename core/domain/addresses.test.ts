import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cleanSmtp, collectAddresses, isSmtpAddress, parseProxyAddress, smtpKey, x500Key } from './addresses.ts';

describe('addresses', () => {
  test.each([
    ['Anna.Mueller@A.Example', 'anna.mueller@a.example'],
    ['"anna.mueller"@a.example', 'anna.mueller@a.example'],
    ['"anna mueller"@a.example', '"anna mueller"@a.example'],
    ['"a\\"b"@a.example', '"a"b"@a.example'],
    ['info@münchen.example', 'info@xn--mnchen-3ya.example'],
    ['INFO@MÜNCHEN.EXAMPLE', 'info@xn--mnchen-3ya.example'],
    ['anna@a.example.', 'anna@a.example'],
    ['no-at-sign', 'no-at-sign'],
  ])('%s is compared as %s', (address, key) => {
    expect(smtpKey(address)).toBe(key);
  });

  test('a key is a key of itself', () => {
    fc.assert(
      fc.property(fc.emailAddress(), (address) => {
        expect(smtpKey(smtpKey(address))).toBe(smtpKey(address));
        expect(smtpKey(address.toUpperCase())).toBe(smtpKey(address));
      }),
    );
  });

  test('X500 forms are one', () => {
    const key = '/o=org/ou=first/cn=recipients/cn=anna';
    for (const text of ['/o=Org/ou=First/cn=Recipients/cn=Anna', 'X500:/O=ORG/OU=First / cn=Recipients/cn=anna']) {
      expect(x500Key(text)).toBe(key);
    }
  });

  test('proxy addresses tell their kind and which one is primary', () => {
    expect(parseProxyAddress('SMTP:a@b.example')).toMatchObject({
      kind: 'smtp',
      primary: true,
      address: 'a@b.example',
    });
    expect(parseProxyAddress('smtp:a@b.example')).toMatchObject({ kind: 'smtp', primary: false });
    expect(parseProxyAddress('x500:/o=a/cn=b')).toMatchObject({ kind: 'x500' });
    expect(parseProxyAddress('X400:c=DE;a= ;p=Org;s=x;')).toMatchObject({ kind: 'x400' });
    expect(parseProxyAddress('NOTES:Some One@HOST')).toMatchObject({ kind: 'other' });
    expect(parseProxyAddress('a@b.example')).toMatchObject({ kind: 'smtp', primary: false });
    expect(parseProxyAddress('nothing')).toBeUndefined();
  });

  test('what an object is reached by: proxies once each, mail beside them, legacyExchangeDN as X500', () => {
    const found = collectAddresses({
      proxyAddresses: ['SMTP:a@b.example', 'smtp:A@B.example', 'smtp:c@b.example', 'X500:/o=old/cn=a'],
      mail: 'other@b.example',
      targetAddress: 'SMTP:far@c.example',
      legacyDn: '/o=Org/cn=a',
    });
    expect(found.map((a) => `${a.kind} ${a.key}${a.primary ? ' !' : ''}`)).toEqual([
      'x500 /o=org/cn=a !',
      'smtp a@b.example !',
      'smtp c@b.example',
      'x500 /o=old/cn=a',
      'smtp other@b.example',
      'target far@c.example',
    ]);
  });

  test('gateway characters go, as in the field', () => {
    expect(cleanSmtp('Atlanta/sales@companya.com')).toBe('Atlantasales@companya.com');
    expect(cleanSmtp('dom\\user@a.example')).toBe('domuser@a.example');
    expect(isSmtpAddress('Atlantasales@companya.com')).toBe(true);
    for (const text of ['@a.example', 'a@', 'a@b', 'a b@c.example ', 'a@b..example', 'a\u0000b@c.example']) {
      expect(isSmtpAddress(text), text).toBe(false);
    }
  });
});

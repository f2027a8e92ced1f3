import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeImceaex, encapsulatedIn, encodeImceaex } from './imceaex.ts';

describe('encapsulated Exchange addresses', () => {
  test.each([
    [
      '_O=MMS_OU=EXCHANGE+20ADMINISTRATIVE+20GROUP+20+28FYDIBOHF23SPDLT+29_CN=RECIPIENTS_CN=User6ed4',
      '/O=MMS/OU=EXCHANGE ADMINISTRATIVE GROUP (FYDIBOHF23SPDLT)/CN=RECIPIENTS/CN=User6ed4',
    ],
    ['_o=Old+20Org_ou=First+2E1_cn=Recipients_cn=a+5Fb', '/o=Old Org/ou=First.1/cn=Recipients/cn=a_b'],
    ['_o=M+C3+BCller_cn=j+C3+B6rg', '/o=Müller/cn=jörg'],
    // A server that wrote its code page, no UTF-8.
    ['_o=M+FCller_cn=x', '/o=Müller/cn=x'],
    ['_o=a_cn=100+25', '/o=a/cn=100%'],
    ['+2Fo+3Da+2Fcn+3Db', '/o=a/cn=b'],
    ['_o=a_cn=half+2', '/o=a/cn=half+2'],
    ['_o=a_cn=not+zz', '/o=a/cn=not+zz'],
  ])('%s', (encoded, legacyDn) => {
    expect(decodeImceaex(encoded)[0]).toBe(legacyDn);
  });

  test('a second layer of encoding (xtext, RFC 3461) comes off, with the single reading as the other candidate', () => {
    expect(decodeImceaex('_O+3DMMS_OU+3DFirst+2B20Group_CN+3DRecipients_CN+3Djd')).toEqual([
      '/O=MMS/OU=First Group/CN=Recipients/CN=jd',
      '/O=MMS/OU=First+20Group/CN=Recipients/CN=jd',
    ]);
  });

  test('whatever a legacyExchangeDN holds, it is read back as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (name) => {
        const legacyDn = `/o=Org/cn=${name.replaceAll('/', '').replaceAll('@', '')}`;
        expect(decodeImceaex(encodeImceaex(legacyDn))).toContain(legacyDn);
      }),
      { numRuns: 500 },
    );
  });

  test('they are found in a text, each once; ones that hold no legacyExchangeDN are not', () => {
    const text = `To: "J" <IMCEAEX-_O=A_CN=b+20c@x.example>; IMCEAEX-_o=a_cn=B+20C@y.example
      IMCEAEX+2D_o=a_cn=d@x.example and IMCEAFAX-J+40x@x.example IMCEAEX-hello@x.example
      {IMCEAEX-_o=org_ou=G_cn=Recipients_cn=Joe@domain.com}{[{LRT=};{LED=550 5.1.1 RESOLVER.ADR.ExRecipNotFound}]}`;
    expect(encapsulatedIn(text)).toEqual(['_o=a_cn=B+20C', '_o=a_cn=d', '_o=org_ou=G_cn=Recipients_cn=Joe']);
  });
});

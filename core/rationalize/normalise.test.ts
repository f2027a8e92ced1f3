import { describe, expect, test } from 'vitest';
import { toRecipient } from '../directory/recipient.ts';
import { Engine, type EngineOptions } from './engine.ts';
import type { MatchObject } from './model.ts';
import { matchObject } from './objects.ts';

/** The same thing written differently on two sides: what must still meet, and what must not. */

let next = 0;
function object(attributes: Record<string, string | readonly string[]>): MatchObject {
  const list = Object.entries(attributes).map(([name, v]) => [name, typeof v === 'string' ? [v] : [...v]] as const);
  const dn = `CN=o${++next},DC=x`;
  const recipient = toRecipient(dn, { objectClass: ['user'], homeMDB: ['CN=DB'], ...Object.fromEntries(list) });
  if (!recipient) throw new Error('no recipient');
  return matchObject({ ...recipient, id: next });
}

/** The outcome of the first pair, among people who have nothing to do with it: names alone weigh by how rare they are. */
function outcome(
  a: Record<string, string | readonly string[]>,
  b: Record<string, string | readonly string[]>,
  o: EngineOptions = {},
) {
  const crowd = (side: string) =>
    Array.from({ length: 60 }, (_, i) => {
      const name = `${side}${String.fromCharCode(97 + (i % 26))}${String.fromCharCode(97 + ((i * 7) % 26))}`;
      return object({
        displayName: `${name} ${name}son`,
        givenName: name,
        sn: `${name}son`,
        mail: `${name}@${side}.example`,
        department: `D${i}`,
      });
    });
  const source = object({ mail: 'a@source.example', ...a });
  const target = object({ mail: 'b@target.example', ...b });
  const found = [...new Engine([source, ...crowd('qs')], [target, ...crowd('qt')], o).run()][0];
  if (!found) throw new Error('no outcome');
  return {
    ...found,
    best: found.candidates[0]?.targetId ?? found.targetId,
    met: [found.targetId, ...found.candidates.map((c) => c.targetId)].includes(target.id),
  };
}

describe('addresses', () => {
  test.each([
    ['case', 'SMTP:Anna.Berg@Shared.Example', 'smtp:anna.berg@shared.example'],
    ['quoted local part', 'SMTP:"anna.berg"@shared.example', 'smtp:anna.berg@shared.example'],
    ['quoted local part with a space', 'SMTP:"Anna Berg"@shared.example', 'smtp:"anna berg"@shared.example'],
    ['IDN domain', 'SMTP:anna@münchen.example', 'smtp:anna@xn--mnchen-3ya.example'],
    ['composed and decomposed letters', 'SMTP:jo\u0308rg@shared.example', 'smtp:jörg@shared.example'],
    [
      'X500, case and stray spaces',
      'X500:/O=Org/OU=First / CN=Recipients/CN=Anna',
      'x500:/o=org/ou=first/cn=recipients/cn=anna',
    ],
    ['EX as another name of X500', 'EX:/o=Org/cn=Recipients/cn=Anna', 'X500:/o=org/cn=recipients/cn=anna'],
  ])('%s', (_what, a, b) => {
    const names = { displayName: 'Anna Berg', givenName: 'Anna', sn: 'Berg' };
    expect(
      outcome(
        { ...names, proxyAddresses: ['SMTP:s@source.example', a] },
        { ...names, proxyAddresses: ['SMTP:t@target.example', b] },
      ),
    ).toMatchObject({
      state: 'matched',
      rule: expect.stringMatching(/^(?:address|x500)$/),
    });
  });

  test('legacyExchangeDN on one side is X500 on the other', () => {
    const names = { displayName: 'Anna Berg', givenName: 'Anna', sn: 'Berg' };
    const legacy = '/o=Org/ou=First/cn=Recipients/cn=anna';
    const made = outcome(
      { ...names, legacyExchangeDN: legacy },
      { ...names, proxyAddresses: ['SMTP:t@target.example', `X500:${legacy.toUpperCase()}`] },
    );
    expect(made).toMatchObject({ state: 'matched', rule: 'x500' });
  });
});

describe('names', () => {
  const work = { department: 'Werkstoffprüfung', title: 'Laborleiterin', physicalDeliveryOfficeName: 'H 4.17' };
  test.each([
    ['Müller, Anna', 'Anna Mueller'],
    ['Müller, Anna', 'MUELLER Anna (Extern)'],
    ['Dr. Anna Müller', 'Muller, Anna'],
    ['Juri Gagarin', 'Yuri Gagarin'],
    ['Юрий Гагарин', 'Yuri Gagarin'],
    ['O’Brien, Seán', "Sean O'Brien"],
    ['Łukasz Wójcik', 'Lukasz Wojcik'],
    ['van der Berg, Jan', 'Jan Berg'],
    ['Robert Nowicki', 'Bob Nowicki'],
  ])('%s and %s may be one person, and where the work agrees at least wait for a look', (a, b) => {
    const made = outcome({ displayName: a, ...work }, { displayName: b, ...work });
    expect(['matched', 'review']).toContain(made.state);
    expect(made.met).toBe(true);
    expect(made.evidence.filter((e) => e.key.endsWith('name') && e.verdict === 'differs')).toEqual([]);
  });

  test('another person of the same family is not', () => {
    expect(outcome({ displayName: 'Müller, Anna', ...work }, { displayName: 'Peter Mueller', ...work }).state).not.toBe(
      'matched',
    );
  });

  test('nicknames by a list that the user extends', () => {
    const pair = [
      { displayName: 'Xandi Hofer', ...work },
      { displayName: 'Alexander Hofer', ...work },
    ] as const;
    const without = outcome(...pair);
    const with_ = outcome(...pair, { nicknames: [['Xandi', 'Alexander']] });
    const given = (found: typeof without) =>
      found.evidence.find((e) => e.key === 'given name')?.verdict ?? 'not compared';
    expect([given(without), given(with_)]).toEqual([expect.stringMatching(/differs|not compared/), 'similar']);
    expect(with_.score).toBeGreaterThan(without.score + 0.1);
  });
});

describe('logon names and SIDs', () => {
  test('a logon name cut at twenty characters meets the alias it was made of', () => {
    const names = { displayName: 'Maximiliane Mustermann', givenName: 'Maximiliane', sn: 'Mustermann' };
    const made = outcome(
      { ...names, mailNickname: 'maximiliane.mustermann' },
      { ...names, sAMAccountName: 'maximiliane.musterma', mail: 'x@target.example' },
    );
    expect(made.evidence.map((e) => e.key)).toContain('logon name');
    expect(['matched', 'review']).toContain(made.state);
  });

  test('a linked mailbox and its account by SID, whatever their names are', () => {
    const sid = 'S-1-5-21-1004336348-1177238915-682003330-1134';
    const made = outcome(
      { displayName: 'Anna Berg', msExchMasterAccountSid: sid, msExchRecipientTypeDetails: '2' },
      { displayName: 'Anna Lund', objectSid: sid, homeMDB: [] },
    );
    expect(made).toMatchObject({ state: 'matched', rule: 'master-account' });
  });

  test('SELF as the master account, as shared mailboxes have it, ties nobody together', () => {
    const made = outcome(
      { displayName: 'Sales', msExchMasterAccountSid: 'S-1-5-10', msExchRecipientTypeDetails: '4' },
      { displayName: 'Info', msExchMasterAccountSid: 'S-1-5-10', msExchRecipientTypeDetails: '4' },
    );
    expect(made.met).toBe(false);
  });
});

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { encodeImceaex } from '../../core/plan/heal/imceaex.ts';
import { exchangeReport, oldText, ordinaryMail, relayReport, sentFile } from './bounces.ts';
import { LdifProject, mailbox } from './ldif-project.ts';

let project: LdifProject;
afterEach(() => project.close());

const OLD = '/o=Old Org/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn=';
const dn = (name: string, side: string) => `CN=${name},OU=People,DC=${side},DC=example`;

/** Anna and Bob are matched; Anna has an X500 address from an older organisation; the target knows none of them. */
async function twoForests() {
  project = await LdifProject.open(
    [
      mailbox('Anna Berg', 'source', {
        legacyExchangeDN: `${OLD}anna.berg`,
        proxyAddresses: ['SMTP:anna.berg@source.example', 'X500:/o=Older/cn=a_b'],
      }),
      mailbox('Bob Kern', 'source', { legacyExchangeDN: `${OLD}Bob` }),
      mailbox('Ida Weiss', 'source', { legacyExchangeDN: `${OLD}ida` }),
    ],
    [
      mailbox('Anna Berg', 'target', { proxyAddresses: ['SMTP:a@target.example', 'smtp:anna.berg@source.example'] }),
      mailbox('Bob Kern', 'target', { proxyAddresses: ['SMTP:b@target.example', 'smtp:bob.kern@source.example'] }),
      mailbox('Jo Stein', 'target', { sAMAccountName: 'jo.stein' }),
    ],
  );
  await project.api.match.run({});
}

const messages = (...texts: string[]) => project.api.match.heal({ files: texts.map(sentFile) });

describe('bounce messages', () => {
  test.each([
    ['Exchange, multipart/report', exchangeReport],
    ['Exchange 2003, plain text', oldText],
    ['a relay, with xtext', relayReport],
  ])('%s: the object that owns the address gets it', async (_shape, write) => {
    await twoForests();
    const made = await messages(write(encodeImceaex(`${OLD}anna.berg`.toUpperCase())));
    expect(made).toMatchObject({ messages: 1, bounces: 1, problems: [] });
    expect(made.addresses).toEqual([
      {
        address: `X500:${OLD}anna.berg`,
        outcome: 'add',
        object: dn('Anna Berg', 'target'),
        reason: `is ${dn('Anna Berg', 'source')}`,
        bounces: 1,
      },
    ]);
  });

  test('several addresses of one object are one change; the plan is shown like others and holds what was there', async () => {
    await twoForests();
    const { planId, addresses } = await messages(
      exchangeReport(encodeImceaex(`${OLD}anna.berg`)),
      oldText(encodeImceaex(`${OLD}ANNA.berg`)),
      // An old client wrote the underscore of the name as it stands.
      oldText('_o=Older_cn=a_b'),
      relayReport(encodeImceaex(`${OLD}Bob`)),
    );
    expect(addresses.map((a) => [a.outcome, a.bounces])).toEqual([
      ['add', 2],
      ['add', 1],
      ['add', 1],
    ]);
    const { plan, changes } = await project.api.prepare.show({ planId: planId ?? 0 });
    expect(plan).toMatchObject({ purpose: 'heal', state: 'planned' });
    expect(changes.map((c) => [c.dn, c.diff])).toEqual([
      [
        dn('Anna Berg', 'target'),
        [
          {
            attribute: 'proxyAddresses',
            added: [`X500:${OLD}anna.berg`, 'X500:/o=Older/cn=a_b'],
            removed: [],
            kept: 2,
          },
        ],
      ],
      [dn('Bob Kern', 'target'), [expect.objectContaining({ added: [`X500:${OLD}Bob`] })]],
    ]);
    // Another plan of the same kind sets a waiting one aside; plans for preparing are not touched.
    expect(await project.api.audit.list({ action: 'match.heal' })).toHaveLength(1);
  });

  test('replies to mail of the target: the source object gets the address of its counterpart', async () => {
    await twoForests();
    const made = await messages(exchangeReport(encodeImceaex('/o=target/ou=x/cn=Recipients/cn=annaberg')));
    expect(made.addresses[0]).toMatchObject({ outcome: 'add', object: dn('Anna Berg', 'source') });
  });

  test('what needs a person is told and not planned', async () => {
    await twoForests();
    const made = await messages(
      exchangeReport(encodeImceaex(`${OLD}ida`)),
      exchangeReport(encodeImceaex('/o=Gone/ou=x/cn=Recipients/cn=0123456789abcdef0123456789abcdef-jo.stein')),
      exchangeReport(encodeImceaex(`${OLD}Bob`)),
    );
    expect(made.addresses.map((a) => [a.outcome, a.object])).toEqual([
      ['unmatched', dn('Ida Weiss', 'source')],
      ['unknown', null],
      ['add', dn('Bob Kern', 'target')],
    ]);
    expect(made.addresses[1]?.reason).toContain(dn('Jo Stein', 'target'));
  });

  test('an address that is there already is not added again', async () => {
    await twoForests();
    const there = [`SMTP:b@target.example`, 'smtp:bob.kern@source.example', `x500:${OLD}BOB`];
    await project.change('target', [mailbox('Bob Kern', 'target', { proxyAddresses: there })]);
    await project.api.match.run({});
    const made = await messages(exchangeReport(encodeImceaex(`${OLD}Bob`)));
    expect(made).toMatchObject({ planId: null, addresses: [{ outcome: 'there', object: dn('Bob Kern', 'target') }] });
  });

  test('mail that is no bounce, and reports of delay, count for nothing', async () => {
    await twoForests();
    const encoded = encodeImceaex(`${OLD}Bob`);
    const made = await messages(ordinaryMail(encoded), exchangeReport(encoded, 'delayed'), '');
    expect(made).toMatchObject({ planId: null, messages: 3, bounces: 1, addresses: [] });
  });

  test('a folder with single messages, an mbox, Outlook’s own form and rubbish: each is read or named, nothing is kept of their text', async () => {
    await twoForests();
    const folder = join(project.folder, 'bounces');
    mkdirSync(join(folder, 'deeper'), { recursive: true });
    const [anna, bob] = [encodeImceaex(`${OLD}anna.berg`), encodeImceaex(`${OLD}Bob`)];
    writeFileSync(join(folder, 'deeper', 'a.eml'), exchangeReport(anna));
    const inMbox = (text: string) =>
      `From MAILER-DAEMON Mon Jan  1 00:00:00 2020\n${text.replace(/\r/g, '').replace(/^From /gm, '>From ')}\n`;
    writeFileSync(
      join(folder, 'b.mbox'),
      inMbox(oldText(bob)) + inMbox(ordinaryMail(anna)) + inMbox(relayReport(anna)),
    );
    writeFileSync(join(folder, 'c.msg'), Buffer.from('d0cf11e0a1b11ae1', 'hex'));
    writeFileSync(join(folder, 'd.bin'), Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 37) % 256)));
    const made = await project.api.match.heal({ path: folder });
    expect(made).toMatchObject({ messages: 6, bounces: 3 });
    expect(made.addresses.map((a) => [a.object, a.bounces]).sort()).toEqual([
      [dn('Anna Berg', 'target'), 2],
      [dn('Bob Kern', 'target'), 1],
    ]);
    expect(made.problems).toEqual([
      { where: join(folder, 'c.msg'), reason: expect.stringContaining('save it as .eml') },
    ]);
    const { plan, changes } = await project.api.prepare.show({ planId: made.planId ?? 0 });
    expect(JSON.stringify([made, plan, changes])).not.toMatch(/private/);
    const files = ['b.mbox', 'c.msg', 'd.bin', 'deeper/a.eml'].map((name) => ({
      name,
      base64: readFileSync(join(folder, name), 'base64'),
    }));
    const sent = await project.api.match.heal({ files });
    expect(sent).toMatchObject({ messages: 6, bounces: 3, addresses: made.addresses });
    expect(sent.problems).toEqual([{ ...made.problems[0], where: 'c.msg' }]);
    await expect(project.api.match.heal({ path: join(folder, 'none') })).rejects.toThrow('It cannot be read.');
  });
});

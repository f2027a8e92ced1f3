import { afterEach, describe, expect, test } from 'vitest';
import { getText, setProp } from '../../core/domain/mapi/bag.ts';
import { decodeExportStream } from '../../core/domain/mapi/decode.ts';
import { addressBookEntryId, readOneOffEntryId } from '../../core/domain/mapi/entry-id.ts';
import { newBag, RecipientType } from '../../core/domain/mapi/message.ts';
import type { MapiMessage } from '../../core/domain/mapi/model.ts';
import { PidTag } from '../../core/domain/mapi/tags.ts';
import type { ItemInfo, MailStore } from '../../core/exchange/mail-store.ts';
import { lastVerification } from '../../core/store/verifications.ts';
import { mail } from './messages.ts';
import { World } from './world.ts';

/** Addresses inside items: as they were, or those of the target where the batch asks for it. */
let world: World;
afterEach(() => world?.close());

const FRIEND = 'tester1@source.test';
const LEGACY_DN = '/o=Source/ou=Exchange/cn=Recipients/cn=tester1';

/** From a colleague by X500, to one by SMTP and to somebody elsewhere. */
function letter(subject: string): MapiMessage {
  return mail(subject, 10, (message) => {
    setProp(message, PidTag.SenderName, 'Friend');
    setProp(message, PidTag.SenderAddressType, 'EX');
    setProp(message, PidTag.SenderEmailAddress, LEGACY_DN);
    setProp(message, PidTag.SenderEntryId, addressBookEntryId(LEGACY_DN));
    const to = newBag();
    setProp(to, PidTag.RecipientType, RecipientType.cc);
    setProp(to, PidTag.DisplayName, 'Friend');
    setProp(to, PidTag.EmailAddress, FRIEND);
    setProp(to, PidTag.AddressType, 'SMTP');
    message.recipients.push(to);
  });
}

async function start(lab = {}): Promise<void> {
  world = await World.start({ users: 2, lab });
  const [friend] = await world.store.db
    .selectFrom('recipient_address')
    .select(['recipient_id', 'forest_id'])
    .where('address_key', '=', FRIEND)
    .execute();
  await world.store.db
    .insertInto('recipient_address')
    .values({
      recipient_id: friend?.recipient_id ?? 0,
      forest_id: friend?.forest_id ?? 0,
      kind: 'x500',
      address: LEGACY_DN,
      address_key: LEGACY_DN.toLowerCase(),
      is_primary: 0,
    })
    .execute();
  const source = world.box('source', world.users[0] ?? '');
  await world.put(source, await world.inbox(source), [letter('one'), letter('two')]);
}

async function copies(box: MailStore): Promise<MapiMessage[]> {
  const items = await listed(box);
  return (await box.read(items, 'stream')).map((answer) => {
    if (!answer.ok || answer.value.form !== 'stream') throw new Error('not read');
    const decoded = decodeExportStream(Buffer.concat(answer.value.parts));
    if (!decoded.ok) throw new Error(decoded.reason);
    return decoded.message;
  });
}
async function listed(box: MailStore): Promise<ItemInfo[]> {
  const items: ItemInfo[] = [];
  for await (const page of box.list(await world.inbox(box))) items.push(...page);
  return items;
}
const people = (message: MapiMessage) => [
  getText(message, PidTag.SenderAddressType),
  getText(message, PidTag.SenderEmailAddress),
  ...message.recipients.map((bag) => getText(bag, PidTag.EmailAddress)),
];

describe('addresses inside items', () => {
  test('stay as they are by default', async () => {
    await start();
    await world.batch({}, world.users.slice(0, 1));
    await world.sync();
    const [one] = await copies(world.box('target', world.users[0] ?? ''));
    expect(one && people(one)).toEqual(['EX', LEGACY_DN, 'anna@source.test', FRIEND]);
  });

  test('become those of the target; nobody else is touched, and verify can tell the difference', async () => {
    await start();
    const user = world.users[0] ?? '';
    await world.batch({ rewriteAddresses: true }, [user]);
    await world.sync();
    const target = world.box('target', user);
    const [one] = await copies(target);
    if (!one) throw new Error('nothing there');
    const friend = world.targetAddress(FRIEND);
    expect(people(one)).toEqual(['SMTP', friend, 'anna@source.test', friend]);
    const entryId = one.properties.find((p) => p.id === PidTag.SenderEntryId.id)?.value;
    expect(entryId instanceof Uint8Array && readOneOffEntryId(entryId)?.address).toBe(friend);
    expect(await world.verify()).toMatchObject({ grade: 'Perfect', verified: 2 });
    expect((await world.sync()).writes).toBe(0);

    // A recipient that nobody rewrote: that one item differs.
    const [item] = await listed(target);
    const cc = one.recipients[1];
    if (!item || !cc) throw new Error('nothing there');
    setProp(cc, PidTag.EmailAddress, 'intruder@target.test');
    await target.deleteItems([item.id]);
    await world.put(target, await world.inbox(target), [one]);
    expect(await world.verify()).toMatchObject({ grade: 'Investigate', verified: 1, different: 1 });
    const last = await lastVerification(world.store, world.workloads[0]?.id ?? 0);
    expect(last?.result.findings[0]?.details.join()).toMatch(/^recipient \d: 0x3003 different$/);
  });

  test('become those of the target where a server exports no whole items, too', async () => {
    await start();
    await world.close();
    world = await World.start({ users: 2, lab: { ews: { bulkTransfer: 'nowhere' } } });
    const user = world.users[0] ?? '';
    const source = world.box('source', user);
    const raw = Buffer.from(
      `From: Out <out@elsewhere.test>\r\nTo: Friend <${FRIEND}>,\r\n Else <else@elsewhere.test>\r\nSubject: ${FRIEND}\r\nMessage-ID: <1@x>\r\nDate: Mon, 1 Jan 2024 10:00:00 +0000\r\n\r\nWrite to ${FRIEND}\r\n`,
    );
    await source.write([
      {
        folderId: await world.inbox(source),
        associated: false,
        itemClass: 'IPM.Note',
        content: {
          form: 'mime',
          element: 'Message',
          itemClass: 'IPM.Note',
          parts: [raw],
          size: raw.length,
          fields: [],
          properties: [{ tag: '0x0e07', type: 'Integer', values: ['1'], multiple: false }],
        },
      },
    ]);
    await world.batch({ rewriteAddresses: true }, [user]);
    expect(await world.sync()).toMatchObject({ copied: 1, bad: 0 });
    const target = world.box('target', user);
    const items = await listed(target);
    const [copy] = await target.read(items, 'mime');
    const text = copy?.ok && copy.value.form === 'mime' ? Buffer.concat(copy.value.parts).toString() : '';
    expect(text).toContain('tester1@target.test');
    expect(text).toMatch(/Subject: tester1@source\.test/);
    expect(text).toContain(`Write to ${FRIEND}`);
    expect(await world.verify()).toMatchObject({ grade: 'Perfect', verified: 1 });
  });
});

import { expect, test } from 'vitest';
import { setProp } from '../../core/domain/mapi/bag.ts';
import { PidTag } from '../../core/domain/mapi/tags.ts';
import type { ItemInfo, MailStore, Permissions } from '../../core/exchange/mail-store.ts';
import type { VerifySummary } from '../../core/migrate/context.ts';
import { lastVerification } from '../../core/store/verifications.ts';
import { mail, replaceMessage } from './messages.ts';
import { eachWithOwnMailbox } from './own-mailbox.ts';
import type { World } from './world.ts';

const USERS = 5;
let world: World;
let source: MailStore;
let target: MailStore;
let inbox: string;

eachWithOwnMailbox(USERS, (own) => {
  ({ world, source, target, inbox } = own);
  return world.batch({ settings: false }, [own.user]);
});

async function inInbox(box: MailStore): Promise<ItemInfo[]> {
  const found: ItemInfo[] = [];
  for await (const page of box.list(await world.inbox(box))) found.push(...page);
  return found;
}

const verify = async (deep: boolean) =>
  (await world.run('verify', world.workloads[0], { deep })).result as VerifySummary;

/** Alters the body of copies in the target behind the ledger's back, keeping what lists show of them. */
async function spoil(copies: ItemInfo[], messages: ReturnType<typeof mail>[]): Promise<void> {
  const folderId = await world.inbox(target);
  for (const copy of copies) {
    const original = messages.find(
      (m) =>
        Buffer.from(m.properties.find((p) => p.id === 0x300b)?.value as Uint8Array).toString('hex') === copy.searchKey,
    );
    if (!original) throw new Error('no original');
    const spoiled = structuredClone(original);
    setProp(spoiled, PidTag.Body, 'x'.repeat(400));
    await replaceMessage(target, { id: copy.id, folderId }, spoiled);
  }
}

test('deep compares every item property by property; otherwise every item by what lists show, and a sample', async () => {
  const messages = Array.from({ length: 80 }, (_, i) => mail(`Item ${i}`));
  await world.put(source, inbox, messages);
  await world.sync();
  const methods = async () => (await lastVerification(world.store, world.workloads[0]?.id ?? 0))?.result.methods;
  expect(await verify(true)).toMatchObject({ grade: 'Perfect', verified: 80 });
  expect(await methods()).toEqual({ properties: 80 });
  expect(await verify(false)).toMatchObject({ grade: 'Perfect', verified: 80 });
  const { properties = 0, facts = 0 } = (await methods()) ?? {};
  expect(properties + facts).toBe(80);
  expect(properties).toBeGreaterThan(0);
  expect(properties).toBeLessThan(40);
  await spoil(await inInbox(target), messages);
  expect(await verify(true)).toMatchObject({ verified: 0, different: 80 });
  const sampled = await verify(false);
  expect(sampled.different).toBe(properties);
});

test('what is missing is found by every comparison, though the ledger calls it done', async () => {
  await world.put(
    source,
    inbox,
    Array.from({ length: 30 }, (_, i) => mail(`Item ${i}`)),
  );
  await world.sync();
  await target.deleteItems((await inInbox(target)).slice(0, 7).map((item) => item.id));
  for (const deep of [false, true]) expect(await verify(deep)).toMatchObject({ missing: 7, verified: 23 });
});

test('folders on record under each other’s names are not taken for right', async () => {
  const one = await world.folder(source, inbox, 'One');
  const two = await world.folder(source, inbox, 'Two');
  await world.put(source, one, [mail('in one')]);
  await world.put(source, two, [mail('in two')]);
  await world.sync();
  expect(await verify(true)).toMatchObject({ grade: 'Perfect' });
  // Somebody swaps the names in the target; ledger and folder records know nothing of it.
  const found = new Map<string, string>();
  for await (const folder of target.folders('mailbox')) found.set(folder.name, folder.id);
  await target.updateFolder(found.get('One') ?? '', { name: 'Three' });
  await target.updateFolder(found.get('Two') ?? '', { name: 'One' });
  await target.updateFolder(found.get('One') ?? '', { name: 'Two' });
  expect(await verify(true)).toMatchObject({ missing: 2, extra: 2, verified: 0 });
});

test('many small folders cost few calls: permission lists, lists of items and content travel together', async () => {
  for (let i = 0; i < 30; i++) {
    const folder = await world.folder(source, inbox, `Folder ${i}`);
    await source.updateFolder(folder, { permissions: shared(i) });
    await world.put(source, folder, [mail(`Item ${i}`), mail(`Other ${i}`)]);
  }
  const opened: MailStore[] = [];
  world.wrap = (store) => {
    opened.push(store);
    return store;
  };
  await world.run('hierarchy');
  world.wrap = (store) => store;
  // Folder trees and permission lists of both sides, one call for the folders, one or two for their lists.
  expect(opened.reduce((sum, store) => sum + store.calls, 0)).toBeLessThan(20);
  await world.run('sync');
  expect(await verify(true)).toMatchObject({ grade: 'Perfect', verified: 60 });
  const last = await lastVerification(world.store, world.workloads[0]?.id ?? 0);
  expect(last?.result.calls).toBeLessThan(25);
});

function shared(index: number): Permissions {
  const entry = (user: string, level: string) => ({ user, displayName: '', level, rights: {} });
  const entries = [entry('Default', 'None'), entry('Anonymous', 'None')];
  return { calendar: false, unknown: [], entries: [...entries, entry(world.users[index % 2] ?? '', 'Reviewer')] };
}

test('copies of one item that lists show alike are told apart by their content, in whatever order they lie', async () => {
  const original = mail('Many times');
  const copies = Array.from({ length: 12 }, (_, i) => {
    const copy = structuredClone(original);
    setProp(copy, PidTag.FlagStatus, i % 3);
    setProp(copy, PidTag.Importance, Math.floor(i / 3) % 3);
    return copy;
  });
  await world.sync();
  const there = await world.inbox(target);
  await world.put(source, inbox, copies);
  const placed = await world.put(target, there, copies.toReversed());
  for (const deep of [true, false]) expect(await verify(deep)).toMatchObject({ grade: 'Perfect', verified: 12 });
  // One that is like no copy is still found, and it alone.
  const spoiled = structuredClone(original);
  setProp(spoiled, PidTag.Body, 'another text');
  await replaceMessage(target, { id: placed[4]?.id ?? '', folderId: there }, spoiled);
  expect(await verify(true)).toMatchObject({ verified: 11, different: 1 });
});

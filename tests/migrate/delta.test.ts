import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { setProp } from '../../core/domain/mapi/bag.ts';
import { PidTag } from '../../core/domain/mapi/tags.ts';
import type { MailStore } from '../../core/exchange/mail-store.ts';
import { Person } from './changes.ts';
import { inventory } from './inventory.ts';
import { mail, replaceMessage } from './messages.ts';
import { World } from './world.ts';

let world: World;
let source: MailStore;
let target: MailStore;

beforeAll(async () => {
  world = await World.start({ users: 3 });
});
afterAll(() => world?.close());

describe('deltas', () => {
  test('bring over what is new, changed, moved, read, deleted, and folders renamed, moved and deleted', async () => {
    const user = world.users[0] ?? '';
    source = world.box('source', user);
    target = world.box('target', user);
    const inbox = await world.inbox(source);
    const one = await world.folder(source, inbox, 'One');
    const two = await world.folder(source, inbox, 'Two');
    const deep = await world.folder(source, one, 'Deep');
    const [a, b, c, d] = await world.put(source, one, [mail('a'), mail('b'), mail('c'), mail('d')]);
    await world.put(source, deep, [mail('e')]);
    await world.batch({}, [user]);
    await world.sync();
    expect(await inventory(world, target)).toEqual(await inventory(world, source));

    await world.put(source, two, [mail('new')]);
    await source.moveItems([a?.id ?? ''], two);
    await source.deleteItems([b?.id ?? '']);
    await source.setRead([{ id: c?.id ?? '', read: false }]);
    await source.updateFolder(one, { name: 'Eins' });
    await source.moveFolder(deep, two);
    expect(d).toBeDefined();
    const result = await world.sync();
    expect(result).toMatchObject({ copied: 1, moved: 1, deleted: 1, readStates: 1, updated: 0 });
    expect(await inventory(world, target)).toEqual(await inventory(world, source));

    await source.deleteFolder(two);
    const gone = await world.sync();
    expect(gone).toMatchObject({ deleted: 3, copied: 0 });
    expect(await inventory(world, target)).toEqual(await inventory(world, source));
    const names = [...(await world.content(target)).keys()];
    expect(names.some((path) => path.includes('Two'))).toBe(false);
    expect(names.some((path) => path.endsWith('/Eins'))).toBe(true);
    expect(await world.verify()).toMatchObject({ grade: 'Perfect' });
  });

  test('an item that is written again in the second of the last delta, as large as before, is not passed over', async () => {
    const user = world.users[2] ?? '';
    source = world.box('source', user);
    target = world.box('target', user);
    const inbox = await world.inbox(source);
    const [item] = await world.put(source, inbox, [mail('same', 100)]);
    await world.batch({}, [user]);
    await world.sync();
    // One of these edits at least falls into the second of the listing before it.
    for (const letter of 'abcdef') {
      const message = mail('same', 100, (made) => setProp(made, PidTag.Body, letter.repeat(100)));
      await replaceMessage(source, { id: item?.id ?? '', folderId: inbox }, message);
      expect(await world.sync()).toMatchObject({ updated: 1 });
      expect(await inventory(world, target)).toEqual(await inventory(world, source));
    }
    // The folder is listed until a change would show; then it costs nothing.
    await expect.poll(async () => (await world.sync()).calls, { timeout: 20_000, interval: 500 }).toBe(0);
  });

  test('a random series ends with both sides equal', async () => {
    const user = world.users[1] ?? '';
    source = world.box('source', user);
    target = world.box('target', user);
    const person = new Person(source, world.users.slice(1), 7);
    await person.begin(40);
    await world.batch({}, [user]);
    await world.sync();
    for (let round = 0; round < 6; round++) {
      for (let i = 0; i < 25; i++) await person.change();
      await world.sync();
      expect(await inventory(world, target)).toEqual(await inventory(world, source));
    }
    expect(await world.finalSync()).toMatchObject({ writes: 0, copied: 0 });
    expect(await world.verify()).toMatchObject({ grade: 'Perfect', missing: 0, extra: 0, different: 0 });
  });
});

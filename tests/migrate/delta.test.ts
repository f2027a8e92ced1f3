import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MailStore } from '../../core/exchange/mail-store.ts';
import { inventory, Person } from './changes.ts';
import { mail, World } from './world.ts';

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

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MapiMessage } from '../../core/domain/mapi/model.ts';
import { mail } from './messages.ts';
import { World } from './world.ts';

let world: World;
let next = 0;

beforeAll(async () => {
  world = await World.start({ users: 4 });
});
afterAll(() => world?.close());

/** How many items lie in each folder of the target mailbox, by path. */
async function counts(user: string): Promise<Record<string, number>> {
  const content = await world.content(world.box('target', user));
  return Object.fromEntries([...content].map(([path, items]) => [path, items.length]));
}

/** A mailbox that was copied by a batch which nobody remembers. */
async function copied(): Promise<{ user: string; removeOne: () => Promise<void>; letters: MapiMessage[] }> {
  const user = world.users[next++] ?? '';
  const source = world.box('source', user);
  const inbox = await world.inbox(source);
  const projects = await world.folder(source, inbox, 'Projects');
  const letters = Array.from({ length: 30 }, (_, n) => mail(`letter ${n}`));
  const infos = await world.put(source, inbox, letters);
  await world.put(source, projects, [mail('one'), mail('two')]);
  await world.batch({ settings: false }, [user]);
  expect(await world.sync()).toMatchObject({ copied: 32, adopted: 0 });
  return { user, letters, removeOne: async () => void (await source.deleteItems([infos[0]?.id ?? ''])) };
}

describe('a mailbox whose record is lost, as with a database that was not kept', () => {
  test('is found in the target: nothing comes twice, new mail comes', async () => {
    const { user, removeOne } = await copied();
    const before = await counts(user);
    await removeOne();
    await world.put(world.box('source', user), await world.inbox(world.box('source', user)), [mail('new')]);
    await world.batch({ settings: false }, [user]);
    await world.sync();
    // What the source removed meanwhile stays: nobody can tell it from what people put into the target.
    expect(await counts(user)).toEqual({ ...before, '/inbox': 31 });
    expect(await world.verify()).toMatchObject({ missing: 0, different: 0, extra: 1 });
    expect(await world.sync()).toMatchObject({ writes: 0 });
  });

  test('the search goes on where it was broken off', async () => {
    const { user } = await copied();
    const before = await counts(user);
    await world.batch({ settings: false }, [user]);
    await world.run('hierarchy');
    const stop = new AbortController();
    world.signal = stop.signal;
    world.guard = () => stop.abort();
    await expect(world.run('sync')).rejects.toThrow();
    world.signal = new AbortController().signal;
    world.guard = () => undefined;
    await world.sync();
    expect(await counts(user)).toEqual(before);
    expect(await world.verify()).toMatchObject({ grade: 'Perfect' });
  });

  test('where the target wins, its copies stay as they are', async () => {
    const { user } = await copied();
    await world.batch({ settings: false, targetChanges: 'target' }, [user]);
    expect(await world.sync()).toMatchObject({ adopted: 32, copied: 0, updated: 0 });
    expect(await world.verify()).toMatchObject({ grade: 'Perfect' });
  });
});

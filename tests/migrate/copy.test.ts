import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mail } from './messages.ts';
import { World } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.close());

describe('one mailbox', () => {
  test('is copied whole, verified, and a rerun writes nothing', async () => {
    const user = world.users[0] ?? '';
    const source = world.box('source', user);
    const inbox = await world.inbox(source);
    const projects = await world.folder(source, inbox, 'Projects');
    await world.put(
      source,
      inbox,
      Array.from({ length: 120 }, (_, i) => mail(`Message ${i}`)),
    );
    await world.put(source, projects, [mail('Large', 3_000_000), mail('Small')]);
    await world.put(source, inbox, [mail('Hidden')], true);
    await world.batch({ settings: false }, [user]);
    const first = await world.sync();
    expect(first).toMatchObject({ copied: 123, bad: 0, writes: 123 });
    expect(await world.verify()).toMatchObject({ grade: 'Perfect', verified: 123, different: 0, missing: 0, extra: 0 });
    const again = await world.sync();
    expect(again).toMatchObject({ listed: 0, copied: 0, writes: 0 });
    // Folders that changed a moment ago are listed once more: whole seconds do not tell a second change.
    await expect.poll(async () => (await world.sync()).calls, { timeout: 20_000, interval: 500 }).toBe(0);
  });
});

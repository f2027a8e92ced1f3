import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { MailStore } from '../../core/exchange/mail-store.ts';
import { World } from './world.ts';

/** What one test stands on: both sides of a mailbox that no other test uses. */
export interface OwnMailbox {
  world: World;
  user: string;
  source: MailStore;
  target: MailStore;
  /** Id of the source's inbox. */
  inbox: string;
}

/** One world for the tests of a file, with a mailbox of its own for each of them; `users` is how many tests there are. */
export function eachWithOwnMailbox(users: number, ready: (own: OwnMailbox) => unknown): void {
  let world: World;
  let next = 0;
  beforeAll(async () => {
    world = await World.start({ users });
  });
  afterAll(() => world?.close());
  beforeEach(async () => {
    const user = world.users[next++];
    if (user === undefined) throw new Error(`there are more than ${users} tests`);
    world.wrap = (store) => store;
    const source = world.box('source', user);
    await ready({ world, user, source, target: world.box('target', user), inbox: await world.inbox(source) });
  });
}

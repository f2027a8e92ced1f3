import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MailStore } from '../../core/exchange/mail-store.ts';
import { lastVerification } from '../../core/store/verifications.ts';
import { mail } from './messages.ts';
import { World } from './world.ts';

/** What a mailbox has beside its visible folders: the archive, and the recoverable items of both. */
let world: World;

const PLACES = [
  'archiveinbox',
  'recoverableitemsdeletions',
  'recoverableitemspurges',
  'archiverecoverableitemsdeletions',
] as const;

beforeAll(async () => {
  world = await World.start({ users: 2, archives: true });
  for (const user of world.users) {
    const source = world.box('source', user);
    for (const name of PLACES) await world.put(source, await place(source, name), [mail(name), mail(`${name} 2`)]);
    const archive = await place(source, 'archivemsgfolderroot');
    await world.put(source, await world.folder(source, archive, '2012–2018'), [mail('old')]);
  }
});
afterAll(() => world?.close());

async function place(box: MailStore, name: string): Promise<string> {
  const found = await box.distinguished(name);
  if (!found) throw new Error(`no ${name}`);
  return found.id;
}
async function counts(user = ''): Promise<number[]> {
  const target = world.box('target', user);
  return Promise.all(
    PLACES.map(async (name) => {
      let count = 0;
      for await (const page of target.list(await place(target, name))) count += page.length;
      return count;
    }),
  );
}

describe('roots beside the visible mailbox', () => {
  test('the archive comes along, recoverable items stay behind unless asked for', async () => {
    const [user] = world.users;
    await world.batch({}, world.users.slice(0, 1));
    const result = await world.sync();
    expect(result.copied).toBe(3);
    expect(await counts(user)).toEqual([2, 0, 0, 0]);
    expect(await world.verify()).toMatchObject({ grade: 'Perfect', verified: 3 });
  });

  test('without the archive it stays as it is', async () => {
    await world.batch({ archive: false }, world.users.slice(1));
    expect((await world.sync()).listed).toBe(0);
  });

  test('recoverable items of mailbox and archive go where they belong, once', async () => {
    const [, user] = world.users;
    await world.batch({ recoverableItems: true }, world.users.slice(1));
    const result = await world.sync();
    expect(result.copied).toBe(9);
    expect(await counts(user)).toEqual([2, 2, 2, 2]);
    expect(await world.verify()).toMatchObject({ grade: 'Perfect', verified: 9 });
    expect((await world.sync()).writes).toBe(0);
    const last = await lastVerification(world.store, world.workloads[0]?.id ?? 0);
    expect(last?.result.folders.missing).toEqual([]);
  });
});

describe('a target without an archive', () => {
  test('is said, and nothing of the archive counts as moved', async () => {
    const plain = await World.start({ users: 1 });
    try {
      await world.batchFor(world.users[0] ?? '', world.users[0] ?? '');
      world.wrap = (store, role) => (role === 'target' ? plain.box('target', plain.users[0] ?? '') : store);
      const result = await world.hierarchy();
      expect(result.notes.join()).toContain('The source has an archive; the target has none.');
      await world.run('sync');
      expect((await world.verify()).grade).toBe('Investigate');
    } finally {
      world.wrap = (store) => store;
      await plain.close();
    }
  });
});

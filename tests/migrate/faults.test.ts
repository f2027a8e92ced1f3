import { afterEach, describe, expect, test, vi } from 'vitest';
import type { MailStore } from '../../core/exchange/mail-store.ts';
import { listBadItems } from '../../core/store/bad-items.ts';
import type { FaultPlanInput } from '../../lab/faults.ts';
import { random } from './change-kinds.ts';
import { Person } from './changes.ts';
import { inventory } from './inventory.ts';
import { mail } from './messages.ts';
import { World } from './world.ts';

let world: World;
afterEach(() => world?.close());

async function withFaults(
  rules: FaultPlanInput['rules'],
  users = 1,
): Promise<{ source: MailStore; target: MailStore }> {
  world = await World.start({ users, faults: { seed: 3, rules } });
  const user = world.users[0] ?? '';
  return { source: world.box('source', user), target: world.box('target', user) };
}

describe('servers in trouble', () => {
  test('busy, drops, truncated and short answers, 401 and 503: everything arrives once', async () => {
    const target = 'target';
    const { source, target: box } = await withFaults([
      { organisation: 'source', operation: 'ExportItems', skip: 1, count: 1, fault: { kind: 'busy', backOffMs: 50 } },
      {
        organisation: 'source',
        operation: 'ExportItems',
        skip: 2,
        count: 1,
        fault: { kind: 'truncate', fraction: 0.4 },
      },
      { organisation: 'source', operation: 'ExportItems', skip: 3, count: 1, fault: { kind: 'drop', when: 'middle' } },
      { organisation: 'source', operation: 'ExportItems', skip: 40, count: 2, fault: { kind: 'short', form: 'text' } },
      {
        organisation: 'source',
        operation: 'ExportItems',
        skip: 60,
        count: 2,
        fault: { kind: 'short', form: 'silent' },
      },
      {
        organisation: 'source',
        operation: 'SyncFolderItems',
        skip: 2,
        count: 1,
        fault: { kind: 'unavailable', retryAfterSeconds: 0 },
      },
      {
        organisation: target,
        operation: 'UploadItems',
        skip: 0,
        count: 1,
        fault: { kind: 'busy', backOffMs: 50, form: 'http200' },
      },
      { organisation: target, operation: 'UploadItems', skip: 1, count: 1, fault: { kind: 'drop', when: 'after' } },
      { organisation: target, operation: 'UploadItems', skip: 2, count: 1, fault: { kind: 'drop', when: 'before' } },
      { organisation: target, operation: 'UploadItems', skip: 3, count: 1, fault: { kind: 'truncate', fraction: 0.5 } },
      { organisation: target, operation: 'UploadItems', skip: 4, count: 1, fault: { kind: 'unauthorized' } },
    ]);
    const person = new Person(source, world.users.slice(1), 1);
    await person.begin(400);
    await world.batch();
    const result = await world.sync();
    expect(result.bad).toBe(0);
    expect(await inventory(world, box)).toEqual(await inventory(world, source));
    expect(await world.verify()).toMatchObject({ grade: 'Perfect', verified: 400, extra: 0 });
  });

  test('folders whose making was answered by a broken connection are made once, in one run', async () => {
    const operation = 'CreateFolder';
    const { source, target } = await withFaults([
      { organisation: 'target', operation, count: 1, fault: { kind: 'drop', when: 'after' } },
      { organisation: 'target', operation, skip: 2, count: 1, fault: { kind: 'drop', when: 'before' } },
      { organisation: 'target', operation, skip: 4, count: 2, fault: { kind: 'truncate', fraction: 0.5 } },
    ]);
    const inbox = await world.inbox(source);
    for (const name of ['One', 'Two', 'Three']) {
      const folder = await world.folder(source, inbox, name);
      for (const below of ['a', 'b']) await world.folder(source, folder, below);
    }
    await world.batch();
    expect(await world.hierarchy()).toMatchObject({ created: 9 });
    const paths = async (box: MailStore) => [...(await world.content(box)).keys()].sort();
    expect(await paths(target)).toEqual(await paths(source));
  });

  test('an item that comes cut off is read again; nobody else at that server waits for it, as they do where it is busy', async () => {
    const { source } = await withFaults([
      { organisation: 'source', operation: 'ExportItems', count: 1, fault: { kind: 'short', form: 'text' } },
      {
        organisation: 'target',
        operation: 'UploadItems',
        count: 1,
        fault: { kind: 'busy', backOffMs: 50, form: 'http200' },
      },
    ]);
    const paused = (['source', 'target'] as const).map((side) => vi.spyOn(world.servers[side].client.pace, 'backOff'));
    await world.put(source, await world.inbox(source), [mail('one'), mail('two')]);
    await world.batch();
    expect(await world.sync()).toMatchObject({ copied: 2, bad: 0 });
    expect(paused.map((spy) => spy.mock.calls.length)).toEqual([0, 1]);
  });

  test('an item that comes cut off three times in a row is not called corrupt', async () => {
    const { source } = await withFaults([
      { organisation: 'source', operation: 'ExportItems', count: 3, fault: { kind: 'short', form: 'silent' } },
    ]);
    await world.put(source, await world.inbox(source), [mail('one')]);
    await world.batch();
    expect(await world.sync()).toMatchObject({ copied: 1, bad: 0 });
  });

  test('what was sent again is looked after while it may come late, and then costs nothing', async () => {
    const { source, target } = await withFaults([
      { organisation: 'target', operation: 'UploadItems', count: 1, fault: { kind: 'drop', when: 'before' } },
    ]);
    await world.put(source, await world.inbox(source), [mail('one'), mail('two')]);
    await world.batch();
    await world.sync();
    const late = world.store.db.updateTable('late_copy');
    const quiet = async () => (await world.sync()).calls;
    await expect.poll(quiet, { timeout: 20_000, interval: 500 }).toBe(1);
    await late.set((eb) => ({ sent_at: eb('sent_at', '-', 3_600_000) })).execute();
    expect([await quiet(), await quiet()]).toEqual([1, 0]);
    expect(await inventory(world, target)).toEqual(await inventory(world, source));
  });

  test('one corrupt item is the one bad item, named by folder and id; everything else is verified', async () => {
    const { source } = await withFaults([
      { organisation: 'source', operation: 'ExportItems', item: '<9999@tests.test>', fault: { kind: 'corruptItem' } },
    ]);
    const inbox = await world.inbox(source);
    const folder = await world.folder(source, inbox, 'Trouble');
    const items = Array.from({ length: 30 }, (_, i) => mail(`Item ${i}`));
    const corrupt = items[17];
    for (const property of corrupt?.properties ?? []) if (property.id === 0x1035) property.value = '<9999@tests.test>';
    const infos = await world.put(source, folder, items);
    await world.batch();
    const result = await world.sync();
    expect(result).toMatchObject({ copied: 29, bad: 1 });
    const bad = await listBadItems(world.store);
    expect(bad).toHaveLength(1);
    expect(bad[0]).toMatchObject({
      folderPath: '/Posteingang/Trouble'.replace('Posteingang', bad[0]?.folderPath.split('/')[1] ?? ''),
      sourceId: infos[17]?.id,
      reason: 'corrupt',
      state: 'open',
    });
    expect(await world.verify()).toMatchObject({ verified: 29, bad: 1, missing: 0, different: 0 });
    // Another sync tries it again, writes nothing else, and still says so.
    expect(await world.sync()).toMatchObject({ copied: 0, writes: 0, bad: 1 });
  });

  test('a lost sync state lists the folder anew and copies nothing twice', async () => {
    const { source, target } = await withFaults([
      { organisation: 'source', operation: 'SyncFolderItems', skip: 30, fault: { kind: 'staleSyncState' } },
    ]);
    const inbox = await world.inbox(source);
    const [first] = await world.put(
      source,
      inbox,
      Array.from({ length: 60 }, (_, i) => mail(`Item ${i}`)),
    );
    await world.batch();
    await world.sync();
    await source.deleteItems([first?.id ?? '']);
    await world.put(source, inbox, [mail('later')]);
    for (let i = 0; i < 3; i++) await world.finalSync();
    const result = await world.finalSync();
    expect(result).toMatchObject({ copied: 0, writes: 0 });
    expect(result.notes.join()).toMatch(/listed anew/);
    expect(await inventory(world, target)).toEqual(await inventory(world, source));
  });
});

describe('a crash at any point', () => {
  test('loses nothing and doubles nothing', async () => {
    world = await World.start({ users: 1 });
    const user = world.users[0] ?? '';
    const source = world.box('source', user);
    const target = world.box('target', user);
    const person = new Person(source, world.users.slice(1), 11);
    await person.begin(60);
    await world.batch();
    const dice = random(5);
    let crashes = 0;
    const settle = async (kind: 'sync' | 'finalSync'): Promise<void> => {
      for (let tries = 0; tries < 60; tries++) {
        let left = 1 + Math.floor(dice() * 12 * (1 + tries / 4));
        world.wrap = (store) => crashing(store, () => (--left < 0 ? (dice() < 0.3 ? 'before' : 'after') : undefined));
        try {
          if (kind === 'sync') await world.sync();
          else await world.finalSync();
          return;
        } catch (error) {
          if (!(error instanceof Crash)) throw error;
          crashes++;
        }
      }
      throw new Error('never came to an end');
    };
    for (let round = 0; round < 5; round++) {
      await settle('sync');
      world.wrap = (store) => store;
      for (let i = 0; i < 20; i++) await person.change();
    }
    await settle('finalSync');
    expect(crashes).toBeGreaterThan(10);
    world.wrap = (store) => store;
    expect(await inventory(world, target)).toEqual(await inventory(world, source));
    expect(await world.verify()).toMatchObject({ grade: 'Perfect' });
  });
});

class Crash extends Error {}

/** A store whose calls crash on order: before they are carried out, or after, when nobody hears the answer. */
function crashing(store: MailStore, due: () => 'before' | 'after' | undefined): MailStore {
  return new Proxy(store, {
    get(target, name) {
      const value = Reflect.get(target, name, target) as unknown;
      if (typeof value !== 'function') return value;
      if (name === 'folders' || name === 'list') return value.bind(target);
      return async (...args: unknown[]) => {
        const crash = due();
        if (crash === 'before') throw new Crash();
        const result: unknown = await Reflect.apply(value, target, args);
        if (crash === 'after') throw new Crash();
        return result;
      };
    },
  });
}

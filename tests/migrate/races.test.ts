import { beforeEach, describe, expect, test } from 'vitest';
import { setProp } from '../../core/domain/mapi/bag.ts';
import type { MapiMessage } from '../../core/domain/mapi/model.ts';
import { PidTag } from '../../core/domain/mapi/tags.ts';
import { ConnectionLost } from '../../core/exchange/errors.ts';
import { ewsError } from '../../core/exchange/ews/codes.ts';
import type { ItemInfo, ItemToWrite, MailStore } from '../../core/exchange/mail-store.ts';
import { inventory } from './inventory.ts';
import { mail, replaceMessage } from './messages.ts';
import { eachWithOwnMailbox } from './own-mailbox.ts';
import type { World } from './world.ts';

/** What a process leaves behind that is killed between the server's deed and its own note of it. */
class Crash extends Error {}

const USERS = 20;
let world: World;
let source: MailStore;
let target: MailStore;
let inbox: string;
let user: string;

eachWithOwnMailbox(USERS, (own) => {
  ({ world, source, target, inbox, user } = own);
  return world.batch({}, [user]);
});

type Method = 'write' | 'moveItems' | 'deleteItems' | 'getFolders' | 'createFolders';

type Call = (...args: unknown[]) => Promise<unknown>;
type Instead = (call: Call, args: unknown[]) => Promise<unknown>;

/** Runs a sync in which one call to the target goes as `instead` says, until that ends in a crash. */
async function dieIn(method: Method, instead: Instead): Promise<void> {
  wrapTarget(method, instead);
  await expect(world.sync()).rejects.toThrow(Crash);
  world.wrap = (store) => store;
}

function wrapTarget(method: Method, instead: Instead): void {
  world.wrap = (store, role) =>
    role === 'source'
      ? store
      : new Proxy(store, {
          get(from, name) {
            const value = Reflect.get(from, name, from) as unknown;
            if (typeof value !== 'function') return value;
            const call = value.bind(from) as Call;
            return name === method ? (...args: unknown[]) => instead(call, args) : call;
          },
        });
}

/** Runs a sync that dies right after the target has carried out one call; `only` lets a part of a write arrive. */
const dieAfter = (method: Method, only: (items: ItemToWrite[]) => ItemToWrite[] = (all) => all): Promise<void> =>
  dieIn(method, async (call, [first, ...rest]) => {
    await call(method === 'write' ? only(first as ItemToWrite[]) : first, ...rest);
    throw new Crash();
  });

/** Runs a sync whose first write is carried out only when its items are sent again, and that dies on the second. */
async function dieAfterLateWrite(): Promise<void> {
  let late: (() => Promise<unknown>) | undefined;
  await dieIn('write', async (call, args) => {
    if (!late) {
      late = () => call(...args);
      throw new ConnectionLost({ tried: 'to write', happened: 'It broke.', next: 'Wait.' });
    }
    await late();
    await call(...args);
    throw new Crash();
  });
}

/**
 * Runs a sync whose first write is lost on its way, and sent again.
 * @returns what carries the first one out after all
 */
async function syncWithLostWrite(): Promise<() => Promise<unknown>> {
  let late: (() => Promise<unknown>) | undefined;
  wrapTarget('write', async (call, args) => {
    if (late) return await call(...args);
    const [items, ...rest] = args;
    // What is handed over is let go as soon as the copier has its answer.
    const kept = structuredClone(items);
    late = () => call(kept, ...rest);
    throw new ConnectionLost({ tried: 'to write', happened: 'It broke.', next: 'Wait.' });
  });
  await world.sync();
  world.wrap = (store) => store;
  if (!late) throw new Error('nothing was written');
  return late;
}

async function rewrite(info: ItemInfo | undefined, message: MapiMessage, folderId = inbox): Promise<void> {
  await replaceMessage(source, { id: info?.id ?? '', folderId }, message);
}

async function expectEqual(): Promise<void> {
  await world.sync();
  expect(await inventory(world, target)).toEqual(await inventory(world, source));
  expect(await world.verify()).toMatchObject({ grade: 'Perfect' });
}

/** The same and no other folders below the same ones. */
async function expectSameFolders(): Promise<void> {
  await expectEqual();
  const paths = async (box: MailStore): Promise<string[]> => {
    const known = new Map<string, string>();
    for await (const { id, parentId, name, distinguished } of box.folders('mailbox'))
      known.set(id, `${known.get(parentId ?? '') ?? ''}/${distinguished ?? name}`);
    return [...known.values()].filter((path) => path.includes('inbox')).sort();
  };
  expect(await paths(target)).toEqual(await paths(source));
}

describe('an item that arrived, unheard, before the worker died', () => {
  test('goes away again when its original was deleted meanwhile', async () => {
    const infos = await world.put(source, inbox, [mail('a'), mail('b'), mail('c')]);
    await dieAfter('write');
    await source.deleteItems([infos[1]?.id ?? '']);
    await expectEqual();
  });

  test('gets the content that its original was given meanwhile', async () => {
    const messages = [mail('a'), mail('b')];
    const infos = await world.put(source, inbox, messages);
    await dieAfter('write');
    const [changed] = messages;
    if (!changed) throw new Error('no message');
    setProp(changed, PidTag.Body, 'changed meanwhile');
    await rewrite(infos[0], changed);
    await expectEqual();
  });

  test('gets the read state that its original was given meanwhile', async () => {
    await world.sync();
    const infos = await world.put(source, inbox, [mail('a'), mail('b')]);
    await source.setRead(infos.map(({ id }) => ({ id, read: true })));
    await dieAfter('write');
    await source.setRead([{ id: infos[0]?.id ?? '', read: false }]);
    await expectEqual();
  });

  test('goes away with its folder', async () => {
    const folder = await world.folder(source, inbox, 'Short-lived');
    await world.put(source, folder, [mail('a'), mail('b')]);
    await dieAfter('write');
    await source.deleteFolder(folder);
    await expectEqual();
    expect([...(await world.content(target)).keys()].join()).not.toContain('Short-lived');
  });

  test('is not taken for its twin: copies share their search key, not their content', async () => {
    const original = mail('a');
    const twin = structuredClone(original);
    setProp(twin, PidTag.Body, 'another text in the copy');
    await world.put(source, inbox, [original, twin]);
    await dieAfter('write', (items) => items.slice(1));
    await expectEqual();
  });

  test('is there once when it had been sent before and came late', async () => {
    await world.put(source, inbox, [mail('a'), mail('b')]);
    await dieAfterLateWrite();
    await expectEqual();
  });

  test('is there once when it had been sent twice, was moved, and the worker died in the move', async () => {
    const infos = await world.put(source, inbox, [mail('a'), mail('b')]);
    const folder = await world.folder(source, inbox, 'There');
    const arrive = await syncWithLostWrite();
    await source.moveItems([infos[0]?.id ?? ''], folder);
    await dieAfter('moveItems');
    await arrive();
    await expectEqual();
  });

  test('is nowhere when it had been sent twice and its original was deleted before the first sending came', async () => {
    const infos = await world.put(source, inbox, [mail('a'), mail('b')]);
    const arrive = await syncWithLostWrite();
    await source.deleteItems([infos[0]?.id ?? '']);
    await world.sync();
    await arrive();
    await expectEqual();
  });

  test('stays when it had been sent twice, people of the target changed it, and its original is gone', async () => {
    await world.batch({ targetChanges: 'target' }, [user]);
    const message = mail('a');
    const infos = await world.put(source, inbox, [message]);
    await syncWithLostWrite();
    const there = (await world.content(target)).get('/inbox')?.[0];
    setProp(message, PidTag.Body, 'changed by people of the target');
    await replaceMessage(target, { id: there?.id ?? '', folderId: await world.inbox(target) }, message);
    await source.deleteItems([infos[0]?.id ?? '']);
    await world.sync();
    await world.sync();
    expect((await world.content(target)).get('/inbox')).toHaveLength(1);
  });

  test.each(['the call', 'each item'])('is there once when the target says that its time ran out: %s', async (what) => {
    await world.put(source, inbox, [mail('a'), mail('b')]);
    let late = true;
    wrapTarget('write', async (call, args) => {
      const results = (await call(...args)) as unknown[];
      if (!late) return results;
      late = false;
      const error = ewsError('ErrorTimeoutExpired', '');
      if (what === 'the call') throw error;
      return results.map(() => ({ ok: false, error }));
    });
    await world.sync();
    world.wrap = (store) => store;
    await expectEqual();
    expect(late).toBe(false);
  });

  test('is found where it was moved to, with the change it got on the way', async () => {
    const message = mail('a');
    const infos = await world.put(source, inbox, [message, mail('b')]);
    const folder = await world.folder(source, inbox, 'There');
    await world.sync();
    const [moved] = await source.moveItems([infos[0]?.id ?? ''], folder);
    if (!moved?.ok) throw moved?.error;
    setProp(message, PidTag.Body, 'changed after the move');
    await rewrite({ ...infos[0], id: moved.value.id } as ItemInfo, message, folder);
    await dieAfter('moveItems');
    await expectEqual();
  });
});

describe('a copy that is under way', () => {
  test('is followed by the change and the deletion that the listing tells meanwhile', async () => {
    const messages = Array.from({ length: 40 }, (_, i) => mail(`Item ${i}`));
    const infos = await world.put(source, inbox, messages);
    // The first try lists everything and dies; what it left in doubt is under way again while the next one lists.
    await dieAfter('write');
    const [changed] = messages;
    if (!changed) throw new Error('no message');
    setProp(changed, PidTag.Body, 'changed between the tries');
    await rewrite(infos[0], changed);
    await source.deleteItems([infos[1]?.id ?? '', infos[39]?.id ?? '']);
    world.wrap = (store, role) => (role === 'target' ? slowToFind(store) : store);
    await world.sync();
    world.wrap = (store) => store;
    await expectEqual();
  });

  test('is copied when its folder in the target was made anew in the first run', async () => {
    const folder = await world.folder(source, inbox, 'Kept');
    await world.put(source, folder, [mail('a'), mail('b')]);
    await dieAfter('write');
    for await (const there of target.folders('mailbox')) if (there.name === 'Kept') await target.deleteFolder(there.id);
    await expectEqual();
  });
});

test('a task that got on is not given up for the workers that died on it before', async () => {
  await world.put(source, inbox, [mail('a')]);
  world.wrap = (store) => {
    void world.store.db.updateTable('task').set({ attempts: 4 }).where('state', '=', 'leased').execute();
    return store;
  };
  await world.sync();
  const rows = await world.store.db.selectFrom('task').select('attempts').where('kind', '=', 'sync').execute();
  expect(rows.at(-1)?.attempts).toBe(1);
});

/** A target that answers searches late, so that other things happen first. */
function slowToFind(store: MailStore): MailStore {
  return new Proxy(store, {
    get(from, name) {
      const value = Reflect.get(from, name, from) as unknown;
      if (typeof value !== 'function') return value;
      if (name !== 'findBySearchKey') return value.bind(from);
      return async (...args: unknown[]) => {
        for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
        return Reflect.apply(value, from, args) as unknown;
      };
    },
  });
}

test('a folder that is gone goes away in the target, also where that cannot be looked at for a moment', async () => {
  const folder = await world.folder(source, inbox, 'Short-lived');
  await world.put(source, folder, [mail('a')]);
  await world.sync();
  await source.deleteFolder(folder);
  wrapTarget('getFolders', async (call, args) => {
    const answers = (await call(...args)) as unknown[];
    return answers.map(() => ({ ok: false, error: ewsError('ErrorTimeoutExpired', '') }));
  });
  await expect(world.sync()).rejects.toThrow('ErrorTimeoutExpired');
  world.wrap = (store) => store;
  await expectEqual();
});

describe('a folder that was made, unheard, before the worker died, and whose original was', () => {
  let other: string;
  let folder: string;
  beforeEach(async () => {
    other = await world.folder(source, inbox, 'Other');
    await world.sync();
    folder = await world.folder(source, inbox, 'New');
    await world.put(source, folder, [mail('a')]);
    await dieAfter('createFolders');
  });

  test('renamed meanwhile, is that folder', async () => {
    await source.updateFolder(folder, { name: 'Newer' });
    await expectSameFolders();
  });
  test('moved meanwhile, is that folder', async () => {
    await source.moveFolder(folder, other);
    await expectSameFolders();
  });
  test('deleted meanwhile, goes away', async () => {
    await source.deleteFolder(folder);
    await expectSameFolders();
  });
  test('deleted meanwhile while another took its name, is that of the other', async () => {
    await source.deleteFolder(folder);
    await world.folder(source, inbox, 'New');
    await expectSameFolders();
  });
});

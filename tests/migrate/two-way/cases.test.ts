import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TargetChangePolicy } from '../../../core/domain/batch-options.ts';
import { ewsError } from '../../../core/exchange/ews/codes.ts';
import { SyncStateLost } from '../../../core/exchange/sync-state-lost.ts';
import { setFolderTarget } from '../../../core/plan/folders/target.ts';
import { setTwoWay } from '../../../core/plan/folders/two-way.ts';
import { decideBadItems, listBadItems } from '../../../core/store/bad-items.ts';
import { batchById } from '../../../core/store/batches.ts';
import { World } from '../world.ts';
import { Side, texts } from './sides.ts';

let world: World;
let source: Side;
let target: Side;
let next = 0;
beforeAll(async () => {
  world = await World.start({ users: 1 });
}, 60_000);
afterAll(() => world?.close());

const theBatch = async () => {
  const batch = await batchById(world.store, world.workloads[0]?.batchId ?? 0);
  if (!batch) throw new Error('no batch');
  return batch;
};

/** A subtree with three items that stand on both sides. @returns its path */
async function begin(rule: TargetChangePolicy): Promise<string> {
  const top = `Team ${next++}`;
  const messages = new Map();
  source = new Side(world.publicFolders('source'), top, messages);
  target = new Side(world.publicFolders('target'), top, messages);
  for await (const folder of source.box.folders('publicFolders')) {
    const made = await world.folder(source.box, folder.id, top);
    for (const text of ['one', 'two', 'three']) await source.create(made, text);
    break;
  }
  await world.batch({}, [], `/${top}`);
  await world.sync();
  await setTwoWay(world.store, await theBatch(), { path: top, rule });
  await world.sync();
  return `/${top}`;
}

const now = async (side: Side) => [...texts(await side.content()).values()].sort();

async function item(side: Side, text: string) {
  const found = [...(await side.content()).items].find(([, one]) => one.text === text);
  if (!found) throw new Error(`no item "${text}"`);
  return found;
}

test('a conflict waits for a person, who may send the source over it', { timeout: 60_000 }, async () => {
  await begin('report');
  await source.edit(...(await item(source, 'one')), 'by the source');
  await target.edit(...(await item(target, 'one')), 'by the target');
  await world.sync();
  expect(await now(source)).toContain('by the source');
  expect(await now(target)).toContain('by the target');
  const [bad, ...others] = await listBadItems(world.store, { workloadId: world.workloads[0]?.id ?? 0 });
  expect(others).toEqual([]);
  expect(bad).toMatchObject({ reason: 'conflict', message: 'changed in the target' });
  const ids = [bad?.id ?? 0];
  await decideBadItems(world.store, { ids }, { state: 'retry', who: 'tester' });
  await world.sync();
  expect(await now(target)).toEqual(await now(source));
  expect(await now(target)).toContain('by the source');
});

test('what both sides changed and then moved to the same place is a conflict, and stays on both', {
  timeout: 60_000,
}, async () => {
  const path = await begin('report');
  await source.folder((await source.content()).folders.get(path) ?? '', 'Deeper');
  await world.sync();
  for (const [side, text] of [
    [source, 'by the source'],
    [target, 'by the target'],
  ] as const) {
    await side.edit(...(await item(side, 'one')), text);
    await side.move((await item(side, text))[1], (await side.content()).folders.get(`${path}/Deeper`) ?? '');
  }
  for (let run = 0; run < 2; run++) {
    await world.sync();
    expect(await now(source)).toEqual(['by the source', 'three', 'two']);
    expect(await now(target)).toEqual(['by the target', 'three', 'two']);
  }
});

test('a read state goes to the source, and not back again', { timeout: 60_000 }, async () => {
  await begin('newest');
  const [, one] = await item(target, 'two');
  const reads = async (side: Side) => {
    const [answer] = await side.box.describe([(await item(side, 'two'))[1].id]);
    return answer?.ok ? answer.value.read : undefined;
  };
  expect(await reads(source)).toBe(true);
  await target.box.setRead([{ id: one.id, read: false }]);
  expect(await world.sync()).toMatchObject({ writes: 1, readStates: 1 });
  expect(await reads(source)).toBe(false);
  expect(await world.sync()).toMatchObject({ writes: 0 });
});

test('after a lost sync state nothing is removed in the source', { timeout: 60_000 }, async () => {
  await begin('target');
  await target.remove((await item(target, 'three'))[1]);
  world.wrap = (store, role) =>
    role === 'source'
      ? store
      : new Proxy(store, {
          get(of, name) {
            if (name === 'changes')
              return (...[folder, state, options]: Parameters<typeof of.changes>) =>
                state === '' ? of.changes(folder, state, options) : Promise.reject(new SyncStateLost());
            const value: unknown = Reflect.get(of, name, of);
            return typeof value === 'function' ? value.bind(of) : value;
          },
        });
  const result = await world.sync();
  world.wrap = (store) => store;
  expect(result.notes.join()).toMatch(/1 items of .* are copied again/);
  expect(await now(source)).toEqual(['one', 'three', 'two']);
  expect(await now(target)).toEqual(['one', 'three', 'two']);
  expect(await world.sync()).toMatchObject({ writes: 0 });
});

test('what the source refuses is told, and the target keeps it', { timeout: 60_000 }, async () => {
  await begin('source');
  const { folders } = await target.content();
  await target.create([...folders.values()][0] ?? '', 'new');
  await target.edit(...(await item(target, 'one')), 'by the target');
  world.wrap = (store, role) =>
    role === 'target'
      ? store
      : new Proxy(store, {
          get(of, name) {
            if (name === 'write')
              return async (items: unknown[]) =>
                items.map(() => ({ ok: false, error: ewsError('ErrorAccessDenied', 'no') }));
            const value: unknown = Reflect.get(of, name, of);
            return typeof value === 'function' ? value.bind(of) : value;
          },
        });
  expect(await world.sync()).toMatchObject({ bad: 2 });
  world.wrap = (store) => store;
  expect(await now(target)).toEqual(['by the target', 'new', 'three', 'two']);
  const bad = await listBadItems(world.store, { workloadId: world.workloads[0]?.id ?? 0 });
  expect(bad.map(({ reason }) => reason).sort()).toEqual(['accessDenied', 'conflict']);
  // Rights were given: what has no counterpart is brought over, the other one is a person's to decide.
  await world.sync();
  expect(await now(source)).toEqual(['new', 'one', 'three', 'two']);
});

test('both ways are for public folders only', { timeout: 60_000 }, async () => {
  const path = await begin('newest');
  const batch = await theBatch();
  expect(batch.options.twoWay).toEqual([{ path, rule: 'newest' }]);
  expect(await setTwoWay(world.store, batch, { path, rule: null })).toEqual([]);
  await target.remove((await item(target, 'one'))[1]);
  await world.sync();
  expect(await now(source)).toEqual(['one', 'three', 'two']);
  await expect(setTwoWay(world.store, batch, { path: '/Elsewhere', rule: 'newest' })).rejects.toThrow(
    /no such subtree/,
  );
  await world.batch({}, [], '/Untouched');
  await setFolderTarget(world.store, await theBatch(), {
    path: '/Untouched',
    kind: 'mailbox',
    address: 'shared@target.test',
    below: '',
  });
  await expect(setTwoWay(world.store, await theBatch(), { path: 'Untouched', rule: 'newest' })).rejects.toThrow(
    /mailbox/,
  );
});

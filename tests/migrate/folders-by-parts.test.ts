import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLog } from '../../core/domain/log.ts';
import type { FolderInfo, MailStore } from '../../core/exchange/mail-store.ts';
import { override } from '../../core/exchange/override.ts';
import type { HierarchyResult } from '../../core/migrate/context.ts';
import { syncHierarchy } from '../../core/migrate/hierarchy/sync-hierarchy.ts';
import { openJob } from '../../core/migrate/job.ts';
import { claim, complete, enqueue, release } from '../../core/store/queue.ts';
import { seriesFrom } from '../support/series.ts';
import { random } from './change-kinds.ts';
import { World } from './world.ts';

/** Trees of public folders through a hierarchy task that remembers nothing from one group of folders to the next. */
const NOTHING = { held: 0, remembered: 0 };

let world: World;
let source: MailStore;
let target: MailStore;

beforeEach(async () => {
  world = await World.start({ users: 1, lab: { folders: 0 } });
  source = world.publicFolders('source');
  target = world.publicFolders('target');
  await world.batch({}, [], '/');
});
afterEach(() => world.close());

/** A hierarchy task as a worker runs it; `target` may die in the middle. */
async function hierarchy(through: (target: MailStore) => MailStore = (store) => store): Promise<HierarchyResult> {
  const { store, machineId } = world;
  const [workload] = world.workloads;
  if (!workload) throw new Error('no workload');
  await enqueue(store, [{ kind: 'hierarchy', payload: {}, batchId: workload.batchId, workloadId: workload.id }]);
  const [task] = await claim(store, { machineId, max: 1, leaseMs: 600_000 });
  if (!task) throw new Error('nothing to claim');
  const job = await openJob({
    store,
    claim: task,
    openMailStore: async (role) => (role === 'target' ? through(world.publicFolders(role)) : world.publicFolders(role)),
    signal: new AbortController().signal,
    guard: () => undefined,
    log: silentLog,
  });
  try {
    const result = await syncHierarchy(job, NOTHING);
    await complete(store, task, result);
    return result;
  } catch (error) {
    await release(store, task);
    await store.db.updateTable('task').set({ state: 'cancelled' }).where('id', '=', task.id).execute();
    throw error;
  }
}

async function tree(side: MailStore): Promise<Map<string, FolderInfo>> {
  const found = new Map<string, FolderInfo>();
  const paths = new Map<string, string>();
  for await (const folder of side.folders('publicFolders')) {
    const path = folder.parentId === null ? '' : `${paths.get(folder.parentId)}/${folder.name.replaceAll('/', '%2F')}`;
    paths.set(folder.id, path);
    expect(found.has(path), path).toBe(false);
    found.set(path, folder);
  }
  return found;
}

const pathsOf = async (side: MailStore) => [...(await tree(side)).keys()].sort();

/** One change to a tree, by chance. */
async function change(side: MailStore, dice: () => number, made: number): Promise<void> {
  const all = [...(await tree(side))];
  const some = () => all[Math.floor(dice() * all.length)] ?? ['', undefined];
  const [path, folder] = some();
  const [otherPath, other] = some();
  if (!folder || !other) return;
  const kind = dice();
  const within = otherPath === path || otherPath.startsWith(`${path}/`);
  const taken = all.some(([one]) => one === `${otherPath}/${folder.name}`);
  if (path === '' || kind < 0.3) await world.folder(side, folder.id, `F ${made} ${kind < 0.1 ? 'a/b ' : ''}ä`);
  else if (kind < 0.55) await side.updateFolder(folder.id, { name: `Renamed ${made}` });
  else if (kind < 0.8 && !within && !taken) await side.moveFolder(folder.id, other.id);
  else if (kind >= 0.9) await side.deleteFolder(folder.id);
}

/** Folders below folders: three levels, more than a group of them. */
async function plant(): Promise<void> {
  const top = (await tree(source)).get('')?.id ?? '';
  const names = (count: number, name: string) =>
    Array.from({ length: count }, (_, index) => ({ name: `${name} ${index}`, folderClass: 'IPF.Note' }));
  const made = async (parent: string, count: number, name: string) =>
    (await source.createFolders(parent, names(count, name))).flatMap((one) => (one.ok ? [one.value] : []));
  for (const first of await made(top, 5, 'First'))
    for (const second of await made(first, 9, 'Second')) await made(second, 6, 'Third');
}

test('are made, and found in place the second time', { timeout: 120_000 }, async () => {
  await plant();
  expect(await hierarchy()).toMatchObject({ folders: 5 + 45 + 270 + 1, created: 320 });
  expect(await pathsOf(target)).toEqual(await pathsOf(source));
  expect(await hierarchy()).toMatchObject({ folders: 321, created: 0, renamed: 0, moved: 0, removed: 0 });
});

test('a worker that dies after the target has made some leaves none of them twice', { timeout: 120_000 }, async () => {
  await plant();
  for (const dies of [2, 20]) {
    let calls = 0;
    const mortal = (store: MailStore): MailStore =>
      override(store, {
        async createFolders(...args) {
          const made = await store.createFolders(...args);
          if (++calls >= dies) throw new Error('died');
          return made;
        },
      });
    await expect(hierarchy(mortal)).rejects.toThrow('died');
  }
  await hierarchy();
  expect(await pathsOf(target)).toEqual(await pathsOf(source));
});

test('a tree is followed through any changes of the source, whatever people moved in the target', {
  timeout: 300_000,
}, async () => {
  let made = 0;
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 1e9 }), async (seed) => {
      const dice = random(seed);
      for (let round = 0; round < 3; round++) {
        for (let index = 0; index < 12; index++) await change(source, dice, made++);
        await hierarchy();
        await world.run('sync');
        const there = await pathsOf(target);
        expect(there.filter((path) => !path.includes('Of the target'))).toEqual(await pathsOf(source));
      }
      // People of the target put a folder somewhere else: it is found there, and nothing is made anew for it.
      const folders = [...(await tree(target)).values()].filter((one) => one.parentId !== null);
      const [one] = folders;
      const root = (await tree(target)).get('')?.id ?? '';
      if (!one) return;
      const place = await world.folder(target, root, `Of the target ${made}`);
      await target.moveFolder(one.id, place);
      expect(await hierarchy()).toMatchObject({ created: 0 });
      await target.moveFolder(one.id, one.parentId ?? '');
      await target.deleteFolder(place);
    }),
    { numRuns: 4, ...seriesFrom() },
  );
});

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, expect, it, vi } from 'vitest';
import { weightOf } from '../../core/domain/folder-shares.ts';
import { silentLog } from '../../core/domain/log.ts';
import { EwsClient } from '../../core/exchange/ews/client.ts';
import { openJob } from '../../core/migrate/job.ts';
import { runShare } from '../../core/migrate/public-folders/run-share.ts';
import { scanPublicFolders } from '../../core/plan/folders/scan.ts';
import { subtrees } from '../../core/plan/folders/subtrees.ts';
import { setFolderTarget } from '../../core/plan/folders/target.ts';
import { batchById, createBatch } from '../../core/store/batches.ts';
import { eachFolder } from '../../core/store/folders.ts';
import { decideOrphan, listOrphans } from '../../core/store/orphans.ts';
import { claim, complete, enqueue } from '../../core/store/queue.ts';
import { workloadsOf } from '../../core/store/workloads.ts';
import { mail } from './messages.ts';
import { World } from './world.ts';

let world: World;
afterEach(async () => {
  await world?.close();
});

/** A tree with a few folders of different weight below /Sales. */
async function tree(): Promise<{ sales: string; folders: string[] }> {
  const source = world.publicFolders('source');
  let root = '';
  for await (const folder of source.folders('publicFolders')) {
    root = folder.id;
    break;
  }
  const sales = await world.folder(source, root, 'Sales');
  const folders: string[] = [];
  for (const [name, count] of [
    ['EMEA', 12],
    ['APAC', 8],
    ['Old', 0],
    ['US', 4],
  ] as const) {
    const id = await world.folder(source, sales, name);
    if (count > 0)
      await world.put(
        source,
        id,
        Array.from({ length: count }, (_, n) => mail(`${name} ${n}`)),
      );
    folders.push(id);
  }
  return { sales, folders };
}

const itemsBelow = async (side: 'target', below: string) => {
  const content = await world.content(world.publicFolders(side), 'publicFolders');
  return [...content].filter(([path]) => path.includes(below)).reduce((sum, [, items]) => sum + items.length, 0);
};

it('statistics say what a subtree holds and when it changed last', { timeout: 60_000 }, async () => {
  world = await World.start();
  await tree();
  const scan = await scanPublicFolders(world.store, world.publicFolders('source'), { owners: true });
  expect(scan.folders).toBeGreaterThan(5);
  const [sales] = (await subtrees(world.store)).filter(({ path }) => path === '/Sales');
  expect(sales).toMatchObject({ folders: 5, items: 24, empty: false, changedAt: expect.any(Number) });
  expect(sales?.bytes).toBeGreaterThan(1_000);
  const below = await subtrees(world.store, { below: '/Sales' });
  expect(below.find(({ path }) => path === '/Sales/EMEA')).toMatchObject({ folders: 1, items: 12 });
  expect(below.find(({ path }) => path === '/Sales/Old')).toMatchObject({ items: 0, empty: true });
  // A second scan replaces the first.
  await scanPublicFolders(world.store, world.publicFolders('source'));
  const rows = await world.store.db.selectFrom('public_folder').select('scan').distinct().execute();
  expect(rows).toHaveLength(1);
});

it('a share that lags hands half of what is left to others, and no folder is in two', { timeout: 60_000 }, async () => {
  world = await World.start();
  await tree();
  await world.batch({}, [], '/Sales');
  const [workload] = world.workloads;
  if (!workload) throw new Error('no workload');
  await world.hierarchy();
  const { store, machineId } = world;
  const all: number[] = [];
  for await (const folder of eachFolder(store, workload.id)) all.push(folder.id);
  await enqueue(store, [
    { kind: 'sync', batchId: workload.batchId, workloadId: workload.id, payload: { folders: all } },
  ]);
  let runs = 0;
  const seen = new Map<number, number>();
  for (;;) {
    const [task] = await claim(store, { machineId, max: 1, leaseMs: 600_000, kinds: ['sync'] });
    if (!task) break;
    runs++;
    const job = await openJob({
      store,
      claim: task,
      openMailStore: async (role) => world.servers[role].mailbox({ address: '', publicFolders: true }),
      signal: new AbortController().signal,
      guard: () => undefined,
      log: silentLog,
    });
    const least = weightOf({ items: 1, bytes: 0 });
    await runShare(job, (task.payload as { folders: number[] }).folders, { firstSlice: least, worthATask: least });
    const row = await store.db.selectFrom('task').select('payload').where('id', '=', task.id).executeTakeFirstOrThrow();
    for (const id of (JSON.parse(row.payload) as { folders: number[] }).folders) seen.set(id, (seen.get(id) ?? 0) + 1);
    await complete(store, task, {});
  }
  expect(runs).toBeGreaterThan(1);
  expect([...seen.keys()].sort()).toEqual(all.sort());
  expect([...seen.values()].every((count) => count === 1)).toBe(true);
  expect(await itemsBelow('target', '/Sales')).toBe(24);
  expect(await world.verify()).toMatchObject({ missing: 0, different: 0, extra: 0 });
});

it.each(['mailbox', 'archive'] as const)(
  'a subtree goes into a %s, below a folder of it',
  { timeout: 60_000 },
  async (kind) => {
    world = await World.start({ users: 1, archives: true });
    await tree();
    await world.batch({}, [], '/Sales');
    const batch = await batchById(world.store, world.workloads[0]?.batchId ?? 0);
    if (!batch) throw new Error('no batch');
    const address = world.targetAddress(world.users[0] ?? '');
    await expect(setFolderTarget(world.store, batch, { path: '/Sales', kind, address: '', below: '' })).rejects.toThrow(
      /no address/,
    );
    await expect(setFolderTarget(world.store, batch, { path: '/Elsewhere', kind, address, below: '' })).rejects.toThrow(
      /no such subtree/,
    );
    await setFolderTarget(world.store, batch, { path: 'Sales', kind, address, below: 'From public folders' });
    await world.sync();
    const found: string[] = [];
    const paths = new Map<string, string>();
    let items = 0;
    for await (const folder of world.box('target', world.users[0] ?? '').folders(kind)) {
      const path = folder.parentId === null ? '' : `${paths.get(folder.parentId)}/${folder.name}`;
      paths.set(folder.id, path);
      if (!path.startsWith('/From public folders')) continue;
      found.push(path);
      items += folder.itemCount;
    }
    expect(found.sort()).toEqual(
      ['', '/Sales', '/Sales/APAC', '/Sales/EMEA', '/Sales/Old', '/Sales/US'].map((p) => `/From public folders${p}`),
    );
    expect(items).toBe(24);
    expect(await world.verify()).toMatchObject({ missing: 0, different: 0 });
  },
);

it('one batch takes subtrees to a group, a shared mailbox, an archive and public folders', {
  timeout: 60_000,
}, async () => {
  world = await World.start({ users: 3, archives: true });
  const source = world.publicFolders('source');
  let root = '';
  for await (const folder of source.folders('publicFolders')) {
    root = folder.id;
    break;
  }
  const [group = '', shared = '', archived = ''] = world.users.map((user) => world.targetAddress(user));
  const subtrees = [
    { path: '/Team', kind: 'mailbox', address: group, below: '' },
    { path: '/Desk', kind: 'mailbox', address: shared, below: 'From public folders/Desk of 2012' },
    { path: '/Old', kind: 'archive', address: archived, below: '' },
    { path: '/Stays', kind: 'publicFolders', address: '', below: '' },
  ] as const;
  for (const [index, { path }] of subtrees.entries()) {
    const top = await world.folder(source, root, path.slice(1));
    const inner = await world.folder(source, top, 'Inner / one', index === 0 ? 'IPF.Contact' : 'IPF.Note');
    await world.put(source, top, [mail(`${path} top`)]);
    await world.put(source, inner, [mail(`${path} inner`), mail(`${path} inner too`)]);
  }
  const made = await createBatch(world.store, {
    name: 'Subtrees',
    options: {},
    workloads: subtrees.map(({ path }) => ({
      kind: 'publicFolders' as const,
      sourceId: null,
      sourceAddress: '',
      targetAddress: '',
      displayName: path,
      root: path,
    })),
  });
  for (const target of subtrees) {
    const batch = await batchById(world.store, made.id);
    if (batch) await setFolderTarget(world.store, batch, target);
  }
  for (const workload of await workloadsOf(world.store, made.id)) {
    expect(await world.sync(workload)).toMatchObject({ copied: 3 });
    expect(await world.verify(workload)).toMatchObject({ verified: 3, missing: 0, different: 0, extra: 0 });
    expect((await world.run('sync', workload)).result).toMatchObject({ writes: 0 });
  }
  const held = async (user: number, kind: 'mailbox' | 'archive' | 'publicFolders') => {
    const box = kind === 'publicFolders' ? world.publicFolders('target') : world.box('target', world.users[user] ?? '');
    const paths = new Map<string, string>();
    const found: string[] = [];
    for await (const folder of box.folders(kind)) {
      const path = folder.parentId === null ? '' : `${paths.get(folder.parentId)}|${folder.name}`;
      paths.set(folder.id, path);
      if (folder.itemCount > 0) found.push(`${path} ${folder.itemCount}`);
    }
    return found.filter((path) => /Team|Desk|Old|Stays/.test(path)).sort();
  };
  expect(await held(0, 'mailbox')).toEqual(['|Team 1', '|Team|Inner / one 2']);
  expect(await held(1, 'mailbox')).toEqual([
    '|From public folders|Desk of 2012|Desk 1',
    '|From public folders|Desk of 2012|Desk|Inner / one 2',
  ]);
  expect(await held(2, 'archive')).toEqual(['|Old 1', '|Old|Inner / one 2']);
  expect(await held(0, 'publicFolders')).toEqual(['|Stays 1', '|Stays|Inner / one 2']);
});

it('users without a counterpart are listed, and a decision moves their rights with the next sync', {
  timeout: 60_000,
}, async () => {
  world = await World.start({ users: 2 });
  const { sales } = await tree();
  const [one = '', two = ''] = world.users;
  await world.store.db
    .deleteFrom('match')
    .where('source_id', 'in', (eb) => eb.selectFrom('recipient').select('id').where('mail', '=', two))
    .execute();
  const editor = (user: string) => ({ user, displayName: '', level: 'Editor', rights: {} });
  await world.publicFolders('source').updateFolder(sales, {
    permissions: {
      calendar: false,
      entries: [editor('Default'), editor(one), editor(two)].map((e) =>
        e.user === 'Default' ? { ...e, level: 'None' } : e,
      ),
      unknown: [],
    },
  });
  await world.batch({}, [], '/Sales');
  await world.sync();
  const rights = async () => {
    for await (const folder of world.publicFolders('target').folders('publicFolders', { permissions: true }))
      if (folder.name === 'Sales')
        return (folder.permissions?.entries ?? [])
          .map(({ user }) => user)
          .filter((user) => user.includes('@'))
          .sort();
    return [];
  };
  expect(await rights()).toEqual([world.targetAddress(one)]);
  expect(await listOrphans(world.store)).toMatchObject([
    { address: two, folders: 1, paths: ['/Sales'], decision: undefined },
  ]);
  await decideOrphan(world.store, world.store.db, {
    address: two,
    choice: 'map',
    targetAddress: world.targetAddress(two),
    who: 'me',
  });
  expect(await listOrphans(world.store)).toMatchObject([{ decision: { choice: 'map' } }]);
  await world.sync();
  expect(await rights()).toEqual([world.targetAddress(one), world.targetAddress(two)].sort());
  expect(await listOrphans(world.store)).toEqual([]);
  await decideOrphan(world.store, world.store.db, { address: two, choice: 'drop', targetAddress: null, who: 'me' });
  await world.sync();
  expect(await rights()).toEqual([world.targetAddress(one)]);
  expect(await listOrphans(world.store)).toEqual([]);
});

it('content is asked of the mailbox that holds it, where a server insists on that', { timeout: 60_000 }, async () => {
  world = await World.start({ lab: { ews: { publicFolderHeaders: true } } });
  const open = (role: 'source' | 'target') =>
    world.servers[role].mailbox({ address: '', publicFolders: true, domain: `${role}.test` });
  world.wrap = (_store, role) => open(role);
  const plain = world.publicFolders('source');
  const source = open('source');
  let root = '';
  for await (const folder of source.folders('publicFolders')) {
    root = folder.id;
    break;
  }
  // Two mailboxes share the tree: a folder of its own stands in the second one.
  const second = 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee';
  const here = await world.folder(source, root, 'Here');
  const there = await world.folder(source, root, 'There');
  // What an administrator does by giving a folder another mailbox; EWS cannot.
  const state = new DatabaseSync(join(world.dir, 'lab', 'source', 'source.sqlite'));
  const extra = JSON.stringify({ '66980102': Buffer.from(`${second}\0`, 'latin1').toString('base64') });
  expect(state.prepare('UPDATE folder SET extra = ? WHERE display_name = ?').run(extra, 'There').changes).toBe(1);
  state.close();
  const replicas = (await source.getFolders([here, there])).map((answer) =>
    answer.ok ? answer.value.extra['66980102'] : undefined,
  );
  expect(Buffer.from(replicas[1] ?? '', 'base64').toString()).toBe(`${second}\0`);
  expect(replicas[0]).not.toBe(replicas[1]);
  await expect(plain.changes(there, '')).rejects.toThrow('ErrorNoPublicFolderReplicaAvailable');
  await world.put(source, here, [mail('one'), mail('two')]);
  const items = await world.put(source, there, [mail('three'), mail('four'), mail('five')]);
  // Ids alone, of items in both, as the copier asks for them.
  const fresh = open('source');
  await fresh.getFolders([here, there]);
  const page = await fresh.changes(here, '');
  const ids = [
    ...page.changes.flatMap((change) => ('item' in change ? [change.item.id] : [])),
    ...items.map(({ id }) => id),
  ];
  expect((await fresh.describe(ids)).map(({ ok }) => ok)).toEqual([true, true, true, true, true]);
  // What each request says of where it wants to go, by what it asks for.
  const asked: { operation: string; anchorMailbox?: string | undefined; publicFolderMailbox?: string | undefined }[] =
    [];
  const call = EwsClient.prototype.call;
  vi.spyOn(EwsClient.prototype, 'call').mockImplementation(function (this: EwsClient, one) {
    asked.push({ operation: one.operation, ...one.anchor });
    return call.call(this, one) as never;
  });
  await world.batch({}, [], '/');
  await world.sync();
  const target = open('target');
  const found = new Map<string, number>();
  for await (const folder of target.folders('publicFolders')) found.set(folder.name, folder.itemCount);
  expect([found.get('Here'), found.get('There')]).toEqual([2, 3]);
  vi.restoreAllMocks();
  const content = asked.filter(({ operation }) => /Item/.test(operation));
  expect(content.length).toBeGreaterThan(5);
  // Both headers name the same mailbox, by its GUID at a domain of its forest; the hierarchy is asked anywhere.
  for (const { anchorMailbox, publicFolderMailbox } of content) {
    expect(publicFolderMailbox).toBe(anchorMailbox);
    expect(publicFolderMailbox).toMatch(/^[0-9a-f-]{36}@(?:source|target)\.test$/);
  }
  expect(new Set(content.map((one) => one.publicFolderMailbox)).has(`${second}@source.test`)).toBe(true);
  for (const one of asked.filter(({ operation }) => /Folder$/.test(operation)))
    expect(one.publicFolderMailbox).toBeUndefined();
  expect(await world.verify()).toMatchObject({ missing: 0, different: 0 });
});

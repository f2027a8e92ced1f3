import { afterAll, beforeAll, expect, it } from 'vitest';
import { EwsError } from '../../core/exchange/ews/codes.ts';
import type { MailStore } from '../../core/exchange/mail-store.ts';
import { override } from '../../core/exchange/override.ts';
import {
  FoldersBlocked,
  type LockContext,
  lockFolders,
  releaseFolders,
} from '../../core/migrate/public-folders/lock.ts';
import { locksOf } from '../../core/store/folder-locks.ts';
import { World } from '../migrate/world.ts';

/** The lock on public folders before their last sync, against the lab's permission lists. */
let world: World;
let source: MailStore;
let sales: string;
let emea: string;
beforeAll(async () => {
  world = await World.start({ users: 2 });
  source = world.publicFolders('source');
  for await (const root of source.folders('publicFolders')) {
    sales = await world.folder(source, root.id, 'Sales');
    break;
  }
  emea = await world.folder(source, sales, 'EMEA');
  await grant(sales, 'Editor');
  await grant(emea, 'Author');
  await world.batch({ lockPublicFolders: true }, [], '/Sales');
}, 60_000);
afterAll(async () => {
  await world?.close();
});

const entry = (user: string, level: string) => ({ user, displayName: '', level, rights: {} });
const grant = (id: string, level: string) =>
  source.updateFolder(id, {
    permissions: {
      calendar: false,
      unknown: [],
      entries: [entry('Default', 'Reviewer'), entry('Anonymous', 'Contributor'), entry(world.users[0] ?? '', level)],
    },
  });
const level = async (id: string) => {
  const [answer] = await source.getFolders([id], { permissions: true });
  const entries = answer?.ok ? (answer.value.permissions?.entries ?? []) : [];
  return Object.fromEntries(entries.map((one) => [one.user, one.level]));
};
const context = (store: MailStore = source): LockContext => ({
  store: world.store,
  source: store,
  workload: world.workloads[0] ?? { id: 0, root: '' },
  account: 'SOURCE\\svc-transplant',
  signal: new AbortController().signal,
  guard: () => undefined,
  write: (work) => world.store.db.transaction().execute(work),
});
const states = async () =>
  Object.fromEntries(
    (await locksOf(world.store.db, world.workloads[0]?.id ?? 0)).map(({ path, state }) => [path, state]),
  );

it('takes from everybody what changes a folder, and is seen to have taken', async () => {
  expect(await lockFolders(context())).toBe(2);
  expect(await level(sales)).toMatchObject({ [world.users[0] ?? '']: 'Reviewer', Default: 'Reviewer' });
  expect((await level(sales)).Anonymous ?? 'None').toBe('None');
  expect(await states()).toEqual({ '/Sales': 'locked', '/Sales/EMEA': 'locked' });
  // Done again, as after a crash, nothing changes.
  expect(await lockFolders(context())).toBe(2);
});

it('finds that somebody has opened a folder again, and a new one, and locks both', async () => {
  await grant(emea, 'Owner');
  await world.folder(source, sales, 'New');
  expect(await lockFolders(context())).toBe(3);
  expect((await level(emea))[world.users[0] ?? '']).toBe('Reviewer');
  expect(await states()).toEqual({ '/Sales': 'locked', '/Sales/EMEA': 'locked', '/Sales/New': 'locked' });
});

it('is released folder by folder, and is seen to be released', async () => {
  expect(await releaseFolders(context())).toBe(3);
  expect((await level(sales))[world.users[0] ?? '']).toBe('Editor');
  // What people had before the lock, not what somebody gave himself in between.
  expect((await level(emea))[world.users[0] ?? '']).toBe('Author');
  expect(Object.values(await states())).toEqual(['released', 'released', 'released']);
  expect(await releaseFolders(context())).toBe(0);
});

it('names every folder that blocks it, with the reason and what to do, and goes on when that is mended', async () => {
  const refusing = override(source, {
    updateFolder: async (id, change, options) => {
      if (id === emea) throw new EwsError('ErrorAccessDenied', 'no');
      await source.updateFolder(id, change, options);
    },
  });
  const refused = await lockFolders(context(refusing)).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(FoldersBlocked);
  expect(String(refused)).toContain('/Sales/EMEA: The public-folders account may not change its list.');
  expect(await states()).toMatchObject({ '/Sales': 'locked', '/Sales/EMEA': 'blocked' });
  // A server that says yes and does nothing is found out, too.
  const silent = override(source, { updateFolder: async () => undefined });
  await expect(releaseFolders(context(silent))).rejects.toThrow(/not as before/);
  expect(await states()).toMatchObject({ '/Sales': 'blocked' });
  expect(await lockFolders(context())).toBe(3);
  expect(await releaseFolders(context())).toBe(3);
  expect((await level(sales))[world.users[0] ?? '']).toBe('Editor');
});

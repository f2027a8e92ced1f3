import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import type { batchOptionsSchema } from '../../core/domain/batch-options.ts';
import type { MailStore } from '../../core/exchange/mail-store.ts';
import { eachFolder } from '../../core/store/folders.ts';
import { lastVerification } from '../../core/store/verifications.ts';
import { transplant } from '../e2e/demo-run.ts';
import { seriesFrom } from '../support/series.ts';
import { mail } from './messages.ts';
import { World } from './world.ts';

/** Folder names and trees as real stores have them, from the lab's EWS through the engine to the lab's EWS, and verified. */
const USERS = 18;
let world: World;
let source: MailStore;
let target: MailStore;
let user: string;
let root: string;
let inbox: string;
let next = 0;

beforeAll(async () => {
  world = await World.start({ users: USERS });
});
afterAll(() => world?.close());
beforeEach(async () => {
  user = world.users[next++] ?? '';
  source = world.box('source', user);
  target = world.box('target', user);
  inbox = await world.inbox(source);
  root = (await source.distinguished('msgfolderroot'))?.id ?? '';
});

const batch = (options: z.input<typeof batchOptionsSchema> = {}) =>
  world.batch({ settings: false, ...options }, [user]);

/** What no client can do over EWS, but a store can hold: the folder's name as it is in the lab's file. */
function rename(side: 'source' | 'target', from: string, to: string, place = to): void {
  const state = new DatabaseSync(join(world.dir, 'lab', side, `${side}.sqlite`));
  try {
    const { changes } = state
      .prepare('UPDATE folder SET display_name = ?, name_key = ? WHERE display_name = ?')
      .run(to, `${place.normalize('NFC').toLowerCase()} ${Math.random()}`, from);
    if (changes !== 1) throw new Error(`${changes} folders are called ${from}`);
  } finally {
    state.close();
  }
}

let count = 0;
/** A folder with a name that the source's front would refuse. */
async function oddly(parent: string, name: string, place = name): Promise<string> {
  const plain = `odd ${count++}`;
  const id = await world.folder(source, parent, plain);
  rename('source', plain, name, place);
  return id;
}

/** Names of the folders below a mailbox's inbox. */
async function names(box: MailStore): Promise<string[]> {
  const found: string[] = [];
  const below = await world.inbox(box);
  for await (const folder of box.folders('mailbox', { below })) if (folder.parentId !== null) found.push(folder.name);
  return found;
}

/** Moves, verifies, and moves again without a write. */
async function moved(items: number): Promise<void> {
  const first = await world.sync();
  expect(first.copied).toBe(items);
  expect(await world.verify()).toMatchObject({ verified: items, missing: 0, extra: 0, different: 0 });
  const last = await lastVerification(world.store, world.workloads[0]?.id ?? 0);
  expect(last?.result.folders).toMatchObject({ missing: [], different: [] });
  const again = await world.hierarchy();
  expect(again).toMatchObject({ created: 0, renamed: 0, moved: 0, removed: 0 });
  expect((await world.run('sync')).result).toMatchObject({ writes: 0 });
}

const NASTY = [
  'a/b',
  'a\\b',
  'ends in dots...',
  'ends in blanks  ',
  ' begins with a blank',
  'Case',
  'CASE',
  'Straße',
  'caf\u00e9',
  'cafe\u0301',
  '100% / 50%2F',
  '%',
  '.',
  '..',
  '<&"\'>',
  '\u{1f4c1} emoji',
  'tab\there',
  'x'.repeat(255),
  `${'x'.repeat(255)}y`,
  `${'x'.repeat(300)}`,
  '\u0627\u0644\u0628\u0631\u064a\u062f',
  '\u202eevil\u202c',
  'nul\u0000byte',
  'bell\u0007',
  'lone \ud800 half',
  '',
  '   ',
  'Posteingang',
  'Inbox',
  'Calendar',
  'msgfolderroot',
  '@inbox',
  'CON',
  'folder (2)',
  'folder',
  'FOLDER',
];

describe('names', () => {
  test('each with an item in it arrives once, is verified, and costs nothing the second time', {
    timeout: 60_000,
  }, async () => {
    for (const name of NASTY) await world.put(source, await oddly(inbox, name), [mail(`in ${name}`)]);
    await batch();
    await moved(NASTY.length);
    expect(await names(target)).toHaveLength(NASTY.length);
  });

  test('the same by policy merge: what would have one name is put together', { timeout: 60_000 }, async () => {
    for (const name of NASTY) await world.put(source, await oddly(inbox, name), [mail(`in ${name}`)]);
    await batch({ folderCollisions: 'merge' });
    await moved(NASTY.length);
    const there = await names(target);
    expect(there.length).toBeLessThan(NASTY.length);
    expect(there.filter((name) => /^case$/iu.test(name))).toHaveLength(1);
  });

  test('any tree of any names: nothing lost, nothing doubled', { timeout: 120_000 }, async () => {
    const name = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.constantFrom('a', 'A', 'a ', 'a.', '', ' ', '/', '%', '%2F', 'a (2)', 'e\u0301', '\u00e9', 'y'.repeat(260)),
    );
    const tree = fc.array(fc.record({ name, above: fc.nat({ max: 5 }) }), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(
        tree,
        fc.constantFrom('merge' as const, 'rename' as const),
        async (folders, folderCollisions) => {
          const top = await world.folder(source, inbox, `tree ${count++}`);
          const ids = [top];
          for (const folder of folders) {
            const id = await oddly(ids[folder.above % ids.length] ?? top, folder.name);
            ids.push(id);
            await world.put(source, id, [mail('item')]);
          }
          await batch({ folderCollisions });
          await world.sync();
          expect(await world.verify()).toMatchObject({ missing: 0, extra: 0, different: 0, bad: 0 });
          const last = await lastVerification(world.store, world.workloads[0]?.id ?? 0);
          expect(last?.result.folders).toMatchObject({ missing: [], different: [] });
          expect(await world.hierarchy()).toMatchObject({ created: 0, renamed: 0, moved: 0, removed: 0 });
          await source.deleteFolder(top);
          await world.sync();
        },
      ),
      { numRuns: 12, ...seriesFrom() },
    );
  });

  test.each([
    ['rename', 4],
    ['merge', 2],
  ] as const)('twins that are listed far from each other: %s', async (folderCollisions, folders) => {
    // As in a public folder with hundreds of subfolders: the twins are looked at in different groups.
    for (const [name, place] of [
      ['Twin', 'aaa'],
      ['TWIN', 'zzz'],
      ['e\u0301t\u00e9', 'aab'],
      ['\u00e9te\u0301', 'zzy'],
    ] as const)
      await world.put(source, await oddly(inbox, name, place), [mail(name)]);
    const between = Array.from({ length: 210 }, (_, n) => ({ name: `between ${n}`, folderClass: 'IPF.Note' }));
    await source.createFolders(inbox, between);
    await batch({ folderCollisions });
    await moved(4);
    expect((await names(target)).filter((name) => !name.startsWith('between'))).toHaveLength(folders);
  });

  test('a folder called by the name of another default folder does not become it', async () => {
    // As in a German mailbox, where "Inbox" is nobody's default folder; it comes before Posteingang in every list.
    const state = new DatabaseSync(join(world.dir, 'lab', 'source', 'source.sqlite'));
    const id = state.prepare('SELECT id FROM mailbox WHERE address = ?').get(user)?.id as string;
    for (const [well, name] of [
      ['inbox', 'Posteingang'],
      ['calendar', 'Kalender'],
      ['sentitems', 'Gesendete Elemente'],
    ] as const)
      state
        .prepare('UPDATE folder SET display_name = ?, name_key = ? WHERE mailbox = ? AND distinguished = ?')
        .run(name, name.toLowerCase(), id, well);
    state.close();
    await world.put(source, inbox, [mail('in Posteingang')]);
    await world.put(source, await world.folder(source, root, 'Inbox'), [mail('mine'), mail('mine too')]);
    await world.put(source, await world.folder(source, root, 'Calendar'), [mail('paper calendars')]);
    await world.put(source, await world.folder(source, inbox, 'Posteingang'), [mail('below')]);
    await batch();
    await moved(5);
    const content = await world.content(target);
    expect(content.get('/inbox')).toHaveLength(1);
    expect(content.get('/inbox/Posteingang')).toHaveLength(1);
    expect(content.get('/Inbox (2)')).toHaveLength(2);
    expect(content.get('/Calendar (2)')).toHaveLength(1);
    expect(content.get('/calendar')).toHaveLength(0);
  });
});

describe('default folders', () => {
  /** Names of the target's default folders by what they are, as people see them. */
  const defaults = async () => {
    const found: Record<string, string> = {};
    for await (const folder of target.folders('mailbox'))
      if (folder.distinguished !== null) found[folder.distinguished] = folder.name;
    return found;
  };
  const german = () => {
    const state = new DatabaseSync(join(world.dir, 'lab', 'source', 'source.sqlite'));
    for (const [well, name] of [
      ['inbox', 'Posteingang'],
      ['sentitems', 'Gesendete Elemente'],
    ] as const)
      state
        .prepare(
          'UPDATE folder SET display_name = ?, name_key = ? WHERE distinguished = ? AND mailbox = (SELECT id FROM mailbox WHERE address = ?)',
        )
        .run(name, name.toLowerCase(), well, user);
    state.close();
  };

  test('are found by what they are; their names stay those of the target, and the command that changes them is told', async () => {
    german();
    await world.put(source, inbox, [mail('1')]);
    await world.batch({}, [user]);
    await world.sync();
    expect((await world.content(target)).get('/inbox')).toHaveLength(1);
    expect(await defaults()).toMatchObject({ inbox: 'Inbox', sentitems: 'Sent Items' });
    await world.verify();
    const last = await lastVerification(world.store, world.workloads[0]?.id ?? 0);
    expect(last?.result.settings.find(({ kind }) => kind === 'folderNames')?.reason).toMatch(
      /Posteingang is Inbox.*-LocalizeDefaultFolderName/,
    );
  });

  test('are given the names of the source where a batch wants that; what the server refuses is told, and asked once', async () => {
    german();
    await world.batch({ defaultFolderNames: 'source' }, [user]);
    let asked = 0;
    world.wrap = (store) =>
      new Proxy(store, {
        get(from, name) {
          if (name === 'updateFolder') asked++;
          const value = Reflect.get(from, name, from) as unknown;
          return typeof value === 'function' ? value.bind(from) : value;
        },
      });
    try {
      await world.sync();
      const once = asked;
      expect(once).toBeGreaterThanOrEqual(2);
      await world.hierarchy();
      expect(asked).toBe(once);
    } finally {
      world.wrap = (store) => store;
    }
    expect(await defaults()).toMatchObject({ inbox: 'Inbox' });
    await world.verify();
    const last = await lastVerification(world.store, world.workloads[0]?.id ?? 0);
    expect(last?.result.settings.find(({ kind }) => kind === 'folderNames')?.reason).toMatch(/refuses to rename/);
  });

  test('are renamed by a server that lets them be', async () => {
    const lenient = await World.start({ users: 1, lab: { ews: { renamesDefaultFolders: true } } });
    try {
      const box = lenient.box('source', lenient.users[0] ?? '');
      await box.updateFolder(await lenient.inbox(box), { name: 'Posteingang' });
      await lenient.batch({ defaultFolderNames: 'source' });
      expect(await lenient.hierarchy()).toMatchObject({ renamed: 1 });
      const there = lenient.box('target', lenient.users[0] ?? '');
      expect((await there.distinguished('inbox'))?.name).toBe('Posteingang');
      expect(await lenient.hierarchy()).toMatchObject({ renamed: 0 });
    } finally {
      await lenient.close();
    }
  });
});

describe('trees', () => {
  test('300 levels deep', { timeout: 120_000 }, async () => {
    let at = inbox;
    for (let level = 1; level <= 300; level++) at = await world.folder(source, at, `level ${level}`);
    await world.put(source, at, [mail('at the bottom')]);
    await batch();
    await moved(1);
    expect(await names(target)).toHaveLength(300);
    // The whole chain goes elsewhere; the bottom follows.
    const other = await world.folder(source, root, 'Elsewhere');
    for await (const folder of source.folders('mailbox', { below: inbox }))
      if (folder.name === 'level 1') await source.moveFolder(folder.id, other);
    expect(await world.sync()).toMatchObject({ copied: 0, deleted: 0 });
    expect(await world.verify()).toMatchObject({ verified: 1, missing: 0 });
  });

  test('two folders that swap their names between two syncs', async () => {
    const [one, two] = [await world.folder(source, inbox, 'One'), await world.folder(source, inbox, 'Two')];
    await world.put(source, one, [mail('1')]);
    await world.put(source, two, [mail('2'), mail('2b')]);
    await batch();
    await moved(3);
    await source.updateFolder(one, { name: 'Between' });
    await source.updateFolder(two, { name: 'One' });
    await source.updateFolder(one, { name: 'Two' });
    expect(await world.sync()).toMatchObject({ copied: 0, deleted: 0 });
    const content = await world.content(target);
    expect([content.get('/inbox/One')?.length, content.get('/inbox/Two')?.length]).toEqual([2, 1]);
  });
});

describe('what takes part', () => {
  async function fill(): Promise<void> {
    const projects = await world.folder(source, inbox, 'Projects');
    const alpha = await world.folder(source, projects, 'Alpha');
    const beta = await world.folder(source, projects, 'B\u00e9ta');
    await world.put(source, inbox, [mail('in the inbox')]);
    await world.put(source, projects, [mail('in Projects')]);
    await world.put(source, alpha, [mail('in Alpha'), mail('in Alpha too')]);
    await world.put(source, await world.folder(source, alpha, 'Deep'), [mail('deep')]);
    await world.put(source, beta, [mail('in Beta')]);
    await world.put(source, await world.folder(source, root, 'Other'), [mail('elsewhere')]);
  }
  const items = async () =>
    Object.fromEntries(
      [...(await world.content(target))].flatMap(([path, list]) => (list.length > 0 ? [[path, list.length]] : [])),
    );

  test('a folder within others: those above it are made, their items stay behind', async () => {
    await fill();
    await batch({ filter: { includeFolders: ['/Inbox/Projects/Alpha'] } });
    await moved(3);
    expect(await items()).toEqual({ '/inbox/Projects/Alpha': 2, '/inbox/Projects/Alpha/Deep': 1 });
  });

  test('default folders by what they are, whatever their language; any form of Unicode', async () => {
    await fill();
    await batch({
      filter: { includeFolders: ['@inbox'], excludeFolders: ['@inbox/projects/be\u0301ta', '@deleteditems'] },
    });
    await moved(5);
    expect(Object.keys(await items())).not.toContain('/Other');
    expect(Object.keys(await items()).join()).not.toContain('B\u00e9ta');
  });

  test('a filter that is widened brings the rest with the next sync, one that is narrowed takes nothing away', async () => {
    await fill();
    await batch({ filter: { includeFolders: ['@inbox/Projects/Alpha'] } });
    await world.sync();
    const set = (filter: object) =>
      world.store.db
        .updateTable('batch')
        .set({ options: JSON.stringify({ settings: false, filter }) })
        .where('id', '=', world.workloads[0]?.batchId ?? 0)
        .execute();
    await set({});
    expect(await world.sync()).toMatchObject({ copied: 4 });
    expect(await world.verify()).toMatchObject({ verified: 7, missing: 0, extra: 0 });
    await set({ includeFolders: ['/Other'] });
    expect(await world.sync()).toMatchObject({ deleted: 0 });
    expect(Object.values(await items()).reduce((a, b) => a + b, 0)).toBe(7);
  });

  test('is said on the command line', { timeout: 60_000 }, async () => {
    const env = { TRANSPLANT_DB: world.store.url, TRANSPLANT_HOME: world.dir };
    const content = [
      '--include',
      '@inbox',
      '--exclude',
      '@inbox/Old',
      '--archive-older-than',
      '365',
      '--collisions',
      'merge',
    ];
    const made = await transplant(['batch', 'create', 'Some', '--public-folders', '/', ...content, '--json'], env);
    expect(made.code).toBe(0);
    const { options } = await world.store.db
      .selectFrom('batch')
      .select('options')
      .where('name', '=', 'Some')
      .executeTakeFirstOrThrow();
    expect(JSON.parse(options)).toMatchObject({
      filter: { includeFolders: ['@inbox'], excludeFolders: ['@inbox/Old'] },
      archiveOlderThanDays: 365,
      folderCollisions: 'merge',
    });
  });

  test('folders on record have a path each, also those without a name', async () => {
    await oddly(root, '');
    await oddly(root, '/');
    await batch();
    await world.sync();
    const paths: string[] = [];
    for await (const folder of eachFolder(world.store, world.workloads[0]?.id ?? 0)) paths.push(folder.path);
    expect(new Set(paths).size).toBe(paths.length);
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import type { batchOptionsSchema } from '../../core/domain/batch-options.ts';
import { setProp, setTime } from '../../core/domain/mapi/bag.ts';
import { PidTag } from '../../core/domain/mapi/tags.ts';
import type { MailStore } from '../../core/exchange/mail-store.ts';
import { lastVerification } from '../../core/store/verifications.ts';
import { mail } from './messages.ts';
import { World } from './world.ts';

/** Old mail into the archive of the target: where it lies, what deltas, crashes, people and other batches do to it. */
const DAY = 86_400_000;
let world: World;
let source: MailStore;
let target: MailStore;
let user: string;
let inbox: string;
let next = 0;

beforeAll(async () => {
  world = await World.start({ users: 9, archives: true });
});
afterAll(() => world?.close());
beforeEach(async () => {
  world.wrap = (store) => store;
  user = world.users[next++] ?? '';
  source = world.box('source', user);
  target = world.box('target', user);
  inbox = await world.inbox(source);
});

const aged = (subject: string, days: number, itemClass = 'IPM.Note') =>
  mail(subject, 300, (message) => {
    setProp(message, PidTag.MessageClass, itemClass);
    const at = Date.now() - days * DAY;
    setTime(message, PidTag.MessageDeliveryTime, at);
    setTime(message, PidTag.ClientSubmitTime, at);
    setTime(message, PidTag.CreationTime, at);
  });
const batch = (options: z.input<typeof batchOptionsSchema> = {}) =>
  world.batch({ settings: false, archiveOlderThanDays: 365, ...options }, [user]);

/** Items of each folder, by path; those of the archive begin with `archive:`. */
async function lie(): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const [root, mark] of [
    ['mailbox', ''],
    ['archive', 'archive:'],
  ] as const) {
    const paths = new Map<string, string>();
    for await (const folder of target.folders(root)) {
      const path = folder.parentId === null ? '' : `${paths.get(folder.parentId)}/${folder.name}`;
      paths.set(folder.id, path);
      if (folder.itemCount > 0) found[mark + path] = folder.itemCount;
    }
  }
  return found;
}

async function verified(items: number): Promise<void> {
  expect(await world.verify()).toMatchObject({ verified: items, missing: 0, extra: 0, different: 0 });
  const last = await lastVerification(world.store, world.workloads[0]?.id ?? 0);
  expect(last?.result.notes).toEqual([]);
  expect(await world.sync()).toMatchObject({ writes: 0 });
  expect(await world.hierarchy()).toMatchObject({ created: 0 });
}

describe('mail older than so many days', () => {
  test('lies in the archive, in folders of the same names; young mail, drafts, appointments and people do not', async () => {
    const projects = await world.folder(source, inbox, 'Projects / 2012');
    const drafts = (await source.distinguished('drafts'))?.id ?? '';
    const calendar = (await source.distinguished('calendar'))?.id ?? '';
    await world.put(source, inbox, [aged('young', 3), aged('old', 400), aged('older', 4_000)]);
    await world.put(source, projects, [aged('old', 900), aged('receipt', 900, 'REPORT.IPM.Note.IPNRN')]);
    await world.put(source, drafts, [aged('old draft', 900)]);
    await world.put(source, calendar, [aged('old appointment', 900, 'IPM.Appointment')]);
    await world.put(source, inbox, [aged('hidden', 900)], true);
    await batch();
    const result = await world.sync();
    expect(result).toMatchObject({ copied: 8 });
    expect(result.notes).toContain('4 items older than 365 days went into the archive.');
    expect(await lie()).toEqual({
      '/Inbox': 1,
      '/Drafts': 1,
      '/Calendar': 1,
      'archive:/Inbox': 2,
      'archive:/Inbox/Projects / 2012': 2,
    });
    await verified(8);
  });

  test('changed, read, moved and deleted in the source: its copy follows, and stays in the archive', async () => {
    const other = await world.folder(source, inbox, 'Other');
    const [one, two, three] = await world.put(source, inbox, [aged('1', 700), aged('2', 700), aged('3', 700)]);
    await world.put(source, other, [aged('young', 1)]);
    await batch();
    await world.sync();
    await source.setRead([{ id: one?.id ?? '', read: false }]);
    await source.moveItems([two?.id ?? ''], other);
    await source.deleteItems([three?.id ?? '']);
    expect(await world.sync()).toMatchObject({ copied: 0, deleted: 1, moved: 1 });
    expect(await lie()).toEqual({ '/Inbox/Other': 1, 'archive:/Inbox': 1, 'archive:/Inbox/Other': 1 });
    await verified(3);
  });

  test('one that comes of age between two deltas stays where it is and is there once', async () => {
    await world.put(source, inbox, [aged('nearly', 300), aged('old', 500)]);
    await batch();
    await world.sync();
    // A year on, as far as the engine can tell: the limit has come nearer instead.
    const options = JSON.stringify({ settings: false, archiveOlderThanDays: 200 });
    await world.store.db
      .updateTable('batch')
      .set({ options })
      .where('id', '=', world.workloads[0]?.batchId ?? 0)
      .execute();
    await world.store.db
      .updateTable('batch')
      .set({ created_at: Date.now() - 200 * DAY })
      .execute();
    await world.put(source, inbox, [aged('comes late', 250)]);
    await world.sync();
    expect(await lie()).toEqual({ '/Inbox': 1, 'archive:/Inbox': 2 });
    await verified(3);
  });

  test('a folder that is renamed and moved takes its twin along; one that is deleted takes it away', async () => {
    const projects = await world.folder(source, inbox, 'Projects');
    const gone = await world.folder(source, inbox, 'Gone');
    const parent = await world.folder(source, inbox, 'Parent');
    await world.put(source, projects, [aged('old', 900), aged('young', 2)]);
    await world.put(source, gone, [aged('old', 900)]);
    await batch();
    await world.sync();
    await source.updateFolder(projects, { name: 'Renamed' });
    await source.moveFolder(projects, parent);
    await source.deleteFolder(gone);
    expect(await world.sync()).toMatchObject({ copied: 0, deleted: 1 });
    expect(await lie()).toEqual({ '/Inbox/Parent/Renamed': 1, 'archive:/Inbox/Parent/Renamed': 1 });
    const names: string[] = [];
    for await (const folder of target.folders('archive')) names.push(folder.name);
    expect(names).not.toContain('Gone');
    await verified(2);
  });

  test('a copy that somebody removed from the archive is copied there again', async () => {
    await world.put(source, inbox, [aged('1', 700), aged('2', 700), aged('young', 2)]);
    await batch();
    await world.sync();
    for await (const folder of target.folders('archive'))
      if (folder.itemCount > 0)
        for await (const page of target.list(folder.id)) await target.deleteItems(page.slice(0, 1).map(({ id }) => id));
    const result = await world.sync();
    expect(result.notes.join()).toMatch(/1 items had been removed in the target/);
    expect(await lie()).toEqual({ '/Inbox': 1, 'archive:/Inbox': 2 });
    await verified(3);
  });

  test('the source has an archive of its own with a folder of the same name: both are in it, and told apart', async () => {
    const own = (await source.distinguished('archiveinbox'))?.id ?? '';
    await world.put(source, own, [aged('archived before', 10), aged('archived long before', 2_000)]);
    await world.put(source, inbox, [aged('old', 900), aged('young', 1)]);
    await batch();
    await world.sync();
    expect(await lie()).toEqual({ '/Inbox': 1, 'archive:/Inbox': 3 });
    await verified(4);
  });

  test("a worker that dies between the server's answer and the ledger, then a batch anew with another limit: no double", async () => {
    await world.put(source, inbox, [
      ...Array.from({ length: 8 }, (_, n) => aged(`old ${n}`, 500 + n)),
      ...Array.from({ length: 4 }, (_, n) => aged(`young ${n}`, 100 + n)),
    ]);
    await batch();
    world.wrap = (store, role) =>
      role === 'source'
        ? store
        : new Proxy(store, {
            get(from, name) {
              const value = Reflect.get(from, name, from) as unknown;
              if (name !== 'write' || typeof value !== 'function')
                return typeof value === 'function' ? value.bind(from) : value;
              return async (...args: unknown[]) => {
                await (Reflect.apply(value, from, args) as Promise<unknown>);
                throw new Error('the worker died');
              };
            },
          });
    await expect(world.sync()).rejects.toThrow('died');
    world.wrap = (store) => store;
    await world.sync();
    expect(await lie()).toEqual({ '/Inbox': 4, 'archive:/Inbox': 8 });
    await verified(12);
    // The ledger of the first batch is not asked: its copies are found where they lie, in either place.
    await batch({ archiveOlderThanDays: 90 });
    expect(await world.sync()).toMatchObject({ copied: 0 });
    expect(await lie()).toEqual({ '/Inbox': 4, 'archive:/Inbox': 8 });
  });

  test('verify tells of a copy that lies in the wrong one of the two', async () => {
    await world.put(source, inbox, [aged('old', 900), aged('young', 1)]);
    await batch();
    await world.sync();
    const targetInbox = await world.inbox(target);
    let twin = '';
    for await (const folder of target.folders('archive')) if (folder.itemCount > 0) twin = folder.id;
    const ids = async (folder: string) => {
      const found: string[] = [];
      for await (const page of target.list(folder)) found.push(...page.map(({ id }) => id));
      return found;
    };
    const [young, old] = [await ids(targetInbox), await ids(twin)];
    await target.moveItems(young, twin);
    await target.moveItems(old, targetInbox);
    expect(await world.verify()).toMatchObject({ verified: 0, different: 2, missing: 0, extra: 0 });
    const last = await lastVerification(world.store, world.workloads[0]?.id ?? 0);
    expect(last?.result.findings.flatMap(({ details }) => details).sort()).toEqual([
      'is in the archive',
      'is not in the archive',
    ]);
  });
});

test('a target without an archive stops the mailbox before anything is copied, and says what to do', async () => {
  const plain = await World.start({ users: 1 });
  try {
    await plain.batch({ archiveOlderThanDays: 30 });
    await expect(plain.hierarchy()).rejects.toThrow(/Enable-Mailbox -Archive/);
  } finally {
    await plain.close();
  }
});

import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import type { batchOptionsSchema } from '../../core/domain/batch-options.ts';
import { setProp } from '../../core/domain/mapi/bag.ts';
import type { MapiMessage } from '../../core/domain/mapi/model.ts';
import { PidTag } from '../../core/domain/mapi/tags.ts';
import { ewsError } from '../../core/exchange/ews/codes.ts';
import type { ItemInfo, MailStore } from '../../core/exchange/mail-store.ts';
import { decideBadItems, listBadItems } from '../../core/store/bad-items.ts';
import { transplant } from '../e2e/demo-run.ts';
import { inventory } from './inventory.ts';
import { mail, replaceMessage } from './messages.ts';
import { eachWithOwnMailbox } from './own-mailbox.ts';
import type { World } from './world.ts';

const USERS = 17;
let world: World;
let source: MailStore;
let target: MailStore;
let user: string;
let inbox: string;

eachWithOwnMailbox(USERS, (own) => {
  ({ world, user, source, target, inbox } = own);
});

const batch = (options: z.input<typeof batchOptionsSchema>) => world.batch({ settings: false, ...options }, [user]);

async function rewrite(
  box: MailStore,
  folderId: string,
  id: string,
  message: MapiMessage,
  text: string,
): Promise<void> {
  setProp(message, PidTag.Body, text);
  await replaceMessage(box, { id, folderId }, message);
}

async function inInbox(box: MailStore): Promise<ItemInfo[]> {
  const found: ItemInfo[] = [];
  for await (const page of box.list(await world.inbox(box))) found.push(...page);
  return found;
}

/** Which of both texts an item of the target has now. */
async function textOf(message: MapiMessage): Promise<string> {
  const key = Buffer.from(message.properties.find((p) => p.id === 0x300b)?.value as Uint8Array).toString('hex');
  const item = (await inInbox(target)).find((one) => one.searchKey === key);
  if (!item) return 'gone';
  const [read] = await target.read([{ id: item.id, itemClass: '', element: '' }], 'stream');
  if (!read?.ok || read.value.form !== 'stream') throw new Error('not read');
  const bytes =
    Buffer.concat(read.value.parts).toString('utf16le') +
    Buffer.concat(read.value.parts).subarray(1).toString('utf16le');
  return ['by the source', 'by the target', 'original'].find((text) => bytes.includes(text)) ?? 'unknown';
}

/** Lists show whole seconds: what is to be later has to lie in another one. */
async function nextSecond(): Promise<void> {
  const second = () => Math.floor(Date.now() / 1_000);
  const now = second();
  await expect.poll(second, { interval: 20, timeout: 5_000 }).toBeGreaterThan(now);
}

/** One item that both sides changed, and one that the target removed while the source changed it. */
async function bothChanged(later: 'source' | 'target'): Promise<[MapiMessage, MapiMessage]> {
  const pair: [MapiMessage, MapiMessage] = [mail('both'), mail('removed')];
  for (const message of pair) setProp(message, PidTag.Body, 'original');
  const infos = await world.put(source, inbox, pair);
  await world.sync();
  const copies = await inInbox(target);
  const copyOf = (info: ItemInfo | undefined) => copies.find((copy) => copy.searchKey === info?.searchKey)?.id ?? '';
  const targetInbox = await world.inbox(target);
  const inTarget = () => rewrite(target, targetInbox, copyOf(infos[0]), structuredClone(pair[0]), 'by the target');
  const inSource = () => rewrite(source, inbox, infos[0]?.id ?? '', structuredClone(pair[0]), 'by the source');
  for (const change of later === 'target' ? [inSource, inTarget] : [inTarget, inSource]) {
    await nextSecond();
    await change();
  }
  await target.deleteItems([copyOf(infos[1])]);
  await rewrite(source, inbox, infos[1]?.id ?? '', structuredClone(pair[1]), 'by the source');
  return pair;
}

describe('what people change in the target while the source changes too', () => {
  test('source wins: it becomes what the source has, and what was removed comes again', async () => {
    await batch({ targetChanges: 'source' });
    const [both, removed] = await bothChanged('target');
    await world.sync();
    expect([await textOf(both), await textOf(removed)]).toEqual(['by the source', 'by the source']);
    expect(await world.verify()).toMatchObject({ grade: 'Perfect' });
  });

  test('target wins: what people changed stays where it is when its original is moved', async () => {
    await batch({ targetChanges: 'target' });
    const letter = mail('moved');
    setProp(letter, PidTag.Body, 'original');
    const [info] = await world.put(source, inbox, [letter]);
    await world.sync();
    const [copy] = await inInbox(target);
    await nextSecond();
    await rewrite(target, await world.inbox(target), copy?.id ?? '', structuredClone(letter), 'by the target');
    const projects = await world.folder(source, inbox, 'Projects');
    await source.moveItems([info?.id ?? ''], projects);
    await world.sync();
    expect(await textOf(letter)).toBe('by the target');
    expect((await world.content(target)).get('/inbox/Projects')).toHaveLength(1);
  });

  test('target wins: it stays as people have it, and the verdict knows', async () => {
    await batch({ targetChanges: 'target' });
    const [both, removed] = await bothChanged('source');
    await world.sync();
    expect([await textOf(both), await textOf(removed)]).toEqual(['by the target', 'gone']);
    expect(await world.verify()).toMatchObject({ grade: 'Good', missing: 0, different: 0 });
    expect(await world.sync()).toMatchObject({ writes: 0 });
  });

  test.each([
    ['source', 'by the source'],
    ['target', 'by the target'],
  ] as const)('newest wins: the %s changed it last', async (later, text) => {
    await batch({ targetChanges: 'newest' });
    const [both] = await bothChanged(later);
    await world.sync();
    expect(await textOf(both)).toBe(text);
  });

  test('report: nothing is touched until a person decides, then the source is written', async () => {
    await batch({ targetChanges: 'report' });
    const [both, removed] = await bothChanged('source');
    await world.sync();
    const [workload] = world.workloads;
    const conflicts = () => listBadItems(world.store, { workloadId: workload?.id });
    expect((await conflicts()).map((item) => [item.reason, item.state])).toEqual([
      ['conflict', 'open'],
      ['conflict', 'open'],
    ]);
    // Another delta does not decide in the person's place.
    await world.sync();
    expect([await textOf(both), await textOf(removed)]).toEqual(['by the target', 'gone']);
    const ids = (await conflicts()).map((item) => item.id);
    await decideBadItems(world.store, { ids }, { state: 'retry', who: 'tester' });
    await world.sync();
    expect([await textOf(both), await textOf(removed)]).toEqual(['by the source', 'by the source']);
    expect(await conflicts()).toEqual([]);
    expect(await world.verify()).toMatchObject({ grade: 'Perfect' });
  });
});

describe('a target that was emptied by hand', () => {
  test.each([
    ['source', 'Perfect', 30],
    ['target', 'Good', 10],
  ] as const)('where the %s wins', async (targetChanges, grade, left) => {
    await batch({ targetChanges });
    await world.put(
      source,
      inbox,
      Array.from({ length: 30 }, (_, i) => mail(`Item ${i}`)),
    );
    await world.put(source, inbox, [mail('hidden')], true);
    await world.sync();
    await target.deleteItems((await inInbox(target)).slice(0, 20).map((item) => item.id));
    const result = await world.sync();
    expect(result.notes.join()).toMatch(/20 items had been removed in the target/);
    expect(await inInbox(target)).toHaveLength(left);
    expect(await world.verify()).toMatchObject({ grade, missing: 0 });
    // It is looked into once, not each time.
    expect(await world.sync()).toMatchObject({ writes: 0, notes: [] });
  });

  test('with its folders: they are made anew and filled again', async () => {
    await batch({});
    const folder = await world.folder(source, inbox, 'Projects');
    await world.put(source, folder, [mail('a'), mail('b')]);
    await world.sync();
    for await (const there of target.folders('mailbox'))
      if (there.name === 'Projects') await target.deleteFolder(there.id);
    await world.sync();
    expect(await inventory(world, target)).toEqual(await inventory(world, source));
    expect(await world.verify()).toMatchObject({ grade: 'Perfect' });
  });
});

describe('a source mailbox that was moved between servers', () => {
  test('has new ids for everything: what was copied stays, what changed follows, nothing is written twice', async () => {
    const projects = await world.folder(source, inbox, 'Projects');
    const infos = await world.put(source, inbox, [mail('a'), mail('b'), mail('c')]);
    await world.put(source, projects, [mail('d')]);
    await batch({});
    await world.sync();
    await source.deleteItems([infos[0]?.id ?? '']);
    await world.put(source, projects, [mail('e')]);
    world.wrap = (store, role) => (role === 'source' ? withNewIds(store) : store);
    try {
      const before = (await inInbox(target)).map((item) => item.id);
      await world.run('hierarchy');
      const { result } = await world.run('sync');
      expect(result).toMatchObject({ copied: 1, updated: 0, deleted: 1, moved: 0 });
      expect(await inventory(world, target)).toEqual(await inventory(world, source));
      expect(before).toEqual(expect.arrayContaining((await inInbox(target)).map((item) => item.id)));
      expect(await world.sync()).toMatchObject({ writes: 0 });
    } finally {
      world.wrap = (store) => store;
    }
  });
});

const MARK = 'new-';
/** The same mailbox with another id for every folder and item. */
function withNewIds(store: MailStore): MailStore {
  const ID_FIELDS = new Set(['id', 'folderId', 'parentId']);
  const each = (value: unknown, change: (id: string) => string): unknown => {
    if (Array.isArray(value)) return value.map((one) => each(one, change));
    if (value === null || typeof value !== 'object' || value instanceof Uint8Array || value instanceof AbortSignal)
      return value;
    if (value instanceof Error) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [
        name,
        ID_FIELDS.has(name) && typeof inner === 'string' ? change(inner) : each(inner, change),
      ]),
    );
  };
  const fresh = (id: string): string => (id === '' ? id : MARK + id);
  const old = (id: string): string => (id.startsWith(MARK) ? id.slice(MARK.length) : id);
  const argument = (value: unknown): unknown => {
    if (typeof value === 'string') return old(value);
    if (Array.isArray(value)) return value.map(argument);
    return each(value, old);
  };
  return new Proxy(store, {
    get(from, name) {
      const value = Reflect.get(from, name, from) as unknown;
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        if (name === 'getFolders' && (args[0] as string[]).some((id) => !id.startsWith(MARK) && !id.startsWith('@')))
          return Promise.resolve(
            (args[0] as string[]).map(() => ({ ok: false, error: ewsError('ErrorInvalidId', '') })),
          );
        const result: unknown = Reflect.apply(value, from, args.map(argument));
        if (name === 'folders' || name === 'list')
          return (async function* () {
            for await (const one of result as AsyncIterable<unknown>) yield each(one, fresh);
          })();
        return (result as Promise<unknown>).then((answer) => each(answer, fresh));
      };
    },
  });
}

describe('bad items', () => {
  test('are tried again, and people let them stay behind one by one or by reason, on the command line', async () => {
    await batch({ filter: { maxItemBytes: 50_000 } });
    await world.put(source, inbox, [
      mail('small'),
      mail('large', 90_000),
      mail('larger', 120_000),
      mail('huge', 200_000),
    ]);
    await world.sync();
    const [workload] = world.workloads;
    const { name } = await world.store.db
      .selectFrom('batch')
      .select('name')
      .where('id', '=', workload?.batchId ?? 0)
      .executeTakeFirstOrThrow();
    const env = { TRANSPLANT_DB: world.store.url, TRANSPLANT_HOME: world.dir };
    const bad = async (...args: string[]) => {
      const { code, stdout } = await transplant(['bad-items', ...args, '--json'], env);
      return {
        code,
        ...(JSON.parse(stdout) as { items?: { id: number; reason: string; state: string }[]; changed?: number }),
      };
    };
    const { items = [] } = await bad('list', name);
    expect(items.map((item) => [item.reason, item.state])).toEqual(Array(3).fill(['tooLarge', 'open']));
    expect((await bad('accept', name)).code).toBe(2);
    expect((await bad('accept', name, '--item', '999999')).code).toBe(2);
    expect(await bad('accept', name, '--item', String(items[0]?.id), '--why', 'not needed')).toMatchObject({
      changed: 1,
    });
    expect((await bad('list', name, '--state', 'open')).items).toHaveLength(2);
    expect(await bad('accept', name, '--reason', 'tooLarge')).toMatchObject({ changed: 2 });
    expect(await world.verify()).toMatchObject({ grade: 'Good', bad: 0 });
    // The limit is raised, and a person wants one of them after all.
    await world.store.db.updateTable('batch').set({ options: '{"settings":false}' }).where('name', '=', name).execute();
    expect(await world.sync()).toMatchObject({ copied: 0 });
    expect(await bad('retry', name, '--item', String(items[0]?.id))).toMatchObject({ changed: 1 });
    expect(await world.sync()).toMatchObject({ copied: 1 });
    expect((await bad('list', name)).items).toHaveLength(2);
  }, 240_000);
});

describe('filters', () => {
  const at = (year: number) => Date.UTC(year, 5, 1);
  async function fill(): Promise<void> {
    const dated = (subject: string, year: number, itemClass = 'IPM.Note', size = 100) =>
      mail(subject, size, (message) => {
        setProp(message, PidTag.MessageClass, itemClass);
        const ticks = BigInt(at(year) + 11_644_473_600_000) * 10_000n;
        setProp(message, PidTag.MessageDeliveryTime, ticks);
      });
    const deep = await world.folder(source, await world.folder(source, inbox, 'Keep'), 'Inner');
    await world.put(source, inbox, [dated('old', 2001), dated('mid', 2015), dated('new', 2024)]);
    await world.put(source, inbox, [dated('task', 2015, 'IPM.Task'), dated('large', 2015, 'IPM.Note', 300_000)]);
    await world.put(source, deep, [dated('deep', 2015)]);
  }
  const copied = async () => (await inventory(world, target)).length;

  test('dates, classes and sizes; what is too large stands in the list', async () => {
    await fill();
    await batch({
      filter: { since: at(2010), until: at(2020), excludeItemClasses: ['IPM.Task'], maxItemBytes: 100_000 },
    });
    const result = await world.sync();
    expect(await copied()).toBe(2);
    expect(result).toMatchObject({ copied: 2 });
    const [large] = await listBadItems(world.store, { workloadId: world.workloads[0]?.id });
    expect(large).toMatchObject({ reason: 'tooLarge' });
    expect(await world.verify()).toMatchObject({ verified: 2, missing: 0, bad: 1 });
  });

  test('included and excluded folders', async () => {
    await fill();
    const name = (await source.distinguished('inbox'))?.name ?? '';
    await batch({ filter: { includeFolders: [`/${name}`], excludeFolders: [`/${name}/Keep/Inner`] } });
    await world.sync();
    expect(await copied()).toBe(5);
    expect(await world.verify()).toMatchObject({ verified: 5, missing: 0, extra: 0 });
  });

  test('item classes that are wanted', async () => {
    await fill();
    await batch({ filter: { itemClasses: ['IPM.Task'] } });
    await world.sync();
    expect(await copied()).toBe(1);
  });
});

import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TargetChangePolicy } from '../../../core/domain/batch-options.ts';
import { listBadItems } from '../../../core/store/bad-items.ts';
import { seriesFrom } from '../../support/series.ts';
import { World } from '../world.ts';
import { type Content, dyingAfter, Side, texts } from './sides.ts';

const RUNS = Number(process.env.TRANSPLANT_TWO_WAY_RUNS ?? 2);
const TIMEOUT_MS = 60_000 + RUNS * 30_000;

let world: World;
let next = 0;
beforeAll(async () => {
  world = await World.start({ users: 1 });
}, 60_000);
afterAll(() => world?.close());

type Change = {
  side: 'source' | 'target';
  kind: 'create' | 'edit' | 'delete' | 'move' | 'folder';
  a: number;
  b: number;
};
interface Round {
  changes: Change[];
  /** The sync dies after so many writes; another one follows. */
  dies: number | null;
}

const change: fc.Arbitrary<Change> = fc.record({
  side: fc.constantFrom('source', 'target'),
  kind: fc.constantFrom('create', 'create', 'edit', 'edit', 'edit', 'delete', 'delete', 'move', 'folder'),
  a: fc.nat(0xffff),
  b: fc.nat(0xffff),
});
const rounds = (dying: boolean): fc.Arbitrary<Round[]> =>
  fc.array(
    fc.record({
      changes: fc.array(change, { minLength: 1, maxLength: 8 }),
      dies: dying ? fc.option(fc.nat(5), { nil: null }) : fc.constant(null),
    }),
    { minLength: 2, maxLength: 4 },
  );

const sides = { source: undefined as Side | undefined, target: undefined as Side | undefined };
const side = (name: 'source' | 'target'): Side => {
  const found = sides[name];
  if (!found) throw new Error('no side');
  return found;
};

async function begin(rule: TargetChangePolicy): Promise<void> {
  const top = `Shared ${next++}`;
  const messages = new Map();
  for (const name of ['source', 'target'] as const) sides[name] = new Side(world.publicFolders(name), top, messages);
  for await (const folder of world.publicFolders('source').folders('publicFolders')) {
    const made = await world.folder(world.publicFolders('source'), folder.id, top);
    await side('source').folder(made, 'Deeper');
    for (let n = 0; n < 5; n++) await side('source').create(made, `begin ${n}`);
    break;
  }
  await world.batch({ twoWay: [{ path: `/${top}`, rule }] }, [], `/${top}`);
  await world.sync();
}

const pick = <T>(of: T[], n: number): T | undefined => of[n % of.length];

async function make({ side: name, kind, a, b }: Change, count: number): Promise<void> {
  const person = side(name);
  const { folders, items } = await person.content();
  const folder = pick([...folders.values()], b) ?? '';
  if (kind === 'create') return await person.create(folder, `${name} ${count}`);
  if (kind === 'folder') return await person.folder(folder, `Folder ${name} ${next++}`);
  const chosen = pick([...items], a);
  if (!chosen) return;
  const [key, item] = chosen;
  if (kind === 'edit') await person.edit(key, item, `${name} ${count}`);
  else if (kind === 'delete') await person.remove(item);
  else if (item.folderId !== folder) await person.move(item, folder);
}

/** What each side has to hold of one item afterwards; undefined: nothing. An array: any of these, the same on both. */
type Due = { source: string | undefined; target: string | undefined } | { either: (string | undefined)[] };

function due(rule: TargetChangePolicy, base?: string, source?: string, target?: string): Due {
  if (source === base || source === target) return { source: target, target };
  if (target === base) return { source, target: source };
  switch (rule) {
    case 'source':
      return { source, target: source };
    case 'target':
      return { source: target, target };
    case 'newest':
      return { either: [source, target].filter((text) => text !== undefined) };
    case 'report':
      return { source, target };
  }
}

/** After a sync: everything where the rule wants it, nothing doubled, and another sync has nothing to do. */
async function judge(
  rule: TargetChangePolicy,
  base: Map<string, string>,
  before: Record<'source' | 'target', Content>,
) {
  const after = { source: await side('source').content(), target: await side('target').content() };
  const [s, t] = [texts(before.source), texts(before.target)];
  const [sNow, tNow] = [texts(after.source), texts(after.target)];
  let conflicts = 0;
  for (const key of new Set([...base.keys(), ...s.keys(), ...t.keys(), ...sNow.keys(), ...tNow.keys()])) {
    const wanted = due(rule, base.get(key), s.get(key), t.get(key));
    if ('either' in wanted) {
      expect(wanted.either, key).toContain(sNow.get(key));
      expect(tNow.get(key), key).toBe(sNow.get(key));
    } else expect({ source: sNow.get(key), target: tNow.get(key) }, key).toEqual(wanted);
    if (sNow.get(key) !== tNow.get(key)) conflicts++;
  }
  expect([...after.target.folders.keys()].sort()).toEqual([...after.source.folders.keys()].sort());
  expect(await world.sync()).toMatchObject({ writes: 0, bad: 0 });
  expect(texts(await side('source').content())).toEqual(sNow);
  expect(texts(await side('target').content())).toEqual(tNow);
  return { conflicts, now: sNow };
}

async function play(rule: TargetChangePolicy, all: Round[]): Promise<void> {
  await begin(rule);
  let base = texts(await side('source').content());
  expect(texts(await side('target').content())).toEqual(base);
  let count = 0;
  for (const { changes, dies } of all) {
    for (const one of changes) await make(one, count++);
    const before = { source: await side('source').content(), target: await side('target').content() };
    if (dies !== null) {
      const writes = { left: dies };
      world.wrap = (store) => dyingAfter(writes, store);
      await world.sync().catch((error: Error) => expect(error.message).toBe('died'));
      world.wrap = (store) => store;
    }
    await world.sync();
    const { conflicts, now } = await judge(rule, base, before);
    if (rule === 'report') {
      const bad = await listBadItems(world.store, { workloadId: world.workloads[0]?.id ?? 0 });
      expect(bad.filter(({ reason }) => reason === 'conflict')).toHaveLength(conflicts);
      // From here on a person would decide.
      if (conflicts > 0) return;
    }
    base = now;
  }
}

test.each(['source', 'target', 'newest'] as const)(
  'both sides of a subtree come to the same, %s wins, whenever a worker dies',
  { timeout: TIMEOUT_MS },
  async (rule) => {
    await fc.assert(
      fc.asyncProperty(rounds(true), (all) => play(rule, all)),
      { numRuns: RUNS, endOnFailure: true, ...seriesFrom() },
    );
  },
);

test('conflicts are told and touch neither side', { timeout: TIMEOUT_MS }, async () => {
  await fc.assert(
    fc.asyncProperty(rounds(false), (all) => play('report', all)),
    { numRuns: RUNS, endOnFailure: true, ...seriesFrom() },
  );
});

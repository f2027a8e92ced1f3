import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CheckResult } from '../../core/domain/checks.ts';
import { insertMany } from '../../core/store/bulk.ts';
import { countBlocking, latestCheckResults, saveCheckResults, startCheckRun } from '../../core/store/checks.ts';
import { addForest } from '../../core/store/forests.ts';
import { listMatches, type MatchQuery, matchAnchors } from '../../core/store/matches.ts';
import { recipientAnchors, recipientFacets } from '../../core/store/recipient-views.ts';
import type { Store } from '../../core/store/store.ts';
import { openTestStore, testDialects } from '../support/stores.ts';

const config = { pins: [], smtpDomains: [] };
const PEOPLE = 60;

/** Sources 0 to 59; every tenth is gone; three of four have a match, two of four a counterpart. */
async function fill(store: Store): Promise<void> {
  const sides = [
    await addForest(store, { name: 'Old', role: 'source', config }),
    await addForest(store, { name: 'New', role: 'target', config }),
  ];
  for (const forest of sides) {
    await insertMany(
      store,
      store.db,
      'recipient',
      Array.from({ length: PEOPLE }, (_, i) => ({
        forest_id: forest.id,
        guid: `${forest.name}-${String(i).padStart(3, '0')}`,
        dn: `CN=Person ${i}`,
        kind: i % 3 === 0 ? 'group' : 'mailbox',
        display_name: `Person ${i}`,
        mail: `p${i}@x.test`,
        department: i % 2 ? 'Sales' : null,
        name_key: `person ${String(i % 30).padStart(3, '0')}`,
        hidden: 0,
        deleted: i % 10 === 9 ? 1 : 0,
        usn: i,
        attributes: '{}',
        read_id: 1,
      })),
    );
  }
  const ids = async (forest: number) =>
    (
      await store.db
        .selectFrom('recipient')
        .select('id')
        .where('forest_id', '=', sides[forest]?.id ?? 0)
        .orderBy('guid')
        .execute()
    ).map(({ id }) => id);
  const [sources, targets] = [await ids(0), await ids(1)];
  const rows = sources.flatMap((source_id, i) => {
    const state = (['matched', 'matched', 'review'] as const)[i % 4];
    if (!state) return [];
    const target_id = state === 'matched' ? (targets[i] ?? null) : null;
    return [{ source_id, target_id, state, rule: 'mail', score: 1, evidence: '[]', candidates: '[]', updated_at: 0 }];
  });
  await insertMany(store, store.db, 'match', rows);
}

const check = (object: string, outcome: 'failed' | 'passed', blocks: boolean): CheckResult => ({
  id: 'ports.open',
  group: 'ports',
  title: 'TCP port',
  object,
  machine: 'here',
  requirement: { text: 'open', source: 'Ports' },
  how: 'connect',
  blocks,
  tookMs: 1,
  finding: outcome === 'failed' ? { outcome, evidence: [], remedy: { text: 'open it' } } : { outcome, evidence: [] },
});

describe.each(testDialects)('long lists on %s', (dialect) => {
  let store: Store;
  beforeAll(async () => {
    store = await openTestStore(dialect);
    await fill(store);
  });
  afterAll(() => store.close());

  test('filters count what the list shows, without those that are gone', async () => {
    const source = await recipientFacets(store, 'source');
    expect(source.total).toBe(54);
    expect(Object.fromEntries(source.kinds.map(({ value, count }) => [value, count]))).toEqual({
      mailbox: 36,
      group: 18,
    });
    expect(source.departments).toEqual([{ value: 'Sales', count: 24 }]);
    const matches = Object.fromEntries(source.matches.map(({ value, count }) => [value, count]));
    // Of the six that are gone (9, 19, … 59), three had a counterpart and three no match.
    expect(matches).toEqual({ matched: 27, review: 15, none: 12 });
    const target = await recipientFacets(store, 'target');
    expect(target.matches).toEqual([
      { value: 'matched', count: 27 },
      { value: 'none', count: 27 },
    ]);
  });

  test('anchors of recipients are the ends of their pages, whatever is filtered', async () => {
    const query = { role: 'source', sort: 'name', descending: false } as const;
    expect(await recipientAnchors(store, query, 10)).toMatchObject({ total: 54, anchors: { length: 5 } });
    expect(await recipientAnchors(store, { ...query, matches: ['none'] }, 10)).toMatchObject({ total: 12 });
  });

  test.each<[string, MatchQuery]>([
    ['all', {}],
    ['a state', { states: ['matched'] }],
    ['a rule', { rule: 'mail' }],
    ['a search', { search: 'person 01' }],
    ['a search in a state', { search: 'P1', states: ['review'] }],
  ])('anchors of matches lead to the same pages as walking does: %s', async (_, query) => {
    const { total, anchors } = await matchAnchors(store, query, 10);
    const walked = (await listMatches(store, query, { limit: 1000 })).lines.map(({ sourceId }) => sourceId);
    expect(walked.length).toBeGreaterThan(0);
    expect(total).toBe(walked.length);
    const jumped: number[] = [];
    for (const after of [undefined, ...anchors]) {
      const page = await listMatches(store, query, { ...(after && { after }), limit: 10 });
      jumped.push(...page.lines.map(({ sourceId }) => sourceId));
    }
    expect(jumped).toEqual(walked);
  });

  test('only the newest end of a check stands against a batch', async () => {
    const run = () =>
      startCheckRun(store, { startedBy: 't', machine: 'here', scope: { forests: [], groups: [], checks: [] } });
    await saveCheckResults(store, await run(), [check('a', 'failed', true), check('b', 'failed', true)]);
    expect(await countBlocking(store)).toBe(2);
    await saveCheckResults(store, await run(), [check('a', 'passed', true), check('c', 'failed', false)]);
    expect(await countBlocking(store)).toBe(1);
    expect(await latestCheckResults(store)).toHaveLength(3);
  });
});

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createBatch } from '../../core/store/batches.ts';
import { insertMany } from '../../core/store/bulk.ts';
import { type ChangeState, createPlan, type NewChange } from '../../core/store/directory-changes.ts';
import { removeForest } from '../../core/store/forest-removal.ts';
import { addForest, type Forest, listForests } from '../../core/store/forests.ts';
import { openStore } from '../../core/store/open.ts';
import type { Store } from '../../core/store/store.ts';
import { transplant } from '../e2e/demo-run.ts';
import { openTestStore, testDatabase, testDialects } from '../support/stores.ts';

const config = { pins: [], smtpDomains: [] };

/** Two forests with a recipient each, matched, in a batch, and with a change in the target's directory. */
async function project(store: Store, change: ChangeState, workload: string) {
  const source = await addForest(store, { name: 'Old', role: 'source', config });
  const target = await addForest(store, { name: 'New', role: 'target', config });
  const recipient = (forest: Forest, id: number) => ({
    forest_id: forest.id,
    guid: `guid-${id}`,
    dn: `CN=${id}`,
    kind: 'mailbox',
    display_name: 'Ann',
    name_key: 'ann',
    hidden: 0,
    deleted: 0,
    usn: 1,
    attributes: '{}',
    read_id: 1,
  });
  await insertMany(store, store.db, 'recipient', [recipient(source, 1), recipient(target, 2)]);
  const [one, two] = await store.db.selectFrom('recipient').select('id').orderBy('guid').execute();
  if (!one || !two) throw new Error('no recipients');
  const match = { source_id: one.id, target_id: two.id, state: 'matched', rule: 'mail', score: 1 };
  await insertMany(store, store.db, 'match', [{ ...match, evidence: '[]', candidates: '[]', updated_at: 0 }]);
  const member = { kind: 'mailbox' as const, sourceAddress: 'a@old.test', targetAddress: 'a@new.test', root: '' };
  const batch = await createBatch(store, {
    name: 'Wave 1',
    workloads: [{ ...member, sourceId: one.id, displayName: 'Ann' }],
  });
  await store.db.updateTable('workload').set({ state: workload }).execute();
  const changed: NewChange = {
    forestId: target.id,
    kind: 'modify',
    dn: 'CN=2',
    guid: 'guid-2',
    sourceId: one.id,
    reason: 'address',
    before: {},
    after: {},
  };
  const plan = {
    batchId: batch.id,
    purpose: 'prepare' as const,
    createdBy: 'test',
    notes: { problems: [], notes: [] },
  };
  const planId = await createPlan(store, plan, [changed, { ...changed, forestId: source.id }]);
  await store.db.updateTable('directory_change').set({ state: change }).where('forest_id', '=', target.id).execute();
  return { source, target, planId };
}

const remove = (store: Store, forest: Forest) =>
  store.db.transaction().execute((trx) => removeForest(store, forest, trx));

describe.each(testDialects)('removing a forest on %s', (dialect) => {
  let store: Store;
  beforeEach(async () => {
    store = await openTestStore(dialect);
  });
  afterEach(() => store.close());

  test('takes matches and plans that nobody applied with it; batch and the other forest stay', async () => {
    const { target, planId } = await project(store, 'planned', 'done');
    expect(await remove(store, target)).toMatchObject({ accounts: 0, recipients: 1, matches: 1, spentChanges: 1 });
    expect((await listForests(store)).map(({ name }) => name)).toEqual(['Old']);
    expect(await store.db.selectFrom('match').select('id').execute()).toEqual([]);
    expect(await store.db.selectFrom('workload').select('display_name').execute()).toEqual([{ display_name: 'Ann' }]);
    // What is left of the plan is not applied as if it were whole.
    const plan = store.db.selectFrom('change_plan').select('state').where('id', '=', planId);
    expect(await plan.execute()).toEqual([{ state: 'superseded' }]);
  });

  test('leaves nothing that would name another recipient later', async () => {
    const { source } = await project(store, 'undone', 'undone');
    await remove(store, source);
    expect(await store.db.selectFrom('workload').select('source_id').execute()).toEqual([{ source_id: null }]);
    expect(await store.db.selectFrom('directory_change').select('source_id').execute()).toEqual([{ source_id: null }]);
  });

  test.each<ChangeState>(['writing', 'applied', 'undoing'])('is refused while a change is %s', async (state) => {
    const { target, planId } = await project(store, state, 'done');
    await expect(remove(store, target)).rejects.toThrow(
      `1 changes of ours stand in its directory, and their values before are kept here: plan ${planId} (prepare of Wave 1).`,
    );
    expect(await store.db.selectFrom('directory_change').select('id').execute()).toHaveLength(2);
  });

  test('is refused while a batch is not at its end; one too many of a role may go', async () => {
    const { source } = await project(store, 'planned', 'syncing');
    await expect(remove(store, source)).rejects.toThrow('Wave 1 (1)');
    const spare = await addForest(store, { name: 'Twice', role: 'source', config });
    await expect(remove(store, source)).rejects.toThrow('Wave 1 (1)');
    await remove(store, spare);
    expect((await listForests(store)).map(({ name }) => name)).toEqual(['New', 'Old']);
  });
});

test('transplant forest remove says what goes, asks, and says what stands against it', {
  timeout: 120_000,
}, async () => {
  const database = await testDatabase('sqlite');
  const store = await openStore(database);
  const { planId } = await project(store, 'applied', 'done');
  const run = (...args: string[]) => transplant(args, { TRANSPLANT_DB: database });
  const asked = await run('forest', 'remove', 'old');
  expect([asked.code, asked.stdout]).toEqual([2, '']);
  expect(asked.stderr).toContain('1 recipients, 1 matches');
  expect(asked.stderr).toContain('--yes');
  const refused = await run('forest', 'remove', 'New', '--yes');
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain(`plan ${planId} (prepare of Wave 1)`);
  expect(refused.stderr).toContain('transplant prepare undo');
  const done = await run('forest', 'remove', 'old', '--yes', '--json');
  expect(done.code, done.stderr).toBe(0);
  expect(JSON.parse(done.stdout)).toEqual({ removed: 'Old', accounts: 0, recipients: 1, matches: 1, changes: 1 });
  const [entry] = await store.db.selectFrom('audit').select(['action', 'object']).execute();
  expect(entry).toEqual({ action: 'forest.remove', object: 'Old' });
  await store.close();
});

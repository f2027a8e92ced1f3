import type { Transaction } from 'kysely';
import { UsageError } from '../domain/errors.ts';
import { listAccounts } from './accounts.ts';
import type { ChangeState } from './directory-changes.ts';
import type { Forest } from './forests.ts';
import type { Database } from './schema.ts';
import type { Store } from './store.ts';

/** Changes that stand in the directory, or may: their values before are the only way back. */
const STANDING: readonly ChangeState[] = ['writing', 'applied', 'undoing'];
/** Work that needs the forest no more. */
const OVER = ['done', 'undone'];
const NAMES_SHOWN = 5;

/** What a forest's removal would take with it, and what stands against it. */
export interface ForestReferences {
  accounts: number;
  recipients: number;
  /** Of its recipients, as source or as target; matching makes them anew, decisions of people stay. */
  matches: number;
  /** Directory changes that were never written, were undone, or cannot be undone any more. */
  spentChanges: number;
  /** Directory changes that stand in the forest, by plan. */
  standingChanges: { plan: number; purpose: string; batch: string | undefined; changes: number }[];
  /** Batches with mailboxes or public folders that still have to move out of or into the forest. */
  openBatches: { name: string; workloads: number }[];
}

/** What the database knows only through this forest. */
export async function forestReferences(
  forest: Forest,
  db: Transaction<Database> | Store['db'],
): Promise<ForestReferences> {
  const own = db.selectFrom('recipient').select('id').where('forest_id', '=', forest.id);
  const count = async (query: { executeTakeFirstOrThrow(): Promise<{ n: number }> }) =>
    (await query.executeTakeFirstOrThrow()).n;
  const changes = db.selectFrom('directory_change').where('forest_id', '=', forest.id);
  return {
    accounts: await count(
      db
        .selectFrom('account')
        .select((eb) => eb.fn.countAll<number>().as('n'))
        .where('forest_id', '=', forest.id),
    ),
    recipients: await count(
      db
        .selectFrom('recipient')
        .select((eb) => eb.fn.countAll<number>().as('n'))
        .where('forest_id', '=', forest.id),
    ),
    matches: await count(
      db
        .selectFrom('match')
        .select((eb) => eb.fn.countAll<number>().as('n'))
        .where((eb) => eb.or([eb('source_id', 'in', own), eb('target_id', 'in', own)])),
    ),
    spentChanges: await count(
      changes.select((eb) => eb.fn.countAll<number>().as('n')).where('state', 'not in', [...STANDING]),
    ),
    standingChanges: (
      await changes
        .innerJoin('change_plan as p', 'p.id', 'directory_change.plan_id')
        .leftJoin('batch as b', 'b.id', 'p.batch_id')
        .select((eb) => [
          'p.id as plan',
          'p.purpose as purpose',
          'b.name as batch',
          eb.fn.countAll<number>().as('changes'),
        ])
        .where('directory_change.state', 'in', [...STANDING])
        .groupBy(['p.id', 'p.purpose', 'b.name'])
        .orderBy('p.id')
        .execute()
    ).map((row) => ({ ...row, batch: row.batch ?? undefined })),
    openBatches: await openBatches(forest, db),
  };
}

/** Workloads name no forest: they move between the two that have the roles. One too many of a role has its own alone. */
async function openBatches(
  forest: Forest,
  db: Transaction<Database> | Store['db'],
): Promise<ForestReferences['openBatches']> {
  const others = await db
    .selectFrom('forest')
    .select('id')
    .where('role', '=', forest.role)
    .where('id', '<>', forest.id)
    .execute();
  const own = db.selectFrom('recipient').select('id').where('forest_id', '=', forest.id);
  let query = db
    .selectFrom('workload as w')
    .innerJoin('batch as b', 'b.id', 'w.batch_id')
    .select((eb) => ['b.name as name', eb.fn.countAll<number>().as('workloads')])
    .where('w.state', 'not in', OVER)
    .groupBy(['b.id', 'b.name'])
    .orderBy('b.id');
  if (others.length > 0) query = query.where('w.source_id', 'in', own);
  return await query.execute();
}

/**
 * Removes a forest with its accounts, secrets and recipients, and what is made from them again: matches and plans that
 * nobody applied. Ledger, batches, verifications and audit log stay.
 * @returns what went with it
 * @throws UsageError while changes stand in its directory that can be undone, or batches are not at their end
 */
export async function removeForest(
  store: Store,
  forest: Forest,
  trx: Transaction<Database>,
): Promise<ForestReferences> {
  const references = await forestReferences(forest, trx);
  refuseStanding(forest, references);
  const own = trx.selectFrom('recipient').select('id').where('forest_id', '=', forest.id);
  // Numbers of recipients are given out again, so none may stay behind.
  await trx.updateTable('workload').set({ source_id: null }).where('source_id', 'in', own).execute();
  await trx.updateTable('directory_change').set({ source_id: null }).where('source_id', 'in', own).execute();
  await trx
    .deleteFrom('match')
    .where((eb) => eb.or([eb('source_id', 'in', own), eb('target_id', 'in', own)]))
    .execute();
  const plans = trx.selectFrom('directory_change').select('plan_id').where('forest_id', '=', forest.id);
  // Half of a plan is none.
  await trx
    .updateTable('change_plan')
    .set({ state: 'superseded' })
    .where('state', '=', 'planned')
    .where('id', 'in', plans)
    .execute();
  await trx.deleteFrom('directory_change').where('forest_id', '=', forest.id).execute();
  const accounts = await listAccounts(store, forest.id, trx);
  const secrets = accounts.flatMap(({ secretId }) => (secretId === undefined ? [] : [secretId]));
  if (secrets.length) await trx.deleteFrom('secret').where('id', 'in', secrets).execute();
  await trx.deleteFrom('forest').where('id', '=', forest.id).execute();
  return references;
}

/** @throws UsageError */
function refuseStanding({ name }: Forest, { standingChanges, openBatches }: ForestReferences): void {
  const tried = `remove the forest ${name}`;
  if (openBatches.length > 0) {
    const named = listed(openBatches.map((batch) => `${batch.name} (${batch.workloads})`));
    throw new UsageError({
      tried,
      happened: `Batches are not at their end, with this many mailboxes and public folders: ${named}.`,
      next: 'Finish them, or take them back with: transplant batch undo NAME',
    });
  }
  if (standingChanges.length === 0) return;
  const total = standingChanges.reduce((sum, { changes }) => sum + changes, 0);
  const named = listed(
    standingChanges.map(({ plan, purpose, batch }) => `plan ${plan} (${purpose}${batch ? ` of ${batch}` : ''})`),
  );
  throw new UsageError({
    tried,
    happened: `${total} changes of ours stand in its directory, and their values before are kept here: ${named}.`,
    next: 'Undo them first (transplant prepare undo, or transplant batch undo NAME), or keep the forest: its record is the only way back.',
  });
}

function listed(names: readonly string[]): string {
  const more = names.length - NAMES_SHOWN;
  return `${names.slice(0, NAMES_SHOWN).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

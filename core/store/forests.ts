import type { Kysely, Selectable } from 'kysely';
import { UsageError } from '../domain/errors.ts';
import { endpointOf, type ForestConfig, forestConfigSchema, forestRoleSchema } from '../domain/forest.ts';
import { nameKey } from '../domain/name-key.ts';
import type { ForestRole } from '../domain/words.ts';
import { DuplicateError } from './errors.ts';
import type { Database, ForestTable } from './schema.ts';
import type { Store } from './store.ts';

export interface Forest {
  id: number;
  name: string;
  role: ForestRole;
  config: ForestConfig;
  createdAt: number;
}

function fromRow(row: Selectable<ForestTable>): Forest {
  return {
    id: row.id,
    name: row.name,
    role: forestRoleSchema.parse(row.role),
    config: forestConfigSchema.parse(JSON.parse(row.config)),
    createdAt: row.created_at,
  };
}

/** @throws UsageError when a forest of this name exists */
export async function addForest(
  store: Store,
  forest: { name: string; role: ForestRole; config: ForestConfig },
  db: Kysely<Database> = store.db,
): Promise<Forest> {
  const row = {
    name: forest.name,
    name_key: nameKey(forest.name),
    role: forest.role,
    config: JSON.stringify(forest.config),
    created_at: await store.now(db),
  };
  try {
    return fromRow(await db.insertInto('forest').values(row).returningAll().executeTakeFirstOrThrow());
  } catch (error) {
    if (!(error instanceof DuplicateError)) throw error;
    throw new UsageError(
      {
        tried: `add the forest ${forest.name}`,
        happened: 'A forest of this name exists already.',
        next: 'Choose another name, or look at it with: transplant forest show NAME',
      },
      { cause: error },
    );
  }
}

/** All forests, by name. */
export async function listForests(store: Store): Promise<Forest[]> {
  return (await store.db.selectFrom('forest').selectAll().orderBy('name_key').execute()).map(fromRow);
}

export async function findForest(store: Store, name: string): Promise<Forest | undefined> {
  const row = await store.db.selectFrom('forest').selectAll().where('name_key', '=', nameKey(name)).executeTakeFirst();
  return row && fromRow(row);
}

/** @throws UsageError when there is none, with the names there are */
export async function getForest(store: Store, name: string): Promise<Forest> {
  const forest = await findForest(store, name);
  if (forest) return forest;
  const names = (await listForests(store)).map((one) => one.name);
  throw new UsageError({
    tried: `find the forest ${name}`,
    happened: 'There is no forest of this name.',
    next: names.length
      ? `Name one of: ${names.join(', ')}.`
      : 'Add it first with: transplant forest add NAME --role source|target',
  });
}

/** The only forest of a role, or undefined when there is none. @throws UsageError when there are several */
export async function forestOfRole(store: Store, role: ForestRole): Promise<Forest | undefined> {
  const forests = (await listForests(store)).filter((forest) => forest.role === role);
  if (forests.length <= 1) return forests[0];
  throw new UsageError({
    tried: `find the ${role} forest`,
    happened: `There are several: ${forests.map((one) => one.name).join(', ')}.`,
    next: 'Name the one that is meant.',
  });
}

/** What limits and tasks call the Exchange of each role; nothing where a role is not filled by exactly one forest. */
export async function ewsEndpoints(db: Kysely<Database>): Promise<{ source?: string; target?: string }> {
  const rows = await db.selectFrom('forest').select(['role', 'config']).execute();
  const found: { source?: string; target?: string } = {};
  for (const role of ['source', 'target'] as const) {
    const [only, second] = rows.filter((row) => row.role === role);
    const url = only && !second ? forestConfigSchema.parse(JSON.parse(only.config)).ewsUrl : undefined;
    if (url !== undefined) found[role] = endpointOf(url);
  }
  return found;
}

export async function updateForestConfig(
  store: Store,
  id: number,
  config: ForestConfig,
  db: Kysely<Database> = store.db,
): Promise<void> {
  await db
    .updateTable('forest')
    .set({ config: JSON.stringify(config) })
    .where('id', '=', id)
    .execute();
}

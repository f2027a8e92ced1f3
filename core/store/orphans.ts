import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import { z } from 'zod';
import { upsertMany } from './bulk.ts';
import { folderFactsSchema } from './folders.ts';
import type { Database } from './schema.ts';
import type { Store } from './store.ts';

/** `map` gives the rights to another user of the target, `drop` leaves them behind. */
export const ORPHAN_CHOICES = ['map', 'drop'] as const;
export type OrphanChoice = (typeof ORPHAN_CHOICES)[number];

/** What a person decided for a user of the source who has rights on folders and no counterpart. */
export interface OrphanDecision {
  key: string;
  address: string;
  choice: OrphanChoice;
  targetAddress: string | null;
  who: string;
  at: number;
}

export async function orphanDecisions(db: Kysely<Database>): Promise<OrphanDecision[]> {
  const rows = await db.selectFrom('orphan').selectAll().orderBy('address_key').execute();
  return rows.map((row) => ({
    key: row.address_key,
    address: row.address,
    choice: z.enum(ORPHAN_CHOICES).parse(row.choice),
    targetAddress: row.target_address,
    who: row.who,
    at: row.at,
  }));
}

/** Writes a decision, or takes it back where the choice is null; it counts from the next sync of the folders on. */
export async function decideOrphan(
  store: Store,
  db: Kysely<Database>,
  decision: { address: string; choice: OrphanChoice | null; targetAddress: string | null; who: string },
): Promise<void> {
  const { address, choice, targetAddress, who } = decision;
  const key = address.toLowerCase();
  if (choice === null) {
    await db.deleteFrom('orphan').where('address_key', '=', key).execute();
    return;
  }
  const row = { address_key: key, address, choice, target_address: targetAddress, who, at: await store.now(db) };
  await upsertMany(store, db, 'orphan', [row], { key: ['address_key'] });
}

export interface Orphan {
  address: string;
  /** Folders on which the user has rights, and some of their paths. */
  folders: number;
  paths: string[];
  decision: OrphanDecision | undefined;
}

const PATHS_SHOWN = 5;
const ROWS_A_PAGE = 1_000;

/** Every user without a counterpart who has rights on a folder that was synced, with what was decided. */
export async function listOrphans(store: Store, batchId?: number): Promise<Orphan[]> {
  const decisions = new Map((await orphanDecisions(store.db)).map((one) => [one.key, one]));
  const found = new Map<string, Orphan>();
  for (let after = 0; ; ) {
    let query = store.db
      .selectFrom('folder as f')
      .select(['f.id as id', 'f.path as path', 'f.facts as facts'])
      .where('f.id', '>', after)
      // Most folders have none: they are not taken out of the database for nothing.
      .where(sql<boolean>`f.facts NOT LIKE '%"orphans":[]%'`)
      .orderBy('f.id')
      .limit(ROWS_A_PAGE);
    if (batchId !== undefined) {
      query = query.where('f.workload_id', 'in', (eb) =>
        eb.selectFrom('workload').select('id').where('batch_id', '=', batchId),
      );
    }
    const rows = await query.execute();
    for (const { path, facts } of rows) {
      for (const address of folderFactsSchema.parse(JSON.parse(facts)).orphans) {
        const key = address.toLowerCase();
        const orphan = found.get(key) ?? { address, folders: 0, paths: [], decision: decisions.get(key) };
        orphan.folders++;
        if (orphan.paths.length < PATHS_SHOWN) orphan.paths.push(path);
        found.set(key, orphan);
      }
    }
    const last = rows.at(-1);
    if (!last || rows.length < ROWS_A_PAGE) break;
    after = last.id;
  }
  return [...found.values()].sort((a, b) => b.folders - a.folders || a.address.localeCompare(b.address));
}

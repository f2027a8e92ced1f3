import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { MigrationChangedError, NotADatabaseError, StoreNewerError, StoreOutdatedError } from './errors.ts';
import type { Store } from './store.ts';

/** One numbered file of sql/<dialect>/. */
export interface Migration {
  number: number;
  name: string;
  /** SHA-256 of the text with LF line ends, so that a checkout on Windows is the same migration. */
  checksum: string;
  text: string;
}

/** A migration as the database remembers it. */
export interface AppliedMigration {
  number: number;
  name: string;
  checksum: string;
}

/** What a dialect must be able to do for migrations to be applied. */
export interface MigrationTarget {
  readonly shown: string;
  /** The migrations on record; undefined when the database holds nothing of ours yet. */
  applied(): Promise<AppliedMigration[] | undefined>;
  /** Anything in the database that is not ours; only asked when there is no record. */
  strangers(): Promise<string[]>;
  /**
   * Under a lock that all processes share: looks again whether the migration is on record, and if not runs it and
   * records it, all in one transaction. A crash in the middle therefore leaves nothing behind.
   */
  apply(migration: Migration): Promise<void>;
}

/** The folder of migrations, beside the sources or beside the bundle. */
function sqlFolder(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'sql', 'sqlite'))) return join(folder, 'sql');
    if (folder === dirname(folder)) throw new Error('the folder sql is missing beside the program');
  }
}

/** The migrations this program brings, in order. */
export function migrationsOf(dialect: Store['dialect'], folder = join(sqlFolder(), dialect)): Migration[] {
  return readdirSync(folder)
    .map((file) => /^(\d{4})_(\w+)\.sql$/.exec(file))
    .filter((match) => match !== null)
    .map(([file, number = '', name = '']) => {
      const text = readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n');
      return { number: Number(number), name, text, checksum: createHash('sha256').update(text).digest('hex') };
    })
    .sort((a, b) => a.number - b.number);
}

/** How a database stands towards the program. */
export type SchemaState = 'absent' | 'older' | 'current';

/**
 * Compares what is on record with what the program brings.
 * @throws StoreNewerError when the database knows a migration that we do not
 * @throws MigrationChangedError when one was changed after it was applied
 */
export function schemaState(
  applied: AppliedMigration[] | undefined,
  ours: readonly Migration[],
  shown: string,
): SchemaState {
  if (applied === undefined) return 'absent';
  const tried = `use the database ${shown}`;
  const known = new Map(ours.map((migration) => [migration.number, migration]));
  for (const { number, name, checksum } of applied) {
    const file = `${String(number).padStart(4, '0')}_${name}.sql`;
    const own = known.get(number);
    if (!own) {
      throw new StoreNewerError({
        tried,
        happened: `A newer program has upgraded it (migration ${file}).`,
        next: 'Install that version here, or a later one; older programs may not write to it.',
      });
    }
    if (own.checksum !== checksum) {
      throw new MigrationChangedError({
        tried,
        happened: `Migration ${file} is not the one that was applied (its checksum differs).`,
        next: 'Install the released program again; if the file is right, the database was altered: restore a backup.',
      });
    }
  }
  return applied.length < ours.length ? 'older' : 'current';
}

/**
 * Brings a database up to date and returns the numbers that were applied by this call. Safe when several processes do
 * it at once.
 */
export async function migrate(target: MigrationTarget, ours: readonly Migration[]): Promise<number[]> {
  const applied = await target.applied();
  const state = schemaState(applied, ours, target.shown);
  if (state === 'absent') await refuseStrangers(target);
  if (state === 'current') return [];
  const done = new Set(applied?.map(({ number }) => number));
  const missing = ours.filter(({ number }) => !done.has(number));
  for (const migration of missing) await target.apply(migration);
  // Somebody else may have applied other ones meanwhile: look again at what stands there now.
  schemaState(await target.applied(), ours, target.shown);
  return missing.map(({ number }) => number);
}

async function refuseStrangers(target: MigrationTarget): Promise<void> {
  const strangers = await target.strangers();
  // Another process may have begun in between: then there is a record now.
  if (strangers.length === 0 || (await target.applied()) !== undefined) return;
  throw new NotADatabaseError({
    tried: `create the tables in ${target.shown}`,
    happened: `It holds tables of another program (${strangers.slice(0, 3).join(', ')}).`,
    next: 'Name an empty database or a new file.',
  });
}

/**
 * Refuses a database that this program cannot work with as it is.
 * @throws StoreOutdatedError, NotADatabaseError, StoreNewerError, MigrationChangedError
 */
export async function requireCurrent(target: MigrationTarget, ours: readonly Migration[]): Promise<void> {
  const tried = `use the database ${target.shown}`;
  const state = schemaState(await target.applied(), ours, target.shown);
  if (state === 'absent') {
    throw new NotADatabaseError({
      tried,
      happened: 'It holds no tables of Transplant.',
      next: 'Create them with: transplant db create --db URL',
    });
  }
  if (state === 'older') {
    throw new StoreOutdatedError({
      tried,
      happened: 'It was made by an older program.',
      next: 'Make a backup, then bring it up to date with: transplant db upgrade --db URL',
    });
  }
}

import type { DatabaseSync } from 'node:sqlite';
import { openSqlite, withPatience } from './driver.sqlite.ts';
import type { AppliedMigration, Migration, MigrationTarget } from './migrations.ts';

/** "TRPL" in the file's header: tells our databases from those of other programs. */
const APPLICATION_ID = 0x5452504c;

const RECORD = `CREATE TABLE IF NOT EXISTS schema_migration (
  number INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at INTEGER NOT NULL
) STRICT`;

/** Migrations over one SQLite connection; every migration is one immediate transaction, which is the lock. */
export class SqliteMigrationTarget implements MigrationTarget {
  readonly shown: string;
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync, shown: string) {
    this.#db = db;
    this.shown = shown;
  }

  async applied(): Promise<AppliedMigration[] | undefined> {
    return withPatience(() => this.#applied(), this.shown);
  }

  #applied(): AppliedMigration[] | undefined {
    const table = this.#db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_migration'");
    if (!table.get()) return undefined;
    const rows = this.#db.prepare('SELECT number, name, checksum FROM schema_migration ORDER BY number').all();
    return rows.map((row) => ({
      number: Number(row.number),
      name: String(row.name),
      checksum: String(row.checksum),
    }));
  }

  async strangers(): Promise<string[]> {
    return withPatience(() => {
      const rows = this.#db
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name")
        .all();
      return rows.map((row) => String(row.name)).filter((name) => name !== 'schema_migration');
    }, this.shown);
  }

  async apply(migration: Migration): Promise<void> {
    await withPatience(() => this.#db.exec('BEGIN IMMEDIATE'), this.shown);
    try {
      this.#db.exec(RECORD);
      if (!this.#applied()?.some(({ number }) => number === migration.number)) {
        this.#db.exec(migration.text);
        this.#db
          .prepare("INSERT INTO schema_migration VALUES (?, ?, ?, CAST(unixepoch('subsec') * 1000 AS INTEGER))")
          .run(migration.number, migration.name, migration.checksum);
        this.#db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
      }
      this.#db.exec('COMMIT');
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }
}

/**
 * Opens the file for migrations. A new file, and only that, is put into WAL mode, which stays with the file, so that
 * readers never wait for writers; a file of another program is left as it is.
 */
export async function openForMigration(file: string, shown: string): Promise<DatabaseSync> {
  return withPatience(() => {
    const db = openSqlite(file);
    try {
      const empty = db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.n === 0;
      if (empty) db.exec('PRAGMA journal_mode = WAL');
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  }, shown);
}

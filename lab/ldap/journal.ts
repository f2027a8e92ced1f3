import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { z } from 'zod';
import type { Entry, Tree } from './tree.ts';

const bodySchema = z.object({
  parent: z.string().nullable(),
  rdn: z.object({ type: z.string(), value: z.string() }),
  nc: z.enum(['domain', 'configuration', 'schema']),
  attributes: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
  changed: z.record(z.string(), z.number()).optional(),
});

/** The directory on disk: one row an object, one row a link, written in the transaction of each operation. */
export class Journal {
  private readonly db: DatabaseSync;
  private readonly putObject: StatementSync;
  private readonly putLink: StatementSync;
  private readonly dropLink: StatementSync;
  private readonly putMeta: StatementSync;
  private depth = 0;

  constructor(file: string) {
    this.db = new DatabaseSync(file);
    // The lab's state may lose its last moments when the machine dies, never its consistency.
    this.db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
      CREATE TABLE IF NOT EXISTS object (n INTEGER PRIMARY KEY, guid TEXT NOT NULL UNIQUE, body TEXT NOT NULL);
      CREATE TABLE IF NOT EXISTS link (n INTEGER PRIMARY KEY, name TEXT NOT NULL, source TEXT NOT NULL, target TEXT NOT NULL,
        UNIQUE (name, source, target));
      CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;`);
    this.putObject = this.db.prepare(
      'INSERT INTO object (guid, body) VALUES (?, ?) ON CONFLICT (guid) DO UPDATE SET body = excluded.body',
    );
    this.putLink = this.db.prepare('INSERT OR IGNORE INTO link (name, source, target) VALUES (?, ?, ?)');
    this.dropLink = this.db.prepare('DELETE FROM link WHERE name = ? AND source = ? AND target = ?');
    this.putMeta = this.db.prepare(
      'INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
    );
  }

  meta(name: string): string | undefined {
    const row = this.db.prepare('SELECT value FROM meta WHERE name = ?').get(name);
    return typeof row?.value === 'string' ? row.value : undefined;
  }

  setMeta(name: string, value: string): void {
    this.putMeta.run(name, value);
  }

  /** Reads everything into the tree, in order of creation. */
  load(tree: Tree): void {
    const objects = this.db.prepare('SELECT guid, body FROM object ORDER BY n');
    for (const row of objects.iterate()) {
      const body = bodySchema.parse(JSON.parse(String(row.body)));
      tree.insert({
        guid: String(row.guid),
        parent: body.parent,
        rdn: body.rdn,
        nc: body.nc,
        attributes: new Map(Object.entries(body.attributes)),
        changed: new Map(Object.entries(body.changed ?? {})),
      });
    }
    for (const row of this.db.prepare('SELECT name, source, target FROM link ORDER BY n').iterate())
      tree.link(String(row.name), String(row.source), String(row.target));
  }

  save(entry: Entry): void {
    const body: z.infer<typeof bodySchema> = {
      parent: entry.parent,
      rdn: entry.rdn,
      nc: entry.nc,
      attributes: Object.fromEntries(entry.attributes),
      ...(entry.changed.size > 0 ? { changed: Object.fromEntries(entry.changed) } : {}),
    };
    this.putObject.run(entry.guid, JSON.stringify(body));
  }

  link(name: string, source: string, target: string): void {
    this.putLink.run(name.toLowerCase(), source, target);
  }

  unlink(name: string, source: string, target: string): void {
    this.dropLink.run(name.toLowerCase(), source, target);
  }

  /** Runs the writes of one operation, or of a whole load, as one; nothing stays when it throws. */
  transaction<T>(work: () => T): T {
    if (this.depth > 0) return work();
    this.db.exec('BEGIN');
    this.depth += 1;
    try {
      const result = work();
      this.db.exec('COMMIT');
      return result;
    } catch (error) {
      this.db.exec('ROLLBACK');
      throw error;
    } finally {
      this.depth -= 1;
    }
  }

  close(): void {
    this.db.close();
  }
}

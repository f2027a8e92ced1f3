import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import { UsageError } from '../../core/domain/errors.ts';
import { SCHEMA, SCHEMA_VERSION } from './schema.ts';

export type Row = Record<string, SQLOutputValue>;

/** node:sqlite with prepared statements kept by their text, nested transactions as one, and the change counter. */
export class LabDatabase {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #depth = 0;
  #sequence: number;

  /** Opens or creates `<name>.sqlite` in a folder. Throws UsageError when the file is of another version. */
  constructor(folder: string, name: string) {
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${name}.sqlite`);
    const existed = existsSync(file);
    this.#db = new DatabaseSync(file);
    this.#db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -32768');
    const version = Number(this.get('PRAGMA user_version')?.user_version ?? 0);
    if (version === 0) this.transaction(() => this.#db.exec(SCHEMA));
    else if (version !== SCHEMA_VERSION) {
      this.#db.close();
      throw new UsageError({
        tried: `open the lab's data of ${name}${existed ? '' : ' (new)'}`,
        happened: `The file is of version ${version}, this program writes version ${SCHEMA_VERSION}.`,
        next: 'Delete the lab folder and start the lab again; it is seeded anew.',
      });
    }
    this.#sequence = this.#highest();
  }

  #highest(): number {
    const row = this.get(`SELECT max(
      (SELECT coalesce(max(seq), 0) FROM item), (SELECT coalesce(max(seq), 0) FROM folder),
      (SELECT coalesce(max(seq), 0) FROM item_tombstone), (SELECT coalesce(max(seq), 0) FROM folder_tombstone)) AS seq`);
    return Number(row?.seq ?? 0);
  }

  /** The next number of the change counter. */
  nextSequence(): number {
    return ++this.#sequence;
  }

  get sequence(): number {
    return this.#sequence;
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#prepare(sql).get(...values);
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#prepare(sql).all(...values);
  }

  /** Runs a statement; returns the row id of an insert. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#prepare(sql).run(...values).lastInsertRowid);
  }

  /** Runs work in one transaction; inside another it becomes a part of that. */
  transaction<T>(work: () => T): T {
    if (this.#depth > 0) return work();
    this.#db.exec('BEGIN IMMEDIATE');
    this.#depth++;
    try {
      const result = work();
      this.#db.exec('COMMIT');
      return result;
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    } finally {
      this.#depth--;
    }
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }
}

export const text = (row: Row, column: string): string => String(row[column] ?? '');
export const number = (row: Row, column: string): number => Number(row[column] ?? 0);
export const maybeText = (row: Row, column: string): string | null =>
  row[column] === null || row[column] === undefined ? null : String(row[column]);

/** Change keys as Exchange's look: opaque, another one with every change. */
export function changeKey(seq: number): string {
  const bytes = Buffer.alloc(22);
  bytes.writeUInt32LE(0x16, 0);
  bytes.writeBigUInt64BE(BigInt(seq), 14);
  return bytes.toString('base64');
}

import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type TransactionSettings,
} from 'kysely';
import { isBusy, sqliteError } from './errors.sqlite.ts';
import { RowBatch, type RowChange } from './row-batch.ts';

/** How long a write waits for another process's write before it gives up, in ms. */
const LOCK_PATIENCE_MS = 30_000;
/** How long SQLite itself may wait, blocking our thread, before we wait without blocking, in ms. */
const BLOCKING_WAIT_MS = 20;
const STATEMENTS_KEPT = 300;

/** One SQLite connection with its prepared statements. */
class Handle {
  readonly db: DatabaseSync;
  readonly #statements = new Map<string, { statement: StatementSync; reader: boolean }>();

  constructor(db: DatabaseSync) {
    this.db = db;
  }

  prepare(sql: string): { statement: StatementSync; reader: boolean } {
    const known = this.#statements.get(sql);
    if (known) {
      // The one used longest ago stands first.
      this.#statements.delete(sql);
      this.#statements.set(sql, known);
      return known;
    }
    const statement = this.db.prepare(sql);
    const entry = { statement, reader: statement.columns().length > 0 };
    if (this.#statements.size >= STATEMENTS_KEPT) {
      const oldest = this.#statements.keys().next().value;
      if (oldest !== undefined) this.#statements.delete(oldest);
    }
    this.#statements.set(sql, entry);
    return entry;
  }

  run<R>(query: CompiledQuery): QueryResult<R> {
    const { statement, reader } = this.prepare(query.sql);
    const [first] = query.parameters;
    if (first instanceof RowBatch) return runBatch(statement, first);
    const parameters = query.parameters.map(bound);
    if (reader) {
      const rows = statement.all(...parameters) as R[];
      return { rows, numAffectedRows: BigInt(rows.length) };
    }
    const { changes, lastInsertRowid } = statement.run(...parameters);
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  }
}

function runBatch<R>(statement: StatementSync, batch: RowBatch): QueryResult<R> {
  const rows: RowChange[] = [];
  let total = 0;
  for (const row of batch.rows) {
    const changes = Number(statement.run(...row.map(bound)).changes);
    total += changes;
    rows.push({ changes });
  }
  return { rows: rows as R[], numAffectedRows: BigInt(total) };
}

/**
 * A value as SQLite shall store it. node:sqlite binds numbers as doubles and a Date as NULL without a word, so whole
 * numbers become integers, booleans 0/1, dates ms since the epoch, and anything else is refused.
 * @throws TypeError for undefined, NaN and objects
 */
export function bound(value: unknown): SQLInputValue {
  switch (typeof value) {
    case 'string':
    case 'bigint':
      return value;
    case 'number':
      if (Number.isSafeInteger(value)) return BigInt(value);
      if (Number.isFinite(value)) return value;
      break;
    case 'boolean':
      return value ? 1n : 0n;
    case 'object':
      if (value === null || value instanceof Uint8Array) return value;
      if (value instanceof Date && !Number.isNaN(value.getTime())) return BigInt(value.getTime());
      break;
    default:
  }
  const kind = typeof value === 'object' ? (value?.constructor.name ?? 'object') : typeof value;
  throw new TypeError(`a value of kind ${kind} cannot be stored`);
}

/** First come, first served, so that a busy console cannot starve a worker in the same process. */
class Turn {
  #last: Promise<void> = Promise.resolve();

  /** Resolves with the function that ends the turn. */
  async take(): Promise<() => void> {
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = promise;
    await before;
    return resolve;
  }
}

/**
 * node:sqlite below Kysely. Writes go through one connection, one after another; reads outside a transaction use a
 * second one, so that in WAL mode they never wait for a writer. Every transaction starts with BEGIN IMMEDIATE: a
 * transaction that first reads and then writes would otherwise fail in the middle when another process wrote meanwhile.
 */
class SqliteDriver implements Driver {
  readonly #open: () => DatabaseSync;
  readonly #shown: string;
  readonly #turn = new Turn();
  readonly #writer: Handle;
  readonly #reader: Handle | undefined;

  constructor(options: SqliteDialectOptions) {
    this.#open = options.open;
    this.#shown = options.shown;
    this.#writer = new Handle(options.open());
    // A database in memory belongs to its one connection.
    if (!options.memory) {
      this.#reader = new Handle(options.open());
      this.#reader.db.exec('PRAGMA query_only = 1');
    }
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<Session> {
    return new Session(this.#writer, this.#reader, this.#turn, this.#shown);
  }

  async beginTransaction(session: Session, settings: TransactionSettings): Promise<void> {
    if (settings.accessMode === 'read only' && this.#reader) await session.beginReading(this.#open());
    else await session.begin();
  }

  async commitTransaction(session: Session): Promise<void> {
    await session.end('COMMIT');
  }

  async rollbackTransaction(session: Session): Promise<void> {
    await session.end('ROLLBACK');
  }

  async releaseConnection(session: Session): Promise<void> {
    await session.abandon();
  }

  async destroy(): Promise<void> {
    const done = await this.#turn.take();
    this.#reader?.db.close();
    this.#writer.db.close();
    done();
  }
}

/** What one piece of work sees: nothing is locked until it writes or begins a transaction. */
class Session implements DatabaseConnection {
  readonly #writer: Handle;
  readonly #reader: Handle | undefined;
  readonly #turn: Turn;
  readonly #shown: string;
  #transaction: { handle: Handle; finish: () => void } | undefined;

  constructor(writer: Handle, reader: Handle | undefined, turn: Turn, shown: string) {
    this.#writer = writer;
    this.#reader = reader;
    this.#turn = turn;
    this.#shown = shown;
  }

  async begin(): Promise<void> {
    const finish = await this.#turn.take();
    try {
      await withPatience(() => this.#writer.db.exec('BEGIN IMMEDIATE'), this.#shown);
      this.#transaction = { handle: this.#writer, finish };
    } catch (error) {
      finish();
      throw error;
    }
  }

  async beginReading(db: DatabaseSync): Promise<void> {
    db.exec('PRAGMA query_only = 1; BEGIN');
    this.#transaction = { handle: new Handle(db), finish: () => db.close() };
  }

  async end(how: 'COMMIT' | 'ROLLBACK'): Promise<void> {
    const transaction = this.#transaction;
    if (!transaction) return;
    try {
      // SQLite ends a transaction itself when the disk is full or a read fails; a second ROLLBACK would be an error.
      if (transaction.handle.db.isTransaction) await withPatience(() => transaction.handle.db.exec(how), this.#shown);
      else if (how === 'COMMIT') throw new Error('the transaction had ended before its commit');
    } catch (error) {
      // A commit that failed leaves the transaction open; Kysely asks for the rollback next.
      if (how === 'COMMIT') throw error;
      throw sqliteError(error, this.#shown);
    }
    this.#transaction = undefined;
    transaction.finish();
  }

  async abandon(): Promise<void> {
    if (this.#transaction) await this.end('ROLLBACK');
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    try {
      if (this.#transaction) return this.#transaction.handle.run<R>(query);
      if (this.#reader && onlyReads(query))
        return (await withPatience(() => this.#reader?.run<R>(query), this.#shown)) as QueryResult<R>;
      return await this.#writeAlone<R>(query);
    } catch (error) {
      throw sqliteError(error, this.#shown);
    }
  }

  async #writeAlone<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    if (query.parameters[0] instanceof RowBatch) {
      await this.begin();
      try {
        const result = this.#writer.run<R>(query);
        await this.end('COMMIT');
        return result;
      } catch (error) {
        await this.end('ROLLBACK');
        throw error;
      }
    }
    const finish = await this.#turn.take();
    try {
      return await withPatience(() => this.#writer.run<R>(query), this.#shown);
    } finally {
      finish();
    }
  }

  /** Rows one by one; the statement is its own, because a cached one may be started again meanwhile. */
  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    const { db } = this.#transaction?.handle ?? this.#reader ?? this.#writer;
    try {
      for (const row of db.prepare(query.sql).iterate(...query.parameters.map(bound))) yield { rows: [row as R] };
    } catch (error) {
      throw sqliteError(error, this.#shown);
    }
  }
}

function onlyReads(query: CompiledQuery): boolean {
  return query.query.kind === 'SelectQueryNode' || (query.query.kind === 'RawNode' && /^\s*select\b/i.test(query.sql));
}

/**
 * Runs `work` until the database is not locked by another process. SQLite waits only briefly itself, because it blocks
 * our thread, and with it the heartbeat.
 * @throws StoreLockedError after LOCK_PATIENCE_MS
 */
export async function withPatience<T>(work: () => T, shown: string, patienceMs = LOCK_PATIENCE_MS): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (let wait = 1; ; wait = Math.min(wait * 2, 50)) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw sqliteError(error, shown);
      await sleep(wait * (0.5 + Math.random()));
    }
  }
}

/** Opens one connection with the settings every connection of ours has. */
export function openSqlite(file: string, durable = true): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: BLOCKING_WAIT_MS, enableForeignKeyConstraints: true });
  // FULL: a commit is on the disk when it returns. The ledger is what keeps an item from being written twice, so it
  // may not lose its last second with the power.
  // Pages go from the log into the database every 32 MB instead of every 4: a batch of a thousand directory objects is
  // that large, and each would be written twice over before its commit returns.
  db.exec(
    `PRAGMA synchronous = ${durable ? 'FULL' : 'NORMAL'}; PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY;
     PRAGMA wal_autocheckpoint = 8192;`,
  );
  return db;
}

export interface SqliteDialectOptions {
  open: () => DatabaseSync;
  /** The address for messages. */
  shown: string;
  memory: boolean;
}

/** Kysely's SQLite compiler and introspector over our driver. */
export class NodeSqliteDialect implements Dialect {
  readonly #options: SqliteDialectOptions;

  constructor(options: SqliteDialectOptions) {
    this.#options = options;
  }

  createDriver(): Driver {
    return new SqliteDriver(this.#options);
  }

  createQueryCompiler() {
    return new SqliteQueryCompiler();
  }

  createAdapter() {
    return new Adapter();
  }

  createIntrospector(...[db]: Parameters<Dialect['createIntrospector']>) {
    return new SqliteIntrospector(db);
  }
}

/** The driver orders writers itself; Kysely's own mutex would make readers wait for them. */
class Adapter extends SqliteAdapter {
  override get supportsMultipleConnections() {
    return true;
  }
}

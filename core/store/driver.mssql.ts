import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  MssqlAdapter,
  MssqlIntrospector,
  type QueryResult,
  type TransactionSettings,
} from 'kysely';
import type { ConnectionPool, IColumnMetadata, IRecordSet, Request, Transaction } from 'mssql';
import mssql from 'mssql';
import { bound } from './bound.mssql.ts';
import { TransplantMssqlCompiler } from './compiler.mssql.ts';
import { mssqlError } from './errors.mssql.ts';

/** The pool of the mssql package below Kysely: its compiler (extended), adapter and introspector, our connections. */
export class MssqlPoolDialect implements Dialect {
  readonly #pool: ConnectionPool;
  readonly #shown: string;

  constructor(pool: ConnectionPool, shown: string) {
    this.#pool = pool;
    this.#shown = shown;
  }

  createDriver(): Driver {
    return new MssqlPoolDriver(this.#pool, this.#shown);
  }

  createQueryCompiler() {
    return new TransplantMssqlCompiler();
  }

  createAdapter() {
    return new Adapter();
  }

  createIntrospector(...[db]: Parameters<Dialect['createIntrospector']>) {
    return new MssqlIntrospector(db);
  }
}

/** Our compiler writes `returning` as OUTPUT, so the rows do come back. */
class Adapter extends MssqlAdapter {
  override get supportsReturning() {
    return true;
  }
}

class MssqlPoolDriver implements Driver {
  readonly #pool: ConnectionPool;
  readonly #shown: string;

  constructor(pool: ConnectionPool, shown: string) {
    this.#pool = pool;
    this.#shown = shown;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<Session> {
    return new Session(this.#pool, this.#shown);
  }

  async beginTransaction(session: Session, settings: TransactionSettings): Promise<void> {
    await session.begin(settings);
  }

  async commitTransaction(session: Session): Promise<void> {
    await session.commit();
  }

  async rollbackTransaction(session: Session): Promise<void> {
    await session.rollback();
  }

  async releaseConnection(session: Session): Promise<void> {
    await session.rollback();
  }

  async destroy(): Promise<void> {
    await this.#pool.close();
  }
}

/** One piece of work: single statements take any connection of the pool, a transaction keeps one. */
class Session implements DatabaseConnection {
  readonly #pool: ConnectionPool;
  readonly #shown: string;
  #transaction: Transaction | undefined;

  constructor(pool: ConnectionPool, shown: string) {
    this.#pool = pool;
    this.#shown = shown;
  }

  async begin({ isolationLevel }: TransactionSettings): Promise<void> {
    const transaction = this.#pool.transaction();
    // The server may end a transaction by itself (a deadlock, a broken connection); the statement that hears of it
    // throws, so nobody needs to be told a second time.
    transaction.on('error', () => undefined);
    try {
      await transaction.begin(isolationLevel === 'serializable' ? mssql.ISOLATION_LEVEL.SERIALIZABLE : undefined);
    } catch (error) {
      throw mssqlError(error, this.#shown);
    }
    this.#transaction = transaction;
  }

  async commit(): Promise<void> {
    const transaction = this.#transaction;
    this.#transaction = undefined;
    try {
      await transaction?.commit();
    } catch (error) {
      throw mssqlError(error, this.#shown);
    }
  }

  /** A rollback that fails has nothing left to undo: the server has ended the transaction or lost the connection. */
  async rollback(): Promise<void> {
    const transaction = this.#transaction;
    this.#transaction = undefined;
    await transaction?.rollback().catch(() => undefined);
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    try {
      const result = await this.#request(query).query<R>(query.sql);
      const recordset: IRecordSet<R> | undefined = result.recordset;
      const big = recordset ? bigColumns(recordset.columns) : [];
      const rows = big.length ? recordset.map((row) => numbered(row, big)) : [...(recordset ?? [])];
      return { rows, numAffectedRows: BigInt(result.rowsAffected.at(-1) ?? 0) };
    } catch (error) {
      throw mssqlError(error, this.#shown);
    }
  }

  #request(query: CompiledQuery): Request {
    const request = this.#transaction ? new mssql.Request(this.#transaction) : this.#pool.request();
    query.parameters.forEach((value, index) => {
      addInput(request, String(index + 1), value);
    });
    return request;
  }

  /** Rows in groups as they come; the server is held up while the reader is busy. */
  async *streamQuery<R>(query: CompiledQuery, chunkSize: number): AsyncIterableIterator<QueryResult<R>> {
    const request = this.#request(query);
    const stream = request.toReadableStream({ highWaterMark: Math.max(chunkSize, 1) });
    let big: string[] = [];
    request.on('recordset', (columns: IColumnMetadata) => {
      big = bigColumns(columns);
    });
    request.query(query.sql).catch(() => undefined);
    try {
      for await (const row of stream) yield { rows: [numbered(row as R, big)] };
    } catch (error) {
      throw mssqlError(error, this.#shown);
    } finally {
      request.cancel();
    }
  }
}

/** A parameter with the type its value has in all our tables: whole numbers BIGINT, others FLOAT, texts NVARCHAR. */
function addInput(request: Request, name: string, given: unknown): void {
  const value = bound(given);
  if (typeof value === 'string') {
    request.input(name, value.length > 4000 ? mssql.NVarChar(mssql.MAX) : mssql.NVarChar(4000), value);
  } else if (typeof value === 'bigint') request.input(name, mssql.BigInt, value.toString());
  else if (typeof value === 'number')
    request.input(name, Number.isSafeInteger(value) ? mssql.BigInt : mssql.Float, value);
  else if (value === null) request.input(name, mssql.NVarChar(1), null);
  else {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    request.input(name, bytes.length > 8000 ? mssql.VarBinary(mssql.MAX) : mssql.VarBinary(8000), bytes);
  }
}

/** The driver gives 64-bit integers as text; ours are all safe integers, so they become numbers, by the column's type. */
function bigColumns(columns: IColumnMetadata): string[] {
  return Object.values(columns)
    .filter(({ type }) => type === mssql.BigInt)
    .map(({ name }) => name);
}

function numbered<R>(row: R, columns: readonly string[]): R {
  const record = row as Record<string, unknown>;
  for (const name of columns) {
    const value = record[name];
    if (typeof value === 'string') record[name] = Number(value);
  }
  return row;
}

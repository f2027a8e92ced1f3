import { DuckDBInstance } from '@duckdb/node-api';
import type { KeyColumn } from '../../core/rationalize/pairs.ts';

/** The same join in DuckDB: a table for each key and side, in memory, with all threads that the machine has. */
export class DuckJoin {
  readonly #connection: Awaited<ReturnType<DuckDBInstance['connect']>>;
  readonly #keys: number;

  private constructor(connection: Awaited<ReturnType<DuckDBInstance['connect']>>, keys: number) {
    this.#connection = connection;
    this.#keys = keys;
  }

  static async load(source: readonly KeyColumn[], target: readonly KeyColumn[]): Promise<DuckJoin> {
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    for (const [side, columns] of [['s', source] as const, ['t', target] as const]) {
      for (const [k, { values, holders }] of columns.entries()) {
        await connection.run(`CREATE TABLE ${side}${k} (value VARCHAR, holder INTEGER)`);
        const appender = await connection.createAppender(`${side}${k}`);
        for (let i = 0; i < values.length; i++) {
          appender.appendVarchar(values[i] ?? '');
          appender.appendInteger(holders[i] ?? 0);
          appender.endRow();
        }
        appender.closeSync();
      }
    }
    return new DuckJoin(connection, source.length);
  }

  /** Joins, each pair once with the mask of its keys, into a table. */
  async join(): Promise<void> {
    const parts = Array.from(
      { length: this.#keys },
      (_, k) => `SELECT s.holder AS s, t.holder AS t, ${2 ** k} AS mask FROM s${k} s JOIN t${k} t ON s.value = t.value`,
    );
    await this.#connection.run(
      `CREATE OR REPLACE TABLE pairs AS SELECT s, t, bit_or(mask) AS mask FROM (${parts.join(' UNION ALL ')}) GROUP BY s, t`,
    );
  }

  /** What the last join found, as `source target mask`, sorted. */
  async pairs(): Promise<string[]> {
    const reader = await this.#connection.runAndReadAll('SELECT s, t, mask FROM pairs ORDER BY s, t');
    return reader.getRows().map(([s, t, mask]) => `${s} ${t} ${mask}`);
  }

  close(): void {
    this.#connection.closeSync();
  }
}

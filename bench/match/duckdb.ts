import { type DuckDBDataChunk, DuckDBInstance } from '@duckdb/node-api';
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

  /** Joins, each pair once with the mask of its keys; the pairs come into this process as arrays of numbers. */
  async join(): Promise<{ sources: Int32Array[]; targets: Int32Array[]; masks: Int32Array[] }> {
    const parts = Array.from(
      { length: this.#keys },
      (_, k) => `SELECT s.holder AS s, t.holder AS t, ${2 ** k} AS mask FROM s${k} s JOIN t${k} t ON s.value = t.value`,
    );
    const text = `SELECT s, t, bit_or(mask)::INTEGER AS mask FROM (${parts.join(' UNION ALL ')}) GROUP BY s, t`;
    const result = await this.#connection.run(text);
    const found = { sources: [] as Int32Array[], targets: [] as Int32Array[], masks: [] as Int32Array[] };
    for (const chunk of await result.fetchAllChunks()) {
      found.sources.push(numbers(chunk, 0));
      found.targets.push(numbers(chunk, 1));
      found.masks.push(numbers(chunk, 2));
    }
    return found;
  }

  /** What the join finds, as `source target mask`, in order. */
  async pairs(): Promise<string[]> {
    const { sources, targets, masks } = await this.join();
    const rows = sources.flatMap((list, c) =>
      [...list].map((s, i) => [s, targets[c]?.[i] ?? -1, masks[c]?.[i] ?? -1] as const),
    );
    rows.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    return rows.map((row) => row.join(' '));
  }

  close(): void {
    this.#connection.closeSync();
  }
}

/** A column of a chunk without nulls; the numbers are copied, because the chunk's memory is DuckDB's. */
function numbers(chunk: DuckDBDataChunk, column: number): Int32Array {
  return Int32Array.from(chunk.getColumnValues(column) as number[]);
}

/**
 * Many rows for one prepared statement, handed through Kysely to the driver of SQLite as a single parameter. The result
 * has one row for each: how many rows of the table it changed.
 */
export class RowBatch {
  readonly rows: Iterable<readonly unknown[]>;
  constructor(rows: Iterable<readonly unknown[]>) {
    this.rows = rows;
  }
}

export interface RowChange {
  changes: number;
}

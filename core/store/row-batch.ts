/** Many rows for one prepared statement, handed through Kysely to the driver as a single parameter. */
export class RowBatch {
  readonly rows: Iterable<readonly unknown[]>;
  constructor(rows: Iterable<readonly unknown[]>) {
    this.rows = rows;
  }
}

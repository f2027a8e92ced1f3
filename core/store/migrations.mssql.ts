import type { ConnectionPool } from 'mssql';
import mssql from 'mssql';
import { mssqlError } from './errors.mssql.ts';
import { StoreLockedError } from './errors.ts';
import type { AppliedMigration, Migration, MigrationTarget } from './migrations.ts';

/** How long a process waits for another one's migration, in ms. */
const LOCK_MS = 300_000;

const RECORD = `IF OBJECT_ID('schema_migration') IS NULL CREATE TABLE schema_migration (
  number BIGINT NOT NULL PRIMARY KEY, name NVARCHAR(200) COLLATE Latin1_General_BIN2 NOT NULL,
  checksum NVARCHAR(64) COLLATE Latin1_General_BIN2 NOT NULL, applied_at BIGINT NOT NULL
)`;

/** Migrations over a pool: each is one transaction that first takes a named lock all processes share. */
export class MssqlMigrationTarget implements MigrationTarget {
  readonly shown: string;
  readonly #pool: ConnectionPool;

  constructor(pool: ConnectionPool, shown: string) {
    this.#pool = pool;
    this.shown = shown;
  }

  async applied(): Promise<AppliedMigration[] | undefined> {
    return this.#translated(() => readApplied(this.#pool.request()));
  }

  async strangers(): Promise<string[]> {
    return this.#translated(async () => {
      const { recordset } = await this.#pool
        .request()
        .query<{ name: string }>("SELECT name FROM sys.tables WHERE name <> 'schema_migration' ORDER BY name");
      return recordset.map(({ name }) => name);
    });
  }

  async apply(migration: Migration): Promise<void> {
    await this.#translated(async () => {
      const transaction = this.#pool.transaction();
      transaction.on('error', () => undefined);
      await transaction.begin();
      try {
        await this.#lock(transaction);
        await new mssql.Request(transaction).batch(RECORD);
        const known = await readApplied(new mssql.Request(transaction));
        if (!known?.some(({ number }) => number === migration.number)) {
          await new mssql.Request(transaction).batch(migration.text);
          await new mssql.Request(transaction)
            .input('number', mssql.BigInt, migration.number)
            .input('name', mssql.NVarChar(200), migration.name)
            .input('checksum', mssql.NVarChar(64), migration.checksum)
            .query(`INSERT INTO schema_migration (number, name, checksum, applied_at)
              VALUES (@number, @name, @checksum, DATEDIFF_BIG(ms, '19700101', SYSUTCDATETIME()))`);
        }
        await transaction.commit();
      } catch (error) {
        await transaction.rollback().catch(() => undefined);
        throw error;
      }
    });
  }

  async #lock(transaction: InstanceType<typeof mssql.Transaction>): Promise<void> {
    const { recordset } = await new mssql.Request(transaction).query<{ outcome: number }>(`DECLARE @outcome INT;
      EXEC @outcome = sp_getapplock @Resource = 'transplant.migration', @LockMode = 'Exclusive',
        @LockOwner = 'Transaction', @LockTimeout = ${LOCK_MS};
      SELECT @outcome AS outcome`);
    if ((recordset[0]?.outcome ?? -999) >= 0) return;
    throw new StoreLockedError({
      tried: `bring the tables in ${this.shown} up to date`,
      happened: 'Another process is at it and did not end.',
      next: 'Wait for it, or end it, and try again.',
    });
  }

  async #translated<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw mssqlError(error, this.shown);
    }
  }
}

async function readApplied(request: InstanceType<typeof mssql.Request>): Promise<AppliedMigration[] | undefined> {
  const { recordset: tables } = await request.query<{ id: number | null }>(
    "SELECT OBJECT_ID('schema_migration') AS id",
  );
  if (tables[0]?.id == null) return undefined;
  const { recordset } = await request.query<{ number: string; name: string; checksum: string }>(
    'SELECT number, name, checksum FROM schema_migration ORDER BY number',
  );
  return recordset.map(({ number, name, checksum }) => ({ number: Number(number), name, checksum }));
}

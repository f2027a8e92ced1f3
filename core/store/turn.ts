import type { Transaction } from 'kysely';
import type { Database } from './schema.ts';
import type { Store } from './store.ts';

/**
 * Lets the claims of all machines happen one after another: the first thing a claim does is to write this row, and
 * the row stays locked until its transaction ends. In SQLite every writing transaction has the database to itself.
 * @returns the database's clock, read after the turn has come
 */
export const takeTurn = (store: Store, trx: Transaction<Database>) => take(store, trx, 'turn.queue');

/** The same for those who append to the audit log. */
export const takeAuditTurn = (store: Store, trx: Transaction<Database>) => take(store, trx, 'turn.audit');

async function take(store: Store, trx: Transaction<Database>, name: string): Promise<number> {
  if (store.dialect === 'mssql') {
    await trx.updateTable('setting').set({ value: '{}' }).where('name', '=', name).executeTakeFirstOrThrow();
  }
  return store.now(trx);
}

import type { Transaction } from 'kysely';
import type { Database } from './schema.ts';
import type { Store } from './store.ts';

/**
 * Lets rare work of all machines that must not cross (keys, moving, pauses) happen one after another: it first writes
 * a row of its own, which stays locked until its transaction ends. In SQLite every writing transaction has the
 * database to itself.
 * @returns the database's clock, read after the turn has come
 */
export const takeTurn = (store: Store, trx: Transaction<Database>) => take(store, trx, 'turn.work');

/** The same for those who append to the audit log. */
export const takeAuditTurn = (store: Store, trx: Transaction<Database>) => take(store, trx, 'turn.audit');

async function take(store: Store, trx: Transaction<Database>, name: string): Promise<number> {
  if (store.dialect === 'mssql') {
    await trx.updateTable('setting').set({ value: '{}' }).where('name', '=', name).executeTakeFirstOrThrow();
  }
  return store.now(trx);
}

import type { Transaction } from 'kysely';
import type { Database } from './schema.ts';
import type { Store } from './store.ts';

/**
 * Lets the claims of all machines happen one after another: the first thing a claim does is to write this row, and
 * the row stays locked until its transaction ends. In SQLite every writing transaction has the database to itself.
 */
export const waitTurn = (store: Store, trx: Transaction<Database>) => wait(store, trx, 'turn.queue');

/** Waits for the turn. @returns the database's clock, read after the turn has come */
export async function takeTurn(store: Store, trx: Transaction<Database>): Promise<number> {
  await waitTurn(store, trx);
  return store.now(trx);
}

/** The same for those who append to the audit log. */
export async function takeAuditTurn(store: Store, trx: Transaction<Database>): Promise<number> {
  await wait(store, trx, 'turn.audit');
  return store.now(trx);
}

async function wait(store: Store, trx: Transaction<Database>, name: string): Promise<void> {
  if (store.dialect === 'sqlite') return;
  await trx.updateTable('setting').set({ value: '{}' }).where('name', '=', name).executeTakeFirstOrThrow();
}

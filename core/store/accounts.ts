import type { Transaction } from 'kysely';
import { z } from 'zod';
import { ACCOUNT_PURPOSES, type AccountPurpose } from '../domain/words.ts';
import { KeyLostError, type Keyring } from './keyring.ts';
import type { Database } from './schema.ts';
import { putSecret, readSecret } from './secrets.ts';
import type { Store } from './store.ts';

/** A service account of a forest. The password stands in the secret that `secretId` names. */
export interface Account {
  id: number;
  forestId: number;
  purpose: AccountPurpose;
  userName: string;
  secretId: number | undefined;
  updatedAt: number;
}

const purposeSchema = z.enum(ACCOUNT_PURPOSES);

export async function listAccounts(store: Store, forestId: number, db = store.db): Promise<Account[]> {
  const rows = await db
    .selectFrom('account')
    .selectAll()
    .where('forest_id', '=', forestId)
    .orderBy('purpose')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    forestId: row.forest_id,
    purpose: purposeSchema.parse(row.purpose),
    userName: row.user_name,
    secretId: row.secret_id ?? undefined,
    updatedAt: row.updated_at,
  }));
}

export async function findAccount(
  store: Store,
  forestId: number,
  purpose: AccountPurpose,
): Promise<Account | undefined> {
  return (await listAccounts(store, forestId)).find((account) => account.purpose === purpose);
}

const ownerOf = (accountId: number, purpose: AccountPurpose) => ({ record: `account:${accountId}`, purpose });

/**
 * Stores the account of a forest for a purpose, its password sealed, in the caller's transaction.
 * @throws NotApprovedError, KeyLostError when this machine may not seal passwords
 */
export async function setAccount(
  store: Store,
  trx: Transaction<Database>,
  keyring: Keyring,
  account: { forestId: number; purpose: AccountPurpose; userName: string; password: string },
): Promise<void> {
  const { forestId, purpose, userName, password } = account;
  const known = await trx
    .selectFrom('account')
    .select(['id', 'secret_id'])
    .where('forest_id', '=', forestId)
    .where('purpose', '=', purpose)
    .executeTakeFirst();
  const row = { forest_id: forestId, purpose, user_name: userName, updated_at: await store.now(trx) };
  const { id } = known ?? (await trx.insertInto('account').values(row).returning('id').executeTakeFirstOrThrow());
  const replaces = known?.secret_id ?? undefined;
  const secretId = await putSecret(store, keyring, ownerOf(id, purpose), password, { replaces, db: trx });
  await trx
    .updateTable('account')
    .set({ ...row, secret_id: secretId })
    .where('id', '=', id)
    .execute();
}

/**
 * The password of an account.
 * @throws SecretAlteredError, KeyLostError, NotApprovedError
 */
export async function accountPassword(store: Store, keyring: Keyring, account: Account): Promise<string> {
  if (account.secretId === undefined) throw new KeyLostError(`the password of ${account.userName}`);
  return readSecret(store, keyring, account.secretId, ownerOf(account.id, account.purpose));
}

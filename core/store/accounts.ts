import { z } from 'zod';
import { ACCOUNT_PURPOSES, type AccountPurpose } from '../domain/words.ts';
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

export async function listAccounts(store: Store, forestId: number): Promise<Account[]> {
  const rows = await store.db
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

import type { Kysely } from 'kysely';
import { TransplantError } from '../domain/errors.ts';
import { seal, unseal } from './envelope.ts';
import { KeyLostError, type Keyring, secretContext } from './keyring.ts';
import type { Database } from './schema.ts';
import type { Store } from './store.ts';

/** A stored secret is not what was stored, or stands where another one belongs. */
export class SecretAlteredError extends TransplantError {
  constructor(id: number, what: string) {
    super({
      tried: `open ${what} (secret ${id})`,
      happened: 'The stored row was altered or exchanged, so it is refused.',
      next: 'Find out who wrote to the database, then enter the password again with: transplant account set …',
    });
  }
}

/** What a secret belongs to: the record's name in the database, like `account:12`, and what it is for. */
export interface SecretOwner {
  record: string;
  purpose: string;
}

/**
 * Seals a text (a password, a token) and stores it, in place of secret `replaces` when that is given.
 * @returns the secret's id
 * @throws NotApprovedError, KeyLostError, MachineRemovedError
 */
export async function putSecret(
  store: Store,
  keyring: Keyring,
  owner: SecretOwner,
  text: string,
  { replaces, db = store.db }: { replaces?: number | undefined; db?: Kysely<Database> } = {},
): Promise<number> {
  const { version, dataKey } = await keyring.current(db);
  const row = {
    ...owner,
    ...seal(dataKey, Buffer.from(text, 'utf8'), secretContext(owner.record, owner.purpose)),
    key_version: version,
    updated_at: await store.now(db),
  };
  if (replaces !== undefined) {
    const { numUpdatedRows } = await db.updateTable('secret').set(row).where('id', '=', replaces).executeTakeFirst();
    if (numUpdatedRows > 0n) return replaces;
  }
  const { id } = await db.insertInto('secret').values(row).returning('id').executeTakeFirstOrThrow();
  return id;
}

/**
 * Opens a secret for the record it must belong to.
 * @throws SecretAlteredError when the row was changed, exchanged with another or removed
 * @throws KeyLostError, NotApprovedError when this machine does not have its key
 */
export async function readSecret(store: Store, keyring: Keyring, id: number, owner: SecretOwner): Promise<string> {
  const what = `the password of ${owner.record} for ${owner.purpose}`;
  const row = await store.db.selectFrom('secret').selectAll().where('id', '=', id).executeTakeFirst();
  if (!row) throw new SecretAlteredError(id, what);
  const dataKey = await keyring.open(row.key_version);
  if (!dataKey) {
    await keyring.current();
    throw new KeyLostError(what);
  }
  try {
    return unseal(dataKey, row, secretContext(owner.record, owner.purpose)).toString('utf8');
  } catch {
    throw new SecretAlteredError(id, what);
  }
}

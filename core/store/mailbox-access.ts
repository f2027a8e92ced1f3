import type { Kysely } from 'kysely';
import { ACCESS_ORIGINS, type AccessOrigin, type GranteeForm, type MailboxAccess } from '../domain/mailbox-access.ts';
import type { MailboxStats } from '../domain/mailbox-stats.ts';
import { insertMany } from './bulk.ts';
import type { Database } from './schema.ts';
import type { Store } from './store.ts';

/** SQL Server takes 2,100 parameters in a statement. */
const IDS_IN_A_STATEMENT = 1000;

export interface StoredAccess extends MailboxAccess {
  mailboxId: number;
  /** ms since the epoch. */
  readAt: number;
}

const originsOf = (by: 'directory' | 'exchange'): AccessOrigin[] =>
  (Object.keys(ACCESS_ORIGINS) as AccessOrigin[]).filter((origin) => ACCESS_ORIGINS[origin].by === by);

/** Replaces what the directory, or Exchange, said about some mailboxes; those without entries lose theirs. */
export async function replaceAccess(
  store: Store,
  by: 'directory' | 'exchange',
  found: ReadonlyMap<number, readonly MailboxAccess[]>,
  db?: Kysely<Database>,
): Promise<void> {
  if (found.size === 0) return;
  const work = async (trx: Kysely<Database>) => {
    const now = await store.now(trx);
    const ids = [...found.keys()];
    for (let at = 0; at < ids.length; at += IDS_IN_A_STATEMENT) {
      await trx
        .deleteFrom('mailbox_access')
        .where('mailbox_id', 'in', ids.slice(at, at + IDS_IN_A_STATEMENT))
        .where('origin', 'in', originsOf(by))
        .execute();
    }
    const rows = [...found].flatMap(([mailboxId, list]) =>
      list.map((one) => ({
        mailbox_id: mailboxId,
        origin: one.origin,
        right_name: one.right.slice(0, 64),
        grantee_form: one.granteeForm,
        grantee: one.grantee.slice(0, 2000),
        place: one.place,
        read_at: now,
      })),
    );
    await insertMany(store, trx, 'mailbox_access', rows);
  };
  if (db) await work(db);
  else await store.db.transaction().execute(work);
}

/** Everything that is known of who may use the mailboxes of the given forests. */
export async function listAccess(store: Store, forestIds: readonly number[]): Promise<StoredAccess[]> {
  if (forestIds.length === 0) return [];
  const rows = await store.db
    .selectFrom('mailbox_access as a')
    .innerJoin('recipient as r', 'r.id', 'a.mailbox_id')
    .select(['a.mailbox_id', 'a.origin', 'a.right_name', 'a.grantee_form', 'a.grantee', 'a.place', 'a.read_at'])
    .where('r.forest_id', 'in', [...forestIds])
    .where('r.deleted', '=', 0)
    .orderBy('a.mailbox_id')
    .orderBy('a.id')
    .execute();
  return rows.map((row) => ({
    mailboxId: row.mailbox_id,
    origin: row.origin as AccessOrigin,
    right: row.right_name,
    granteeForm: row.grantee_form as GranteeForm,
    grantee: row.grantee,
    place: row.place,
    readAt: row.read_at,
  }));
}

/** Keeps what a worker measured of a mailbox. */
export async function storeStats(
  store: Store,
  recipientId: number,
  stats: MailboxStats,
  db: Kysely<Database> = store.db,
): Promise<void> {
  await db
    .updateTable('recipient')
    .set({ stats: JSON.stringify(stats) })
    .where('id', '=', recipientId)
    .execute();
}

import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import {
  MAIL_STATES,
  type MailState,
  NOTIFICATION_OCCASIONS,
  type NotificationOccasion,
} from '../domain/notification.ts';
import { insertMany } from './bulk.ts';
import type { Database } from './schema.ts';
import type { Store } from './store.ts';

/** One mail to one person: what became of it, never what it says. */
export interface MailRow {
  id: number;
  workloadId: number;
  occasion: NotificationOccasion;
  address: string;
  language: string;
  state: MailState;
  messageId: string;
  reason: string | null;
  updatedAt: number;
}

const occasionSchema = z.enum(NOTIFICATION_OCCASIONS);
const stateSchema = z.enum(MAIL_STATES);
const IDS_A_STATEMENT = 1000;

/** Mails of some workloads, of one occasion or of all. */
export async function mailsOf(
  db: Kysely<Database>,
  workloadIds: readonly number[],
  occasion?: NotificationOccasion,
): Promise<MailRow[]> {
  const found: MailRow[] = [];
  for (let at = 0; at < workloadIds.length; at += IDS_A_STATEMENT) {
    let query = db
      .selectFrom('notification')
      .selectAll()
      .where('workload_id', 'in', workloadIds.slice(at, at + IDS_A_STATEMENT));
    if (occasion) query = query.where('occasion', '=', occasion);
    for (const row of await query.orderBy('id').execute()) {
      found.push({
        id: row.id,
        workloadId: row.workload_id,
        occasion: occasionSchema.parse(row.occasion),
        address: row.address,
        language: row.language,
        state: stateSchema.parse(row.state),
        messageId: row.message_id,
        reason: row.reason,
        updatedAt: row.updated_at,
      });
    }
  }
  return found;
}

/** @throws DuplicateError when one of the workloads has a mail of the occasion already */
export async function addMails(
  store: Store,
  db: Kysely<Database>,
  mails: readonly { workloadId: number; occasion: NotificationOccasion; address: string; language: string }[],
): Promise<void> {
  const now = await store.now(db);
  await insertMany(
    store,
    db,
    'notification',
    mails.map((mail) => ({
      workload_id: mail.workloadId,
      occasion: mail.occasion,
      address: mail.address,
      language: mail.language,
      state: 'planned',
      // Chosen before it is sent, so that a mail that was sent twice against all care is one to Exchange.
      message_id: `<${randomUUID()}@${mail.address.slice(mail.address.lastIndexOf('@') + 1) || 'transplant.invalid'}>`,
      reason: null,
      updated_at: now,
    })),
  );
}

/** Moves mails on, only those in one of the states. @returns how many */
export async function setMails(
  store: Store,
  db: Kysely<Database>,
  ids: readonly number[],
  from: readonly MailState[],
  to: MailState,
  reason: string | null = null,
): Promise<number> {
  let moved = 0;
  for (let at = 0; at < ids.length; at += IDS_A_STATEMENT) {
    const { numUpdatedRows } = await db
      .updateTable('notification')
      .set({ state: to, reason, updated_at: store.nowSql })
      .where('id', 'in', ids.slice(at, at + IDS_A_STATEMENT))
      .where('state', 'in', [...from])
      .executeTakeFirst();
    moved += Number(numUpdatedRows);
  }
  return moved;
}

import type { Kysely } from 'kysely';
import type { NotificationOccasion, NotificationSettings } from '../../domain/notification.ts';
import { batchById } from '../../store/batches.ts';
import { addMails, type MailRow, mailsOf, setMails } from '../../store/mails.ts';
import { readNotifications } from '../../store/notifications.ts';
import { type ClaimedTask, enqueue, fenced } from '../../store/queue.ts';
import { getRecipients } from '../../store/recipients.ts';
import { scheduleOf } from '../../store/schedules.ts';
import type { Database } from '../../store/schema.ts';
import type { Store } from '../../store/store.ts';
import { type Workload, workloadById, workloadsOf } from '../../store/workloads.ts';
import { addressFor, composeMail, languageOf, type Mail, type Person } from './compose.ts';

/** One person's mail as it would be sent now, and what became of the one that was. */
export interface PlannedMail {
  workloadId: number;
  displayName: string;
  address: string;
  mail: Mail | undefined;
  row: MailRow | undefined;
}

/** Mail servers are away for an hour now and then. */
const MAIL_TRIES = 12;
const MAILBOXES = new Set(['mailbox', 'archive']);

/** The mails of a batch, or of some members of it, for an occasion: who gets what, in which language. Sends nothing. */
export async function previewMails(
  store: Store,
  batchId: number,
  occasion: NotificationOccasion,
  workloadIds?: readonly number[],
): Promise<{ enabled: boolean; mails: PlannedMail[] }> {
  const settings = await readNotifications(store);
  const wanted = workloadIds && new Set(workloadIds);
  const members = (await workloadsOf(store, batchId)).filter(
    ({ id, kind, state }) => MAILBOXES.has(kind) && state !== 'undone' && (!wanted || wanted.has(id)),
  );
  const about = await aboutOf(store, batchId, settings);
  const people = await peopleOf(store, members);
  const rows = new Map(
    (
      await mailsOf(
        store.db,
        members.map(({ id }) => id),
        occasion,
      )
    ).map((row) => [row.workloadId, row]),
  );
  const mails = members.map((member): PlannedMail => {
    const person = people.get(member.id) ?? personOf(member, undefined);
    return {
      workloadId: member.id,
      displayName: member.displayName,
      address: addressFor(occasion, person),
      mail: composeMail(settings, occasion, person, about),
      row: rows.get(member.id),
    };
  });
  return { enabled: settings.enabled, mails };
}

/** What a batch's mails say of it: its name, and when and in which zone it is cut over. */
export async function aboutOf(store: Store, batchId: number, settings: NotificationSettings) {
  const [batch, schedule, now] = await Promise.all([
    batchById(store, batchId),
    scheduleOf(store.db, batchId),
    store.now(),
  ]);
  const at = schedule.find((one) => one.kind === 'cutover');
  return { batch: batch?.name ?? '', at: at?.at ?? now, zone: at?.zone ?? settings.timeZone };
}

export async function peopleOf(store: Store, members: readonly Workload[]): Promise<Map<number, Person>> {
  const recipients = await getRecipients(
    store,
    members.flatMap(({ sourceId }) => (sourceId === null ? [] : [sourceId])),
  );
  return new Map(members.map((member) => [member.id, personOf(member, recipients.get(member.sourceId ?? 0))]));
}

function personOf(member: Workload, recipient: Parameters<typeof languageOf>[0]): Person {
  const { displayName, sourceAddress, targetAddress } = member;
  return { displayName, sourceAddress, targetAddress, language: languageOf(recipient) };
}

/**
 * Puts mails into the queue, one a person who has not got one of this occasion yet. `again` sends those too that failed or
 * whose fate is unknown; a mail that was sent is never sent again.
 * @returns how many
 */
export async function planMails(
  store: Store,
  batchId: number,
  occasion: NotificationOccasion,
  options: { workloadIds?: readonly number[]; again?: boolean } = {},
): Promise<number> {
  const { mails } = await previewMails(store, batchId, occasion, options.workloadIds);
  const again = options.again === true;
  return await store.db.transaction().execute((trx) => putMails(store, trx, batchId, occasion, mails, again));
}

async function putMails(
  store: Store,
  db: Kysely<Database>,
  batchId: number,
  occasion: NotificationOccasion,
  mails: readonly PlannedMail[],
  again: boolean,
): Promise<number> {
  const known = await mailsOf(
    db,
    mails.map(({ workloadId }) => workloadId),
    occasion,
  );
  const has = new Set(known.map(({ workloadId }) => workloadId));
  const fresh = mails.flatMap(({ workloadId, mail }) =>
    mail && !has.has(workloadId) ? [{ workloadId, occasion, address: mail.to, language: mail.language }] : [],
  );
  await addMails(store, db, fresh);
  const retried = again ? known.filter(({ state }) => state === 'failed' || state === 'unknown') : [];
  await setMails(
    store,
    db,
    retried.map(({ id }) => id),
    ['failed', 'unknown'],
    'planned',
  );
  // Planned by an earlier call whose task was called back with its batch.
  const waiting = await openMailTasks(db, batchId);
  const stranded = known.filter(({ state, workloadId }) => state === 'planned' && !waiting.has(workloadId));
  const ids = [...fresh, ...retried, ...stranded].map(({ workloadId }) => workloadId);
  await enqueue(
    store,
    ids.map((workloadId) => ({ kind: 'notify', batchId, workloadId, payload: { occasion }, maxAttempts: MAIL_TRIES })),
    db,
  );
  return ids.length;
}

async function openMailTasks(db: Kysely<Database>, batchId: number): Promise<Set<number>> {
  const rows = await db
    .selectFrom('task')
    .select('workload_id')
    .where('batch_id', '=', batchId)
    .where('kind', '=', 'notify')
    .where('state', 'in', ['ready', 'leased', 'held'])
    .execute();
  return new Set(rows.flatMap((row) => (row.workload_id === null ? [] : [row.workload_id])));
}

/** Puts one workload's mail into the queue, as a step of its cutover. @returns why there is nothing to send */
export async function planMail(
  store: Store,
  claim: ClaimedTask,
  workloadId: number,
  occasion: NotificationOccasion,
): Promise<string | undefined> {
  const workload = await workloadById(store, workloadId);
  if (!workload || !MAILBOXES.has(workload.kind)) return 'Nobody owns it.';
  const { enabled, mails } = await previewMails(store, workload.batchId, occasion, [workloadId]);
  if (!enabled) return 'Notifications are turned off.';
  if (!mails.some(({ mail }) => mail !== undefined)) return `There is no template for the occasion "${occasion}".`;
  await fenced(store, claim, (trx) => putMails(store, trx, workload.batchId, occasion, mails, false));
  return undefined;
}

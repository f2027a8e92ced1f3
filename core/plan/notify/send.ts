import { z } from 'zod';
import { NOTIFICATION_OCCASIONS } from '../../domain/notification.ts';
import { appendEvents } from '../../store/events.ts';
import { mailsOf, setMails } from '../../store/mails.ts';
import { readNotifications } from '../../store/notifications.ts';
import { type ClaimedTask, fenced } from '../../store/queue.ts';
import type { Store } from '../../store/store.ts';
import { workloadById } from '../../store/workloads.ts';
import { composeMail } from './compose.ts';
import { aboutOf, peopleOf } from './plan.ts';
import { type Mailer, MailFateUnknown, MailRefused, mimeOf } from './smtp.ts';

const payloadSchema = z.object({ occasion: z.enum(NOTIFICATION_OCCASIONS) });

export interface MailOutcome {
  kind: 'notify';
  state: 'sent' | 'failed' | 'unknown' | 'nothing';
}

/**
 * Sends the mail that a task is about, once: the mail is on record as `sending` before the server hears of it. Found so by
 * a later claim, its fate is unknown, and it is left to a person.
 * @throws MailServerError when the server is away; the mail stays planned and the task is tried again
 */
export async function sendMail(
  store: Store,
  claim: ClaimedTask,
  mailer: () => Promise<Mailer>,
  guard: () => void,
): Promise<MailOutcome> {
  const { occasion } = payloadSchema.parse(claim.payload);
  const workload = claim.workloadId === undefined ? undefined : await workloadById(store, claim.workloadId);
  const [row] = workload ? await mailsOf(store.db, [workload.id], occasion) : [];
  if (!workload || !row || row.state === 'sent' || row.state === 'failed' || row.state === 'unknown') {
    return { kind: 'notify', state: 'nothing' };
  }
  const settle = async (state: 'planned' | 'sent' | 'failed' | 'unknown', reason: string | null): Promise<void> => {
    await fenced(store, claim, async (trx) => {
      await setMails(store, trx, [row.id], ['planned', 'sending'], state, reason);
      const data = { occasion, state };
      await appendEvents(store, [{ kind: 'mail', batchId: workload.batchId, workloadId: workload.id, data }], trx);
    });
  };
  if (row.state === 'sending') {
    await settle('unknown', 'The program ended while the mail was being sent.');
    return { kind: 'notify', state: 'unknown' };
  }
  const settings = await readNotifications(store);
  const person = (await peopleOf(store, [workload])).get(workload.id);
  const mail = person && composeMail(settings, occasion, person, await aboutOf(store, workload.batchId, settings));
  if (!settings.enabled || !mail) {
    await settle('failed', settings.enabled ? 'No template fits any more.' : 'Notifications were turned off.');
    return { kind: 'notify', state: 'failed' };
  }
  const message = await mimeOf({ ...mail, from: settings.from, messageId: row.messageId });
  const open = await mailer();
  await fenced(store, claim, (trx) => setMails(store, trx, [row.id], ['planned'], 'sending'));
  guard();
  try {
    const code = await open.send({ from: settings.from, to: mail.to }, message);
    await settle('sent', code);
    return { kind: 'notify', state: 'sent' };
  } catch (error) {
    if (error instanceof MailRefused) {
      await settle('failed', error.text.happened);
      return { kind: 'notify', state: 'failed' };
    }
    if (error instanceof MailFateUnknown) {
      await settle('unknown', error.text.happened);
      return { kind: 'notify', state: 'unknown' };
    }
    await settle('planned', error instanceof Error ? error.message : null);
    throw error;
  }
}

/** The queue gave the task up: the mail failed, and says why. */
export async function mailGaveUp(store: Store, claim: ClaimedTask, reason: string): Promise<void> {
  const payload = payloadSchema.safeParse(claim.payload);
  if (!payload.success || claim.workloadId === undefined) return;
  const rows = await mailsOf(store.db, [claim.workloadId], payload.data.occasion);
  await setMails(
    store,
    store.db,
    rows.map(({ id }) => id),
    ['planned'],
    'failed',
    reason,
  );
}

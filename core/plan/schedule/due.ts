import { readNotifications } from '../../store/notifications.ts';
import { dueSchedules, type ScheduleRow, settleSchedule } from '../../store/schedules.ts';
import type { Store } from '../../store/store.ts';
import { actOnBatch } from '../batches/actions.ts';
import { planMails } from '../notify/plan.ts';

/** What decides whether a batch may start, beside the schedule. @returns why not */
export type StartGate = (batchId: number) => Promise<string | undefined>;

/**
 * Does what schedules say is due by the database's clock. Every machine may call it: what two do at once is done once,
 * since a workload that moves already stays as it is.
 * @returns how many entries were settled
 */
export async function runDue(store: Store, gate: StartGate): Promise<number> {
  let settled = 0;
  for (const row of await dueSchedules(store)) {
    const end = await doDue(store, row, gate);
    if (end && (await settleSchedule(store, store.db, row, end.state, end.note))) settled++;
  }
  return settled;
}

type End = { state: 'done' | 'missed'; note: string | null };

async function doDue(store: Store, row: ScheduleRow, gate: StartGate): Promise<End | undefined> {
  const correlation = `schedule-${row.batchId}-${row.kind}`;
  switch (row.kind) {
    case 'start': {
      const why = await gate(row.batchId);
      if (why !== undefined) return { state: 'missed', note: why };
      const { stayed } = await actOnBatch(store, row.batchId, 'start', { correlation });
      return { state: 'done', note: noteOf(stayed) };
    }
    case 'notice': {
      const { enabled } = await readNotifications(store);
      if (!enabled) return { state: 'missed', note: 'Notifications are turned off.' };
      await planMails(store, row.batchId, 'before');
      return { state: 'done', note: null };
    }
    case 'cutover': {
      const { stayed } = await actOnBatch(store, row.batchId, 'cutover', { correlation });
      // Who is still being synced is cut over as soon as that is through.
      const late = stayed.some(({ why }) => why === 'its sync is not finished');
      return late ? undefined : { state: 'done', note: noteOf(stayed) };
    }
  }
}

function noteOf(stayed: readonly { why: string; count: number }[]): string | null {
  const open = stayed.filter(
    ({ why }) => why !== 'it is being cut over' && why !== 'it is running' && why !== 'it is done',
  );
  return open.length === 0 ? null : open.map(({ why, count }) => `${count} stayed, ${why}`).join('; ');
}

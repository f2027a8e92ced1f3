import { UsageError } from '../../domain/errors.ts';
import { readNotifications } from '../../store/notifications.ts';
import { dropSchedule, putSchedule, type ScheduleRow, scheduleOf } from '../../store/schedules.ts';
import type { Store } from '../../store/store.ts';
import { instantOf, wallOf } from './zone.ts';

const HOUR = 3_600_000;

/** A batch's times as a person gives them; null takes one away, undefined leaves it as it is. */
export interface ScheduleChange {
  /** Wall clock such as 2026-03-29T22:00. */
  startAt?: string | null | undefined;
  cutoverAt?: string | null | undefined;
  /** IANA zone of both. */
  timeZone: string;
  /** Wait for a person although the time of the cutover has come. */
  hold?: boolean | undefined;
}

/**
 * Writes a batch's schedule. A wall clock that is skipped when clocks go forward stands for the instant of the change; of
 * one that comes twice the earlier is taken.
 * @throws UsageError when a time has passed already, or there is nothing to hold
 */
export async function setSchedule(store: Store, batchId: number, change: ScheduleChange): Promise<ScheduleRow[]> {
  const { hoursBefore } = await readNotifications(store);
  return await store.db.transaction().execute(async (trx) => {
    const now = await store.now(trx);
    const at = (wall: string): number => {
      const instant = instantOf(wallOf(wall), change.timeZone);
      if (instant > now) return instant;
      throw new UsageError({
        tried: `schedule something for ${wall} (${change.timeZone})`,
        happened: 'That time has passed.',
        next: 'Choose a later one, or do it at once with: transplant batch start or cutover',
      });
    };
    const zone = change.timeZone;
    if (change.startAt === null) await dropSchedule(trx, batchId, 'start');
    else if (change.startAt !== undefined) {
      const wall = change.startAt;
      await putSchedule(store, trx, { batchId, kind: 'start', at: at(wall), wall, zone, state: 'waiting' });
    }
    const before = (await scheduleOf(trx, batchId)).find(({ kind }) => kind === 'cutover');
    if (change.cutoverAt === null) {
      await dropSchedule(trx, batchId, 'cutover');
      await dropSchedule(trx, batchId, 'notice');
    } else if (change.cutoverAt !== undefined) {
      const wall = change.cutoverAt;
      const state = (change.hold ?? before?.state === 'hold') ? 'hold' : 'waiting';
      const instant = at(wall);
      await putSchedule(store, trx, { batchId, kind: 'cutover', at: instant, wall, zone, state });
      const notice = Math.max(now, instant - hoursBefore * HOUR);
      await putSchedule(store, trx, { batchId, kind: 'notice', at: notice, wall, zone, state: 'waiting' });
    } else if (change.hold !== undefined) {
      if (!before || (before.state !== 'hold' && before.state !== 'waiting')) {
        throw new UsageError({
          tried: change.hold ? 'hold the batch before its cutover' : 'release the batch for its cutover',
          happened: 'No cutover of it is scheduled.',
          next: 'Without a time nothing is cut over by itself; give one with --cutover-at.',
        });
      }
      await putSchedule(store, trx, { ...before, state: change.hold ? 'hold' : 'waiting' });
    }
    return await scheduleOf(trx, batchId);
  });
}

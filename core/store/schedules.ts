import type { Kysely } from 'kysely';
import { z } from 'zod';
import { upsertMany } from './bulk.ts';
import type { Database } from './schema.ts';
import type { Store } from './store.ts';

/** What a batch's schedule says: `start` its first sync, `cutover` its switch; `notice` is when people are told before. */
export const SCHEDULE_KINDS = ['start', 'notice', 'cutover'] as const;
export type ScheduleKind = (typeof SCHEDULE_KINDS)[number];
/** `hold` waits for a person although its time has come; `missed` was not done, the note says why. */
export const SCHEDULE_STATES = ['waiting', 'hold', 'done', 'missed'] as const;
export type ScheduleState = (typeof SCHEDULE_STATES)[number];

export interface ScheduleRow {
  batchId: number;
  kind: ScheduleKind;
  /** The instant, ms. */
  at: number;
  /** What the person said: `2026-03-29T02:30`, the wall clock in `zone`. */
  wall: string;
  /** IANA name. */
  zone: string;
  state: ScheduleState;
  note: string | null;
  doneAt: number | null;
}

const kindSchema = z.enum(SCHEDULE_KINDS);
const stateSchema = z.enum(SCHEDULE_STATES);

function toRow(row: Database['schedule']): ScheduleRow {
  return {
    batchId: row.batch_id,
    kind: kindSchema.parse(row.kind),
    at: row.at,
    wall: row.wall,
    zone: row.zone,
    state: stateSchema.parse(row.state),
    note: row.note,
    doneAt: row.done_at,
  };
}

/** A batch's schedule, or everybody's, in the order of time. */
export async function scheduleOf(db: Kysely<Database>, batchId?: number): Promise<ScheduleRow[]> {
  let query = db.selectFrom('schedule').selectAll().orderBy('at').orderBy('batch_id');
  if (batchId !== undefined) query = query.where('batch_id', '=', batchId);
  return (await query.execute()).map(toRow);
}

export async function putSchedule(
  store: Store,
  db: Kysely<Database>,
  row: Omit<ScheduleRow, 'note' | 'doneAt'>,
): Promise<void> {
  const { batchId, kind, at, wall, zone, state } = row;
  const values = { batch_id: batchId, kind, at, wall, zone, state, note: null, done_at: null };
  await upsertMany(store, db, 'schedule', [values], { key: ['batch_id', 'kind'] });
}

export async function dropSchedule(db: Kysely<Database>, batchId: number, kind: ScheduleKind): Promise<void> {
  await db.deleteFrom('schedule').where('batch_id', '=', batchId).where('kind', '=', kind).execute();
}

/** What is due by the database's clock. */
export async function dueSchedules(store: Store): Promise<ScheduleRow[]> {
  const rows = await store.db
    .selectFrom('schedule')
    .selectAll()
    .where('state', '=', 'waiting')
    .where('at', '<=', store.nowSql)
    .orderBy('at')
    .execute();
  return rows.map(toRow);
}

/** Takes a due entry for oneself: of many machines one gets it. @returns whether it was this one */
export async function settleSchedule(
  store: Store,
  db: Kysely<Database>,
  row: Pick<ScheduleRow, 'batchId' | 'kind' | 'at'>,
  state: ScheduleState,
  note: string | null = null,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('schedule')
    .set({ state, note, done_at: store.nowSql })
    .where('batch_id', '=', row.batchId)
    .where('kind', '=', row.kind)
    .where('at', '=', row.at)
    .where('state', '=', 'waiting')
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

import { sql } from 'kysely';
import type { Store } from './store.ts';

/** A folder of a workload as the drawer shows it. */
export interface FolderLine {
  id: number;
  path: string;
  state: string;
  itemsTotal: number;
  itemsDone: number;
  itemsBad: number;
  bytesDone: number;
}

/** Folders of a workload by path, after one; those with work left come with `unfinished` alone. */
export async function folderLines(
  store: Store,
  workloadId: number,
  page: { after?: string | undefined; limit: number; unfinished?: boolean | undefined },
): Promise<FolderLine[]> {
  let query = store.db
    .selectFrom('folder')
    .select(['id', 'path', 'state', 'items_total', 'items_done', 'items_bad', 'bytes_done'])
    .where('workload_id', '=', workloadId);
  if (page.after !== undefined) query = query.where('path', '>', page.after);
  if (page.unfinished) query = query.whereRef('items_done', '<', 'items_total');
  const rows = await query.orderBy('path').limit(page.limit).execute();
  return rows.map((row) => ({
    id: row.id,
    path: row.path,
    state: row.state,
    itemsTotal: row.items_total,
    itemsDone: row.items_done,
    itemsBad: row.items_bad,
    bytesDone: row.bytes_done,
  }));
}

/** A bad item: where it lies and why it stayed behind; never its subject. */
export interface BadItemLine {
  id: number;
  folderPath: string;
  sourceId: string;
  itemClass: string;
  size: number;
  itemDate: number | null;
  reason: string;
  message: string;
  state: string;
  decidedBy: string | null;
}

export async function badItemLines(store: Store, workloadId: number, limit: number): Promise<BadItemLine[]> {
  const rows = await store.db
    .selectFrom('bad_item')
    .selectAll()
    .where('workload_id', '=', workloadId)
    .orderBy('folder_path')
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    folderPath: row.folder_path,
    sourceId: row.source_id,
    itemClass: row.item_class,
    size: row.size,
    itemDate: row.item_date,
    reason: row.reason,
    message: row.message,
    state: row.state,
    decidedBy: row.decided_by,
  }));
}

/** One attempt at a task of the workload, newest first: the history in the drawer. */
export interface AttemptLine {
  taskId: number;
  kind: string;
  machine: string | null;
  startedAt: number;
  endedAt: number | null;
  outcome: string | null;
  message: string | null;
}

export async function attemptLines(store: Store, workloadId: number, limit: number): Promise<AttemptLine[]> {
  const rows = await store.db
    .selectFrom('task_attempt')
    .innerJoin('task', 'task.id', 'task_attempt.task_id')
    .leftJoin('machine', 'machine.id', 'task_attempt.machine_id')
    .select([
      'task.id as task_id',
      'task.kind as kind',
      'machine.name as machine',
      'task_attempt.started_at as started_at',
      'task_attempt.ended_at as ended_at',
      'task_attempt.outcome as outcome',
      'task_attempt.message as message',
    ])
    .where('task.workload_id', '=', workloadId)
    .orderBy('task_attempt.id', 'desc')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    taskId: row.task_id,
    kind: row.kind,
    machine: row.machine,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    outcome: row.outcome,
    message: row.message,
  }));
}

/** Items and bytes of the minutes since a time (ms since the epoch), for a batch or for everything. */
export async function throughputByMinute(
  store: Store,
  since: number,
  batchId?: number,
): Promise<{ at: number; items: number; bytes: number }[]> {
  const of = batchId === undefined ? sql`` : sql`JOIN workload w ON w.id = t.workload_id AND w.batch_id = ${batchId}`;
  const { rows } = await sql<{ minute: number; items: number; bytes: number }>`
    SELECT t.minute AS minute, SUM(t.items) AS items, SUM(t.bytes) AS bytes FROM throughput t ${of}
    WHERE t.minute >= ${Math.floor(since / 60_000)} GROUP BY t.minute ORDER BY t.minute`.execute(store.db);
  return rows.map((row) => ({
    at: Number(row.minute) * 60_000,
    items: Number(row.items),
    bytes: Number(row.bytes),
  }));
}

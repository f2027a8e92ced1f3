import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { insertMany } from '../../../core/store/bulk.ts';
import { openStore } from '../../../core/store/open.ts';
import { enqueue } from '../../../core/store/queue.ts';
import type { Store } from '../../../core/store/store.ts';
import { Crew, type Place, WORKERS } from './crew.ts';
import { check, type Ended, type HistoryEvent, type Verdict } from './history.ts';
import type { Line } from './proxy.ts';
import { Random } from './random.ts';
import type { Defect } from './settings.ts';
import { SHAPES } from './shape.ts';
import { ModelTarget } from './target.ts';

const ITEMS = 18;

export interface Faults {
  kills: number;
  freezes: number;
  cuts: number;
  clockJumps: number;
  lostRequests: number;
  lostAnswers: number;
  lateRequests: number;
  doublesRemoved: number;
}

export interface ScheduleResult extends Verdict {
  operations: number;
  faults: Faults;
}

export interface ScheduleOptions {
  /** Mailboxes to copy; a full schedule unless given. */
  workloads?: number;
  /** A defect that the workers have, to see that it is found. */
  defect?: Defect;
  /** Told every few seconds how far it is. */
  progress?: (text: string) => void;
}

const PROGRESS_MS = 10_000;

/** One schedule: workers copy a few mailboxes while chance kills, freezes and cuts them off; then the end is checked. */
export async function runSchedule(
  seed: number,
  place: Place,
  { workloads, defect, progress }: ScheduleOptions = {},
): Promise<ScheduleResult> {
  const random = new Random(seed);
  const { store } = place;
  // Half of the schedules leave the database's clock alone, so that leases can be checked against it.
  const jumping = store.dialect === 'sqlite' && seed % 2 === 1;
  const target = new ModelTarget(random);
  const crew = new Crew(random, place, {
    target,
    targetPort: await target.listen(),
    clockFile: jumping ? join(place.folder, 'clock') : undefined,
    defect,
  });
  const items = await prepare(store, workloads ?? SHAPES[store.dialect].workloads);
  const done = watched(store, crew, 2 * items.size, progress);
  try {
    await crew.torment(done, true);
    await crew.thaw();
    while (target.busy) await sleep(20);
    await enqueueWorkloads(store, items, true);
    await crew.torment(done, false);
  } finally {
    await crew.dismiss();
    await target.close();
  }
  const ended = await read(store, target, [...items.values()].flat(), !jumping);
  const { lostRequests, lostAnswers, lateRequests } = target.faults;
  return {
    ...check(ended),
    operations: ended.history.length + target.operations,
    faults: { ...crew.faults, lostRequests, lostAnswers, lateRequests, doublesRemoved: crew.doublesRemoved() },
  };
}

/** Looks whether all tasks are done, and says from time to time how far it is. @param all tasks of both passes */
function watched(store: Store, crew: Crew, all: number, progress?: (text: string) => void): () => Promise<boolean> {
  const started = performance.now();
  let said = started;
  return async () => {
    const { open, done } = await tasks(store);
    const now = performance.now();
    if (progress && done > 0 && now - said > PROGRESS_MS) {
      said = now;
      const seconds = (now - started) / 1000;
      const left = (seconds * (all - done)) / done;
      progress(
        `${done} of ${all} tasks done, ${crew.faults.kills} kills, ${seconds.toFixed(0)} s, about ${left.toFixed(0)} s left`,
      );
    }
    return open === 0;
  };
}

/** Empties what the schedule before has left, and puts workers and work on record. @returns items by workload */
async function prepare(store: Store, count: number): Promise<Map<number, string[]>> {
  for (const table of ['task_attempt', 'task', 'ledger', 'event', 'machine'] as const) {
    await store.db.deleteFrom(table).execute();
  }
  if (store.dialect === 'sqlite') await recordTasks(store);
  const machines = Array.from({ length: WORKERS }, (_, index) => ({
    id: index + 1,
    name: `worker ${index + 1}`,
    name_key: `worker ${index + 1}`,
    kind: 'worker',
    state: 'approved',
    public_key: '',
    fingerprint: '',
    version: '',
    facts: '{}',
    enrolled_at: 0,
    last_seen: 0,
  }));
  await insertMany(store, store.db, 'machine', machines);
  const workloads = Array.from({ length: count }, (_, index) => index + 1);
  const items = new Map(
    workloads.map((workload) => [workload, Array.from({ length: ITEMS }, (_, n) => `w${workload}-i${n}`)]),
  );
  await enqueueWorkloads(store, items, false);
  return items;
}

/** The database itself puts every change of a claim on record; SQL Server's OUTPUT does not go together with triggers. */
async function recordTasks(store: Store): Promise<void> {
  await sql`CREATE TRIGGER IF NOT EXISTS model_task AFTER UPDATE ON task
    WHEN old.fence <> new.fence OR old.state <> new.state OR old.machine_id IS NOT new.machine_id
    BEGIN
      INSERT INTO event (at, kind, data) VALUES (0, 'model.task', json_object('task', new.id, 'fence', new.fence,
        'state', new.state, 'machine', new.machine_id, 'oldFence', old.fence, 'oldState', old.state));
    END`.execute(store.db);
}

async function enqueueWorkloads(store: Store, items: Map<number, string[]>, last: boolean): Promise<void> {
  await enqueue(
    store,
    [...items].map(([workload, ids]) => ({
      kind: last ? ('finalSync' as const) : ('sync' as const),
      payload: { workload, items: ids, last },
      maxAttempts: 1_000_000,
    })),
  );
  // A clock that jumped back must not keep them waiting.
  await store.db.updateTable('task').set({ run_after: 0 }).where('state', '=', 'ready').execute();
}

async function tasks(store: Store): Promise<{ open: number; done: number }> {
  const rows = await store.db
    .selectFrom('task')
    .select((eb) => ['state', eb.fn.countAll<number>().as('n')])
    .groupBy('state')
    .execute();
  const done = rows.find(({ state }) => state === 'done')?.n ?? 0;
  return { done, open: rows.reduce((sum, { n }) => sum + n, 0) - done };
}

async function read(store: Store, target: ModelTarget, items: string[], steadyClock: boolean): Promise<Ended> {
  const events = await store.db
    .selectFrom('event')
    .select(['kind', 'data', 'machine_id'])
    .where('kind', 'in', ['model.task', 'model.write'])
    .orderBy('id')
    .execute();
  const history = events.map((event): HistoryEvent => {
    const data = JSON.parse(event.data) as object;
    const kind = event.kind === 'model.task' ? 'task' : 'write';
    return { machine: event.machine_id, ...data, kind } as HistoryEvent;
  });
  const rows = await store.db.selectFrom('ledger').select(['source_id', 'state', 'target_id']).execute();
  const ledger = rows.map((row) => ({ item: row.source_id, state: row.state, targetId: row.target_id }));
  const { open } = await tasks(store);
  return { history, items, target: [...target.items.values()], ledger, openTasks: open, steadyClock };
}

/** Opens the place of a run: a database with our tables. */
export async function openPlace(url: string, folder: string, proxy?: Line): Promise<Place> {
  const store = await openStore(url, { create: true });
  return { store, folder, proxy, workerUrl: limited(proxy ? proxy.url(url) : url, SHAPES[store.dialect].connections) };
}

function limited(text: string, connections: number | undefined): string {
  if (connections === undefined) return text;
  const url = new URL(text);
  url.searchParams.set('max', String(connections));
  return url.href;
}

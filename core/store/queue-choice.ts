import { type Kysely, sql } from 'kysely';
import type { TaskKind } from '../domain/words.ts';
import { ewsEndpoints } from './forests.ts';
import type { ClaimOptions } from './queue-hot.ts';
import { leftToOthers } from './queue-shares.ts';
import type { Database } from './schema.ts';

/** How many more tasks a limited name may run, and which scopes are closed for now. */
interface Room {
  /** By endpoint name or 'workload:ID'; a name that is missing has no limit. */
  left: Map<string, number>;
  batchesClosed: Set<number>;
  allClosed: boolean;
  /** The EWS hosts of the forests, which a workload's content passes through whatever else its task names. */
  hosts: string[];
}

/** Kinds that read or write the content of a workload over EWS. */
const CONTENT: readonly TaskKind[] = ['hierarchy', 'sync', 'finalSync', 'verify', 'cutover'];
/** Whether a task passes through the EWS hosts of both forests. */
export function isContent(task: { kind: string; workload_id: number | null }): boolean {
  return task.workload_id !== null && CONTENT.includes(task.kind as TaskKind);
}

/** A limit's name for all tasks of one workload. */
export const workloadScope = (id: number) => `workload:${id}`;
export const batchScope = (id: number) => `batch:${id}`;

/** Picks the ids to claim, most urgent first, within all limits and outside maintenance windows. */
export async function chooseTasks(db: Kysely<Database>, options: ClaimOptions, now: number): Promise<number[]> {
  const room = await readRoom(db, now);
  if (room.allClosed) return [];
  const chosen: number[] = [];
  let after: { priority: number; id: number } | undefined;
  const pageSize = room.left.size === 0 ? options.max : Math.max(2 * options.max, 50);
  for (;;) {
    const page = await candidates(db, options, now, room, after, pageSize);
    for (const task of page) {
      if (chosen.length < options.max && takeRoom(room, task)) chosen.push(task.id);
    }
    const last = page.at(-1);
    if (chosen.length >= options.max || !last || page.length < pageSize) return chosen;
    after = last;
  }
}

async function readRoom(db: Kysely<Database>, now: number): Promise<Room> {
  const room: Room = { left: new Map(), batchesClosed: new Set(), allClosed: false, hosts: [] };
  const limits = await db.selectFrom('endpoint_limit').select(['endpoint', 'max_running', 'until']).execute();
  const windows = await db
    .selectFrom('maintenance')
    .select('scope')
    .where('to_at', '>', now)
    .where('from_at', '<=', now)
    .execute();
  for (const limit of limits) {
    if (limit.until !== null && limit.until > now) room.left.set(limit.endpoint, 0);
    else if (limit.max_running !== null) room.left.set(limit.endpoint, limit.max_running);
  }
  for (const { scope } of windows) {
    if (scope === '*') room.allClosed = true;
    else if (scope.startsWith('batch:')) room.batchesClosed.add(Number(scope.slice('batch:'.length)));
    else room.left.set(scope, 0);
  }
  if (room.left.size === 0 || room.allClosed) return room;
  room.hosts = Object.values(await ewsEndpoints(db)).filter((host) => room.left.has(host));
  const running = await db
    .selectFrom('task')
    .select(['kind', 'workload_id', 'source_endpoint', 'target_endpoint'])
    .where('state', '=', 'leased')
    .execute();
  for (const task of running) {
    for (const name of namesOf(room, task)) {
      const left = room.left.get(name);
      if (left !== undefined) room.left.set(name, left - 1);
    }
  }
  return room;
}

interface Candidate {
  id: number;
  priority: number;
  kind: string;
  workload_id: number | null;
  source_endpoint: string | null;
  target_endpoint: string | null;
}

function namesOf(room: Room, task: Omit<Candidate, 'id' | 'priority'>): string[] {
  const names = new Set<string>(isContent(task) ? room.hosts : []);
  if (task.workload_id !== null) names.add(workloadScope(task.workload_id));
  if (task.source_endpoint !== null) names.add(task.source_endpoint);
  if (task.target_endpoint !== null) names.add(task.target_endpoint);
  return [...names];
}

/** Takes the task's place under each of its limits, or none. */
function takeRoom(room: Room, task: Candidate): boolean {
  const names = namesOf(room, task);
  if (names.some((name) => (room.left.get(name) ?? 1) <= 0)) return false;
  for (const name of names) {
    const left = room.left.get(name);
    if (left !== undefined) room.left.set(name, left - 1);
  }
  return true;
}

/** One page of ready tasks after a place in the order, without those whose names have no room left. */
async function candidates(
  db: Kysely<Database>,
  options: ClaimOptions,
  now: number,
  room: Room,
  after: { priority: number; id: number } | undefined,
  pageSize: number,
): Promise<Candidate[]> {
  const full = [...room.left].filter(([, left]) => left <= 0).map(([name]) => name);
  const endpoints = full.filter((name) => !name.startsWith('workload:')).slice(0, 200);
  const workloads = full
    .filter((name) => name.startsWith('workload:'))
    .map((name) => Number(name.slice('workload:'.length)))
    .slice(0, 500);
  let query = db
    .selectFrom('task')
    .select(['id', 'priority', 'kind', 'workload_id', 'source_endpoint', 'target_endpoint'])
    .where('state', '=', 'ready')
    .where('run_after', '<=', now)
    .where((eb) => eb.or([eb('for_machine', 'is', null), eb('for_machine', '=', options.machineId)]))
    .where(sql<boolean>`NOT (${sql.raw(leftToOthers(String(now), String(options.machineId)))})`)
    .orderBy('priority')
    .orderBy('id')
    .limit(pageSize);
  const { kinds } = options;
  if (kinds) query = query.where('kind', 'in', [...kinds]);
  if (after) {
    const { priority, id } = after;
    query = query.where((eb) =>
      eb('priority', '>=', priority).and(eb.or([eb('priority', '>', priority), eb('id', '>', id)])),
    );
  }
  if (endpoints.length) {
    query = query
      .where((eb) => eb.or([eb('source_endpoint', 'is', null), eb('source_endpoint', 'not in', endpoints)]))
      .where((eb) => eb.or([eb('target_endpoint', 'is', null), eb('target_endpoint', 'not in', endpoints)]));
  }
  if (room.hosts.some((host) => (room.left.get(host) ?? 1) <= 0)) {
    query = query.where((eb) => eb.or([eb('workload_id', 'is', null), eb('kind', 'not in', [...CONTENT])]));
  }
  if (workloads.length) {
    query = query.where((eb) => eb.or([eb('workload_id', 'is', null), eb('workload_id', 'not in', workloads)]));
  }
  if (room.batchesClosed.size) {
    const closed = [...room.batchesClosed];
    query = query.where((eb) => eb.or([eb('batch_id', 'is', null), eb('batch_id', 'not in', closed)]));
  }
  return query.execute();
}

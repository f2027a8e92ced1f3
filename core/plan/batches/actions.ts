import type { Kysely, Transaction } from 'kysely';
import { z } from 'zod';
import { nameKey } from '../../domain/name-key.ts';
import { type State, type TaskKind, WORKLOAD_KINDS } from '../../domain/words.ts';
import { endpointsOf } from '../../store/endpoints.ts';
import { appendEvents, type NewEvent } from '../../store/events.ts';
import { enqueue } from '../../store/queue.ts';
import { cancelTasks } from '../../store/queue-order.ts';
import type { Database } from '../../store/schema.ts';
import type { Store } from '../../store/store.ts';
import { takeTurn } from '../../store/turn.ts';
import { goesOn, prepareSteps, type StepMember } from '../cutover/begin.ts';
import { type BatchAction, batchState, type Move, moveOf } from './lifecycle.ts';

export interface ActionResult {
  /** How many workloads moved. */
  moved: number;
  /** Those that stayed, by reason, with some of their names. */
  stayed: { why: string; count: number; names: string[] }[];
  /** Workloads whose directory changes must be taken back too. */
  undoDirectory: number[];
  state: State;
}

interface Member extends StepMember {
  state: State;
}

const NAMES_SHOWN = 5;
const kindSchema = z.enum(WORKLOAD_KINDS);

/**
 * Does one action to a batch, or to some of its workloads, all or nothing: states, tasks and events change in one
 * transaction, so a crash leaves no workload that waits for a task that never was.
 */
export async function actOnBatch(
  store: Store,
  batchId: number,
  action: BatchAction,
  options: { workloadIds?: readonly number[] | undefined; correlation?: string | undefined } = {},
): Promise<ActionResult> {
  return await store.db.transaction().execute(async (trx) => {
    // Two that act at once (a schedule on two machines, two consoles) come one after the other, and the second one sees
    // what the first one moved.
    await takeTurn(store, trx);
    let members = await membersOf(trx, batchId, options.workloadIds);
    // Going on with a batch means those that are not in sync; when all are, it means the next delta of all.
    const resting =
      action === 'start' && options.workloadIds === undefined && members.some((member) => canStart(member.state));
    const stayed = new Map<string, { count: number; names: string[] }>();
    const undoDirectory: number[] = [];
    const events: NewEvent[] = [];
    let moved = 0;
    if (action === 'cutover') {
      const goOn = await goOnWith(store, trx, batchId, members);
      moved += goOn.size;
      events.push(
        ...[...goOn].map((workloadId) => stateEvent(batchId, workloadId, 'cuttingOver', options.correlation)),
      );
      members = members.filter(({ id }) => !goOn.has(id));
    }
    for (const [from, group] of byState(members)) {
      const move: Move = resting && from === 'inSync' ? { kind: 'stay', why: 'it is in sync' } : moveOf(from, action);
      const stays = (why: string, some: readonly Member[]) => {
        const entry = stayed.get(why) ?? { count: 0, names: [] };
        entry.count += some.length;
        entry.names.push(...some.slice(0, NAMES_SHOWN - entry.names.length).map((member) => member.display_name));
        stayed.set(why, entry);
      };
      if (move.kind === 'stay') {
        stays(move.why, group);
        continue;
      }
      const { allowed, refused } = await prepareSteps(store, trx, group, action);
      for (const { why, members: some } of refused) stays(why, some);
      const ids = allowed.map((member) => member.id);
      if (ids.length === 0) continue;
      await setStates(store, trx, ids, move.to);
      if (move.callBack) for (const workloadId of ids) await cancelTasks(store, { workloadId }, trx);
      if (move.undoDirectory) undoDirectory.push(...ids);
      await enqueueMove(store, trx, batchId, allowed, move);
      moved += ids.length;
      events.push(...ids.map((workloadId) => stateEvent(batchId, workloadId, move.to, options.correlation)));
    }
    const state = await refreshBatchState(store, trx, batchId);
    await appendEvents(store, events, trx);
    return {
      moved,
      stayed: [...stayed].map(([why, entry]) => ({ why, ...entry })),
      undoDirectory,
      state,
    };
  });
}

/** Public folders are locked before their last delta, which is a step of their cutover then. */
async function enqueueMove(
  store: Store,
  trx: Transaction<Database>,
  batchId: number,
  members: readonly Member[],
  move: Extract<Move, { kind: 'move' }>,
): Promise<void> {
  if (move.enqueue.length === 0) return;
  const endpoints = await endpointsOf(
    trx,
    members.map(({ id }) => id),
  );
  const kindFor = (member: Member, kind: TaskKind): TaskKind =>
    kind === 'finalSync' && member.kind === 'publicFolders' ? 'cutover' : kind;
  await enqueue(
    store,
    members.flatMap((member) =>
      move.enqueue.map((kind) => ({
        kind: kindFor(member, kind),
        batchId,
        workloadId: member.id,
        payload: {},
        ...endpoints.get(member.id),
      })),
    ),
    trx,
  );
}

/** Cutovers that failed after mail flow had turned go on where they stopped. @returns whose */
async function goOnWith(store: Store, trx: Transaction<Database>, batchId: number, members: readonly Member[]) {
  const failed = members.filter(({ state }) => state === 'failed').map(({ id }) => id);
  const ids = await goesOn(trx, failed);
  await setStates(store, trx, [...ids], 'cuttingOver');
  const endpoints = await endpointsOf(trx, [...ids]);
  await enqueue(
    store,
    [...ids].map((workloadId) => ({ kind: 'cutover', batchId, workloadId, payload: {}, ...endpoints.get(workloadId) })),
    trx,
  );
  return ids;
}

function canStart(state: State): boolean {
  return state !== 'inSync' && moveOf(state, 'start').kind === 'move';
}

async function membersOf(trx: Transaction<Database>, batchId: number, ids?: readonly number[]): Promise<Member[]> {
  const rows = await trx
    .selectFrom('workload')
    .select(['id', 'state', 'display_name', 'kind'])
    .where('batch_id', '=', batchId)
    .orderBy('name_key')
    .execute();
  const wanted = ids && new Set(ids);
  return rows
    .filter((row) => wanted === undefined || wanted.has(row.id))
    .map((row) => ({
      id: row.id,
      state: row.state as State,
      display_name: row.display_name,
      kind: kindSchema.parse(row.kind),
    }));
}

function byState(members: Member[]): Map<State, Member[]> {
  return Map.groupBy(members, (member) => member.state);
}

const IDS_A_STATEMENT = 1000;

async function setStates(store: Store, trx: Transaction<Database>, ids: number[], state: State): Promise<void> {
  for (let at = 0; at < ids.length; at += IDS_A_STATEMENT) {
    await trx
      .updateTable('workload')
      .set({ state, reason: null, updated_at: store.nowSql })
      .where('id', 'in', ids.slice(at, at + IDS_A_STATEMENT))
      .execute();
  }
}

/** The event that tells consoles of a workload's new state. */
export function stateEvent(batchId: number, workloadId: number, state: State, correlation?: string): NewEvent {
  return {
    kind: 'workload.state',
    batchId,
    workloadId,
    data: { state },
    ...(correlation === undefined ? {} : { correlation }),
  };
}

/** Works out the batch's state anew from its workloads and keeps it. */
export async function refreshBatchState(store: Store, db: Kysely<Database>, batchId: number): Promise<State> {
  const rows = await db
    .selectFrom('workload')
    .select((eb) => ['state', eb.fn.countAll<number>().as('count')])
    .where('batch_id', '=', batchId)
    .groupBy('state')
    .execute();
  const state = batchState(Object.fromEntries(rows.map((row) => [row.state, Number(row.count)])));
  const finished = state === 'done' || state === 'undone';
  await db
    .updateTable('batch')
    .set((eb) => ({
      state,
      started_at: state === 'planned' ? eb.ref('started_at') : eb.fn.coalesce('started_at', store.nowSql),
      finished_at: finished ? eb.fn.coalesce('finished_at', store.nowSql) : null,
    }))
    .where('id', '=', batchId)
    .where('state', '!=', state)
    .execute();
  return state;
}

/** Ids of a batch's workloads by name or address. @returns the names nobody has, too */
export async function workloadsByName(
  store: Store,
  batchId: number,
  names: readonly string[],
): Promise<{ ids: number[]; unknown: string[] }> {
  const rows = await store.db
    .selectFrom('workload')
    .select(['id', 'name_key', 'source_address', 'target_address'])
    .where('batch_id', '=', batchId)
    .execute();
  const byName = new Map<string, number>();
  for (const row of rows) {
    for (const name of [row.name_key, nameKey(row.source_address), nameKey(row.target_address)])
      byName.set(name, row.id);
  }
  const found = names.map((name) => ({ name, id: byName.get(nameKey(name)) }));
  return {
    ids: [...new Set(found.flatMap(({ id }) => (id === undefined ? [] : [id])))],
    unknown: found.filter(({ id }) => id === undefined).map(({ name }) => name),
  };
}

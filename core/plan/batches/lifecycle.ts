import { unreachable } from '../../domain/errors.ts';
import type { State, TaskKind } from '../../domain/words.ts';

/** What a person can do to a batch, or to some of its workloads. */
export const BATCH_ACTIONS = ['start', 'pause', 'hold', 'cutover', 'abort', 'undo'] as const;
export type BatchAction = (typeof BATCH_ACTIONS)[number];

/** What an action does to one workload: it moves, with tasks that begin and tasks that are called back, or it stays. */
export type Move =
  | { kind: 'move'; to: State; enqueue: TaskKind[]; callBack: boolean; undoDirectory: boolean }
  | { kind: 'stay'; why: string };

const move = (to: State, extra: Partial<Omit<Extract<Move, { kind: 'move' }>, 'kind' | 'to'>> = {}): Move => ({
  kind: 'move',
  to,
  enqueue: [],
  callBack: false,
  undoDirectory: false,
  ...extra,
});
const stay = (why: string): Move => ({ kind: 'stay', why });

/**
 * The life of a workload, as a pure function. `start` syncs (again), `pause` hands running work back, `hold` keeps a
 * workload out of what its batch does next, `cutover` runs the last delta and switches, `abort` breaks a cutover off before
 * mail flow turns, `undo` takes the decision back.
 */
export function moveOf(state: State, action: BatchAction): Move {
  switch (action) {
    case 'start':
      return start(state);
    case 'pause':
      return pause(state);
    case 'hold':
      return hold(state);
    case 'cutover':
      return cutover(state);
    case 'abort':
      return abort(state);
    case 'undo':
      return undo(state);
    default:
      return unreachable(action);
  }
}

/** The first task of a sync reads the folders; it is a delta where they are known already. */
const SYNC: TaskKind[] = ['hierarchy'];

function start(state: State): Move {
  switch (state) {
    case 'planned':
    case 'held':
    case 'inSync':
    case 'decision':
    case 'failed':
    case 'undone':
      return move('waiting', { enqueue: SYNC });
    case 'waiting':
    case 'syncing':
      return stay('it is running');
    case 'cuttingOver':
      return stay('it is being cut over');
    case 'done':
      return stay('it is done');
    default:
      return unreachable(state);
  }
}

function pause(state: State): Move {
  switch (state) {
    case 'waiting':
    case 'syncing':
      return move('held', { callBack: true });
    case 'cuttingOver':
      return stay('a cutover is not interrupted');
    case 'planned':
    case 'inSync':
    case 'held':
    case 'decision':
    case 'failed':
    case 'done':
    case 'undone':
      return stay('nothing of it is running');
    default:
      return unreachable(state);
  }
}

function hold(state: State): Move {
  switch (state) {
    case 'waiting':
    case 'syncing':
      return move('held', { callBack: true });
    case 'planned':
    case 'inSync':
    case 'decision':
    case 'failed':
      return move('held');
    case 'held':
      return stay('it is held');
    case 'cuttingOver':
      return stay('a cutover is not interrupted');
    case 'done':
      return stay('it is done');
    case 'undone':
      return stay('it was undone');
    default:
      return unreachable(state);
  }
}

function cutover(state: State): Move {
  switch (state) {
    case 'inSync':
      return move('cuttingOver', { enqueue: ['finalSync'] });
    case 'planned':
      return stay('it was never synced');
    case 'waiting':
    case 'syncing':
      return stay('its sync is not finished');
    case 'held':
      return stay('it is held');
    case 'decision':
      return stay('it needs a decision');
    case 'failed':
      return stay('its sync failed');
    case 'cuttingOver':
      return stay('it is being cut over');
    case 'done':
      return stay('it is done');
    case 'undone':
      return stay('it was undone');
    default:
      return unreachable(state);
  }
}

/** Back to being in sync. Whether mail flow has turned already is for the caller to look at: the steps say so. */
function abort(state: State): Move {
  switch (state) {
    case 'cuttingOver':
    case 'decision':
    case 'failed':
      return move('inSync', { callBack: true, undoDirectory: true });
    case 'done':
      return stay('it is done; undo takes it back');
    case 'planned':
    case 'waiting':
    case 'syncing':
    case 'inSync':
    case 'held':
    case 'undone':
      return stay('no cutover of it is under way');
    default:
      return unreachable(state);
  }
}

function undo(state: State): Move {
  switch (state) {
    case 'planned':
    case 'inSync':
    case 'held':
    case 'decision':
    case 'failed':
      return move('undone');
    case 'waiting':
    case 'syncing':
      return move('undone', { callBack: true });
    case 'cuttingOver':
      return move('undone', { callBack: true, undoDirectory: true });
    case 'done':
      return move('undone', { undoDirectory: true });
    case 'undone':
      return stay('it was undone');
    default:
      return unreachable(state);
  }
}

/** What a finished task says about its workload. */
export interface TaskEnd {
  kind: TaskKind;
  /** Bad items nobody has decided on. */
  openBadItems: number;
  /** Items that differ or are missing, as the comparison at the end of a cutover found them. */
  notWhole?: number;
}

export interface Follow {
  state: State;
  reason: string | null;
  enqueue: TaskKind[];
}

/**
 * What comes after a task that ended well. `undefined` leaves the workload as it is: the task was no step of the trip, or
 * a person moved the workload meanwhile (`state` is what it is in now).
 */
export function followOf(state: State, end: TaskEnd): Follow | undefined {
  const running = state === 'waiting' || state === 'syncing';
  switch (end.kind) {
    case 'hierarchy':
      return running ? { state: 'syncing', reason: null, enqueue: ['sync'] } : undefined;
    case 'sync':
      if (!running) return undefined;
      if (end.openBadItems > 0) return { state: 'decision', reason: badItems(end.openBadItems), enqueue: [] };
      return { state: 'inSync', reason: null, enqueue: [] };
    case 'finalSync':
      return state === 'cuttingOver' ? { state: 'cuttingOver', reason: null, enqueue: ['cutover'] } : undefined;
    case 'cutover':
      if (state !== 'cuttingOver') return undefined;
      if (end.openBadItems > 0) return { state: 'decision', reason: badItems(end.openBadItems), enqueue: [] };
      if (end.notWhole) return { state: 'decision', reason: notWhole(end.notWhole), enqueue: [] };
      return { state: 'done', reason: null, enqueue: [] };
    case 'verify':
    case 'notify':
    case 'provision':
    case 'statistics':
    case 'preflight':
      return undefined;
    default:
      return unreachable(end.kind);
  }
}

function badItems(count: number): string {
  return count === 1 ? '1 bad item waits for a decision.' : `${count} bad items wait for a decision.`;
}

function notWhole(count: number): string {
  return count === 1 ? '1 item is not whole in the target.' : `${count} items are not whole in the target.`;
}

/** Signs of trouble first, then of work: the batch shows the state of its workloads that a person should know of. */
const BATCH_ORDER: readonly State[] = ['cuttingOver', 'syncing', 'waiting', 'failed', 'decision', 'held'];

/** A batch's state, from those of its workloads. */
export function batchState(workloads: Partial<Record<State, number>>): State {
  const has = (state: State) => (workloads[state] ?? 0) > 0;
  for (const state of BATCH_ORDER) if (has(state)) return state;
  const rest = (Object.keys(workloads) as State[]).filter((state) => has(state) && state !== 'undone');
  if (rest.length === 0) return has('undone') ? 'undone' : 'planned';
  if (rest.includes('inSync')) return 'inSync';
  if (rest.includes('planned')) return 'planned';
  return 'done';
}

import type { Transaction } from 'kysely';
import { UsageError } from '../domain/errors.ts';
import { SETTLED, setPriority, spread } from './queue-order.ts';
import type { Database } from './schema.ts';
import type { Store } from './store.ts';
import { takeTurn } from './turn.ts';

interface Place {
  id: number;
  state: string;
  priority: number;
}

/**
 * Puts workloads of a batch, and their tasks that wait, right before another one; before undefined they go to the end.
 * Among themselves they keep their order; those that are done or undone stay where they are.
 * @returns how many there were to move
 * @throws UsageError when `before` is not in the batch
 */
export async function placeWorkloads(
  store: Store,
  batchId: number,
  ids: readonly number[],
  before: number | undefined,
): Promise<number> {
  return await store.db.transaction().execute(async (trx) => {
    await takeTurn(store, trx);
    const wanted = new Set(ids);
    let order = await read(trx, batchId);
    const moves = ({ id, state }: Place) => wanted.has(id) && !SETTLED.includes(state);
    const moving = order.filter(moves);
    if (moving.length === 0) return 0;
    const next = nextOf(order, moves, before);
    let gap = gapOf(order, moves, next);
    if (gap.low !== undefined && gap.low === gap.high) {
      await spread(trx, gap.low);
      order = await read(trx, batchId);
      gap = gapOf(order, moves, next);
    }
    const places = between(gap, moving.length) ?? (await makeRoom(trx, order, moves, next, moving.length));
    for (const [i, { id }] of moving.entries()) await setPriority(trx, id, places[i] ?? 0);
    return moving.length;
  });
}

async function read(trx: Transaction<Database>, batchId: number): Promise<Place[]> {
  return await trx
    .selectFrom('workload')
    .select(['id', 'state', 'priority'])
    .where('batch_id', '=', batchId)
    .orderBy('priority')
    .orderBy('id')
    .execute();
}

/** Whoever stays and comes right after the new places. */
function nextOf(order: readonly Place[], moves: (place: Place) => boolean, before: number | undefined) {
  if (before === undefined) return undefined;
  const at = order.findIndex(({ id }) => id === before);
  if (at === -1) {
    throw new UsageError({
      tried: 'change the order of a batch',
      happened: 'The member to put others before is not in it any more.',
      next: 'Look at the list again.',
    });
  }
  return order.slice(at).find((place) => !moves(place))?.id;
}

interface Gap {
  low: number | undefined;
  high: number | undefined;
}

function gapOf(order: readonly Place[], moves: (place: Place) => boolean, next: number | undefined): Gap {
  const staying = order.filter((place) => !moves(place));
  const at = next === undefined ? staying.length : staying.findIndex(({ id }) => id === next);
  return { low: staying[at - 1]?.priority, high: staying[at]?.priority };
}

/** Places in a gap, in order; undefined where numbers are too close for that. */
function between({ low, high }: Gap, count: number): number[] | undefined {
  const [from, step] =
    low !== undefined && high !== undefined ? [low, (high - low) / (count + 1)] : [low ?? (high ?? 0) - count - 1, 1];
  const places = Array.from({ length: count }, (_, i) => from + step * (i + 1));
  const all = [...(low === undefined ? [] : [low]), ...places, ...(high === undefined ? [] : [high])];
  return all.every((place, i) => i === 0 || place > (all[i - 1] ?? place)) ? places : undefined;
}

/** After half a hundred moves into the same gap no number is left in it: those behind it go on by one. */
async function makeRoom(
  trx: Transaction<Database>,
  order: readonly Place[],
  moves: (place: Place) => boolean,
  next: number | undefined,
  count: number,
): Promise<number[]> {
  const staying = order.filter((place) => !moves(place));
  const at = staying.findIndex(({ id }) => id === next);
  for (const { id, priority } of staying.slice(at)) await setPriority(trx, id, priority + 1);
  const low = staying[at - 1]?.priority ?? 0;
  return Array.from({ length: count }, (_, i) => low + (i + 1) / (count + 1));
}

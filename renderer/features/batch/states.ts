import type { State } from '../../../core/domain/words.ts';

/** ms between two looks while something runs. */
export const LIVE_MS = 1_000;

/** States in which figures change by themselves. */
export const isRunning = (state: State) => state === 'waiting' || state === 'syncing' || state === 'cuttingOver';

/** Share of a batch's or member's items that is in the target, 0 to 1; what has none is whole once it is done. */
export function partOf({
  state,
  itemsDone,
  itemsTotal,
}: {
  state: State;
  itemsDone: number;
  itemsTotal: number;
}): number {
  if (itemsTotal === 0) return state === 'done' ? 1 : 0;
  return itemsDone / itemsTotal;
}

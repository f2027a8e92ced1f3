/** When work that is under way will end, with its range, from what each of the last minutes brought. Times in ms. */

export interface MinuteCount {
  /** Start of the minute, ms since the epoch. */
  at: number;
  items: number;
}

export interface Forecast {
  /** The likely end, and the ends at the pace of the better and of the worse minutes; ms since the epoch. */
  at: number;
  early: number;
  /** Undefined where the worse minutes moved nothing: then nobody can say. */
  late: number | undefined;
  /** Items a second that the likely end is worked out with. */
  perSecond: number;
}

const MINUTE = 60_000;
/** Rates are taken over windows of so many minutes: single minutes jump with the size of mailboxes. */
const WINDOW = 5;
/** How far back it looks, minutes. */
const LOOK_BACK = 60;

/**
 * @param minutes sums by minute, oldest first; minutes in which nothing moved may be missing
 * @param remaining items that are still to be moved
 * @returns undefined until a whole minute has been seen, or where nothing is left
 */
export function forecastEnd(minutes: readonly MinuteCount[], remaining: number, now: number): Forecast | undefined {
  const current = Math.floor(now / MINUTE) * MINUTE;
  const seen = new Map(minutes.map(({ at, items }) => [at, items]));
  const first = minutes.find(({ at }) => at >= current - LOOK_BACK * MINUTE && at < current);
  if (remaining <= 0 || !first) return undefined;
  const counts: number[] = [];
  for (let at = first.at; at < current; at += MINUTE) counts.push(seen.get(at) ?? 0);
  const windows = rates(counts, Math.min(WINDOW, counts.length));
  const likely = mean(windows.slice(-2 * WINDOW));
  if (likely <= 0) return undefined;
  const sorted = windows.toSorted((a, b) => a - b);
  const slow = Math.min(quantile(sorted, 0.1), likely);
  const fast = Math.max(quantile(sorted, 0.9), likely);
  const end = (perSecond: number) => now + (remaining / perSecond) * 1000;
  return { at: end(likely), early: end(fast), late: slow > 0 ? end(slow) : undefined, perSecond: likely };
}

/** Items a second of every window of `size` whole minutes. */
function rates(counts: readonly number[], size: number): number[] {
  const found: number[] = [];
  for (let end = size; end <= counts.length; end++) {
    const sum = counts.slice(end - size, end).reduce((a, b) => a + b, 0);
    found.push(sum / (size * 60));
  }
  return found;
}

const mean = (values: readonly number[]) =>
  values.length === 0 ? 0 : values.reduce((a, b) => a + b, 0) / values.length;

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.round((sorted.length - 1) * share)] ?? 0;
}
